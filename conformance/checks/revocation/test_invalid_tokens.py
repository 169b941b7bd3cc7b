"""An invalid token is answered as if it had been revoked (RFC 7009 section 2.2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from conformance.checks.revocation.conftest import CanRefresh, RefreshTokenFor
from conformance.checks.support.controls import GrantFor, Refresh, TokenFor
from conformance.checks.support.facts import all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client

POSSIBLE = {
    "a word (no-such-token)": "no-such-token",
    "a UUID": str(uuid.UUID(int=7, version=4)),
    "one character (x)": "x",
    "reserved characters": "a+b/c=d&e%20f",
}
"""Values that the grammar of RFC 6749 appendix A.12 calls tokens, and that no server has issued."""

UNISSUED_JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.bm8tc2lnbmF0dXJl"

IMPOSSIBLE = {
    "very long": "x" * 10_000,
    "NUL": "no\x00token",
    "line ends": "no\r\ntoken",
    "beyond ASCII": "\u00e9\u4e16\U0001f511",
    "blanks": "   ",
}
"""Values that are no tokens, or so long that a server may have a limit of its own."""


@requirement("7009-2.2-S02", broken_by="revoke-unknown-is-an-error")
@requirement("7009-2.2-S02", broken_by="revoke-shape-is-checked")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-impossible-token-refused")
def test_an_unknown_token_is_answered_as_revoked(revocation: RevocationEndpoint, web: Client) -> None:
    """A token that the server never issued is answered with 200, whatever it looks like."""
    answers = {kind: revocation.revoke(value, as_=web) for kind, value in POSSIBLE.items()}

    assert all_of({kind: answer.has_status(200) for kind, answer in answers.items()})


@requirement("7009-2.2-S02", broken_by="revoke-shape-is-checked")
@tolerates("legal-revoke-jwt-unsupported", "legal-revoke-answers-with-a-body")
def test_an_unknown_jwt_is_answered_as_revoked_or_as_unsupported(
    revocation: RevocationEndpoint, web: Client
) -> None:
    """A JWT that the server never issued is answered with 200, or as a type of token that it cannot revoke."""
    answer = revocation.revoke(UNISSUED_JWT, as_=web)

    assert answer.has_status(200) or answer.refuses_with(400, "unsupported_token_type")


@requirement("7009-2.2-S02", broken_by="revoke-long-token-crashes")
@requirement("7009-2.2-S02", broken_by="revoke-odd-characters-crash")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-impossible-token-refused")
def test_what_cannot_be_a_token_upsets_nothing(revocation: RevocationEndpoint, web: Client) -> None:
    """A value too long or too odd to be a token is answered with 200 or refused, never with a 5xx."""
    revocation.revoke(
        "no-such-token", as_=web
    )  # a server that fails at this too says nothing about odd values

    answers = {
        kind: revocation.post({"token": value}, as_=web, crash_counts=True)
        for kind, value in IMPOSSIBLE.items()
    }

    assert all_of({kind: ~answer.is_failure for kind, answer in answers.items()})


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S02", broken_by="revoke-expired-is-an-error")
@tolerates("legal-revoke-answers-with-a-body")
def test_an_expired_token_is_answered_as_revoked(
    revocation: RevocationEndpoint, shortest_lived: Client, expired_token: Callable[[], str]
) -> None:
    """An access token whose lifetime is over is answered with 200."""
    answer = revocation.revoke(expired_token(), as_=shortest_lived)

    assert answer.has_status(200)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S02", broken_by="revoke-twice-is-an-error")
@tolerates("legal-revoke-answers-with-a-body")
def test_revoking_an_access_token_twice_is_revoking_it_once(
    revocation: RevocationEndpoint, liveness: Liveness, token_for: TokenFor, web: Client
) -> None:
    """An access token that was revoked is answered with 200 again, and stays dead."""
    token = token_for(web)
    revocation.revoke(token, as_=web).require_success("The first revocation was refused")

    again = revocation.revoke(token, as_=web)

    assert again.has_status(200)
    assert liveness.is_dead(token)


@requirement("7009-2.2-S02", broken_by="revoke-twice-is-an-error")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-access-token-unsupported")
def test_revoking_a_refresh_token_twice_is_revoking_it_once(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
    owned: Client,
) -> None:
    """A refresh token that was revoked is answered with 200 again, and gets no access token."""
    token = refresh_token_for(owned)
    revocation.revoke(token, as_=owned).require_success("The first revocation was refused")

    again = revocation.revoke(token, as_=owned)

    assert again.has_status(200)
    assert not can_refresh(token, owned)


@requirement("7009-2.2-S02", broken_by="revoke-spent-is-an-error")
@tolerates("legal-revoke-answers-with-a-body")
def test_a_replaced_refresh_token_is_answered_as_revoked(
    revocation: RevocationEndpoint, grant_for: GrantFor, refresh: Refresh, owned: Client
) -> None:
    """A refresh token that a newer one has replaced, or that is still good, is answered with 200."""
    token = grant_for(owned).refresh_token
    refresh(token, as_=owned).require_success("A fresh refresh token does not work")

    answer = revocation.revoke(token, as_=owned)

    assert answer.has_status(200)
