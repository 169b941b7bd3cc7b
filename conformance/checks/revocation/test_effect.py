"""A revocation takes effect (RFC 7009 sections 1, 2 and 2.1). Judged by liveness; the status has a check of its own."""

from __future__ import annotations

import pytest

from conformance.checks.revocation.conftest import CanRefresh, RefreshTokenFor
from conformance.checks.support.controls import GrantFor, TokenFor
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client


@requirement("7009-2-S01", broken_by="revoke-post-refused")
@requirement("7009-2-S01", broken_by="revoke-hint-required")
@requirement("7009-2-01", broken_by="revoke-refresh-token-unsupported")
@requirement("7009-2.1-S01", broken_by="revoke-form-refused")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-access-token-unsupported")
def test_the_server_revokes_refresh_tokens(
    revocation: RevocationEndpoint, refresh_token_for: RefreshTokenFor, owned: Client
) -> None:
    """The revocation of a client's own refresh token, asked for by POST of a form, is carried out."""
    answer = revocation.revoke(refresh_token_for(owned), as_=owned)

    assert answer.is_success.of("7009-2-01" if answer.error == "unsupported_token_type" else "7009-2-S01")


@requirement("7009-1-S01", broken_by="revoke-keeps-the-refresh-token")
@requirement("7009-2-01", broken_by="revoke-refresh-token-is-a-no-op")
@tolerates(
    "legal-revoke-answers-with-a-body",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-ends-the-consent",
)
def test_a_revoked_refresh_token_gets_no_access_token(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
    owned: Client,
) -> None:
    """A refresh token gets no access token any more once its revocation was answered with success."""
    token = refresh_token_for(owned)
    revocation.revoke(token, as_=owned).require_success("The revocation was refused")

    assert not can_refresh(token, owned)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-S05", broken_by="revoke-is-a-no-op")
@requirement("7009-2.1-S05", broken_by="revoke-delayed")
@requirement("7009-1-S01", broken_by="revoke-own-token-is-a-no-op")
@tolerates("legal-revoke-answers-with-a-body")
@tolerates(
    "legal-introspect-own-tokens-only",
    "legal-introspect-granted-tokens-only",
    "legal-introspect-shows-no-caller",
    "legal-token-same-again",
    "legal-token-ends-the-one-before",
    "legal-token-own-behalf-reads-only",
)
def test_a_revoked_access_token_is_dead(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """An access token that a client got on its own behalf is dead once its revocation was answered with success."""
    revocation.revoke(live_token, as_=web).require_success("The revocation was refused")

    assert liveness.is_dead(live_token)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-S05", broken_by="revoke-access-token-is-a-no-op")
@tolerates(
    "legal-revoke-answers-with-a-body",
    "legal-revoke-access-token-ends-the-grant",
    "legal-revoke-ends-the-consent",
)
def test_a_revoked_access_token_of_an_owner_is_dead(
    revocation: RevocationEndpoint, liveness: Liveness, live_grant_for: GrantFor, owned: Client
) -> None:
    """An access token that an owner allowed is dead once its revocation was answered with success."""
    token = live_grant_for(owned).access_token
    revocation.revoke(token, as_=owned).require_success("The revocation was refused")

    assert liveness.is_dead(token)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S01", broken_by="revoke-answers-202")
@tolerates("legal-revoke-answers-with-a-body")
def test_a_revocation_is_answered_with_200(
    revocation: RevocationEndpoint, token_for: TokenFor, web: Client
) -> None:
    """The revocation of a live access token is answered with status 200, whatever the body."""
    answer = revocation.revoke(token_for(web), as_=web)

    assert answer.has_status(200)


@requirement("7009-2.2-S01", broken_by="revoke-answers-302")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-access-token-unsupported")
def test_a_revocation_of_a_refresh_token_is_answered_with_200(
    revocation: RevocationEndpoint, refresh_token_for: RefreshTokenFor, owned: Client
) -> None:
    """The revocation of a live refresh token is answered with status 200, whatever the body."""
    answer = revocation.revoke(refresh_token_for(owned), as_=owned)

    assert answer.has_status(200)
