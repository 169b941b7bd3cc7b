"""What a JWT access token claims of itself: by whom, for whom, when, and until when (RFC 9068 sections 2.2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from conformance.checks.jwt_access_tokens.conftest import OWN_CHOICE, SignedToken
from conformance.checks.support.clocks import clock_of
from conformance.checks.support.facts import Fact, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.jwt import Jwt
from fixtures.target import Target

pytestmark = [pytest.mark.embedded(jwt=True), pytest.mark.decoded]

LEEWAY_SECONDS = 60.0
"""What clocks may differ by, between two parts of one server or between a server and us."""
LEGAL = ("legal-jwt-several-audiences", "legal-jwt-with-more-claims", "legal-jwt-fractions-of-a-second")
Tokens = Sequence[SignedToken]


def all_hold(jwts: Sequence[Jwt], name: str, kind: type | tuple[type, ...], words: str) -> Fact:
    """Whether every token has this claim, in this form of JSON and not empty."""
    wrong = [
        f"{name}: {shown(jwt.claims.get(name))}"
        for jwt in jwts
        if not isinstance(jwt.claims.get(name), kind)
        or isinstance(jwt.claims.get(name), bool)
        or jwt.claims.get(name) in ("", [])
    ]
    return no_exceptions(wrong, f"a claim {name}, {words}")


@requirement("9068-2.2-01", broken_by="jwt-without-iss")
@tolerates("legal-jwt-several-audiences", "legal-jwt-with-more-claims")
def test_a_token_names_its_issuer(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim iss, a string."""
    assert all_hold(every_jwt, "iss", str, "a string")


@requirement("9068-4-05", broken_by="jwt-iss-of-another")
def test_the_issuer_is_that_of_the_metadata(every_jwt: Sequence[Jwt], target: Target) -> None:
    """The claim iss is the issuer identifier of the server, character by character."""
    wanted = target.metadata.get("issuer") or target.issuer
    other = [jwt.claims.get("iss") for jwt in every_jwt if jwt.claims.get("iss") != wanted]

    assert no_exceptions(other, f"iss: {shown(wanted)}")


