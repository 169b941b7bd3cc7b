"""Nobody gets anything before she has signed in, and nobody signs another in without her knowledge."""

from __future__ import annotations

from collections.abc import Callable

from conformance.pages.conftest import Ask, NewVisitor
from conformance.pages.visitor import Stop, Visitor
from conformance.requirement import requirement, tolerates
from fixtures.clients import Clients
from fixtures.errors import CannotTest
from fixtures.target import Client

ATTACKER = (("Origin", "https://attacker.example"), ("Sec-Fetch-Site", "cross-site"))
HARMLESS = (
    "legal-ui-cookie-samesite-none",
    "legal-ui-cookie-not-secure",
    "legal-ui-cookie-not-httponly",
    "legal-ui-labels-missing",
    "legal-ui-user-enumeration",
)

LoginPage = Callable[[], tuple[Visitor, Stop]]


@requirement("6749-3.1-01", broken_by="authorize-skips-login")
@requirement("6749-4.1.1-S02", broken_by="authorize-skips-login")
@tolerates(*HARMLESS)
def test_a_browser_in_which_nobody_signed_in_gets_no_code(
    login_page: LoginPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """An authorization request from a browser in which nobody has signed in ends on a page, not with a code."""
    stop = visitor().goes_to(ask(asking).url, asking.redirect_uris)

    assert not stop.code
    login_page()


@requirement("6749-3.1-01", broken_by="ui-any-password-accepted")
@tolerates(*HARMLESS)
def test_a_wrong_password_signs_nobody_in(login_page: LoginPage, ask: Ask, asking: Client) -> None:
    """With a wrong password the owner is not signed in: neither a code nor the question for consent follows."""
    person, page = login_page()
    person.goes_on(page)
    wrong, page = login_page()
    while page.form is not None and page.form.first("password") is None and page.asks_to_sign_in:
        page = wrong.presses(page)
    field = page.form.first("password") if page.form else None
    if field is None:
        raise CannotTest("The form for signing in has no field for the password.")
    wrong.presses(page, changes={field.name: "not-the-password-of-anyone"})
    again = wrong.goes_to(ask(asking).url, asking.redirect_uris)

    assert not again.code
    assert not again.asks_for_consent, "the server goes on as if the password had been right"


@requirement("6749-4.1.1-S03", broken_by="ui-request-lost-at-login")
@tolerates(*HARMLESS)
def test_the_request_is_still_there_after_signing_in(login_page: LoginPage) -> None:
    """An owner who signs in first and then allows is sent to the client's redirect URI."""
    person, page = login_page()
    end = person.goes_on(page)

    assert end.is_at_client


@requirement("6749-10.12-04", broken_by="ui-login-without-csrf")
@tolerates(*HARMLESS, "legal-ui-consent-without-csrf")
def test_a_foreign_site_signs_nobody_in(
    login_page: LoginPage, clients: Clients, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """The login form of an attacker, sent by a foreign site from the browser of a victim, signs nobody in there."""
    own, page = login_page()
    if own.signs_in(page).asks_to_sign_in:
        raise CannotTest("Signing in from the server's own page does not work.")
    attacker = visitor(clients.owner())
    page = attacker.goes_to(ask(asking).url, asking.redirect_uris)
    while page.form is not None and page.form.first("password") is None and page.asks_to_sign_in:
        page = attacker.presses(page)
    victim = visitor()
    victim.headers = ATTACKER
    victim.presses(page)
    victim.headers = ()
    after = victim.goes_to(ask(asking).url, asking.redirect_uris)

    assert not after.code
    assert not after.asks_for_consent, "the victim's browser is signed in as the attacker"


@requirement("6749-10.12-04", broken_by="ui-session-fixation")
@tolerates(*HARMLESS)
def test_the_session_of_before_signing_in_is_worth_nothing(
    login_page: LoginPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """Who knows the cookies that a browser had before its owner signed in is not signed in with them afterwards."""
    person, page = login_page()
    intruder = visitor()
    intruder.takes_cookies_of(person)
    if person.signs_in(page).asks_to_sign_in:
        raise CannotTest("Signing in from the server's own page does not work.")
    reached = intruder.goes_to(ask(asking).url, asking.redirect_uris)

    assert not reached.code
    assert not reached.asks_for_consent, "the cookies of before are signed in"


@requirement("6749-10.2-03", broken_by="authorize-skips-login")
@tolerates(*HARMLESS)
def test_the_owner_signs_in_explicitly(
    login_page: LoginPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """In a fresh browser the owner is asked to sign in before anything else happens."""
    assert not visitor().goes_to(ask(asking).url, asking.redirect_uris).code
    login_page()
