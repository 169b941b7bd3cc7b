"""Nobody gets anything before she has signed in, and nobody signs another in without her knowledge."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.checks.pages.conftest import ELSEWHERE, Ask, AtLogin, AtPage, Newcomer, strayed
from conformance.checks.support.controls import GrantFor
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.sight import SentForm
from fixtures.target import Client, Owner

if TYPE_CHECKING:
    from fixtures.owner.browser import Visit

MOST_PAGES = 3
BOUND = (
    "Tie the login form to the browser that got it, by a cookie that is set before anybody signs in, "
    "and refuse the form without that cookie."
)
"""What a fix looks like where a login form works from another browser."""
HARMLESS = (
    "legal-ui-cookie-samesite-none",
    "legal-ui-cookie-not-secure",
    "legal-ui-cookie-not-httponly",
    "legal-ui-labels-missing",
    "legal-ui-user-enumeration",
    "legal-ui-signing-in-is-for-one-request",
)


def _form_with(password: str, visit: Visit) -> SentForm:
    """The form that holds the password, not sent yet; a page that asks for the user name first is gone through."""
    for _ in range(MOST_PAGES):
        form = visit.form()
        if password in [value for _, value in form.fields]:
            return form
        visit.sends(form)
    raise CannotTest("No page on the way had a form with a field for the password.")


def _signs_in(there: AtPage, ask: Ask, asking: Client) -> None:
    """The positive control: who has signed in is not asked to when the next request comes."""
    there.visit.signs_in()
    if ask(asking).opened_by(there.person).sees().asks_to_sign_in:
        raise NotOffered(
            "The server asks her to sign in for each request: signing in lasts for the one it was for.",
            "a server that knows at the next request who has signed in",
        )


@requirement("6749-3.1-01", broken_by="authorize-skips-login")
@requirement("6749-4.1.1-S02", broken_by="authorize-skips-login")
@tolerates(*HARMLESS)
def test_a_browser_in_which_nobody_signed_in_gets_no_code(
    at_login: AtLogin, owner_apart: Owner, newcomer_apart: Newcomer, ask: Ask, asking: Client
) -> None:
    """An authorization request from a browser in which nobody has signed in ends on a page, not with a code."""
    seen = ask(asking).opened_by(newcomer_apart()).sees()

    assert not seen.gives_code
    at_login(owner_apart)


@requirement("6749-3.1-01", broken_by="ui-any-password-accepted")
@tolerates(*HARMLESS)
def test_a_wrong_password_signs_nobody_in(
    at_login: AtLogin, newcomer_apart: Newcomer, owner_apart: Owner, ask: Ask, asking: Client
) -> None:
    """With a wrong password the owner is not signed in: neither a code nor the question for consent follows."""
    _signs_in(at_login(owner_apart), ask, asking)
    intruder = newcomer_apart(replace(owner_apart, password="not-the-password-of-anyone"))
    with suppress(CannotTest):  # to be asked for it again is what is expected
        ask(asking).opened_by(intruder).signs_in()
    again = ask(asking).opened_by(intruder).sees()

    assert not again.gives_code
    assert not again.goes_on


@requirement("6749-4.1.1-S03", broken_by="ui-request-lost-at-login")
@tolerates(*HARMLESS)
def test_the_request_is_still_there_after_signing_in(at_login: AtLogin, owner_apart: Owner) -> None:
    """The authorization request survives the sign-in: an owner who then allows is sent to the redirection URI."""
    landing = at_login(owner_apart).visit.allows()

    assert landing.sent_on.mended_by(
        "Keep the authorization request through the sign-in, and go on with it afterwards."
    )


@requirement("6749-10.12-04", broken_by="ui-login-without-csrf")
@tolerates(*HARMLESS, "legal-ui-consent-without-csrf")
def test_a_foreign_site_signs_nobody_in(
    at_login: AtLogin, owner_apart: Owner, newcomer_apart: Newcomer, ask: Ask, asking: Client
) -> None:
    """The login form of an attacker, sent by a foreign site from the browser of a victim, signs nobody in there."""
    _signs_in(at_login(owner_apart), ask, asking)
    prepared = _form_with(owner_apart.password, at_login(owner_apart).visit)
    victim = newcomer_apart()
    victim.is_lured(prepared, asking.redirect_uris).sees()
    after = ask(asking).opened_by(victim).sees()

    assert not after.gives_code.mended_by(BOUND)
    assert not after.goes_on.mended_by(BOUND)


@requirement("6749-10.12-04", broken_by="ui-session-fixation")
@tolerates(*HARMLESS)
def test_the_session_of_before_signing_in_is_worth_nothing(
    at_login: AtLogin, owner_apart: Owner, newcomer_apart: Newcomer, ask: Ask, asking: Client
) -> None:
    """Who knows the cookies that a browser had before its owner signed in is not signed in with them afterwards."""
    there = at_login(owner_apart)
    intruder = newcomer_apart()
    intruder.takes(there.person.cookies)
    _signs_in(there, ask, asking)
    reached = ask(asking).opened_by(intruder).sees()

    assert not reached.gives_code
    assert not reached.goes_on


@requirement("6749-3.1-01", broken_by="ui-access-token-signs-in")
@tolerates(*HARMLESS)
def test_an_access_token_is_no_session(
    *,
    at_login: AtLogin,
    owner_apart: Owner,
    newcomer_apart: Newcomer,
    ask: Ask,
    asking: Client,
    grant_for_apart: GrantFor,
) -> None:
    """An access token of the owner, put in place of every cookie of a browser where she signed in, signs nobody in."""
    token = grant_for_apart(asking).access_token
    there, intruder = at_login(owner_apart), newcomer_apart()
    _signs_in(there, ask, asking)
    intruder.takes([replace(cookie, value=token) for cookie in there.person.cookies])
    if not any(cookie.value == token for cookie in intruder.cookies):
        raise CannotTest("The browser keeps no cookie as long as an access token of this server.")
    reached = ask(asking).opened_by(intruder).sees()

    assert not reached.gives_code
    assert not reached.goes_on


@requirement("6749-10.2-03", broken_by="authorize-skips-login")
@tolerates(*HARMLESS)
def test_the_owner_signs_in_explicitly(
    at_login: AtLogin, owner_apart: Owner, newcomer_apart: Newcomer, ask: Ask, asking: Client
) -> None:
    """In a fresh browser the owner is asked to sign in before anything else happens."""
    assert not ask(asking).opened_by(newcomer_apart()).sees().gives_code
    at_login(owner_apart)


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-login-form-names-redirect-uri")
@requirement("6749-10.15-S01", broken_by="ui-login-form-names-redirect-uri")
@tolerates(*HARMLESS)
def test_a_redirect_uri_in_the_login_form_leads_nowhere(
    owner_apart: Owner, newcomer_apart: Newcomer, ask: Ask, asking: Client
) -> None:
    """A redirect_uri that was put into the login form sends the browser to that place neither then nor later."""
    visit = ask(asking).opened_by(newcomer_apart(), [ELSEWHERE])
    form = _form_with(owner_apart.password, visit)
    visit.sends(form.changed({"redirect_uri": ELSEWHERE}))
    seen = visit.sees()
    landing = visit.allows() if seen.asks_for_consent else seen.landing

    assert not strayed(landing)
