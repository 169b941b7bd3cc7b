"""What RFC 10017 asks of the token endpoint for clients that run in a browser."""

from __future__ import annotations

import pytest

from conformance.checks.support.controls import GrantFor, Refresh
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement
from fixtures.endpoints import IntrospectionEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.server_time import ServerTime
from fixtures.target import Client
from fixtures.target.clients import Clients

A_WHILE = 5.0
"""Seconds between a refresh token and the next one: longer than clocks that count whole seconds round."""


@pytest.fixture(scope="session")
def browser_based(clients: Clients) -> Client:
    """A public client that runs in a page of an origin."""
    return clients.first(
        lambda client: client.is_public and bool(client.origin),
        "client that runs in a browser",
        '[clients.app] auth = "none", origin = "https://app.example"',
    )


@pytest.mark.embedded(oauth_2_1=True)
@requirement("10017-6.3.3.4-01", broken_by="token-hidden-from-other-origins")
def test_a_script_of_the_client_may_read_the_token_endpoint(
    token: TokenEndpoint, browser_based: Client
) -> None:
    """An answer of the token endpoint to a page of the client's origin allows that origin to read it."""
    fields = {"grant_type": "authorization_code", "code": "no-such-code", "client_id": browser_based.id}

    answer = token.post(fields, headers=[("Origin", browser_based.origin)])

    allowed = answer.header("access-control-allow-origin")
    told = f"Access-Control-Allow-Origin: * or {browser_based.origin}"
    assert fact(allowed in {"*", browser_based.origin}, told, f"{answer}; {allowed or 'no such header'}")


@pytest.mark.embedded(oauth_2_1=True)
@requirement("10017-6.3.2.3-04", broken_by="refresh-token-outlives-the-first")
def test_a_new_refresh_token_does_not_outlive_the_first(
    grant_for: GrantFor,
    refresh: Refresh,
    introspection: IntrospectionEndpoint,
    browser_based: Client,
    server_time: ServerTime,
) -> None:
    """A refresh token that replaced another ends no later than that one would have."""
    first = grant_for(browser_based).refresh_token
    end = _end(introspection.introspect(first))
    server_time.let_pass(A_WHILE)
    answer = refresh(first, as_=browser_based).require_success("The refresh token was not exchanged")
    second = answer.refresh_token
    if second is None or second == first:
        raise NotOffered("The server does not replace refresh tokens.", "a server that does")

    next_end = _end(introspection.introspect(second))
    assert fact(
        next_end <= end + 1, f"exp of the new refresh token: {end:.0f} or less", f"exp: {next_end:.0f}"
    )


def _end(answer: Answer) -> float:
    """When a refresh token ends, as introspection tells it."""
    end = answer.members.get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float) or answer.members.get("active") is not True:
        raise NotOffered(
            "Introspection does not tell when a refresh token ends.",
            "[introspection] of a server that tells exp",
        )
    return float(end)
