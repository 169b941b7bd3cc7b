"""What a JWT says to who asks about a token: its header, its claims, and its signature (RFC 9701 section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from conformance.checks.signed_introspection.conftest import (
    ANNOUNCED,
    OWN_CHOICE,
    SignedAnswer,
    jwt_of,
)
from conformance.checks.support.clocks import clock_of
from conformance.checks.support.facts import equals, fact, no_exceptions, shown
from conformance.checks.support.published_keys import Keys, signed_with_a_pair
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import SIGNED_ANSWER
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Target
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(jwt_introspection=True)

LEEWAY_SECONDS = 60.0
"""What the clock of a server may differ by from its Date header, or from ours where it has none."""

TOLD_ALIKE = ("client_id", "username", "sub", "iss", "exp", "iat", "nbf", "jti")
"""Members that say the same of a token whenever they are told to one caller."""


@requirement("9701-5-S01", broken_by="signed-introspection-stays-json")
@tolerates(
    "legal-introspect-resource-servers-only",
    "legal-introspect-any-client-sees-all",
    "legal-introspect-with-a-charset",
)
def test_who_asks_for_a_jwt_gets_one(asked: tuple[str, Answer]) -> None:
    """A caller that asks for a JWT by its media type is answered with one."""
    _, answer = asked

    assert answer.has_status(200)
    assert fact(jwt_of(answer) is not None, "a JWT", answer)


@requirement("9701-5-S02", broken_by="signed-introspection-called-json")
def test_the_answer_is_called_what_it_is(signed: SignedAnswer) -> None:
    """The media type of an answer that is a JWT is application/token-introspection+jwt."""
    assert signed.answer.has_type(SIGNED_ANSWER)


@pytest.mark.decoded
@requirement("9701-5-S03", broken_by="signed-introspection-typ-is-jwt")
@tolerates("legal-signed-introspection-typ-in-full")
def test_the_type_says_what_the_jwt_is(signed: SignedAnswer) -> None:
    """The header of the JWT says in typ that it is an introspection answer, with application/ before it or without."""
    typ = signed.jwt.header.get("typ")

    assert fact(
        signed.jwt.type == "token-introspection+jwt", "typ: token-introspection+jwt", f"typ: {shown(typ)}"
    )


@pytest.mark.decoded
@requirement("9701-5-01", broken_by="signed-introspection-without-iss")
@requirement("9701-5-02", broken_by="signed-introspection-iss-of-another")
def test_the_issuer_is_named(signed: SignedAnswer, target: Target) -> None:
    """The claim iss is the server's issuer identifier."""
    issuer = target.metadata.get("issuer") or target.issuer

    assert equals("the claim iss", signed.claims.get("iss"), issuer)


@pytest.mark.decoded
@requirement("9701-5-03", broken_by="signed-introspection-without-aud")
@tolerates("legal-signed-introspection-aud-is-a-resource", "legal-signed-introspection-several-audiences")
def test_the_receiver_is_named(signed: SignedAnswer) -> None:
    """The claim aud is a string that is not empty, or a list of such strings."""
    aud = signed.claims.get("aud")
    named = aud if isinstance(aud, list) else [aud]

    assert fact(
        named and all(isinstance(each, str) and each for each in named),
        "aud: a string, or a list of strings",
        f"aud: {shown(aud)}",
    )


@pytest.mark.decoded
@requirement("9701-5-04", broken_by="signed-introspection-aud-is-the-client-of-the-token")
@tolerates("legal-signed-introspection-aud-is-a-resource", "legal-signed-introspection-several-audiences")
def test_the_receiver_is_no_other_client(signed: SignedAnswer, clients: Clients) -> None:
    """The claim aud does not name another client in place of the one that asks."""
    asking = signed.caller.caller.id
    others = {client.id for client in clients.all} - {asking}
    if not others:
        raise NotOffered("The target file has one client alone.", '[clients.other] id = ".."')
    aud = signed.claims.get("aud")
    named = aud if isinstance(aud, list) else [aud]
    wrong = [] if asking in named else [each for each in named if each in others]

    assert no_exceptions(wrong, f"aud: the caller, {asking}")


@pytest.mark.decoded
@requirement("9701-5-05", broken_by="signed-introspection-without-iat")
@requirement("9701-5-06", broken_by="signed-introspection-iat-an-hour-ago")
@tolerates("legal-signed-introspection-fractions-of-a-second")
def test_the_time_of_the_answer_is_told(signed: SignedAnswer) -> None:
    """The claim iat is when the answer was made, give or take a minute."""
    iat, now = signed.claims.get("iat"), clock_of(signed.answer)
    is_number = isinstance(iat, int | float) and not isinstance(iat, bool)
    late = float(iat) - now if isinstance(iat, int | float) else 0.0

    assert fact(
        is_number and abs(late) <= LEEWAY_SECONDS,
        f"iat within {LEEWAY_SECONDS:.0f} s of the answer",
        f"iat: {shown(iat)}, {late:.0f} s after the answer" if is_number else f"iat: {shown(iat)}",
    )


