"""A type hint may help to find a token and never hides one (RFC 7009 sections 2.1 and 2.2)."""

from __future__ import annotations

import pytest

from conformance.checks.revocation.conftest import CanRefresh, RefreshTokenFor
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client

UNKNOWN_HINT = "no_such_type_of_token"


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-04", broken_by="revoke-wrong-hint-hides-token")
@tolerates("legal-revoke-answers-with-a-body")
def test_an_access_token_called_a_refresh_token_is_revoked(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """An access token is found and dies although the hint says refresh_token."""
    answer = revocation.revoke(live_token, as_=web, hint="refresh_token")

    assert answer.is_success
    assert liveness.is_dead(live_token)


@requirement("7009-2.1-04", broken_by="revoke-wrong-hint-hides-token")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-access-token-unsupported")
def test_a_refresh_token_called_an_access_token_is_revoked(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
    owned: Client,
) -> None:
    """A refresh token is found and gets no access token any more although the hint says access_token."""
    token = refresh_token_for(owned)
    answer = revocation.revoke(token, as_=owned, hint="access_token")

    assert answer.is_success
    assert not can_refresh(token, owned)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S04", broken_by="revoke-unknown-hint-is-an-error")
@requirement("7009-2.2-S04", broken_by="revoke-unknown-hint-hides-token")
@tolerates("legal-revoke-answers-with-a-body")
def test_an_unknown_hint_is_ignored(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """An access token dies although its hint is a value that no server knows."""
    answer = revocation.revoke(live_token, as_=web, hint=UNKNOWN_HINT)

    assert answer.is_success
    assert liveness.is_dead(live_token)


@requirement("7009-2.2-S04", broken_by="revoke-unknown-hint-hides-token")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-access-token-unsupported")
def test_an_unknown_hint_does_not_hide_a_refresh_token(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
    owned: Client,
) -> None:
    """A refresh token gets no access token any more although its hint is a value that no server knows."""
    token = refresh_token_for(owned)
    answer = revocation.revoke(token, as_=owned, hint=UNKNOWN_HINT)

    assert answer.is_success
    assert not can_refresh(token, owned)


@requirement("7009-2.2-S04", broken_by="revoke-unknown-hint-is-an-error")
@tolerates("legal-revoke-answers-with-a-body")
def test_an_unknown_hint_does_not_change_the_answer(revocation: RevocationEndpoint, web: Client) -> None:
    """An unknown token is answered with the same status with an unknown hint as without any."""
    plain = revocation.revoke("no-such-token", as_=web)
    hinted = revocation.revoke("no-such-token", as_=web, hint=UNKNOWN_HINT)

    assert hinted.has_status(plain.status)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S04", broken_by="revoke-empty-hint-is-an-error")
@tolerates("legal-revoke-answers-with-a-body")
def test_an_empty_hint_is_no_hint(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """An access token dies although token_type_hint has no value."""
    answer = revocation.revoke(live_token, as_=web, hint="")

    assert answer.is_success
    assert liveness.is_dead(live_token)
