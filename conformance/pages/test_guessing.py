"""Guessing the owner's password where she signs in (RFC 6749 section 10.10). It comes last, and only on request."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.guessing import Guesses, Guessing
from conformance.pages.conftest import Ask, NewVisitor
from conformance.pages.visitor import Stop
from conformance.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.target import Client


@pytest.fixture
def signing_in(guesses: Guesses, visitor: NewVisitor, ask: Ask, asking: Client) -> Guessing[Any]:
    """Guesses at the page that asks for the password, each in a browser of its own as an attacker would."""

    def at_password() -> tuple[Any, Stop, str]:
        person = visitor(guesses.owner)
        page = person.goes_to(ask(asking).url, asking.redirect_uris)
        while page.form is not None and page.asks_to_sign_in and page.form.first("password") is None:
            page = person.presses(page)
        field = page.form.first("password") if page.form else None
        return person, page, field.name if field else ""

    def guess(password: str) -> object:
        person, page, field = at_password()
        if not field:
            return "no form for the password"
        stop = person.presses(page, changes={field: password})
        controls = sorted(control.name for control in stop.form.controls) if stop.form else []
        return stop.answer.status if stop.answer else 0, tuple(controls)

    def lets_in() -> bool:
        person, page, field = at_password()
        try:
            stop = person.signs_in(page) if field else page
        except CannotTest:
            return False
        return bool(field) and not stop.asks_to_sign_in

    return Guessing(guess=guess, lets_in=lets_in)


@requirement("6749-10.10-01", broken_by="ui-guessing-unhindered")
@tolerates(
    "legal-ui-guessing-is-slowed", "legal-ui-guessing-is-throttled", "legal-ui-guessing-meets-a-captcha"
)
@pytest.mark.embedded(password_attempts=8)
def test_the_server_resists_who_guesses_a_password(guesses: Guesses, signing_in: Guessing[Any]) -> None:
    """Wrong passwords in a row, as many as the operator says, meet resistance before the right one is let in."""
    resistance = guesses.resistance(signing_in)

    assert resistance, (
        f"{guesses.count} wrong passwords in a row changed nothing, and the right one is let in"
    )
