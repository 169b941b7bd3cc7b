"""Registrations to judge, and what their answers hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conformance.checks.support.registering import Register, registering_at
from fixtures.endpoints import RegistrationEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Target


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers clients, and gives them up at the end."""
    with registering_at(registration) as send:
        yield send


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


@pytest.fixture
def readable(managed: Answer, registration: RegistrationEndpoint) -> tuple[str, str]:
    """Where a registration is managed, and its registration access token, after it was read by them."""
    place, token = management(managed)
    registration.read(place, token).require_success("The registration could not be read with its own token")
    return place, token


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