@requirement("9068-2.2-02", broken_by="jwt-without-exp")
@tolerates("legal-jwt-fractions-of-a-second")
def test_a_token_says_when_it_ends(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim exp, a number."""
    assert all_hold(every_jwt, "exp", (int, float), "a number")


@requirement("9068-2.2-S01", broken_by="jwt-exp-beyond-expires-in")
@tolerates("legal-jwt-fractions-of-a-second")
def test_exp_agrees_with_the_lifetime_that_is_told(tokens: Tokens) -> None:
    """The claim exp is when the token answer's expires_in leads to, give or take a minute."""
    told = [
        (token, token.answer.members["expires_in"])
        for token in tokens
        if isinstance(token.answer.members.get("expires_in"), int) and _is_number(token.claims.get("exp"))
    ]
    if not told:
        raise NotOffered("No token answer tells a lifetime, or no token an end.", OWN_CHOICE)
    wrong = {
        f"expires_in {seconds}": f"exp {token.claims['exp'] - clock_of(token.answer):.0f} s after the answer"
        for token, seconds in told
        if abs(token.claims["exp"] - clock_of(token.answer) - seconds) > LEEWAY_SECONDS
    }

    assert no_exceptions(wrong, f"exp within {LEEWAY_SECONDS:.0f} s of the answer plus expires_in")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@requirement("9068-2.2-03", broken_by="jwt-without-aud")
@requirement("9068-3-03", broken_by="jwt-without-aud")
@tolerates("legal-jwt-several-audiences")
def test_a_token_names_its_audience(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim aud, a string or a list of strings, whatever resource was asked for."""
    assert all_hold(every_jwt, "aud", (str, list), "a string or a list")
    lists = [jwt.claims["aud"] for jwt in every_jwt if isinstance(jwt.claims["aud"], list)]
    assert no_exceptions(
        [aud for aud in lists if not all(isinstance(each, str) and each for each in aud)], "a list of strings"
    )


@requirement("9068-3-S01", broken_by="jwt-aud-is-the-client")
@tolerates("legal-jwt-several-audiences")
def test_the_audience_is_a_resource(tokens: Tokens) -> None:
    """The claim aud names a resource, and not merely the client that the token was issued to, as an ID token does."""
    wrong = [
        f"aud: {shown(token.claims.get('aud'))}"
        for token in tokens
        if token.claims.get("aud") in (token.client.id, [token.client.id])
    ]

    assert no_exceptions(wrong, "aud other than the client's own id")


@requirement("9068-2.2-04", broken_by="jwt-without-sub")
@requirement("9068-2.2-04", broken_by="jwt-sub-is-a-number")
@tolerates("legal-jwt-with-more-claims")
def test_a_token_names_its_subject(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim sub, a string."""
    assert all_hold(every_jwt, "sub", str, "a string")


@requirement("9068-2.2-05", broken_by="jwt-without-client-id")
@tolerates("legal-jwt-with-more-claims")
def test_a_token_names_its_client(tokens: Tokens) -> None:
    """Every JWT access token has a claim client_id: the identifier of the client that it was issued to."""
    assert all_hold([token.jwt for token in tokens], "client_id", str, "a string")


@requirement("9068-2.2-S02", broken_by="jwt-client-id-of-another")
@tolerates("legal-jwt-with-more-claims")
def test_the_client_is_the_one_that_asked(tokens: Tokens) -> None:
    """The claim client_id, where there is one, is of the client that the token was issued to."""
    wrong = {
        f"token of {token.client.name}": token.claims["client_id"]
        for token in tokens
        if "client_id" in token.claims and token.claims["client_id"] != token.client.id
    }

    assert no_exceptions(wrong, "the client_id of the client that asked")


@requirement("9068-2.2-06", broken_by="jwt-without-iat")
@tolerates("legal-jwt-fractions-of-a-second")
def test_a_token_says_when_it_was_issued(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim iat, a number."""
    assert all_hold(every_jwt, "iat", (int, float), "a number")


@requirement("9068-2.2-S03", broken_by="jwt-iat-an-hour-ago")
@tolerates("legal-jwt-fractions-of-a-second")
def test_iat_is_the_time_of_issue(refreshed: tuple[SignedToken, SignedToken], tokens: Tokens) -> None:
    """The claim iat is the time of the answer that the token came with, give or take a minute, after a refresh too."""
    looked_at = [token for token in [*tokens, *refreshed] if _is_number(token.claims.get("iat"))]
    wrong = [
        f"iat {token.claims['iat'] - clock_of(token.answer):+.0f} s from the answer"
        for token in looked_at
        if abs(token.claims["iat"] - clock_of(token.answer)) > LEEWAY_SECONDS
    ]

    assert no_exceptions(wrong, f"iat within {LEEWAY_SECONDS:.0f} s of the answer")


@requirement("9068-2.2-07", broken_by="jwt-without-jti")
def test_a_token_has_an_identifier(every_jwt: Sequence[Jwt]) -> None:
    """Every JWT access token has a claim jti, a string."""
    assert all_hold(every_jwt, "jti", str, "a string")


@requirement("9068-2.2-S04", broken_by="jwt-same-jti")
@tolerates("legal-token-handed-out-again")
def test_no_two_tokens_have_one_identifier(every_jwt: Sequence[Jwt]) -> None:
    """No two JWT access tokens have the same jti."""
    seen: dict[str, int] = {}
    for jwt in every_jwt:
        if isinstance(jwt.claims.get("jti"), str):
            seen[jwt.claims["jti"]] = seen.get(jwt.claims["jti"], 0) + 1
    twice: Mapping[str, str] = {f"jti {name}": f"in {many} tokens" for name, many in seen.items() if many > 1}

    assert fact(not twice, "a jti of its own in each token", shown(twice))
