"""What the owner is asked, and what her answer means."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

import pytest

from conformance.checks.pages.conftest import Ask, AtConsent, Newcomer, as_client
from conformance.checks.support.controls import Redeem
from conformance.checks.support.facts import fact, lacks, shown
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

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
    return values[-1]  # the first may be openid, about which nobody is asked


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-deny-allows")
@tolerates(*HARMLESS)
def test_a_refusal_gives_no_code(at_consent: AtConsent, asking: Client) -> None:
    """When the owner denies the request, the client gets no code (RFC 6749 section 4.1.2.1: access_denied)."""
    there, _ = at_consent(asking)
    landing = there.visit.denies()

    assert not landing.gives_code.mended_by(
        "Look at the decision before a code is issued, and answer a denial with error=access_denied."
    )


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-scope-boxes-ignored")
@tolerates(*HARMLESS)
def test_what_the_owner_unticks_is_not_granted(at_consent: AtConsent, asking: Client, redeem: Redeem) -> None:
    """Where the owner can untick a part of the scope, that part is not granted."""
    there, request = at_consent(asking)
    boxes = [each for each in there.visit.sees().boxes if each.value in asking.scopes]
    if len(boxes) < 2:
        raise NotOffered("The consent page has no box for each scope value.", "such a consent page")
    form, dropped = there.visit.form(), {(box.name, box.value) for box in boxes[1:]}
    there.visit.sends(form.without(dropped))
    landing = there.visit.sees().landing
    if not landing.code:
        raise CannotTest("Consent to a part of the scope was not taken.")
    granted = redeem(request.code(landing)).scope

    assert fact(
        granted is not None,
        "a token answer that tells the scope, for it is less than was asked for",
        "no member scope",
    )
    assert lacks(granted or (), boxes[1].value)


@requirement("6749-10.2-03", broken_by="ui-client-name-hidden")
def test_the_consent_page_tells_who_asks(at_consent: AtConsent, asking: Client, clients: Clients) -> None:
    """The consent pages of two clients do not read the same."""
    rival = clients.another(asking, "authorization_code")
    shared = " ".join(value for value in asking.scope.split() if value in rival.scopes) or None
    first = at_consent(asking, scope=shared)[0].visit.sees().words
    second = at_consent(rival, scope=shared)[0].visit.sees().words

    assert fact(
        first != second,
        "two pages for consent that tell who asks",
        "the same words whichever of two clients asks",
    )


@requirement("6749-10.2-03", broken_by="ui-scope-hidden")
def test_the_consent_page_tells_what_is_asked(at_consent: AtConsent, asking: Client) -> None:
    """The consent page for more scope does not read like the one for less."""
    less = at_consent(asking, scope=_narrow(asking))[0].visit.sees().words
    more = at_consent(asking)[0].visit.sees().words

    assert fact(
        less != more,
        "two pages for consent that tell what is asked",
        "the same words for less scope and for more",
    )


@requirement("6749-10.12-04", broken_by="ui-consent-to-less-counts-for-more")
@tolerates("legal-ui-consent-remembered", "legal-ui-consent-replayable")
def test_who_allowed_less_is_asked_before_a_client_gets_more(
    register: Register, at_consent: AtConsent, asking: Client, ask: Ask, redeem: Redeem
) -> None:
    """A client to which the owner allowed a part of the scope gets no more than that without her doing.

    The client is registered for this check, so that she has allowed it nothing before.
    """
    answer = register(scope=asking.scope).require_success("An ordinary client was not registered")
    client = as_client(answer)
    allowed = _narrow(client)
    there, request = at_consent(client, scope=allowed)
    request.code(there.visit.allows())
    more = ask(client)
    landing = more.opened_by(there.person).sees().landing
    granted = redeem(more.code(landing)) if landing.code else None

    assert fact(
        granted is None or granted.scope == frozenset({allowed}),
        "a question to the owner, or no more scope than was allowed",
        f"a code without a question, and for it {granted}; scope: {shown(granted.scope) if granted else ''}",
    )


@requirement("6749-10.2-04", broken_by="authorize-skips-consent")
@tolerates(*HARMLESS)
def test_an_app_that_cannot_show_who_it_is_is_asked_about_again(
    clients: Clients, newcomer: Newcomer, ask: Ask
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
    request, person = ask(native), newcomer()
    request.code(request.opened_by(person).allows())
    again = ask(native).opened_by(person).sees()

    assert not again.gives_code


@requirement("6749-10.12-04", broken_by="authorize-skips-consent")
@tolerates(*HARMLESS, "legal-ui-consent-remembered")
def test_a_client_that_registered_itself_gets_nothing_unasked(
    register: Register, newcomer: Newcomer, ask: Ask, asking: Client
) -> None:
    """A client that anybody could have registered gets no code from a signed-in owner who was not asked."""
    client = as_client(_native_app(register, asking.scope))
    request, person = ask(client), newcomer()
    ask(asking).opened_by(person).signs_in()
    visit = request.opened_by(person)
    first = visit.sees()
    request.code(visit.allows())

    assert not first.gives_code


def _native_app(register: Register, scope: str) -> Answer:
    """The registration of a public client at this machine; of an ordinary one where the server takes no such client."""
    uri = f"http://127.0.0.1/cb/{secrets.token_hex(4)}"
    native = {"redirect_uris": [uri], "token_endpoint_auth_method": "none", "application_type": "native"}
    answer = register(scope=scope, **native)
    if answer.is_success and answer.members.get("redirect_uris") == [uri]:
        return answer
    return register(scope=scope).require_success("An ordinary client was not registered")
