"""A proof counts only when all of it is right: each request has one defect (RFC 9449 sections 4.3, 5 and 11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.checks.proof_of_possession.conftest import Fields, NewKey
from conformance.checks.support.facts import no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.proof_of_possession import ProofKey
from fixtures.target import Client

DAY = 86_400
pytestmark = pytest.mark.embedded(dpop=True)
Attempt = Callable[..., Answer]


@pytest.fixture(scope="session")
def nonce(token: TokenEndpoint, dpop_client: Client, new_key: NewKey, asking: Fields) -> str | None:
    """The nonce that the server asks for; None where it asks for none."""
    proof = new_key().prove("POST", token.url)
    answer = token.post(asking, as_=dpop_client, headers=[("DPoP", proof)])
    return answer.header("dpop-nonce") if answer.error == "use_dpop_nonce" else None


@pytest.fixture(scope="session")
def attempt(token: TokenEndpoint, dpop_client: Client, asking: Fields) -> Attempt:
    """Asks for a token with these DPoP header fields."""
    return lambda *proofs: token.post(asking, as_=dpop_client, headers=[("DPoP", proof) for proof in proofs])


@pytest.fixture
def key(new_key: NewKey) -> ProofKey:
    """A fresh key."""
    return new_key()


@pytest.fixture
def claims(key: ProofKey, token: TokenEndpoint, nonce: str | None) -> dict[str, Any]:
    """The claims of a good proof for the token endpoint."""
    return {**key.claims("POST", token.url), **({"nonce": nonce} if nonce else {})}


def _served(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """What was wrong with the proofs that got a token all the same, and what they got."""
    return {what: answer for what, answer in answers.items() if answer.grants_a_token}


@requirement("9449-4.3-01", broken_by="dpop-first-of-two-proofs-counts")
@tolerates("legal-dpop-proof-used-twice", "legal-dpop-access-token-unbound")
def test_two_proofs_are_none(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any], token: TokenEndpoint
) -> None:
    """A request with two DPoP header fields gets no token, though each holds a good proof."""
    second = {**claims, "jti": key.claims("POST", token.url)["jti"]}

    answer = attempt(key.sign(claims), key.sign(second))

    assert not answer.grants_a_token


@requirement("9449-4.3-02", broken_by="dpop-bad-proof-ignored")
@requirement("9449-5-01", broken_by="dpop-bad-proof-ignored")
def test_a_text_that_is_no_jwt_proves_nothing(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any]
) -> None:
    """A DPoP header field that holds no JWT, or a part of one, gets no token."""
    good = key.sign(claims)
    odd = {"a word": "proof", "two parts": good.rpartition(".")[0], "four parts": f"{good}.{good[-8:]}"}

    assert no_exceptions(_served({what: attempt(text) for what, text in odd.items()}), "no token")


@requirement("9449-4.3-03", broken_by="dpop-claims-optional")
@tolerates("legal-dpop-proof-used-twice", "legal-dpop-access-token-unbound")
def test_a_proof_holds_every_claim(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A proof without jti, without htm, without htu or without iat gets no token."""
    answers = {
        f"no {name}": attempt(key.sign({other: value for other, value in claims.items() if other != name}))
        for name in ("jti", "htm", "htu", "iat")
    }

    assert no_exceptions(_served(answers), "no token")


