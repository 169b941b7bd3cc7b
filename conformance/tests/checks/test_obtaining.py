"""How tokens are obtained: another way is taken when one fails in mid-run, and all that were tried are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from conformance.checks.support.controls import AnswerFor, Grant, GrantFor, Issued, Lasting
from conformance.checks.support.obtaining import answers_from, outlived
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Request
from fixtures.survey import Survey
from fixtures.target import Client

WEB = Client(
    name="web",
    id="web",
    secret="s",
    redirect_uris=("https://c/web",),
    grants=("client_credentials", "authorization_code"),
)
JSON = (("Content-Type", "application/json"),)
REFUSAL = Answer(status=400, headers=JSON, body=b'{"error": "unauthorized_client"}')


def _token(value: str) -> Answer:
    members = {"access_token": value, "token_type": "Bearer"}
    return Answer(status=200, headers=JSON, body=json.dumps(members).encode("ascii"))


def _answers(endpoint: Iterator[Answer], consent: Callable[[], GrantFor]) -> AnswerFor:
    def send(_: Request) -> Answer:
        return next(endpoint)

    token = TokenEndpoint(url="https://as.example/token", send=send)
    return answers_from(token, Issued(), consent, Survey())


def _by_consent() -> GrantFor:
    def get(client: Client, *, scope: str | None = None, resource: str | None = None) -> Grant:
        assert (scope, resource) == (None, None)
        return Grant(client=client, answer=_token("by consent"))

    return get


def _nobody_can_be_asked() -> GrantFor:
    raise CannotTest("The page for signing in was not understood.")


def test_another_way_is_taken_when_the_first_fails_in_mid_run() -> None:
    get = _answers(iter([_token("own"), REFUSAL]), _by_consent)

    assert get(WEB).access_token == "own"
    assert get(WEB).access_token == "by consent"


def test_another_way_is_taken_when_a_token_does_not_do() -> None:
    get = _answers(iter([_token("own")]), _by_consent)

    assert get(WEB, accept=lambda value: value != "own").access_token == "by consent"


def test_where_no_way_is_left_all_that_were_tried_are_told() -> None:
    get = _answers(iter([REFUSAL]), _nobody_can_be_asked)

    with pytest.raises(CannotTest) as caught:
        get(WEB)

    tried = caught.value.reason.split("Tried: ")[1:]
    assert len(tried) == 2
    assert "by client credentials" in tried[0]
    assert "The page for signing in was not understood." in tried[1]


def test_a_client_without_a_known_grant_is_not_offered() -> None:
    get = _answers(iter([]), _by_consent)

    with pytest.raises(NotOffered, match="no access token by a grant that is known here"):
        get(Client(name="odd", id="odd", grants=("urn:example:odd",)))


class Looks:
    """A liveness by which the tokens are alive that are named, at an instant of the server's time."""

    def __init__(self, alive: str, now: float) -> None:
        self.alive = alive
        self.server_time = self
        self.now = lambda: now

    def is_alive(self, token: str) -> bool:
        """Whether it is one of them."""
        return token in self.alive

    def require_alive(self, token: str) -> None:
        """Say that it is none."""
        raise CannotTest(f"{token} is not alive.")


@pytest.mark.parametrize(
    ("alive", "now", "told"),
    [
        ("b", 1.5, "b"),  # the first was over before anybody could look
        ("b", 0.5, "b"),  # so may it have been where seconds are counted whole
        ("", 1.5, "over before the server said whether it is alive, 5 times"),
    ],
)
def test_a_token_that_may_have_been_over_is_no_witness(alive: str, now: float, told: str) -> None:
    tokens = iter("abcdefg")

    try:
        found = outlived(lambda: Lasting(next(tokens), 0.0, 1.0), cast("Any", Looks(alive, now))).value
    except CannotTest as problem:
        found = str(problem)

    assert told in found


def test_a_token_that_is_dead_before_its_time_is_told_at_once() -> None:
    with pytest.raises(CannotTest, match="a is not alive"):
        outlived(lambda: Lasting("a", 0.0, 10.0), cast("Any", Looks("", 1.5)))
