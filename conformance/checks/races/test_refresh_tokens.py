"""One refresh token, used by several requests at the same moment (RFC 9700 section 4.14.2, RFC 7009 section 2.1).

The core leaves rotation open, and a window for retries is legal too: both are learnt first, from requests that go one
after another. What is judged then is only whether simultaneous requests get more than those did.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.races.racing import GrantRace, Races
from conformance.checks.support.controls import Refresh
from conformance.checks.support.facts import fact
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client


@pytest.mark.usefixtures("refuses_reuse")
@requirement("9700-4.14.2-04b", broken_by="refresh-race")
@requirement("9700-4.14.2-04", broken_by="refresh-race-while-it-is-looked-up")
@tolerates("legal-race-refreshes-share-an-answer", "legal-race-refreshes-wait")
def test_a_refresh_token_of_a_public_client_used_by_several_at_once_goes_on_once(
    races: Races,
    race_to_refresh: Callable[[Client], GrantRace],
    public_client: Client,
    refresh: Refresh,
    liveness: Liveness,
) -> None:
    """Of the refresh tokens that several requests at the same moment get for one, one at most works from then on."""
    won = 0
    for _ in races.rounds:
        race = race_to_refresh(public_client)
        branches = race.replacements
        won += len(branches)
        liveness.settle()
        going_on = [token for token in branches if refresh(token, as_=public_client).grants_a_token]
        assert fact(
            len(going_on) <= 1,
            "one new refresh token that works, at most",
            f"{race}: {len(going_on)} of {len(branches)} new refresh tokens work",
        )
    races.require_a_winner(won)


@pytest.mark.usefixtures("revokes_whole_grants")
@requirement("7009-2.1-07", broken_by="refresh-race-orphans")
@tolerates(
    "legal-race-refreshes-share-an-answer",
    "legal-refresh-without-rotation",
    "legal-refresh-without-refresh-token",
    "legal-race-refreshes-wait",
)
def test_tokens_that_were_won_together_die_with_their_grant(
    races: Races,
    race_to_refresh: Callable[[Client], GrantRace],
    refresh_client: Client,
    revocation: RevocationEndpoint,
    liveness: Liveness,
) -> None:
    """Access tokens from refreshes at the same moment are all dead once the refresh tokens of the grant are revoked."""
    won = 0
    for _ in races.rounds:
        race = race_to_refresh(refresh_client)
        won += len(race.winners)
        for token in sorted({race.token, *(each.refresh_token or race.token for each in race.winners)}):
            revocation.revoke(token, as_=refresh_client).require_success("The revocation was refused")
        alive = [each for each in race.winners if not liveness.is_dead(each.access_token or "")]
        assert fact(
            not alive,
            "access tokens that die with the grant",
            f"{race}: {len(alive)} of {len(race.winners)} access tokens outlive the grant",
        )
    races.require_a_winner(won)