@pytest.mark.decoded
@requirement("9701-5-S04", broken_by="signed-introspection-members-on-top")
@requirement("9701-5-S06", broken_by="signed-introspection-says-inactive")
def test_a_claim_of_its_own_holds_what_is_said(signed: SignedAnswer) -> None:
    """The claim token_introspection is an object, and says of a live token that it is active."""
    told = signed.claims.get("token_introspection")

    assert fact(
        isinstance(told, dict), "token_introspection: an object", f"claims: {shown(list(signed.claims))}"
    )
    assert fact(
        signed.told.get("active") is True, "active: true", f"token_introspection: {shown(signed.told)}"
    ).of("9701-5-S06")


@requirement("9701-5-S05", broken_by="signed-introspection-tells-another-client")
@tolerates("legal-introspect-more-members")
def test_both_forms_say_the_same(signed: SignedAnswer) -> None:
    """What the JWT says of a token is what the same caller is told of it in JSON."""
    plain = signed.caller.introspect(signed.token)
    if plain.members.get("active") is not True:
        raise NotOffered("The server tells this caller nothing in plain JSON.", OWN_CHOICE)
    told = {
        **{name: plain.members[name] for name in TOLD_ALIKE if name in plain.members},
        "scope": _scope(plain.members),
    }
    other = {**signed.told, "scope": _scope(signed.told)}
    wrong = {
        name: f"{shown(other[name])} in the JWT, {shown(value)} in JSON"
        for name, value in told.items()
        if name in other and value is not None and other[name] is not None and other[name] != value
    }

    assert no_exceptions(wrong, "the same in both forms")


def _scope(members: Mapping[str, object]) -> list[str] | None:
    told = members.get("scope")
    return sorted(told.split()) if isinstance(told, str) else None


@pytest.mark.decoded
@requirement("9701-5-07", broken_by="signed-introspection-with-sub-and-exp")
@tolerates("legal-signed-introspection-more-claims")
def test_the_jwt_does_not_look_like_an_access_token(signed: SignedAnswer) -> None:
    """The JWT has neither sub nor exp of its own, so that nobody takes it for an access token."""
    assert no_exceptions([name for name in ("sub", "exp") if name in signed.claims], "neither sub nor exp")


@pytest.mark.decoded
@requirement("9701-5-S07", broken_by="signed-introspection-alg-none")
@requirement("9701-5-S07", broken_by="signed-introspection-without-signature")
def test_the_answer_is_signed(signed: SignedAnswer) -> None:
    """The JWT has a signature, and an algorithm that is not none."""
    algorithm = signed.jwt.algorithm

    assert fact(
        signed.jwt.signature and algorithm.lower() not in {"", "none"},
        "an algorithm and a signature",
        f"alg: {shown(algorithm)}, {'with' if signed.jwt.signature else 'without'} a signature",
    )


@requirement("9701-5-S07", broken_by="signed-introspection-of-an-unpublished-key")
@requirement("9701-5-S07", broken_by="signed-introspection-over-other-claims")
@tolerates("legal-signed-introspection-without-kid")
def test_the_signature_is_of_a_published_key(signed: SignedAnswer, published: Keys) -> None:
    """The signature of an answer is made by a key that the server publishes."""
    signed_with_a_pair([signed.jwt])
    keys = published()

    assert fact(
        signed.jwt.is_signed_by(keys),
        f"a signature by one of the keys {shown([key.get('kid') for key in keys])}",
        f"kid {shown(signed.jwt.header.get('kid'))}, alg {signed.jwt.algorithm}, verified by none of them",
    )


@requirement("9701-7-S01", broken_by="signed-introspection-by-an-algorithm-not-announced")
def test_the_algorithm_is_one_of_those_announced(signed: SignedAnswer, announced: Sequence[str]) -> None:
    """An answer is signed by one of the algorithms that the metadata name for it."""
    if not announced:
        raise NotOffered(
            "The metadata name no algorithm for introspection answers.", f"{ANNOUNCED} in the metadata"
        )

    assert fact(
        signed.jwt.algorithm in announced, f"alg: one of {shown(announced)}", f"alg: {signed.jwt.algorithm}"
    )
