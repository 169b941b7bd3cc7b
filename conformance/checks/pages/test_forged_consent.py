"""Only the owner's own answer from her own browser counts, and only for what was asked.

A server may keep the state in the consent form: only the owner can change it there, and the client checks it.
"""

from __future__ import annotations

import pytest

from conformance.checks.pages.conftest import ELSEWHERE, AtConsent, Newcomer, strayed
from conformance.checks.support.controls import Redeem
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client
from fixtures.target.clients import Clients

INVENTED = "conformance-never-defined"
HARMLESS = (
    "legal-ui-consent-without-csrf",
    "legal-ui-interaction-not-bound-to-session",
    "legal-ui-consent-replayable",
    "legal-ui-cookie-samesite-none",
    "legal-ui-state-kept-in-the-form",
)


@pytest.mark.usefixtures("consents", "sends_cookies_with_foreign_forms")
@requirement("6749-10.12-04", broken_by="ui-consent-forgeable")
@tolerates(*HARMLESS, "legal-ui-forgery-kept-out-by-samesite")
def test_consent_prepared_in_another_browser_is_not_taken(
    at_consent: AtConsent, clients: Clients, asking: Client
) -> None:
    """An attacker's consent form, sent by a foreign site from a browser whose owner is signed in, gives no code."""
    prepared = at_consent(asking, owner=clients.another_owner())[0].visit.form()
    victim = at_consent(asking)[0].person
    end = victim.is_lured(prepared, asking.redirect_uris).sees()

    assert not end.gives_code


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-consent-without-session")
@requirement("6749-3.1-01", broken_by="ui-consent-without-session")
@tolerates(*HARMLESS)
def test_consent_counts_only_where_its_owner_is_signed_in(
    at_consent: AtConsent, newcomer: Newcomer, asking: Client
) -> None:
    """The owner's consent form, sent from a browser without her session, gives no code."""
    there, _ = at_consent(asking)
    end = newcomer().is_lured(there.visit.form(), asking.redirect_uris).sees()

    assert not end.gives_code


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-form-names-redirect-uri")
@requirement("6749-10.15-S01", broken_by="ui-form-names-redirect-uri")
@tolerates(*HARMLESS)
def test_a_redirect_uri_in_the_consent_form_leads_nowhere(at_consent: AtConsent, asking: Client) -> None:
    """A redirect_uri that was put into the consent form does not send the browser, or the code, to that place."""
    there, _ = at_consent(asking, also=[ELSEWHERE])
    there.visit.sends(there.visit.form().changed({"redirect_uri": ELSEWHERE}))

    assert not strayed(there.visit.sees().landing)


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-form-names-client")
@tolerates(*HARMLESS)
def test_a_client_in_the_consent_form_gets_nothing(
    at_consent: AtConsent, asking: Client, clients: Clients, redeem: Redeem
) -> None:
    """A client whose client_id was put into the consent form of another cannot redeem the code that follows."""
    rival = clients.another(asking, "authorization_code")
    there, request = at_consent(asking)
    there.visit.sends(there.visit.form().changed({"client_id": rival.id}))
    landing = there.visit.sees().landing
    answer = redeem(request.code(landing), as_=rival) if landing.code else None

    assert fact(
        answer is None or not answer.grants_a_token,
        "no code for another client, or none that it can redeem",
        answer,
    )


@pytest.mark.usefixtures("consents")
@requirement("6749-10.14-01", broken_by="ui-consent-adds-scope")
@tolerates(*HARMLESS)
def test_an_invented_scope_in_the_consent_form_is_not_granted(
    at_consent: AtConsent, asking: Client, redeem: Redeem
) -> None:
    """A scope value that does not exist, and was put into the consent form, is not granted."""
    there, request = at_consent(asking)
    there.visit.sends(there.visit.form().changed({"scope": INVENTED}))
    landing = there.visit.sees().landing
    granted = redeem(request.code(landing)).scope if landing.code else None

    assert fact(
        granted is None or INVENTED not in granted,
        f"no code, or a scope without {INVENTED}",
        f"scope: {shown(granted)}",
    )


@pytest.mark.usefixtures("consents")
@requirement("6749-10.12-04", broken_by="ui-last-request-is-answered")
@tolerates(*HARMLESS, "legal-ui-one-request-a-session")
def test_consent_for_one_client_is_not_taken_for_another(
    at_consent: AtConsent, asking: Client, clients: Clients
) -> None:
    """The owner's consent to one client does not answer the request of another that was opened after its page."""
    rival = clients.another(asking, "authorization_code")
    earlier = at_consent(asking)[0].visit.form()
    there, later = at_consent(rival, also=asking.redirect_uris)
    there.visit.sends(earlier)
    landing = there.visit.sees().landing

    assert not landing.gives_code or not landing.tells("state", later.state)
