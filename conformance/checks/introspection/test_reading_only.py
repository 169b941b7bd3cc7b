"""Asking about a token changes nothing: introspection only reads (RFC 7662 section 2)."""

from __future__ import annotations

from conformance.checks.introspection.answers import ask
from conformance.checks.support.controls import CodeFor, GrantFor, Redeem, Refresh
from conformance.checks.support.facts import all_of, answered_alike
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.target.clients import Clients

HARMLESS = "Let introspection read what is stored, and change nothing of it."


@requirement("6749-6-S03", broken_by="introspect-spends-refresh-tokens")
@tolerates("legal-introspect-access-tokens-only")
def test_asking_about_a_refresh_token_does_not_spend_it(
    introspection: IntrospectionEndpoint, refresh: Refresh, clients: Clients, grant_for: GrantFor
) -> None:
    """A refresh token that was asked about three times still refreshes."""
    client = clients.confidential("refresh_token")
    refresh(grant_for(client).refresh_token, as_=client).require_success("A refresh was refused")
    refresh_token = grant_for(client).refresh_token
    asked = [ask(introspection, refresh_token) for _ in range(3)]

    assert refresh(refresh_token, as_=client).grants_a_token.after(*asked).mended_by(HARMLESS)


@requirement("7662-2.2-S08", broken_by="introspect-uses-tokens-up")
@tolerates("legal-introspect-only-active")
@tolerates("legal-introspect-own-tokens-only", "legal-introspect-granted-tokens-only")
def test_asking_about_an_access_token_does_not_change_it(
    introspection: IntrospectionEndpoint, live_token: str
) -> None:
    """An access token that was asked about five times is active each time, with the same client and scope."""
    answers = [ask(introspection, live_token) for _ in range(5)]

    alive = {f"question {at}": each.holds("active", True) for at, each in enumerate(answers, 1)}
    assert all_of(alive).mended_by(HARMLESS)
    assert all_of(
        {
            f"question {at}": answered_alike(each, answers[0], "client_id", "scope", "exp")
            for at, each in enumerate(answers, 1)
        }
    )


@requirement("6749-4.1.4-S01", broken_by="introspect-spends-codes")
@tolerates("legal-introspect-codes-active")
def test_asking_about_a_code_does_not_spend_it(
    introspection: IntrospectionEndpoint, redeem: Redeem, code_for: CodeFor, clients: Clients
) -> None:
    """An authorization code that was asked about is still exchanged for a token."""
    client = clients.confidential("authorization_code")
    redeem(code_for(client)).require_success("The exchange of a code was refused")
    code = code_for(client)
    asked = ask(introspection, code.value)

    assert redeem(code).grants_a_token.after(asked).mended_by(HARMLESS)
