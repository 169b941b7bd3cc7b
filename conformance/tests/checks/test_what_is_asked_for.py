"""How checks ask for what they judge: by a request in which nothing else is refused first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from conformance.checks.authorization.signed.conftest import QUERY, Ways
from conformance.checks.metadata import test_location
from conformance.checks.resource_indicators.conftest import MADE_UP, asking_by_code
from conformance.checks.revocation import test_request_form
from conformance.checks.support.controls import Code
from fixtures import assertion
from fixtures.endpoints import AuthorizationEndpoint, RevocationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered, SteadyFailure
from fixtures.http.exchange import Answer, Request
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Target

WEB = Client(name="web", id="web", redirect_uris=("https://c/cb",), grants=("authorization_code",))


def test_a_resource_is_named_where_the_token_is_asked_for_and_not_before() -> None:
    """A server may refuse it at the authorization endpoint; then there would be no code, and nothing was judged."""
    redeemed: dict[str, Any] = {}

    def code_for(client: Client, **asked: Any) -> Code:
        if asked.get("resources"):
            raise CannotTest("The server refused the authorization request: invalid_target.")
        return cast("Code", client.id)

    def redeem(code: Code, **sent: Any) -> Answer:
        redeemed.update(sent, code=code)
        return Answer(status=400)

    asking_by_code(WEB, cast("Any", code_for), cast("Any", redeem))([MADE_UP])

    assert redeemed == {"code": "web", "resource": (MADE_UP,)}


class FailsAtObjects:
    """A session in which the server fails at every request object, each time."""

    def opens(self, _url: str, _ends: object) -> None:
        """Fail."""
        raise SteadyFailure("GET /authorize", 500)


@pytest.mark.parametrize(("announced", "outcome"), [(False, NotOffered), (True, CannotTest)])
def test_a_server_that_fails_at_an_ordinary_request_object_offers_none(
    *, announced: bool, outcome: type[Exception]
) -> None:
    """Unless it says that it does: then it is a set-up that failed."""
    ways = Ways(
        request=cast("Any", None),
        target=Target(name="as", issuer="https://as.example", source="typed"),
        authorization=AuthorizationEndpoint(url="https://as.example/authorize"),
        clock=lambda: 0.0,
        owner_session=cast("OwnerSession", FailsAtObjects()),
        is_announced=announced,
    )
    signer = replace(WEB, key=assertion.new_key("ES256"), algorithm="ES256")

    with pytest.raises(outcome, match="500 each time") as ended:
        ways.signing(QUERY, signer)

    assert not isinstance(ended.value, SteadyFailure)


@pytest.mark.parametrize(("path", "outcome"), [("token", NotOffered), ("revoke", AssertionError)])
def test_where_tokens_are_given_too_a_request_for_nothing_is_none_for_a_revocation(
    path: str, outcome: type[Exception]
) -> None:
    """At a URL of its own the same answer is a finding."""

    def send(_: Request) -> Answer:
        json = (("Content-Type", "application/json"),)
        return Answer(status=400, headers=json, body=b'{"error": "unsupported_grant_type"}')

    token = TokenEndpoint(url="https://as.example/token", send=send)
    revocation = RevocationEndpoint(url=f"https://as.example/{path}", send=send)

    with pytest.raises(outcome):
        test_request_form.test_a_request_without_a_token_is_invalid(revocation, token, WEB, "no token")


def test_metadata_are_asked_for_also_where_the_target_file_says_that_there_are_none() -> None:
    """That nothing was asked would pass for a server that publishes them."""
    asked = []

    def send(request: Request) -> Answer:
        asked.append(request.url)
        return Answer(status=404)

    served = Target(
        name="as", issuer="https://as.example", source="typed", endpoints={"metadata": None, "token": "t"}
    )

    with pytest.raises(AssertionError):
        test_location.test_a_client_can_discover_the_server(served, send)

    assert asked


def test_a_server_that_fails_is_not_said_to_publish_no_metadata() -> None:
    served = Target(name="as", issuer="https://as.example", source="typed", endpoints={"token": "t"})

    with pytest.raises(CannotTest, match="500"):
        test_location.test_a_client_can_discover_the_server(served, lambda _: Answer(status=500))
