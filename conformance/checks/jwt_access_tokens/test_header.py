"""What the header of a JWT access token says, and who signed it (RFC 9068 sections 2.1 and 4)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from conformance.checks.jwt_access_tokens.conftest import (
    AnswerWithJwt,
    JwtClients,
    Obtain,
    SignedToken,
    require_jwt,
)
from conformance.checks.support.facts import equals, fact, no_exceptions, shown
from conformance.checks.support.published_keys import Keys, signed_with_a_pair
from conformance.ledger.requirement import requirement, tolerates
from fixtures.jwt import SHARED, Jwt
from fixtures.target import Target

pytestmark = pytest.mark.embedded(jwt=True)


@pytest.mark.decoded
@requirement("9068-2.1-05", broken_by="jwt-typ-is-jwt")
@tolerates("legal-jwt-typ-in-capitals")
def test_a_jwt_says_that_it_is_an_access_token(
    answer_with_jwt: AnswerWithJwt, jwt_clients: JwtClients
) -> None:
    """An access token that is a JWT has the type at+jwt, with application/ before it or without."""
    jwt = require_jwt(answer_with_jwt(*jwt_clients.by_any_grant())[0].access_token or "")

    assert fact(jwt.type == "at+jwt", "typ: at+jwt", f"typ: {shown(jwt.header.get('typ'))}")


@pytest.mark.decoded
@requirement("9068-2.1-06", broken_by="jwt-typ-in-full")
@tolerates("legal-jwt-typ-in-capitals")
def test_the_type_is_written_short(tokens: Sequence[SignedToken]) -> None:
    """The type of a JWT access token is written without application/."""
    written = [token.jwt.header.get("typ") for token in tokens]
    long = [typ for typ in written if str(typ).lower() != "at+jwt"]

    assert no_exceptions(long, "typ: at+jwt")


@pytest.mark.decoded
@requirement("9068-2.1-01", broken_by="jwt-without-signature")
@requirement("9068-2.1-03", broken_by="jwt-alg-none")
def test_a_token_is_signed(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token that the server issues has a signature, and an algorithm that is not none."""
    unsigned = {
        f"alg {shown(jwt.header.get('alg'))}": "with a signature" if jwt.signature else "without a signature"
        for jwt in every_jwt
        if not jwt.signature or jwt.algorithm.lower() in {"", "none"}
    }

    assert no_exceptions(unsigned, "an algorithm and a signature")


@pytest.mark.decoded
@requirement("9068-2.1-02", broken_by="jwt-signed-with-a-secret")
@requirement("9068-4-01", broken_by="jwt-signed-with-a-secret")
def test_the_signature_is_made_by_a_private_key(tokens: Sequence[SignedToken]) -> None:
    """JWT access tokens are signed by a private key, not with a secret that every resource server has to be told."""
    shared = [token.jwt.algorithm for token in tokens if token.jwt.algorithm in SHARED]

    assert no_exceptions(shared, "an asymmetric algorithm")


@requirement("9068-4-02", broken_by="jwt-keys-unpublished")
def test_the_metadata_say_where_the_keys_are(target: Target, tokens: Sequence[SignedToken]) -> None:
    """A server that signs access tokens by a private key names jwks_uri in its metadata."""
    signed_with_a_pair(token.jwt for token in tokens)
    told = target.metadata.get("jwks_uri")

    assert fact(isinstance(told, str) and told, "a member jwks_uri", f"jwks_uri: {shown(told)}")


@requirement("9068-4-S01", broken_by="jwt-signed-by-an-unpublished-key")
@requirement("9068-4-S02", broken_by="jwt-rotation-drops-the-key")
@requirement("9068-4-S02", broken_by="jwt-signature-over-other-claims")
@tolerates("legal-jwt-keys-change", "legal-jwt-without-kid")
def test_a_live_token_is_signed_by_a_published_key(
    *,
    obtain: Obtain,
    tokens: Sequence[SignedToken],
    every_jwt: Sequence[Jwt],
    jwt_clients: JwtClients,
    published: Keys,
) -> None:
    """Every JWT access token that has not expired is verified by a key that is published now, older tokens too."""
    signed_with_a_pair(token.jwt for token in tokens)
    obtain(*jwt_clients.by_any_grant())
    keys, now = published(), time.time()
    live = [jwt for jwt in signed_with_a_pair(every_jwt) if _ends(jwt) > now]
    unknown = [jwt for jwt in live if not jwt.is_signed_by(keys)]
    wrong = [
        f"a token with kid {shown(jwt.header.get('kid'))}, alg {jwt.algorithm}, "
        f"{_ends(jwt) - now:.0f} s before its exp: verified by none of these keys"
        for jwt in unknown
    ]
    brought = [token.answer for token in tokens if token.jwt in unknown]

    assert no_exceptions(
        wrong, f"a signature by one of the keys of the set: {shown([key.get('kid') for key in keys])}"
    ).after(*brought[:2])


def _ends(jwt: Jwt) -> float:
    """When a token expires by its own word; long ago where it has no word."""
    told = jwt.claims.get("exp")
    return float(told) if isinstance(told, int | float) else 0.0


@requirement("9068-4-03", broken_by="jwt-documents-disagree")
@pytest.mark.embedded(jwt=True, house_style="telecom")
def test_both_documents_say_the_same(
    documents: Mapping[str, Mapping[str, Any]], tokens: Sequence[SignedToken]
) -> None:
    """Where the server publishes RFC 8414's document and OpenID Connect's, issuer and jwks_uri are the same in both."""
    signed_with_a_pair(token.jwt for token in tokens)
    first, second = (
        {name: document.get(name) for name in ("issuer", "jwks_uri")} for document in documents.values()
    )

    assert equals("issuer and jwks_uri of the second document", second, first)
