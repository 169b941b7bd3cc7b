"""Clients that a check registers for itself, given up again when the run ends."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import pytest

from fixtures.endpoints import RegistrationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Target


class Register(Protocol):
    """Sends a registration and remembers what to give up."""

    def __call__(self, **changes: Any) -> Answer:
        """changes: members that replace those of an ordinary confidential client; None leaves one out."""
        ...


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers an ordinary confidential client, with some members changed. NotOffered when that needs a token."""
    given_up: list[tuple[str, str]] = []

    def send(**changes: Any) -> Answer:
        wanted = {
            "client_name": "oauth-conformance probe",
            "redirect_uris": [f"https://client.example/cb/{secrets.token_hex(4)}"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            **changes,
        }
        answer = registration.register({name: value for name, value in wanted.items() if value is not None})
        if answer.status in {401, 403}:
            raise NotOffered(
                "The registration endpoint registers nobody without an initial access token.",
                "open registration at the server",
            )
        place, token = management(answer)
        if place and token:
            given_up.append((place, token))
        return answer

    yield send
    for place, token in given_up:
        with suppress(CannotTest):
            registration.delete(place, token)


def management(answer: Answer) -> tuple[str, str]:
    """The configuration endpoint and the registration access token of an answer; empty where it has none."""
    place, token = (
        answer.members.get(name) for name in ("registration_client_uri", "registration_access_token")
    )
    return (place, token) if isinstance(place, str) and isinstance(token, str) else ("", "")


@pytest.fixture
def registered(register: Register) -> Answer:
    """The answer to an ordinary registration, after it was seen to succeed."""
    return register().require_success("An ordinary confidential client was not registered")


@pytest.fixture
def managed(registered: Answer) -> Answer:
    """The same, where the server lets the client manage its registration (RFC 7592)."""
    if not all(management(registered)):
        raise NotOffered("The server hands out no registration access token.", "RFC 7592 at the server")
    return registered


@pytest.fixture(scope="session")
def owner_names(target: Target) -> list[str]:
    """The names of resource owners, for which no client may pass."""
    return [owner.username for owner in target.owners.values()]


def issue_time(answer: Answer) -> Any:
    """When the client identifier was issued, as an answer tells it. NotOffered where it does not: it is optional."""
    if "client_id_issued_at" not in answer.members:
        raise NotOffered(
            "The server does not tell when a client identifier was issued.", "nothing: it is optional"
        )
    return answer.members["client_id_issued_at"]


def members_of(answer: Answer) -> Mapping[str, Any]:
    """The members of a registration answer that an update sends back (RFC 7592 section 2.2)."""
    left_out = {
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    }
    return {name: value for name, value in answer.members.items() if name not in left_out}
