"""What the owner is asked, and that only her own answer from her own browser counts."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.controls import Redeem
from conformance.pages.conftest import Ask, Asked, NewVisitor
from conformance.pages.visitor import Stop, Visitor
from conformance.requirement import requirement, tolerates
from fixtures.clients import Clients
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client

ConsentPage = Callable[..., tuple[Visitor, Stop]]

ATTACKER = (("Origin", "https://attacker.example"), ("Sec-Fetch-Site", "cross-site"))
INVENTED = "conformance-never-defined"
ELSEWHERE = "https://attacker.example/cb"
HARMLESS = (
    "legal-ui-consent-without-csrf",
    "legal-ui-interaction-not-bound-to-session",
    "legal-ui-consent-replayable",
    "legal-ui-cookie-samesite-none",
)


def _narrow(client: Client) -> str:
    """One of several scope values of a client. NotOffered when it has fewer."""
    values = client.scope.split()
    if len(values) < 2:
        raise NotOffered(
            f"[clients.{client.name}] has no scope of two values.", f'[clients.{client.name}] scope = "a b"'
        )
    return values[0]


def _signed_in(visitor: NewVisitor, request: Asked) -> Visitor:
    person = visitor()
    person.signs_in(person.goes_to(request.url, request.client.redirect_uris))
    return person


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-deny-allows")
@tolerates(*HARMLESS)
def test_a_refusal_gives_no_code(consent_page: ConsentPage, ask: Ask, asking: Client) -> None:
    """When the owner refuses, the client gets no code."""
    person, page = consent_page(ask(asking))
    end = person.presses(page, allow=False)

    assert not end.code


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-consent-forgeable")
@tolerates(*HARMLESS)
def test_consent_prepared_in_another_browser_is_not_taken(
    consent_page: ConsentPage, clients: Clients, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """An attacker's consent form, sent by a foreign site from a browser whose owner is signed in, gives no code."""
    victim = _signed_in(visitor, ask(asking))
    _, prepared = consent_page(ask(asking), clients.another_owner())
    victim.headers = ATTACKER
    end = victim.presses(prepared)

    assert not end.code


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-consent-without-session")
@requirement("6749-3.1-01", broken_by="ui-consent-without-session")
@tolerates(*HARMLESS)
def test_consent_counts_only_where_its_owner_is_signed_in(
    consent_page: ConsentPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """The owner's consent form, sent from a browser without her session, gives no code."""
    _, page = consent_page(ask(asking))
    end = visitor().presses(page)

    assert not end.code


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-form-names-redirect-uri")
@requirement("6749-10.15-S01", broken_by="ui-form-names-redirect-uri")
@tolerates(*HARMLESS)
def test_a_redirect_uri_in_the_consent_form_leads_nowhere(
    consent_page: ConsentPage, ask: Ask, asking: Client
) -> None:
    """A redirect_uri that was put into the consent form does not send the browser, or the code, to that place."""
    person, page = consent_page(ask(asking))
    end = person.presses(page, changes={"redirect_uri": ELSEWHERE})
    places = [hop.answer.header("location") or "" for hop in end.hops]

    assert not [place for place in places if urlsplit(place).hostname == "attacker.example"]


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-consent-adds-scope")
@tolerates(*HARMLESS)
def test_an_invented_scope_in_the_consent_form_is_not_granted(
    consent_page: ConsentPage, ask: Ask, asking: Client, redeem: Redeem
) -> None:
    """A scope value that does not exist, and was put into the consent form, is not granted."""
    request = ask(asking)
    person, page = consent_page(request)
    end = person.presses(page, changes={"scope": INVENTED})
    granted = redeem(request.code(end)).scope if end.code else None

    assert granted is None or INVENTED not in granted


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-scope-boxes-ignored")
@tolerates(*HARMLESS)
def test_what_the_owner_unticks_is_not_granted(
    consent_page: ConsentPage,
    ask: Ask,
    asking: Client,
    redeem: Redeem,
) -> None:
    """Where the owner can untick a part of the scope, that part is not granted."""
    request = ask(asking)
    person, page = consent_page(request)
    controls = page.form.controls if page.form else []
    boxes = [each for each in controls if each.kind == "checkbox" and each.value in asking.scopes]
    if len(boxes) < 2:
        raise NotOffered("The consent page has no box for each scope value.", "such a consent page")
    kept, dropped = boxes[0], boxes[1]
    changes = {box.name: None for box in boxes} | {kept.name: kept.value}
    end = person.presses(page, changes=changes)
    if not end.code:
        raise CannotTest("Consent to a part of the scope was not taken.")
    granted = redeem(request.code(end)).scope

    assert granted is not None, "the client is not told that it got less than it asked for"
    assert dropped.value not in granted


@requirement("6749-10.2-03", broken_by="ui-client-name-hidden")
def test_the_consent_page_tells_who_asks(
    consent_page: ConsentPage, ask: Ask, asking: Client, clients: Clients
) -> None:
    """The consent pages of two clients do not read the same."""
    rival = clients.another(asking, "authorization_code")
    shared = " ".join(value for value in asking.scope.split() if value in rival.scopes) or None
    first = consent_page(ask(asking, scope=shared))[1].words
    second = consent_page(ask(rival, scope=shared))[1].words

    assert first != second


@requirement("6749-10.2-03", broken_by="ui-scope-hidden")
def test_the_consent_page_tells_what_is_asked(consent_page: ConsentPage, ask: Ask, asking: Client) -> None:
    """The consent page for more scope does not read like the one for less."""
    narrow = _narrow(asking)
    less = consent_page(ask(asking, scope=narrow))[1].words
    more = consent_page(ask(asking))[1].words

    assert less != more


@requirement("6749-10.2-04", broken_by="authorize-skips-consent")
@tolerates(*HARMLESS)
def test_an_app_that_cannot_show_who_it_is_is_asked_about_again(
    clients: Clients, visitor: NewVisitor, ask: Ask
) -> None:
    """A public client at a loopback or private-use redirect URI gets no second code without the owner's doing."""
    native = clients.first(
        lambda client: (
            client.is_public
            and client.may("authorization_code")
            and bool(client.redirect_uri)
            and urlsplit(client.redirect_uri).scheme != "https"
        ),
        "public client with a loopback or private-use redirect URI",
        '[clients.native] auth = "none", redirect_uris = ["http://127.0.0.1/cb"]',
    )
    request = ask(native)
    person = visitor()
    request.code(person.goes_on(person.goes_to(request.url, native.redirect_uris)))
    again = person.goes_to(ask(native).url, native.redirect_uris)

    assert not again.code
