"""A request that a server has to answer, and at which it fails each time: one finding an endpoint, whoever met it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from conformance.checks.authorization.conftest import Ask, ask, seen
from conformance.checks.client_authentication.unregistered import require_an_endpoint
from conformance.checks.support.facts import Fact, fact
from conformance.checks.support.failures import FAILURES
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import (
    AuthorizationEndpoint,
    Endpoint,
    IntrospectionEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import TRIES, CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.failing import OUT_OF_REACH, FailedAnswer
from fixtures.target import Client
from fixtures.target.clients import Clients

__all__ = ["ask", "seen"]  # fixtures of the checks of authorization requests

NOBODY = Client(name="nobody", id="no-such-client-was-registered", secret="a-secret-that-was-never-issued")
MADE_UP = "no-such-value-was-ever-issued-by-this-server"
Failed = Mapping[tuple[str, str], set[str]]


@pytest.fixture
def met(request: pytest.FixtureRequest) -> Callable[[str], Failed]:
    """What the checks of this run met at a URL: those hindered, by the request that failed each time and how."""
    failures = request.config.stash.get(FAILURES, None)
    hindered = failures.hindered() if failures is not None else {}

    def at(url: str) -> Failed:
        path = urlsplit(url).path or "/"
        return {key: checks for key, checks in hindered.items() if key[0].split(" ")[1] == path}

    return at


@pytest.fixture
def made_up_requests(clients: Clients) -> Callable[..., Sequence[Answer]]:
    """Sends requests that any endpoint for clients has to refuse or to answer: of a client that nobody registered.

    And the same of one that the server knows, where there is one.
    """

    def send(endpoint: Endpoint, fields: Mapping[str, str]) -> Sequence[Answer]:
        try:
            known = [clients.confidential()]
        except NotOffered:
            known = []
        return [endpoint.post(fields, as_=who) for who in (NOBODY, *known)]

    return send


def nothing_fails(endpoint: Endpoint, answers: Sequence[Answer], met: Failed) -> Fact:
    """Whether no request failed each time, of those that were sent here and of those that other checks sent.

    CannotTest where whatever was sent here failed: then the endpoint is out of order, and says nothing; and where
    nothing failed at what is no endpoint of OAuth.
    """
    failed = [answer for answer in answers if isinstance(answer, FailedAnswer) and answer.is_steady]
    if len(failed) == len(answers):
        raise CannotTest(f"Every request failed: {answers[0].brief}.", "Look for them in the server's log.")
    told: dict[tuple[str, str], set[str]] = {(each.told, str(each.status)): set() for each in failed}
    for key, checks in met.items():
        told.setdefault(key, set()).update(checks)
    if not told:
        asks = endpoint.caller if isinstance(endpoint, IntrospectionEndpoint) else None
        require_an_endpoint(endpoint, asks)
    return replace(_none(told), answer=failed[0] if failed else None)


def _none(told: Failed) -> Fact:
    hindered = len(set().union(*told.values()))
    count = (
        f" ({hindered} check{'' if hindered == 1 else 's'} could not be judged for it)" if hindered else ""
    )
    failed = [f"{request}: {status}{_shown_by(checks)}" for (request, status), checks in told.items()]
    seen = f"a failure each of {TRIES} times{count}: {'; '.join(failed)}"
    return fact(not told, "an answer to each of these requests, and no failure (status 5xx) each time", seen)


def _shown_by(checks: Collection[str]) -> str:
    """Where the report shows such a request, where another check met the failure."""
    return f" (shown with {min(checks).rpartition('::')[2]})" if checks else ""


@requirement("6749-5.2-S01", broken_by="client-unknown-crashes")
@tolerates("legal-client-body-failure-as-400")
def test_the_token_endpoint_fails_at_no_request_each_time(
    token: TokenEndpoint, met: Callable[[str], Failed], made_up_requests: Callable[..., Sequence[Answer]]
) -> None:
    """No request that the token endpoint has to refuse ends in a 5xx status each time it is sent."""
    fields = {"grant_type": "refresh_token", "refresh_token": MADE_UP}
    answers = made_up_requests(token, fields)

    assert nothing_fails(token, answers, {**met(token.url), **met(token.refreshing.url)})


@requirement("7009-2.2.1-S01", broken_by="revoke-unknown-crashes")
def test_the_revocation_endpoint_fails_at_no_request_each_time(
    revocation: RevocationEndpoint,
    met: Callable[[str], Failed],
    made_up_requests: Callable[..., Sequence[Answer]],
) -> None:
    """No request that the revocation endpoint has to serve or to refuse ends in a 5xx status each time it is sent."""
    answers = made_up_requests(revocation, {"token": MADE_UP})

    assert nothing_fails(revocation, answers, met(revocation.url))


@requirement("7662-2.3-S01", broken_by="introspect-unknown-crashes")
def test_the_introspection_endpoint_fails_at_no_question_each_time(
    introspection: IntrospectionEndpoint,
    met: Callable[[str], Failed],
    made_up_requests: Callable[..., Sequence[Answer]],
) -> None:
    """No question that the introspection endpoint has to answer or to refuse ends in a 5xx status each time."""
    answers = [introspection.introspect(MADE_UP), *made_up_requests(introspection, {"token": MADE_UP})]

    assert nothing_fails(introspection, answers, met(introspection.url))


@requirement("6749-4.1.2.1-S07", broken_by="authorize-refusal-crashes")
def test_the_authorization_endpoint_fails_at_no_request_each_time(
    authorization: AuthorizationEndpoint, met: Callable[[str], Failed], ask: Ask, registered_client: Client
) -> None:
    """No request of a client that is known, to an address of its own, ends in a 5xx status each time it is sent."""
    if not ask(registered_client).code:
        raise CannotTest(f"The ordinary authorization request of {registered_client.name} gave no code.")
    strange = {"scope": f"no-such-scope-{secrets.token_hex(4)}", "response_type": "no_such_type"}
    told = {
        (f"an authorization request with an unknown {name}", str(landing.status)): set[str]()
        for name, value in strange.items()
        for landing in [ask(registered_client, {name: value}, crash_counts=True)]
        if landing.is_failure
        and landing.status not in OUT_OF_REACH
        and all(ask(registered_client, {name: value}, crash_counts=True).is_failure for _ in range(2))
    }
    for key, checks in met(authorization.url).items():
        if key[1].isdigit():  # what is told to the client as server_error did reach it
            told.setdefault(key, set()).update(checks)

    assert _none(told)
