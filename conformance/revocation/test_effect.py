"""Revocation takes effect, and what it leaves alone (RFC 7009 sections 2 to 2.2). Judged by liveness, not by status."""

from __future__ import annotations

from conformance.controls import Liveness, TokenFor
from conformance.requirement import requirement
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client


@requirement("7009-2.2-S02", broken_by="revoke-unknown-is-an-error")
def test_an_unknown_token_is_answered_as_revoked(revocation: RevocationEndpoint, web: Client) -> None:
    """A token that the server never issued is answered with 200."""
    answer = revocation.revoke("no-such-token-was-ever-issued", as_=web)

    assert answer.status == 200


@requirement("7009-2.1-S05", broken_by="revoke-is-a-no-op")
def test_a_revoked_token_is_dead(
    revocation: RevocationEndpoint, liveness: Liveness, token_for: TokenFor, web: Client
) -> None:
    """An access token is dead once its revocation was answered with 200."""
    token = token_for(web)
    revocation.revoke(token, as_=web).require_success("The revocation was refused")

    assert liveness.is_dead(token)
