"""Replay of the refresh tokens of public clients (RFC 9700 sections 2.2.2 and 4.14.2). The core leaves rotation open.

These clients send no proof of a key, so a refresh token that works for them is not bound to a sender. A replay ends the
refresh token that is in use: that access tokens die with it is laid down nowhere, nor that confidential clients rotate.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.controls import GrantFor, Refresh
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client

GRACE = 'Where the server has a window for retries, declare it: [times] refresh_grace = "2s".'


@requirement("9700-2.2.2-01", broken_by="refresh-never-rotates")
@requirement("9700-4.14.2-04", broken_by="refresh-never-rotates")
@requirement("9700-2.2.2-01", broken_by="refresh-usable-twice")
@requirement("2.1-4.3.1-01", broken_by="refresh-never-rotates")
@requirement("10017-6.3.2.3-02", broken_by="refresh-never-rotates")
@requirement("mcp-2026-07-28-security-03", broken_by="refresh-never-rotates")
@tolerates("legal-refresh-without-rotation", "legal-refresh-without-refresh-token")
def test_a_refresh_token_of_a_public_client_works_once(
    refresh: Refresh, grant_for: GrantFor, outside_grace: Callable[[], None], public_client: Client
) -> None:
    """A refresh token that a public client has exchanged is refused when it comes again."""
    token = grant_for(public_client).refresh_token
    refresh(token, as_=public_client).require_success("Refreshing was refused")
    outside_grace()

    again = refresh(token, as_=public_client)

    assert not again.grants_a_token, GRACE


@requirement("9700-4.14.2-04b", broken_by="refresh-reuse-undetected")
@requirement("2.1-4.3.1-01", broken_by="refresh-reuse-undetected")
@tolerates("legal-refresh-replay-ends-every-grant-to-the-client")
def test_a_replay_ends_the_refresh_token_that_replaced_it(
    refresh: Refresh,
    grant_for: GrantFor,
    outside_grace: Callable[[], None],
    liveness: Liveness,
    public_client: Client,
) -> None:
    """When a public client's refresh token comes again after it was exchanged, the one that replaced it dies."""
    token = grant_for(public_client).refresh_token
    replacement = refresh(token, as_=public_client).require_success("Refreshing was refused").refresh_token
    if replacement is None or replacement == token:
        raise NotOffered("The server does not rotate refresh tokens.", "a server that rotates them")
    outside_grace()
    if refresh(token, as_=public_client).grants_a_token:
        raise NotOffered(
            "The server leaves a refresh token alive that was replaced.", "a server that rotates them"
        )
    liveness.settle()

    assert not refresh(replacement, as_=public_client).grants_a_token


@requirement("9700-4.14.2-04b", broken_by="refresh-window-covers-every-ancestor")
@requirement("9700-4.14.2-04", broken_by="refresh-usable-twice")
def test_a_window_for_retries_ends_when_the_replacement_is_used(
    refresh: Refresh, grant_for: GrantFor, public_client: Client
) -> None:
    """A public client's refresh token is refused, in any window, once the one that replaced it was used."""
    first = grant_for(public_client).refresh_token
    second = refresh(first, as_=public_client).require_success("Refreshing was refused").refresh_token
    if second is None or second == first:
        raise NotOffered("The server does not rotate refresh tokens.", "a server that rotates them")
    refresh(second, as_=public_client).require_success("Refreshing again was refused")

    assert not refresh(first, as_=public_client).grants_a_token
