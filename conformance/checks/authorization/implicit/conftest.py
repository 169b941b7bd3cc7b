"""Requests for a token from the authorization endpoint, a client that gets one, and refusals to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest

from conformance.checks.authorization.accepted_uris import taken
from conformance.checks.authorization.conftest import STATE, Ask
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.without_browser import Landing
from fixtures.target import Client
from fixtures.target.clients import Clients

__all__ = ["taken"]  # a fixture of the checks of redirection URIs

GRANT = "implicit"


class AskForToken(Protocol):
    """Opens an ordinary request of the implicit grant, with parameters changed as told."""

    def __call__(
        self,
        client: Client,
        /,
        *,
        more: Sequence[tuple[str, str]] = (),
        allow: bool = True,
        crash_counts: bool = False,
        **changes: str | None,
    ) -> Landing:
        """more, allow, crash_counts, changes: as `ask` takes them."""
        ...


@pytest.fixture(scope="session")
def ask_for_token(ask: Ask) -> AskForToken:
    """Opens an ordinary request of the implicit grant (RFC 6749 section 4.2.1)."""

    def send(
        client: Client,
        /,
        *,
        more: Sequence[tuple[str, str]] = (),
        allow: bool = True,
        crash_counts: bool = False,
        **changes: str | None,
    ) -> Landing:
        plain = {"response_type": "token", "code_challenge": None, "code_challenge_method": None}
        return ask(client, {**plain, **changes}, more=more, allow=allow, crash_counts=crash_counts)

    return send


@pytest.fixture(scope="session")
def implicit_client(clients: Clients) -> Client:
    """A client that is registered for the implicit grant and was not seen to get a token."""
    return clients.first(
        lambda client: client.may(GRANT) and bool(client.redirect_uri),
        "client with the grant implicit",
        '[clients.spa] redirect_uris = [".."], grants = ["implicit"]',
    )


@pytest.fixture(scope="session")
def granted(ask_for_token: AskForToken, implicit_client: Client) -> Landing:
    """Where the ordinary request led, with STATE: to the client, and not with an error."""
    landing = ask_for_token(implicit_client, state=STATE)
    told = landing.fragment.get("error") or landing.query.get("error")
    if not landing.is_at_client or told:
        raise CannotTest(
            f"The implicit request of {implicit_client.name} ended with {told or 'a page'}.",
            f"Do redirect_uris, grants and scope of [clients.{implicit_client.name}] match the server?",
        )
    return landing


@pytest.fixture(scope="session")
def token_client(implicit_client: Client, granted: Landing) -> Client:
    """A client that gets tokens from the authorization endpoint."""
    if "access_token" not in granted.fragment:
        raise CannotTest(f"The implicit request of {implicit_client.name} gave no access token.")
    return implicit_client


@pytest.fixture(scope="session")
def refused(ask_for_token: AskForToken, token_client: Client) -> Mapping[str, Landing]:
    """Refusals that reached the client, by what was wrong with the request. Each request carried STATE."""
    sent = {
        "a denied request": ask_for_token(token_client, allow=False, state=STATE),
        "a malformed scope": ask_for_token(token_client, scope='no "such scope', state=STATE),
    }
    found = {
        what: landing
        for what, landing in sent.items()
        if landing.is_at_client and "access_token" not in {*landing.query, *landing.fragment}
    }
    if not found:
        raise NotOffered(
            "The server tells clients of no failed request, but shows a page or grants what was asked.",
            "a server that reports errors to the redirection URI of these clients",
        )
    return found
