"""One code, redeemed by several requests at the same moment (RFC 6749 sections 4.1.2 and 10.5).

Losers of such a race may be answered late, with 409, 429 or 503, or not at all: none of that is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from conformance.checks.races.racing import GrantRace, Races
from conformance.checks.support.facts import fact
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.http.exchange import Answer


@requirement("6749-4.1.2-05", broken_by="code-race")
@requirement("6749-10.5-03", broken_by="code-race")
@requirement("9700-4.2.4-02", broken_by="code-race-while-it-is-looked-up")
@tolerates(
    "legal-race-losers-are-told-to-come-back",
    "legal-race-losers-are-told-of-a-conflict",
    "legal-race-losers-wait",
)
def test_a_code_redeemed_by_several_at_once_works_once(
    races: Races, race_for_a_code: Callable[[], GrantRace], liveness_of: Callable[[Sequence[Answer]], str]
) -> None:
    """Of several requests that redeem one code at the same moment, one at most is granted tokens."""
    won = 0
    for _ in races.rounds:
        race = race_for_a_code()
        winners = race.winners
        won += len(winners)
        assert fact(
            len(winners) <= 1,
            "one success at most",
            f"{race}: {len(winners)} got tokens, and {liveness_of(winners)}",
        )
    races.require_a_winner(won)


@requirement("6750-5.2-01", broken_by="code-race-gives-one-token-for-two-codes")
@tolerates("legal-race-losers-wait")
def test_codes_of_two_owners_redeemed_at_once_lead_to_two_tokens(
    races: Races, redeem_for_two_owners: Callable[[], Sequence[Answer]]
) -> None:
    """Codes that two owners allowed one client, redeemed at the same moment, never lead to the same token."""
    won = 0
    for _ in races.rounds:
        answers = [answer for answer in redeem_for_two_owners() if answer.grants_a_token]
        won += len(answers) == 2
        given = [token for each in answers for token in (each.access_token, each.refresh_token) if token]
        assert fact(
            len(set(given)) == len(given),
            "tokens of its own for each owner",
            f"{races.done[-1]}: both owners' codes led to the same token",
        )
    races.require_a_winner(won)


@pytest.mark.usefixtures("ends_tokens_on_replay")
@requirement("6749-10.5-04", broken_by="code-race-tokens-stored-late")
@tolerates("legal-race-losers-wait")
def test_a_replay_during_the_exchange_ends_the_tokens(
    races: Races, race_for_a_code: Callable[[], GrantRace], liveness: Liveness
) -> None:
    """A code that comes again while it is being exchanged costs the tokens of the exchange, as it does afterwards."""
    won = 0
    for _ in races.rounds:
        race = race_for_a_code()
        if len(race.winners) == 1 and race.replays:
            won += 1
            (winner,) = race.winners
            assert fact(
                liveness.is_dead(winner.access_token or ""),
                "a dead access token, for its code was used again",
                f"{race}: {race.replays} were refused as replays, and the winner's token works",
            )
    races.require_a_winner(won)
