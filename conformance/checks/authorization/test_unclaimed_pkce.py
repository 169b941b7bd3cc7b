"""Metadata that are silent about PKCE say that there is none (RFC 8414 section 2)."""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Redeem
from conformance.ledger.requirement import requirement
from fixtures.endpoints import MetadataEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client, Target


@requirement("8414-2-S04", broken_by="metadata-pkce-missing")
def test_pkce_that_is_not_claimed_is_not_there(
    metadata: MetadataEndpoint, target: Target, code_for: CodeFor, redeem: Redeem, registered_client: Client
) -> None:
    """Where the metadata name no challenge method, a code for a challenge is redeemed without a verifier."""
    if not metadata.is_of_rfc_8414 or "code_challenge_methods_supported" in target.metadata:
        raise NotOffered(
            "The server claims PKCE, or publishes no metadata of RFC 8414.",
            "metadata of RFC 8414 without code_challenge_methods_supported",
        )
    redeem(code_for(registered_client)).require_success("A code was not exchanged with its verifier")
    answer = redeem(code_for(registered_client), code_verifier=None)

    assert answer.grants_a_token