@requirement("9449-4.3-04", broken_by="dpop-typ-unchecked")
@requirement("9449-11.5-01", broken_by="dpop-typ-unchecked")
def test_a_jwt_of_another_type_is_no_proof(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A JWT whose typ is JWT, or that of an access token, gets no token."""
    answers = {
        kind: attempt(key.sign({**claims, "jti": f"{claims['jti']}-{kind}"}, {"typ": kind}))
        for kind in ("JWT", "at+jwt")
    }

    assert no_exceptions(_served(answers), "no token")


@requirement("9449-4.3-05", broken_by="dpop-unsigned-proof-accepted")
@requirement("9449-11.6-01", broken_by="dpop-unsigned-proof-accepted")
def test_a_proof_is_signed(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A proof whose alg is none gets no token, with a signature behind it and without."""
    signed = key.sign(claims, {"alg": "none"})

    answers = {"with a signature": attempt(signed), "without": attempt(f"{signed.rpartition('.')[0]}.")}

    assert no_exceptions(_served(answers), "no token")


@requirement("9449-4.3-05", broken_by="dpop-signature-unchecked")
def test_a_proof_has_no_mac(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A proof with a MAC under ES256, made with the public key as its secret, gets no token."""
    _, _, mac = assertion.authenticated(claims, assertion.public_forms(key.pem)[0]).split(".")
    head_and_claims = key.sign(claims).rpartition(".")[0]

    answer = attempt(f"{head_and_claims}.{mac}{mac}"[: len(head_and_claims) + 87])

    assert not answer.grants_a_token


@requirement("9449-4.3-06", broken_by="dpop-signature-unchecked")
def test_the_signature_is_of_the_key_in_the_proof(
    attempt: Attempt, key: ProofKey, new_key: NewKey, claims: dict[str, Any]
) -> None:
    """A proof that shows one key and is signed by another gets no token."""
    answer = attempt(key.sign(claims, {"jwk": new_key().jwk}))

    assert not answer.grants_a_token


@requirement("9449-4.3-07", broken_by="dpop-private-key-accepted")
@tolerates("legal-dpop-proof-used-twice", "legal-dpop-access-token-unbound")
def test_no_proof_shows_its_private_key(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A proof whose jwk holds the private half of the key gets no token."""
    answer = attempt(key.sign(claims, {"jwk": {**key.jwk, "d": assertion.private_value(key.pem)}}))

    assert not answer.grants_a_token


@requirement("9449-4.3-08", broken_by="dpop-htm-unchecked")
def test_a_proof_for_another_method_counts_for_nothing(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any]
) -> None:
    """A proof whose htm is GET, or PUT, gets no token for a POST."""
    answers = {
        method: attempt(key.sign({**claims, "jti": f"{claims['jti']}{method}", "htm": method}))
        for method in ("GET", "PUT")
    }

    assert no_exceptions(_served(answers), "no token")


@requirement("9449-4.3-09", broken_by="dpop-htu-unchecked")
def test_a_proof_for_another_url_counts_for_nothing(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any], token: TokenEndpoint
) -> None:
    """A proof whose htu has another path, or another host, gets no token."""
    urls = (f"{token.url}/more", "https://other-server.example/token")
    answers = {
        url: attempt(key.sign({**claims, "jti": f"{claims['jti']}{number}", "htu": url}))
        for number, url in enumerate(urls)
    }

    assert no_exceptions(_served(answers), "no token")


@requirement("9449-4.3-12", broken_by="dpop-htu-compared-by-characters")
def test_the_scheme_of_htu_is_of_any_case(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any], token: TokenEndpoint
) -> None:
    """A proof whose htu spells the scheme in capitals gets a token: that is the same URL."""
    scheme, _, rest = token.url.partition(":")

    answer = attempt(key.sign({**claims, "htu": f"{scheme.upper()}:{rest}"}))

    assert answer.grants_a_token


@requirement("9449-4.3-11", broken_by="dpop-age-unchecked")
@requirement("9449-11.1-01", broken_by="dpop-age-unchecked")
@tolerates("legal-dpop-proof-used-twice", "legal-dpop-access-token-unbound")
def test_a_proof_counts_for_a_limited_time(
    attempt: Attempt, key: ProofKey, claims: dict[str, Any], nonce: str | None
) -> None:
    """A proof that was made two days ago gets no token, at a server that asks for no nonce."""
    if nonce is not None:
        raise NotOffered("The server limits the time of a proof by its nonce.", "a server that asks for none")

    answer = attempt(key.sign({**claims, "iat": claims["iat"] - 2 * DAY}))

    assert not answer.grants_a_token


@requirement("9449-5-02", broken_by="dpop-bad-proof-wrong-error")
def test_a_bad_proof_is_called_so(attempt: Attempt, key: ProofKey, claims: dict[str, Any]) -> None:
    """A proof that is refused, for its typ or its method, is refused as invalid_dpop_proof."""
    bad = {
        "typ": attempt(key.sign(claims, {"typ": "JWT"})),
        "htm": attempt(key.sign({**claims, "htm": "GET"})),
        "no JWT": attempt("no-jwt-at-all"),
    }
    refused = {what: answer for what, answer in bad.items() if not answer.grants_a_token}
    if not refused:
        raise NotOffered("The server refuses no bad proof.", "nothing; the checks of 9449-4.3 judge that")

    assert no_exceptions(
        {what: str(answer) for what, answer in refused.items() if answer.error != "invalid_dpop_proof"},
        "error invalid_dpop_proof",
    )
