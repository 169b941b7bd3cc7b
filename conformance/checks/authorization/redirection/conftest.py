"""Clients whose redirection URIs are varied."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.checks.authorization.accepted_uris import taken
from conformance.checks.support.controls import Seen
from fixtures.target import Client
from fixtures.target.clients import Clients

__all__ = ["taken"]  # a fixture of the checks of redirection URIs


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
