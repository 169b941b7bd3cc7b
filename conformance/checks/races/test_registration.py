"""Several clients that register at the same moment (RFC 6749 section 2.2, RFC 7591 section 3.2.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from conformance.checks.races.racing import Races, draft
from conformance.checks.support.facts import fact
from conformance.checks.support.registering import require_open
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RegistrationEndpoint
from fixtures.http.exchange import Answer, Request

AT_ONCE = 4
"""Clients, each of which stays where the server lets nobody give up a registration."""


@pytest.fixture
def register_at_once(
    registration: RegistrationEndpoint, races: Races
) -> Iterator[Callable[[], Sequence[Answer]]]:
    """Registers several clients at once, and gives them up at the end of the check."""
    done: list[Answer] = []

    def ask(number: int) -> Request:
        metadata = {
            "client_name": f"oauth-conformance probe {number}",
            "redirect_uris": [f"https://client.example/cb/{number}"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        return draft(registration, lambda at: at.register(metadata))

    def run() -> Sequence[Answer]:
        answers = races.run([ask(number) for number in range(AT_ONCE)]).answers
        require_open(answers[0])
        registered = [answer for answer in answers if answer.is_success]
        done.extend(registered)
        return registered

    yield run
    for answer in done:
        registration.give_up(answer)


@requirement("6749-2.2-S01", broken_by="register-race-for-an-identifier")
@requirement("7591-3.2.1-02", broken_by="register-race-for-a-secret")
@tolerates("legal-register-more-members")
def test_no_two_clients_that_register_at_once_share_an_identifier(
    races: Races, register_at_once: Callable[[], Sequence[Answer]]
) -> None:
    """Clients that register at the same moment get identifiers that differ, and secrets that differ."""
    registered: list[Answer] = []
    for _ in races.rounds:
        registered += register_at_once()
        identifiers = Counter(answer.members.get("client_id") for answer in registered)
        secrets = Counter(each for answer in registered if (each := answer.members.get("client_secret")))
        told = f"{races.done[-1]}, {len(registered)} registrations"
        assert fact(
            max(identifiers.values(), default=0) <= 1,
            "a client_id for each client",
            f"{told}: two got one client_id",
        )
        assert fact(
            max(secrets.values(), default=0) <= 1,
            "a client_secret for each client",
            f"{told}: two got one client_secret",
        ).of("7591-3.2.1-02")
    races.require_a_winner(len(registered))
