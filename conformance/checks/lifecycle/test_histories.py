"""Whatever clients and owners do, and in whatever order, the server agrees with what it said and did before.

Each check judges one side of the same histories, which are drawn when the first of them runs. A server is free where
the RFCs leave it free, and is held to what it did the first time.
"""

from __future__ import annotations

from conformance.checks.lifecycle.model import Law
from conformance.checks.lifecycle.search import Search
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates

FREE = (
    "legal-code-burnt-by-another-client",
    "legal-code-of-another-client-is-unauthorized",
    "legal-code-refresh-token-for-everyone",
    "legal-code-without-refresh-token",
    "legal-introspect-access-tokens-only",
    "legal-introspect-any-client-sees-all",
    "legal-introspect-display-name",
    "legal-introspect-hides-some-scope",
    "legal-introspect-jwt-access-tokens",
    "legal-introspect-odd-hint-refused",
    "legal-introspect-old-refresh-token-lives",
    "legal-introspect-only-active",
    "legal-introspect-resource-servers-only",
    "legal-refresh-ended-by-another-client",
    "legal-refresh-ends-the-old-access-token",
    "legal-refresh-excess-scope-dropped",
    "legal-refresh-narrowing-ignored-and-told",
    "legal-refresh-without-refresh-token",
    "legal-refresh-without-rotation",
    "legal-refresh-without-scope",
    "legal-revoke-access-token-ends-the-grant",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-ends-the-consent",
    "legal-revoke-foreign-passed-over",
    "legal-token-handed-out-again",
    "legal-token-scope-required",
)
"""What one compliant server does, and another does not, to codes and tokens in the course of time."""


def expect_no_history(search: Search, law: Law) -> None:
    """No history at the end of which the server contradicts what it said or did before."""
    __tracebackhide__ = True
    disagreement = search.disagreement(law)
    assert fact(disagreement is None, "", disagreement)


@tolerates(*FREE, "legal-introspect-own-tokens-only")
@requirement("7662-4-04", broken_by="lifecycle-refresh-revives-revoked-tokens")
@requirement("7662-4-04", broken_by="lifecycle-revocation-lost-after-ten-tokens")
@requirement("7662-4-04", broken_by="lifecycle-revocation-undone-by-another-client")
@requirement("7662-4-04", broken_by="lifecycle-new-grant-revives-what-was-taken-back")
@requirement("7662-4-01", broken_by="lifecycle-refresh-prolongs-expired-tokens")
def test_an_access_token_that_ended_never_works_again(search: Search) -> None:
    """No history makes an access token active that was revoked, taken back or has expired."""
    expect_no_history(search, Law.ACCESS_ENDED)


@tolerates(*FREE)
@requirement("6749-6-07c", broken_by="lifecycle-replaced-token-works-once-refused")
@requirement("6749-6-07c", broken_by="lifecycle-wrong-hint-hides-late-token")
def test_a_refresh_token_that_ended_never_works_again(search: Search) -> None:
    """No history makes a refresh token work that was revoked, refused or taken back."""
    expect_no_history(search, Law.REFRESH_ENDED)


@tolerates(*FREE)
@requirement("6749-4.1.2-05", broken_by="lifecycle-code-works-again-after-a-refresh")
def test_a_code_that_ended_never_works_again(search: Search) -> None:
    """No history makes a code work for a second time."""
    expect_no_history(search, Law.CODE_ENDED)


@tolerates(*FREE, "legal-introspect-own-tokens-only")
@requirement("7009-2.1-S06", broken_by="lifecycle-cascade-reaches-other-clients")
@requirement("7662-2.2-S08", broken_by="lifecycle-introspection-uses-refresh-token-up")
def test_a_token_that_nobody_ended_goes_on_working(search: Search) -> None:
    """No history ends a token that nobody ended, be it by what other owners or clients do or by looking at it."""
    expect_no_history(search, Law.TOKEN_ALIVE)


@tolerates(*FREE)
@requirement("6749-4.1.4-S01", broken_by="lifecycle-one-code-at-a-time")
def test_a_code_that_nobody_ended_goes_on_working(search: Search) -> None:
    """No history ends a code by what other owners or other clients do."""
    expect_no_history(search, Law.CODE_ALIVE)


@tolerates(*FREE)
@requirement("6749-6-05", broken_by="lifecycle-scope-regrows-after-four-refreshes")
def test_a_grant_never_gets_more_scope(search: Search) -> None:
    """However often it is refreshed, and whatever happens beside it, a grant has no scope beyond what was allowed."""
    expect_no_history(search, Law.MORE_SCOPE)


@tolerates(*FREE)
@requirement("6749-6-10", broken_by="lifecycle-second-narrowing-sticks")
@requirement("6749-6-S02", broken_by="lifecycle-second-narrowing-sticks")
def test_a_grant_never_loses_scope(search: Search) -> None:
    """However often it is refreshed, for less scope too, a grant has all the scope that its owner allowed."""
    expect_no_history(search, Law.LESS_SCOPE)


@tolerates(*FREE)
@requirement("7662-2.2-S09", broken_by="lifecycle-second-refresh-changes-the-owner")
def test_a_grant_keeps_its_owner(search: Search) -> None:
    """In every history introspection tells the same owner and client of all access tokens of a grant."""
    expect_no_history(search, Law.IDENTITY)


@tolerates(*FREE)
@requirement("6749-6-S01", broken_by="lifecycle-refreshed-token-not-bound-to-client")
def test_a_grant_keeps_its_client(search: Search) -> None:
    """In every history codes and refresh tokens work for their own client alone."""
    expect_no_history(search, Law.BINDING)


@tolerates(*FREE)
@requirement("7009-2.1-07", broken_by="lifecycle-cascade-gives-up-on-ten-tokens")
def test_what_a_revocation_ends_is_always_the_same(search: Search) -> None:
    """What a revocation or a refused refresh ends, where the server has the choice, it ends each time."""
    expect_no_history(search, Law.CHOICE)


@tolerates(*FREE)
@requirement("6749-10.5-04", broken_by="lifecycle-replay-unnoticed-after-a-refresh")
def test_what_a_replayed_code_ends_is_always_the_same(search: Search) -> None:
    """What the replay of a code ends, where the server has the choice, it ends each time."""
    expect_no_history(search, Law.CHOICE_OF_REPLAY)
