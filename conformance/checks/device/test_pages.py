"""The pages at which the owner of a device answers, in a real browser (RFC 8628 sections 3.3 and 3.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from conformance.checks.device.conftest import Device, NewDevice, Poll
from conformance.checks.support.facts import Fact, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.urls import joined
from fixtures.owner.forms import Form, FormParser
from fixtures.owner.sight import SentForm

if TYPE_CHECKING:
    from fixtures.owner.browser import BrowsingOwner, Visit

pytestmark = pytest.mark.embedded(device=True)

TYPED = frozenset({"text", "search", "tel", "number"})
"""Kinds of fields that a person types a code into."""
WAITING = ("authorization_pending", "slow_down")


@pytest.fixture
def linked(owner: BrowsingOwner, device: Device, poll: Poll) -> Device:
    """A device that its owner allowed at the link with its code and that got its token for it: she is signed in."""
    if not device.complete:
        raise NotOffered(
            "The server gives no link that holds the user code.",
            "a server that tells verification_uri_complete",
        )
    owner.opens(device.complete).allows()
    poll(device).require_success("The device that its owner allowed at the link got no token")
    return device


def code_form(html: str) -> tuple[Form, str] | None:
    """The form of a page that asks for one typed word and no password, and the name of its field; None for none."""
    parser = FormParser()
    parser.feed(html)
    parser.close()
    for form in parser.finish():
        fields = [each for each in form.controls if each.kind in TYPED and each.name and not each.fixed]
        if len(fields) == 1 and form.first("password") is None:
            return form, fields[0].name
    return None


def typed(owner: BrowsingOwner, device: Device, code: str) -> Visit:
    """Her way after she has typed a code at the page of the device; CannotTest where that has no field for one."""
    visit = owner.opens(device.place)
    found = code_form(visit.sees().html)
    if found is None:
        raise CannotTest(
            "The page at verification_uri has no form with one field for the code.",
            "Look at the page: do scripts build it, or does it ask for each letter apart?",
        )
    form, name = found
    fields: Sequence[tuple[str, str]] = form.fields(next(iter(form.buttons), None), {name: code})
    place = joined(visit.rests().uri, form.action)
    visit.sends(SentForm(url=place, method=form.method.upper(), fields=tuple(fields)))
    return visit


def refuses_the_code(visit: Visit) -> bool:
    """Whether the page says that there is no such code: by its status, or by asking for one again."""
    return (visit.rests().status or 0) >= 400 or code_form(visit.sees().html) is not None


def goes_on(answer: Answer, *, refused: bool) -> Fact:
    """Whether a device got its token; CannotTest where its owner's way was not seen to end."""
    if not answer.grants_a_token and not refused and answer.error in WAITING:
        raise CannotTest(
            f"The device hears {answer.error} after its owner answered: her way was not seen to end.",
            "Do the pages ask for more than signing in and consent?",
        )
    told = "the page took no code that the server gave out" if refused else answer
    return fact(answer.grants_a_token, "an access token for the device", told)


@pytest.mark.usefixtures("linked")
@requirement("8628-3.3-01", broken_by="device-typed-code-is-never-found")
@tolerates("legal-device-without-interval")
def test_the_owner_types_the_code_and_allows(owner: BrowsingOwner, new_device: NewDevice, poll: Poll) -> None:
    """A device gets its token whose owner goes to verification_uri, types the code there and allows."""
    device = new_device()
    visit = typed(owner, device, device.user_code)
    refused = refuses_the_code(visit)
    if not refused:
        visit.allows()

    assert goes_on(poll(device), refused=refused)


@pytest.mark.usefixtures("linked")
@requirement("8628-3.3-S01", broken_by="device-any-code-will-do")
@tolerates("legal-device-without-interval", "legal-device-early-poll-is-pending")
def test_another_code_allows_nothing(owner: BrowsingOwner, new_device: NewDevice, poll: Poll) -> None:
    """A device gets no token whose owner mistypes its code, whatever she does on the pages that follow."""
    device = new_device()
    visit = typed(owner, device, mistyped(device.user_code))
    seen = [visit.rests()]
    if not refuses_the_code(visit):
        seen.append(visit.allows())

    assert not poll(device).grants_a_token.after(*seen)


def mistyped(code: str) -> str:
    """A code of the same form, every letter and digit of it another one."""
    letters, digits = "BCDFGHJKLMNPQRSTVWXZB", "01234567890"
    return "".join(
        letters[letters.index(each) + 1]
        if each in letters
        else digits[digits.index(each) + 1]
        if each in digits
        else each
        for each in code.upper()
    )


@pytest.mark.usefixtures("linked")
@requirement("8628-3.3-02", broken_by="device-denial-is-consent")
@tolerates("legal-device-without-interval", "legal-device-early-poll-is-pending")
def test_the_owner_types_the_code_and_denies(owner: BrowsingOwner, new_device: NewDevice, poll: Poll) -> None:
    """A device gets no token whose owner types its code and denies."""
    device = new_device()
    visit = typed(owner, device, device.user_code)
    if not visit.signs_in().sees().asks_for_consent:
        raise CannotTest(
            "No page that was understood asked the owner after she had typed the code, so that she denied nothing.",
            "Look at the pages behind verification_uri: where may she deny?",
        )
    visit.denies()

    assert not poll(device).grants_a_token


@requirement("8628-3.5-S01", broken_by="device-consent-is-lost")
@tolerates("legal-device-early-poll-is-pending", "legal-device-without-interval")
def test_the_owner_follows_the_link_and_allows(owner: BrowsingOwner, device: Device, poll: Poll) -> None:
    """A device gets its token whose owner follows the link that holds the code, and allows."""
    if not device.complete:
        raise NotOffered(
            "The server gives no link that holds the user code.",
            "a server that tells verification_uri_complete",
        )
    landing = owner.opens(device.complete).allows()

    assert goes_on(poll(device), refused=(landing.status or 0) >= 400)
