"""The owner's decision, submitted twice at the same moment (RFC 6749 sections 4.1.1 and 4.1.2.1).

Whether the second submission is refused, or answered with a code of its own, is the server's choice: no RFC counts the
codes of one decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from conformance.checks.races.racing import Races
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest, NotOffered, Unreachable
from fixtures.http.exchange import Answer, Request, Send
from fixtures.http.together import Race
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

AllowTwice = Callable[[str, Client], list[Race]]


@pytest.fixture
def allow_twice(clients: Clients, target: Target, send: Send, races: Races) -> AllowTwice:
    """Opens a request as the owner, and submits every form but the one with the password twice at once."""
    owner = clients.owner()
    password = quote_plus(owner.password).encode("ascii")

    def twice(request: Request) -> Answer:
        if request.method != "POST" or password in request.body:
            return send(request)
        answers = races.run([request, request]).answers
        return next((answer for answer in answers if 300 <= answer.status < 400), answers[0])

    session = OwnerSession(owner, twice, pages=target.pages)

    def run(url: str, client: Client) -> list[Race]:
        before = len(races.done)
        try:
            landing = session.opens(url, client.redirect_uris)
        except Unreachable:
            raise
        except CannotTest as why:
            raise NotOffered(
                f"The pages of the server were not worked without a browser: {why.reason}",
                "consent by a plain form",
            ) from None
        if len(races.done) == before:
            raise NotOffered(
                "The server did not ask the owner to allow anything.", "a client that needs consent"
            )
        if not landing.code:
            raise CannotTest("Consent that was submitted twice at once ended without a code.")
        return races.done[before:]

    return run


@requirement("6749-4.1.2.1-S07", broken_by="consent-race-fails-the-second")
@tolerates("legal-race-consent-counts-twice")
def test_consent_submitted_twice_at_once_is_no_failure_of_the_server(
    races: Races,
    allow_twice: AllowTwice,
    registered_client: Client,
    authorization: AuthorizationEndpoint,
) -> None:
    """A decision that is submitted twice at the same moment, as by a double click, is never answered with 500."""
    for _ in races.rounds:
        url = authorization.request(
            registered_client,
            scope=registered_client.scope or None,
            state=secrets.token_urlsafe(12),
            code_challenge=secrets.token_urlsafe(32),
            code_challenge_method="S256",
        )
        for race in allow_twice(url, registered_client):
            statuses = [one.answer.status for one in race.sent if one.answer is not None]
            assert fact(500 not in statuses, "no answer with status 500", f"{race}: {shown(statuses)}")
    races.require_overlap()
