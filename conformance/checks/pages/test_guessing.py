"""Guessing the owner's password where she signs in (RFC 6749 section 10.10). It comes last, and only on request.

It works the plain forms of the pages, for a browser would take a second for each guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from conformance.checks.pages.conftest import Ask
from conformance.checks.support.brute_force import Guesses, Guessing
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, Unreachable
from fixtures.http.exchange import Answer, Request, Send
from fixtures.owner.forms import read_forms
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Owner

Look = tuple[int, tuple[str, ...]]
"""What is compared of a page: its status, and the names of what can be filled in."""


@dataclass
class _Attempt:
    """One attempt to sign in, in a session of its own as an attacker would. answers: all that came, in order."""

    send: Send
    answers: list[Answer] = field(default_factory=list)
    failed: bool = False

    def __call__(self, request: Request) -> Answer:
        try:
            self.answers.append(self.send(request))
        except CannotTest:
            self.failed = True
            raise
        return self.answers[-1]

    def opens(self, url: str, client: Client, owner: Owner) -> Landing | None:
        """Where the owner came to rest; None where the pages did not let her on. CannotTest when one did not come."""
        try:
            return OwnerSession(owner, self).opens(url, client.redirect_uris)
        except CannotTest:
            if self.failed:
                raise
            return None

    @property
    def look(self) -> Look:
        """What the last page looks like."""
        last = self.answers[-1]
        return last.status, tuple(each.name for form in read_forms(last.text) for each in form.controls)


@dataclass(frozen=True, kw_only=True)
class _SigningIn:
    """How guesses are made on the pages. wrong: the last answer to each wrong password."""

    place: Guessing[Look]
    wrong: list[Answer]


@pytest.fixture
def signing_in(guesses: Guesses, send: Send, ask: Ask, asking: Client) -> _SigningIn:
    """Guesses at the pages that ask for the password."""
    wrong: list[Answer] = []

    def guess(password: str) -> Look:
        attempt = _Attempt(send)
        attempt.opens(ask(asking).url, asking, replace(guesses.owner, password=password))
        wrong.append(attempt.answers[-1])
        return attempt.look

    def lets_in() -> bool:
        try:
            landing = _Attempt(send).opens(ask(asking).url, asking, guesses.owner)
        except Unreachable:
            raise
        except CannotTest:
            return False
        return landing is not None and landing.code is not None

    return _SigningIn(place=Guessing(guess=guess, lets_in=lets_in), wrong=wrong)


@requirement("6749-10.10-01", broken_by="ui-guessing-unhindered")
@tolerates(
    "legal-ui-guessing-is-slowed", "legal-ui-guessing-is-throttled", "legal-ui-guessing-meets-a-captcha"
)
@pytest.mark.embedded(password_attempts=8)
def test_the_server_resists_who_guesses_a_password(guesses: Guesses, signing_in: _SigningIn) -> None:
    """Wrong passwords in a row, as many as the operator says, meet resistance before the right one is let in."""
    resistance = guesses.resistance(signing_in.place)

    assert fact(
        resistance,
        f"throttling, a delay, a lock-out or another answer within {guesses.count} wrong passwords",
        f"{guesses.asked} were all answered alike ({signing_in.wrong[-1]}), and the right one is let in then",
    ).after(*signing_in.wrong)
