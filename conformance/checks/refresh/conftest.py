"""Clients that refresh, each handed over only after it was seen to refresh in the usual way."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from conformance.checks.support.controls import (
    Grant,
    GrantFor,
    Refresh,
    ScopeOf,
    Seen,
    require_a_refresh,
    seen_once,
)
from conformance.checks.support.expectations import Again
from conformance.checks.support.waiting import Patience, obtain_early
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

LONGEST_GRACE = 2.0
"""Seconds that a check waits for a window in which a refresh token may be repeated."""


@pytest.fixture(scope="session")
def seen(grant_for: GrantFor, refresh: Refresh) -> Seen:
    """Hands a client on after it refreshed in the usual way: what differs later is then what is refused."""
    return seen_once(lambda client: require_a_refresh(client, refresh, grant_for))


@pytest.fixture(scope="session")
def registered_client(clients: Clients) -> Client:
    """A client that is registered for refreshing and was not seen to: for checks whose subject that is."""
    return clients.first(_refreshes, "client with the grant refresh_token", _KEY)


@pytest.fixture(scope="session")
def refresh_client(registered_client: Client, seen: Seen) -> Client:
    """A client that refreshes."""
    return seen(registered_client)


@pytest.fixture
def refreshes_again(refresh: Refresh, grant_for: GrantFor, refresh_client: Client) -> Again:
    """Lets `refresh_client` refresh once more in the usual way; CannotTest where it cannot any more."""
    return partial(require_a_refresh, refresh_client, refresh, grant_for)


@pytest.fixture(scope="session")
def confidential_client(clients: Clients, seen: Seen) -> Client:
    """A confidential client that refreshes."""
    return seen(
        clients.first(lambda item: _refreshes(item) and not item.is_public, "confidential client", _KEY)
    )


@pytest.fixture(scope="session")
def second_client(clients: Clients, confidential_client: Client, seen: Seen) -> Client:
    """Another confidential client that refreshes."""
    return seen(clients.another(confidential_client, "refresh_token"))


@pytest.fixture(scope="session")
def public_client(clients: Clients, seen: Seen) -> Client:
    """A public client that refreshes."""
    return seen(clients.public("refresh_token"))


@pytest.fixture(scope="session")
def scoped_grant(
    clients: Clients, grant_for: GrantFor, scope_of: ScopeOf, seen: Seen
) -> Callable[[], tuple[Grant, tuple[str, ...]]]:
    """Gives a fresh grant of at least two scope values, and these in order."""
    client = seen(
        clients.first(
            lambda item: _refreshes(item) and len(item.scopes) > 1,
            "client with two scopes that refreshes",
            '[clients.web] scope = "read write", grants = ["authorization_code", "refresh_token"]',
        )
    )

    def get() -> tuple[Grant, tuple[str, ...]]:
        grant = grant_for(client)
        granted = scope_of(grant.answer, asked=client.scopes)
        values = tuple(value for value in client.scope.split() if value in granted)
        if len(values) > 1:
            return grant, values
        raise NotOffered(
            f"The server grants {client.name} fewer than two of the scope values that it asks for.",
            f"two scope values in [clients.{client.name}] scope that the owner can allow",
        )

    return get


@pytest.fixture(scope="session")
def outside_grace(target: Target) -> Callable[[], None]:
    """Waits until a refresh token that was just exchanged is outside the declared window for retries."""
    grace = target.times.get("refresh_grace", 0.0)

    def wait() -> None:
        if grace > LONGEST_GRACE:
            raise CannotTest(
                f"A refresh token may be repeated for {grace:g} s, which is longer than a check waits.",
                'Where a shorter window can be configured, declare it: [times] refresh_grace = "2s".',
            )
        time.sleep(grace + 0.2 if grace else 0.0)

    return wait


@pytest.fixture(scope="session", autouse=True)
def parked_refresh_token(request: pytest.FixtureRequest) -> None:
    """Obtains early the refresh token that is to be dead at the end."""
    obtain_early(request, "expired_refresh_token")


@pytest.fixture(scope="session")
def expired_refresh_token(
    clients: Clients, grant_for: GrantFor, refresh: Refresh, target: Target, patience: Patience
) -> Callable[[], Grant]:
    """Gives a grant whose refresh token has expired, of a client that was seen to refresh in time."""
    client = next(
        (
            item
            for item in clients.all
            if item.refresh_token_seconds is not None and item.may("refresh_token")
        ),
        None,
    )
    if client is None:
        client = clients.confidential("refresh_token")
    declared = client.refresh_token_seconds or target.times.get("refresh_token")
    key = (
        'Declare them: [times] refresh_token = "30d", or a client with shorter ones: '
        '[clients.brief] refresh_token = "2s"'
    )
    lifetime = patience.require(declared, f"A refresh token of {client.name}", key)
    token = grant_for(client).refresh_token
    refresh(token, as_=client).require_success(f"A refresh token of {client.name} was not exchanged in time")
    return patience.once_over(grant_for(client), lifetime)


_KEY = '[clients.web] redirect_uris = [".."], grants = ["authorization_code", "refresh_token"]'


def _refreshes(client: Client) -> bool:
    lives_long = client.refresh_token_seconds is None and client.access_token_seconds is None
    return client.may("authorization_code") and client.may("refresh_token") and lives_long
