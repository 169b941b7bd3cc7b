"""What the implicit grant sends to the client (RFC 6749 section 4.2.2)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.conftest import STATE, Ask
from conformance.checks.authorization.implicit.conftest import GRANT, AskForToken
from conformance.checks.support.facts import fact, shown, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.without_browser import Landing
from fixtures.target import Client
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(implicit=True)


@requirement("6749-4.2.2-01", broken_by="implicit-without-access-token")
@requirement("6749-4.2.2-S01", broken_by="implicit-token-in-query")
@tolerates("legal-implicit-with-other-parameters")
def test_the_token_stands_in_the_fragment(granted: Landing) -> None:
    """The access token comes back in the fragment of the redirection URI, and not in its query."""
    assert granted.tells("access_token", place="fragment")
    assert fact("access_token" not in granted.query, "no access token in the query", granted)


@requirement("6749-4.2.2-02", broken_by="implicit-without-token-type")
@tolerates("legal-implicit-with-other-parameters")
def test_the_type_of_the_token_is_told(token_client: Client, granted: Landing) -> None:
    """The answer names the type of the access token."""
    assert granted.tells("token_type", place="fragment"), token_client.name


@requirement("6749-4.2.2-03", broken_by="implicit-without-expires-in")
def test_the_lifetime_is_told(token_client: Client, granted: Landing) -> None:
    """The answer tells how long the access token lives."""
    assert granted.tells("expires_in", place="fragment"), token_client.name


@requirement("6749-4.2.2-S04", broken_by="implicit-expires-in-in-words")
def test_the_lifetime_is_a_number_of_seconds(token_client: Client, granted: Landing) -> None:
    """A lifetime that is told is a whole number."""
    told = granted.fragment.get("expires_in")
    if told is None:
        raise NotOffered(f"{token_client.name} is told no lifetime.", "expires_in, at the server")

    assert fact(
        told.isascii() and told.isdigit(), "a lifetime in decimal digits", f"expires_in={shown(told)}"
    )
    assert granted.tells("expires_in", place="fragment")


@requirement("6749-4.2.2-05", broken_by="implicit-scope-widened-untold")
def test_a_scope_that_differs_is_told(
    ask_for_token: AskForToken, token_client: Client, introspection: IntrospectionEndpoint
) -> None:
    """The token has no scope beyond what was asked for, or what the answer tells instead."""
    asked = sorted(token_client.scopes)[:1]
    answer = ask_for_token(token_client, scope=asked[0] if asked else None).fragment
    if not asked or "access_token" not in answer:
        raise NotOffered(
            "No token was given for one of several scopes.", f"[clients.{token_client.name}] scope"
        )
    found = introspection.introspect(answer["access_token"]).scope
    if found is None:
        raise NotOffered("Introspection does not tell the scope of the token.", "[introspection] client")

    assert within(found, answer.get("scope", asked[0]).split())


@requirement("6749-4.2.2-06", broken_by="authorize-state-dropped-on-success")
@requirement("6749-4.2.2-S03", broken_by="authorize-state-reencoded")
@tolerates("legal-implicit-with-other-parameters")
def test_state_comes_back_with_the_token(token_client: Client, granted: Landing) -> None:
    """The state beside the token is, once decoded, the one that was sent."""
    assert granted.tells("state", STATE, place="fragment"), token_client.name


@requirement("6749-4.2.2-07", broken_by="implicit-with-refresh-token")
@tolerates("legal-implicit-with-other-parameters")
def test_no_refresh_token_is_given(
    ask_for_token: AskForToken, token_client: Client, granted: Landing
) -> None:
    """The answer holds no refresh token, also when offline access is asked for."""
    offline = ask_for_token(token_client, scope=f"{token_client.scope} offline_access".strip())

    assert not granted.tells("refresh_token")
    assert not offline.tells("refresh_token")


@requirement("6749-4.2.2-S05", broken_by="implicit-code-beside-token")
@tolerates("legal-implicit-with-other-parameters")
def test_no_code_is_given(granted: Landing) -> None:
    """The answer to response_type token holds no authorization code."""
    assert not granted.tells("code")


@requirement("6749-4.1.2-S01", broken_by="implicit-code-in-fragment")
@requirement("6749-4.1.2.1-S01", broken_by="implicit-code-in-fragment")
@tolerates("legal-authorize-with-a-dummy-fragment")
@tolerates("legal-authorize-malformed-scope-ignored", "legal-authorize-with-other-parameters")
def test_a_client_of_both_grants_is_answered_about_codes_in_the_query(ask: Ask, clients: Clients) -> None:
    """A client that may be given tokens as well finds a code, and the error of a request for one, in the query."""
    client = clients.first(
        lambda each: each.may(GRANT) and each.may("authorization_code") and bool(each.redirect_uri),
        "client with the grants implicit and authorization_code",
        '[clients.spa] redirect_uris = [".."], grants = ["implicit", "authorization_code"]',
    )
    landing, refused = ask(client), ask(client, scope='no "such scope')
    if not landing.is_at_client or "error" in {**landing.query, **landing.fragment}:
        raise CannotTest(
            f"The ordinary request of {client.name} for a code was not granted.",
            f"Do redirect_uris, grants and scope of [clients.{client.name}] match the server?",
        )

    assert landing.tells("code", place="query")
    assert (
        not refused.sent_on or refused.tells("error", place="query") or refused.tells("code", place="query")
    )
