"""For whom a JWT access token speaks, what it allows, and how its owner signed in (RFC 9068 sections 2.2 and 2.2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.checks.jwt_access_tokens.conftest import (
    OWN,
    OWN_CHOICE,
    JwtClients,
    Obtain,
    SignedToken,
    signed,
)
from conformance.checks.support.controls import GrantFor
from conformance.checks.support.facts import covers, differ, equals, fact, no_exceptions, shown, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target.clients import Clients

pytestmark = [pytest.mark.embedded(jwt=True), pytest.mark.decoded]

OPENID = frozenset({"openid", "offline_access"})
"""Scope of OpenID Connect, which says nothing of what a resource allows."""
OF_AUTHENTICATION = {"auth_time": (int, float), "acr": (str,), "amr": (list,)}
"""The claims of section 2.2.1, with their form in JSON."""


@requirement("9068-2.2-08", broken_by="jwt-one-sub-for-all-owners")
@tolerates("legal-jwt-sub-by-client")
def test_an_owners_token_names_the_owner(
    granted_token: SignedToken, another_owners_grant_for: GrantFor, clients: Clients
) -> None:
    """The tokens that two owners allow one client have two subjects."""
    client = clients.target.clients[granted_token.client.name]
    resource = granted_token.resource
    other = signed(another_owners_grant_for(client, resource=resource).answer, client, None, resource)

    assert differ("sub of the tokens of two owners", granted_token.claims.get("sub"), other.claims.get("sub"))


@requirement("9068-2.2-09", broken_by="jwt-one-sub-for-all-clients")
def test_a_clients_own_token_names_the_client(obtain: Obtain, jwt_clients: JwtClients) -> None:
    """The tokens that two clients get on their own behalf have two subjects."""
    one = jwt_clients.first(OWN)
    other = jwt_clients.first(OWN, but=one.name)
    first, second = (obtain(each, OWN).claims.get("sub") for each in (one, other))

    assert differ("sub of the tokens of two clients", first, second)


@requirement("9068-2.2.3-01", broken_by="jwt-without-scope")
@tolerates("legal-jwt-with-more-claims")
def test_a_token_that_was_asked_for_by_scope_has_one(tokens: Sequence[SignedToken]) -> None:
    """A JWT access token of a request with a scope has a claim scope: a string, its values with a space between."""
    asked = [token for token in tokens if token.asked]
    if not asked:
        raise NotOffered("No client asks for a scope.", '[clients.web] scope = "read write"')
    wrong = [
        f"asked for {shown(token.asked)}: scope {shown(token.claims.get('scope'))}"
        for token in asked
        if not isinstance(token.claims.get("scope"), str)
    ]

    assert no_exceptions(wrong, "a claim scope, a string")


@requirement("9068-2.2.3-S01", broken_by="jwt-scope-beyond-the-grant")
@tolerates("legal-jwt-with-more-claims")
def test_a_token_claims_no_more_scope_than_was_granted(obtain: Obtain, jwt_clients: JwtClients) -> None:
    """A JWT access token claims no scope beyond the one that the token answer tells, or else the request named."""
    client, grant = jwt_clients.by_any_grant()
    scope = client.asking_by(grant).scope
    narrow = next((each for each in scope.split() if each not in OPENID), "")
    if not narrow or narrow == scope:
        raise NotOffered(
            f"[clients.{client.name}] names no two scopes.", f'[clients.{client.name}] scope = "read write"'
        )
    token = obtain(client, grant, narrow)
    granted = token.answer.scope if token.answer.scope is not None else frozenset(narrow.split())

    assert within(_scope(token), granted)


@requirement("9068-2.2.3-S01", broken_by="jwt-scope-forgets-a-value")
def test_a_token_claims_all_scope_that_was_granted(tokens: Sequence[SignedToken]) -> None:
    """A JWT access token that claims scope claims all that the token answer tells."""
    told = [token for token in tokens if token.answer.scope and "scope" in token.claims]
    if not told:
        raise NotOffered("No token answer tells a scope, or no token claims one.", OWN_CHOICE)

    for token in told:
        assert covers(_scope(token), token.answer.scope or frozenset())


def _scope(token: SignedToken) -> frozenset[str]:
    """The scope that a token claims; NotOffered where it claims none."""
    told = token.claims.get("scope")
    if told is None:
        raise NotOffered("The token holds no claim scope, and another check judges that.", OWN_CHOICE)
    return frozenset(told.split() if isinstance(told, str) else map(str, told))


@requirement("9068-2.2.1-01", broken_by="jwt-auth-time-of-the-refresh")
@tolerates("legal-jwt-with-authentication")
def test_how_the_owner_signed_in_stays_the_same(refreshed: tuple[SignedToken, SignedToken]) -> None:
    """The claims auth_time, acr and amr are the same in a token and in the one of the refresh after it."""
    first, second = (
        {name: token.claims[name] for name in OF_AUTHENTICATION if name in token.claims}
        for token in refreshed
    )
    if not first and not second:
        raise NotOffered("No token tells how its owner signed in.", OWN_CHOICE)

    assert equals("how the owner signed in, after a refresh", second, first)


@requirement("9068-2.2.1-S01", broken_by="jwt-amr-is-a-string")
@tolerates("legal-jwt-with-authentication")
def test_how_the_owner_signed_in_is_told_in_form(granted_token: SignedToken) -> None:
    """Where an owner's token holds them, auth_time is a number, acr a string, and amr a list of strings."""
    told = {name: granted_token.claims[name] for name in OF_AUTHENTICATION if name in granted_token.claims}
    if not told:
        raise NotOffered("No token tells how its owner signed in.", OWN_CHOICE)
    wrong = {
        name: value
        for name, value in told.items()
        if not isinstance(value, OF_AUTHENTICATION[name])
        or isinstance(value, bool)
        or (isinstance(value, list) and not all(isinstance(each, str) for each in value))
    }

    assert no_exceptions(wrong, "auth_time a number, acr a string, amr a list of strings")


@requirement("9068-2.2.1-S02", broken_by="jwt-auth-time-without-owner")
@tolerates("legal-jwt-with-authentication")
def test_a_clients_own_token_tells_of_nobody_signing_in(own_token: SignedToken) -> None:
    """A token that a client got on its own behalf holds none of auth_time, acr and amr."""
    held = [name for name in OF_AUTHENTICATION if name in own_token.claims]

    assert fact(not held, "none of auth_time, acr and amr", f"claims: {shown(list(own_token.claims))}")
