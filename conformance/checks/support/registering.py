"""Clients that a check registers for itself, each given up again when the run ends."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from fixtures.endpoints import RegistrationEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer


class Register(Protocol):
    """Sends a registration and remembers what to give up."""

    def __call__(self, **changes: Any) -> Answer:
        """changes: members that replace those of an ordinary confidential client; None leaves one out."""
        ...


@contextmanager
def registering_at(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers an ordinary confidential client, with some members changed. NotOffered when that needs a token."""
    answers: list[Answer] = []

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
        require_open(answer)
        answers.append(answer)
        return answer

    yield send
    for answer in answers:
        registration.give_up(answer)


def require_open(answer: Answer) -> None:
    """NotOffered where a registration was refused for want of an initial access token (RFC 7591 section 3)."""
    if answer.status in {401, 403}:
        raise NotOffered(
            "The registration endpoint registers nobody without an initial access token.",
            "open registration at the server",
        )
