"""Only the token that was issued is active, not one like it, nor one that somebody else made (RFC 7662 section 4)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from conformance.checks.introspection.answers import OWN_CHOICE, Described, ask, read_jwt_part
from conformance.checks.support.facts import Fact, all_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Target

PLACES = 8
SHIFT = 4
"""Characters cut off or added: enough to change bytes in whatever the end of a token encodes."""


def none_active(introspection: IntrospectionEndpoint, tokens: Mapping[str, str]) -> Fact:
    """Whether the server calls none of these tokens active. tokens: by the words for what was done to them."""
    return all_of({name: ~ask(introspection, token).holds("active", True) for name, token in tokens.items()})


def altered(token: str) -> dict[str, str]:
    """The token with one character changed, at several places, none of them next to a dot or to an end.

    The last character of a part of a JWT may hold bits that mean nothing, so changing that one alters nothing.
    """
    inner = [at for at in range(1, len(token) - 2) if "." not in token[at - 1 : at + 3]]
    chosen = inner[:: max(1, len(inner) // PLACES)]
    return {
        f"character {at}": token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in chosen
    }


@requirement("7662-2.2-18", broken_by="introspect-forgives-one-character")
@requirement("6750-5.2-02", broken_by="introspect-forgives-one-character")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_token_with_one_character_changed_is_inactive(
    introspection: IntrospectionEndpoint, described: Described
) -> None:
    """A live token with one character changed, at any place, is not active."""
    assert none_active(introspection, altered(described.token))


@requirement("7662-2.2-18", broken_by="introspect-compares-the-beginning")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_longer_or_shorter_token_is_inactive(
    introspection: IntrospectionEndpoint, described: Described
) -> None:
    """A live token with characters added or cut off at its end is not active."""
    token = described.token

    assert none_active(introspection, {"longer": token + "A" * SHIFT, "shorter": token[:-SHIFT]})


@requirement("7662-1.1-S01", broken_by="introspect-compares-in-any-case")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_token_in_another_case_is_inactive(
    introspection: IntrospectionEndpoint, described: Described
) -> None:
    """A live token with upper and lower case exchanged is not active."""
    token = described.token
    if token.swapcase() == token:
        raise NotOffered("The server's tokens hold no letters.", OWN_CHOICE)

    assert none_active(introspection, {"the other case": token.swapcase()})


@requirement("7662-4-05", broken_by="introspect-takes-unsigned-tokens")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_token_without_a_signature_is_inactive(
    introspection: IntrospectionEndpoint, described: Described, target: Target
) -> None:
    """A JWT that claims what a live token stands for, and has no signature, is not active."""
    claims = _claims(described, target)
    parts = described.token.split(".")
    made = {
        "alg none": assertion.unsigned(claims),
        "alg nOnE": assertion.unsigned(claims, algorithm="nOnE"),
        "no signature": assertion.unsigned(claims, algorithm="ES256"),
    }
    if _jwt(described.token):
        made["its own parts without the signature"] = f"{parts[0]}.{parts[1]}."

    assert none_active(introspection, made)


@requirement("7662-4-05", broken_by="introspect-takes-anybodys-signature")
@requirement("7662-4-01", broken_by="introspect-takes-anybodys-signature")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_token_that_somebody_else_signed_is_inactive(
    introspection: IntrospectionEndpoint, described: Described, target: Target
) -> None:
    """A JWT that claims what a live token stands for, signed with a key of ours, is not active."""
    claims, key = _claims(described, target), assertion.new_key()
    header, _ = _jwt(described.token) or ({}, {})
    named = {name: header[name] for name in ("typ", "kid") if name in header}
    made = {
        "another key": assertion.sign(claims, key, header=named),
        "another key in the header": assertion.sign(
            claims, key, header={**named, "jwk": assertion.public_jwk(key)}
        ),
    }
    if header:
        parts = described.token.split(".")
        more = assertion.unsigned({**claims, "scope": "admin", "exp": int(time.time()) + 10**6}).split(".")
        made["its own signature over other claims"] = f"{parts[0]}.{more[1]}.{parts[2]}"

    assert none_active(introspection, made)


def _jwt(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The header and the payload of a signed JWT, or None for a token of any other kind."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    header, payload = read_jwt_part(parts[0]), read_jwt_part(parts[1])
    return (header, payload) if header is not None and payload is not None else None


def _claims(described: Described, target: Target) -> dict[str, Any]:
    """What a JWT in the place of the live token would claim: its own payload, or what introspection says of it."""
    own = _jwt(described.token)
    if own:
        return dict(own[1])
    now = int(time.time())
    known = {"iss": target.issuer, "sub": described.client.id, "client_id": described.client.id}
    said = {name: value for name, value in described.answer.members.items() if name != "active"}
    return {**known, "iat": now, **said, "exp": now + 600}
