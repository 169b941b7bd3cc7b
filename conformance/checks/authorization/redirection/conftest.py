"""Clients whose redirection URIs are varied."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.checks.authorization.accepted_uris import Taken, takes
from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.controls import Seen
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.http.exchange import Send
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Owner
from fixtures.target.clients import Clients


@pytest.fixture(scope="session")
def taken(
    ask: Ask,
    clients: Clients,
    authorization: AuthorizationEndpoint,
    send: Send,
    session_of: Callable[[Owner], OwnerSession],
) -> Taken:
    """Tells which redirection URIs the server takes."""
    return takes(ask, clients, authorization, send, session_of)


@pytest.fixture(scope="session")
def web_client(clients: Clients, seen: Seen) -> Client:
    """A client that gets codes at an http or https URI that is registered."""
    return seen(
        clients.first(
            lambda client: (
                client.may("authorization_code")
                and client.code_seconds is None
                and urlsplit(client.redirect_uri).scheme in {"http", "https"}
            ),
            "client with the grant authorization_code and a redirection URI of http or https",
            '[clients.web] redirect_uris = ["https://client.example/cb"], grants = ["authorization_code"]',
        )
    )


@pytest.fixture(scope="session")
def another_client(clients: Clients, seen: Seen, web_client: Client) -> Client:
    """A second client that gets codes, at a redirection URI that is not registered for the first."""
    return seen(
        clients.first(
            lambda client: (
                client.may("authorization_code")
                and client.id != web_client.id
                and bool(client.redirect_uri)
                and client.redirect_uri not in web_client.redirect_uris
            ),
            "second client with a redirection URI of its own",
            '[clients.other] redirect_uris = [".."], grants = ["authorization_code"]',
        )
    )


@pytest.fixture(scope="session")
def many_uris_client(clients: Clients, seen: Seen) -> Client:
    """A client with several redirection URIs that gets codes."""
    return seen(
        clients.first(
            lambda client: client.may("authorization_code") and len(client.redirect_uris) > 1,
            "client with two redirection URIs",
            '[clients.multi] redirect_uris = ["..", ".."], as the server has them registered',
        )
    )
