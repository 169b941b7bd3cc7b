"""The scope of a refresh: never more than was granted, and less for one access token only (RFC 6749 section 6)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.controls import Grant, GrantFor, Refresh, ScopeOf, require_a_refresh
from conformance.checks.support.expectations import expect_refusal
from conformance.checks.support.facts import all_of, covers, equals, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer

Scoped = Callable[[], tuple[Grant, tuple[str, ...]]]


def _next(token: str, answer: Answer) -> str:
    """The refresh token to use after this answer: the one that it brings, else the one before."""
    return answer.refresh_token or token


@requirement("6749-3.3-02", broken_by="refresh-narrowing-ignored-silently")
@requirement("6749-6-05", broken_by="refresh-narrowing-ignored")
@tolerates("legal-refresh-narrowing-ignored-and-told", "legal-refresh-without-rotation")
def test_a_narrower_scope_is_granted_or_the_real_one_told(
    refresh: Refresh, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """A refresh for less scope gives a token of that scope, or says which scope its token has."""
    grant, (first, *_) = scoped_grant()

    answer = refresh(grant.refresh_token, as_=grant.client, scope=first)
    answer.require_success("A refresh for less scope was refused")

    told = {first} if answer.scope is None else answer.scope
    assert equals("scope of the token", sorted(scope_of(answer, asked=frozenset({first}))), sorted(told))


@requirement("6749-6-05", broken_by="refresh-excess-scope-granted")
@requirement("6749-6-07", broken_by="refresh-excess-scope-granted")
@requirement("9700-4.14.2-03", broken_by="refresh-excess-scope-granted")
@requirement("6749-5.2-S09", broken_by="refresh-excess-scope-wrong-error")
@requirement("2.1-4.3.1-02", broken_by="refresh-excess-scope-granted")
@tolerates("legal-refresh-excess-scope-dropped", "legal-refresh-without-rotation")
def test_a_refresh_does_not_widen_the_scope(
    refresh: Refresh, grant_for: GrantFor, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """A refresh for more than was granted is refused as invalid_scope, or gives no more than was granted."""
    client = scoped_grant()[0].client
    narrow, granted = _narrow(grant_for, scope_of, scoped_grant)

    answer = refresh(narrow.refresh_token, as_=client, scope=client.scope)

    if answer.grants_a_token:
        assert within(scope_of(answer, asked=client.scopes), granted)
    else:
        expect_refusal(
            answer,
            "invalid_scope",
            of="6749-5.2-S09",
            control=lambda: require_a_refresh(client, refresh, grant_for),
        )


@requirement("6749-6-05", broken_by="refresh-scope-escalates")
@requirement("6749-6-S02", broken_by="refresh-scope-escalates")
@requirement("9700-4.14.2-03", broken_by="refresh-scope-escalates")
@tolerates("legal-refresh-without-rotation", "legal-refresh-without-scope")
def test_a_refresh_without_scope_does_not_reach_beyond_the_grant(
    refresh: Refresh, grant_for: GrantFor, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """A refresh that names no scope has the scope of the grant, though the client may ask for more."""
    narrow, granted = _narrow(grant_for, scope_of, scoped_grant)

    answer = refresh(narrow.refresh_token, as_=narrow.client).require_success("Refreshing was refused")

    assert equals("scope", sorted(scope_of(answer, asked=granted)), sorted(granted))


@requirement("6749-6-S02", broken_by="refresh-without-scope-gives-less")
@tolerates("legal-refresh-without-rotation", "legal-refresh-without-scope")
def test_a_refresh_without_scope_has_the_scope_of_the_grant(
    refresh: Refresh, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """A refresh that names no scope gives all the scope that was granted."""
    grant, values = scoped_grant()

    answer = refresh(grant.refresh_token, as_=grant.client).require_success("Refreshing was refused")

    assert covers(scope_of(answer, asked=frozenset(values)), values)


@requirement("6749-6-S02", broken_by="refresh-narrowing-sticks")
@requirement("6749-6-10", broken_by="refresh-narrowing-sticks")
@requirement("2.1-4.3.3-01", broken_by="refresh-narrowing-sticks")
@tolerates("legal-refresh-without-rotation", "legal-refresh-narrowing-ignored-and-told")
def test_less_scope_is_for_one_access_token_only(
    refresh: Refresh, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """After a refresh for less scope, the next one without scope gives all that was granted."""
    grant, (first, *rest) = scoped_grant()
    narrowed = refresh(grant.refresh_token, as_=grant.client, scope=first)
    narrowed.require_success("A refresh for less scope was refused")

    answer = refresh(_next(grant.refresh_token, narrowed), as_=grant.client)

    assert answer.grants_a_token
    assert covers(scope_of(answer, asked=frozenset({first, *rest})), {first, *rest})


@requirement("6749-6-10", broken_by="refresh-scope-grows-by-rotation")
@requirement("6749-6-05", broken_by="refresh-scope-grows-by-rotation")
@requirement("9700-4.14.2-03", broken_by="refresh-scope-grows-by-rotation")
@tolerates("legal-refresh-without-rotation", "legal-refresh-excess-scope-dropped")
def test_the_scope_does_not_grow_along_a_chain(
    refresh: Refresh, grant_for: GrantFor, scope_of: ScopeOf, scoped_grant: Scoped
) -> None:
    """However often it is refreshed, with or without scope, a grant gives no more than the owner allowed."""
    narrow, granted = _narrow(grant_for, scope_of, scoped_grant)
    client, token = narrow.client, narrow.refresh_token
    seen: list[frozenset[str]] = []
    for scope in (None, " ".join(sorted(granted)), None):
        answer = refresh(token, as_=client, scope=scope).require_success("Refreshing was refused")
        seen.append(scope_of(answer, asked=granted))
        token = _next(token, answer)
    last = refresh(token, as_=client, scope=client.scope)
    if last.grants_a_token:
        seen.append(scope_of(last, asked=client.scopes))

    assert all_of({f"refresh {at}": within(scope, granted) for at, scope in enumerate(seen, 1)})


def _narrow(grant_for: GrantFor, scope_of: ScopeOf, scoped_grant: Scoped) -> tuple[Grant, frozenset[str]]:
    """A grant of less than its client may ask for, and the scope that it has."""
    whole, (first, *_) = scoped_grant()
    narrow = grant_for(whole.client, scope=first)
    granted = scope_of(narrow.answer, asked=frozenset({first}))
    if granted >= whole.client.scopes:
        raise NotOffered("The server grants the whole scope at once.", "a scope that the server can withhold")
    return narrow, granted
