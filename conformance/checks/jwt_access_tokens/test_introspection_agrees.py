"""What introspection says of a JWT access token is what the token says of itself (RFC 9068 section 2.2, RFC 7662)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.checks.jwt_access_tokens.conftest import OWN_CHOICE, SignedToken
from conformance.checks.support.facts import no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer

pytestmark = pytest.mark.embedded(jwt=True)

SAME = ("iss", "client_id", "jti", "exp", "iat", "nbf")
"""What is the same for whoever asks; each caller may be told a sub and a username of its own (RFC 7662, 2.2)."""

Told = Sequence[tuple[SignedToken, Answer]]


@pytest.fixture
def told(tokens: Sequence[SignedToken], introspection: IntrospectionEndpoint) -> Told:
    """Tokens, each with what introspection says of it to the entitled caller; NotOffered where it sees none."""
    asked = [(token, introspection.introspect(token.jwt.value)) for token in tokens]
    seen = [(token, answer) for token, answer in asked if answer.members.get("active") is True]
    if not seen:
        raise NotOffered(
            f"Introspection as {introspection.caller.name} calls no fresh JWT access token active.",
            "[introspection] client of one that is told of them, where introspection knows JWTs",
        )
    return seen


def in_both(told: Told, *names: str) -> list[tuple[str, Any, Any]]:
    """Name, claim and member of what both the token and introspection tell; NotOffered where that is nothing."""
    found = [
        (name, token.claims[name], answer.members[name])
        for token, answer in told
        for name in names
        if name in token.claims and answer.members.get(name) is not None
    ]
    if not found:
        raise NotOffered(f"Introspection tells none of {', '.join(names)} of the tokens.", OWN_CHOICE)
    return found


@requirement("7662-2.2-S09", broken_by="jwt-introspection-of-another-end")
@requirement("9068-2.2-S05", broken_by="jwt-introspection-of-another-end")
@requirement("7662-2.2-S09", broken_by="jwt-introspection-of-another-jti")
@tolerates("legal-introspect-only-active", "legal-introspect-display-name", "legal-jwt-fractions-of-a-second")
def test_introspection_tells_what_the_token_tells(told: Told) -> None:
    """Issuer, client, identifier, time of issue and end of a token are the same at introspection and in the token."""
    wrong = {
        f"{name} of the token: {shown(claim)}": f"at introspection {shown(member)}"
        for name, claim, member in in_both(told, *SAME)
        if not _same(claim, member)
    }

    assert no_exceptions(wrong, "the same in both")


def _same(claim: object, member: object) -> bool:
    """Whether two values are one; of two times, whether they are the same second, cut off or rounded."""
    if isinstance(claim, int | float) and isinstance(member, int | float):
        return abs(claim - member) <= 1
    return claim == member


@requirement("7662-2.2-S09", broken_by="jwt-introspection-of-more-scope")
@requirement("9068-2.2-S05", broken_by="jwt-introspection-of-more-scope")
@tolerates("legal-introspect-hides-some-scope", "legal-introspect-only-active")
def test_introspection_tells_no_more_scope_than_the_token(told: Told) -> None:
    """Introspection tells no scope of a token beyond the one that the token claims."""
    more = [
        f"{shown(member)} at introspection, {shown(claim)} in the token"
        for _, claim, member in in_both(told, "scope")
        if not set(str(member).split()) <= set(str(claim).split())
    ]

    assert no_exceptions(more, "no more scope than the token claims")


@requirement("7662-2.2-S09", broken_by="jwt-introspection-of-another-audience")
@requirement("9068-2.2-S05", broken_by="jwt-introspection-of-another-audience")
@tolerates("legal-introspect-only-active", "legal-jwt-several-audiences")
def test_introspection_tells_an_audience_of_the_token(told: Told) -> None:
    """The aud that introspection tells of a token names at least one for whom the token itself is meant."""
    other = [
        f"{shown(member)} at introspection, {shown(claim)} in the token"
        for _, claim, member in in_both(told, "aud")
        if not _names(claim) & _names(member)
    ]

    assert no_exceptions(other, "an audience of the token")


def _names(audience: object) -> set[str]:
    return (
        {audience}
        if isinstance(audience, str)
        else set(map(str, audience if isinstance(audience, list) else []))
    )
