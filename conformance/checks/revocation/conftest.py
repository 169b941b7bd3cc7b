"""Positive controls of revocation: tokens that were seen to work, and a server that was seen to revoke."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.support import choosing
from conformance.checks.support.controls import Grant, GrantFor, Refresh, TokenFor
from conformance.checks.support.facts import Fact
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import own_or_granted
from fixtures.endpoints import RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

RefreshTokenFor = Callable[[Client], str]
"""Gets the refresh token of a new grant of a client, which refreshes."""

CanRefresh = Callable[[str, Client], Fact]
"""Whether a client's refresh token gets an access token. It is used up."""


@pytest.fixture(scope="session")
def revocation(request: pytest.FixtureRequest, revocation: RevocationEndpoint) -> RevocationEndpoint:
    """The revocation endpoint of a server that was seen to issue a token, at a URL where something is."""
    client, token = own_or_granted(request, "owned")
    answer = revocation.revoke(token, as_=client)
    if answer.status in {404, 410, 501}:
        raise CannotTest(
            f"There is no revocation endpoint at {revocation.url}: {answer.brief}.",
            "Look at [endpoints] revocation, or at revocation_endpoint in the server's metadata.",
        )
    return revocation


@pytest.fixture(scope="session")
def live_grant_for(grant_for: GrantFor, liveness: Liveness) -> GrantFor:
    """Gets tokens by the owner's consent, after their access token was seen alive."""
    return _seen_alive(grant_for, liveness)


@pytest.fixture(scope="session")
def another_owners_live_grant_for(another_owners_grant_for: GrantFor, liveness: Liveness) -> GrantFor:
    """The same, allowed by an owner who is not the one of `live_grant_for`."""
    return _seen_alive(another_owners_grant_for, liveness)


def _seen_alive(grant_for: GrantFor, liveness: Liveness) -> GrantFor:
    def get(client: Client, *, scope: str | None = None, resource: str | None = None) -> Grant:
        grant = grant_for(client, scope=scope, resource=resource)
        if not liveness.is_alive(grant.access_token):
            raise CannotTest(
                f"The access token that {client.name} just got by the owner's consent is not alive.",
                "May the client of [introspection] see the tokens of the other clients?",
            )
        return grant

    return get


@pytest.fixture(scope="session")
def refresh_token_for(grant_for: GrantFor, refresh: Refresh) -> RefreshTokenFor:
    """Gets the current refresh token of a new grant, after a refresh of that grant was seen to work."""

    def get(client: Client) -> str:
        first = grant_for(client).refresh_token
        answer = refresh(first, as_=client)
        answer.require_success(f"A fresh refresh token of {client.name} does not work")
        return answer.refresh_token or first

    return get


@pytest.fixture(scope="session")
def can_refresh(refresh: Refresh, liveness: Liveness) -> CanRefresh:
    """Whether a client's refresh token gets an access token, once a change had the time to be seen. It is used up."""

    def ask(refresh_token: str, client: Client) -> Fact:
        liveness.settle()
        answer = refresh(refresh_token, as_=client)
        wanted, unwanted = "a refresh token that refreshes", "a refresh token that refreshes no more"
        return Fact(bool(answer.grants_a_token), wanted, unwanted, f"the refresh was answered {answer}")

    return ask


@pytest.fixture
def shortest_lived(request: pytest.FixtureRequest) -> Client:
    """The client whose token is outlived."""
    return choosing.shortest_lived(request)


@pytest.fixture(scope="session")
def owned(clients: Clients) -> Client:
    """A confidential client that owners give refresh tokens."""
    return clients.confidential("refresh_token")


@pytest.fixture(scope="session")
def revokes_access_tokens(revocation: RevocationEndpoint, token_for: TokenFor, web: Client) -> None:
    """The server was seen to revoke an access token; it may say instead that it does not (RFC 7009 section 2.2.1)."""
    answer = revocation.revoke(token_for(web), as_=web)
    if answer.error == "unsupported_token_type":
        raise NotOffered(
            "The server does not revoke access tokens: unsupported_token_type.", "a server that does so"
        )
    answer.require_success("The revocation of an access token was refused")


@pytest.fixture(scope="session")
def admitted(revocation: RevocationEndpoint, token_for: TokenFor) -> Callable[[Client], Client]:
    """Hands a client on after it was let in. CannotTest where it was not.

    A server that refuses tokens which it does not know, for which other checks are, says nothing of the client by that:
    then a token of the client's own shows it.
    """

    def let_in(client: Client) -> Client:
        if not revocation.revoke("no-such-token", as_=client).is_success:
            answer = revocation.revoke(token_for(client), as_=client)
            answer.require_success(f"The client {client.name} is not admitted")
        return client

    return let_in


@pytest.fixture(scope="session")
def another_admitted(clients: Clients, admitted: Callable[[Client], Client]) -> Callable[[Client], Client]:
    """Gives a confidential client that is let in, and is not the one given."""
    return lambda client: admitted(clients.another(client))
