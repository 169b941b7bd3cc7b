"""Codes whose challenge is plain, at servers that offer it: RFC 7636 section 4.2 leaves that open."""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Redeem, s256
from conformance.checks.support.expectations import expect_no_token, of_the_code
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement
from fixtures.target import Client

VERIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
OTHER = "another-verifier.of-43-characters-or-more_~1234"


@requirement("7636-4.6-01", broken_by="pkce-plain-read-as-s256")
@requirement("7636-4.5-02", broken_by="pkce-default-is-s256")
def test_a_plain_challenge_is_its_verifier(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """Where plain is offered, named or by default, the challenge itself redeems the code."""
    for method in ("plain", ""):
        answer = redeem(code_for(pkce_client, method=method))

        assert answer.grants_a_token, f"code_challenge_method: {method or 'left out'}"


@requirement("7636-4.5-02", broken_by="pkce-plain-or-hash-accepted")
def test_a_plain_challenge_is_not_read_as_a_hash(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """Where plain is offered, named or by default, a verifier whose hash is the challenge is refused."""
    for method in ("plain", ""):
        redeem(code_for(pkce_client, method=method)).require_success("A plain challenge was not met")
        code = code_for(pkce_client, method=method, challenge=s256(OTHER))

        expect_no_token(of_the_code(redeem(code, code_verifier=OTHER)), "invalid_grant")


@requirement("7636-4.6-02", broken_by="pkce-verifier-prefix-accepted")
@requirement("7636-4.6-02", broken_by="pkce-plain-in-any-case")
def test_a_plain_verifier_is_compared_whole_and_exactly(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """Where plain is offered, a verifier that only begins alike or differs in its letters' case is refused."""
    redeem(code_for(pkce_client, method="plain")).require_success("A plain challenge was not met")
    near = (f"{VERIFIER[:-1]}A", VERIFIER[:50], f"{VERIFIER}A", VERIFIER.swapcase())
    answers = {
        other: redeem(code_for(pkce_client, method="plain", verifier=VERIFIER), code_verifier=other)
        for other in near
    }

    assert all_of({other: ~answer.grants_a_token for other, answer in answers.items()})
