"""The authorization endpoint is for browsers that are sent there, and not for scripts of other sites."""

from __future__ import annotations

from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Request, Send
from fixtures.target.clients import Clients

ORIGIN = ("Origin", "https://client.example")
PREFLIGHT = (ORIGIN, ("Access-Control-Request-Method", "GET"))
ALLOWS = "access-control-allow-origin"


@requirement("9700-2.6-08", broken_by="authorize-allows-other-origins")
@requirement("2.1-3.1-01", broken_by="authorize-allows-other-origins")
def test_no_other_origin_may_read_the_authorization_endpoint(
    authorization: AuthorizationEndpoint, clients: Clients, send: Send
) -> None:
    """Neither an authorization request nor its preflight allows scripts of another origin to read the answer."""
    url = authorization.request(clients.confidential("authorization_code"))
    answers = [
        send(Request(method="GET", url=url, headers=(ORIGIN,))),
        send(Request(method="OPTIONS", url=url, headers=PREFLIGHT)),
    ]
    if answers[0].status >= 500:
        raise CannotTest(f"The authorization endpoint answered {answers[0].status}.")

    assert all_of(
        {case: ~answer.has_header(ALLOWS) for case, answer in zip(("GET", "OPTIONS"), answers, strict=True)}
    )
