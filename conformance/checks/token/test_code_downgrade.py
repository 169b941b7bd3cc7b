"""Codes that were issued without a challenge, and the downgrade that makes one of them (RFC 7636 5, RFC 9700 4.8).

A server that serves nobody without PKCE gives no such code, and has nothing to prove here.
"""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Redeem
from conformance.checks.support.expectations import expect_no_token, of_the_code
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client

VERIFIER = "another-verifier.of-43-characters-or-more_~1234"


@requirement("7636-5-S01", broken_by="pkce-verifier-always-needed")
def test_a_code_without_a_challenge_needs_no_verifier(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client
) -> None:
    """Where clients without PKCE are served, a code without a challenge is exchanged without a verifier."""
    answer = redeem(code_for(confidential_client, method=None))

    assert answer.grants_a_token


@requirement("9700-2.1.1-07", broken_by="pkce-verifier-optional")
def test_pkce_is_supported(redeem: Redeem, code_for: CodeFor, code_client: Client) -> None:
    """Every server ties a code to its challenge: without the verifier it is refused."""
    answer = redeem(code_for(code_client), code_verifier=None)

    assert not answer.grants_a_token


@requirement("9700-2.1.1-09", broken_by="pkce-downgrade")
@requirement("9700-4.8.2-01", broken_by="pkce-downgrade")
@requirement("9700-4.8.2-02", broken_by="pkce-downgrade")
@requirement("9700-4.8.2-03", broken_by="pkce-downgrade")
@requirement("2.1-4.1.3-01", broken_by="pkce-downgrade")
@tolerates("legal-pkce-downgrade-is-invalid-request")
def test_a_verifier_without_a_challenge_redeems_no_code(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client
) -> None:
    """A code that was issued without a challenge is refused when a verifier comes with it."""
    redeem(code_for(confidential_client, method=None)).require_success(
        "A code without PKCE was not exchanged"
    )

    answer = redeem(code_for(confidential_client, method=None), code_verifier=VERIFIER)

    expect_no_token(of_the_code(answer), "invalid_grant", "invalid_request")
