"""A revocation that meets other requests on its way (RFC 7009 section 2.1, RFC 7662 section 4).

Two requests at the same moment may take effect in either order. Each order is learnt first; what is judged is only an
outcome that neither order has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.checks.races.racing import AT_ONCE, GrantRace, Races, Serial, draft
from conformance.checks.support.controls import Refresh
from conformance.checks.support.facts import fact
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, RevocationEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client


@requirement("7009-2.1-S05", broken_by="revoke-race-lost-to-a-refresh")
@requirement("7009-2.1-S05", broken_by="revoke-race-undone-by-a-refresh")
@tolerates(
    "legal-refresh-without-rotation", "legal-refresh-without-refresh-token", "legal-race-refreshes-wait"
)
def test_no_refresh_token_survives_a_revocation_that_meets_a_refresh(
    revoked_during_a_refresh: Callable[[], Iterator[GrantRace]],
    refreshed_then_revoked: Serial,
    refresh_client: Client,
    refresh: Refresh,
) -> None:
    """A refresh token is dead once it was revoked, and so is what replaced it meanwhile where it is otherwise."""
    for race in revoked_during_a_refresh():
        doomed = list(race.replacements) if refreshed_then_revoked.ends_the_replacement else []
        if refreshed_then_revoked.ends_the_token:
            doomed.append(race.token)  # last: its reuse ends the others
        answers = [refresh(token, as_=refresh_client) for token in doomed]
        working = [answer for answer in answers if answer.grants_a_token]
        assert fact(
            not working,
            "no refresh token that works after the revocation",
            f"{race}: one works after the revocation was answered with success",
        ).seen_in(working[0] if working else None)


@requirement("7009-2.1-07", broken_by="revoke-race-lost-to-a-refresh")
@tolerates(
    "legal-refresh-without-rotation", "legal-refresh-without-refresh-token", "legal-race-refreshes-wait"
)
def test_no_access_token_survives_a_revocation_that_meets_a_refresh(
    revoked_during_a_refresh: Callable[[], Iterator[GrantRace]],
    refreshed_then_revoked: Serial,
    liveness: Liveness,
) -> None:
    """The access token of a refresh dies with the refresh token that is revoked meanwhile, where it is otherwise."""
    if not refreshed_then_revoked.ends_the_access_token:
        raise NotOffered(
            "The server leaves the access token of a refresh alive when the refresh token is revoked afterwards.",
            "a server that ends it",
        )
    for race in revoked_during_a_refresh():
        alive = [each for each in race.winners if not liveness.is_dead(each.access_token or "")]
        assert fact(
            not alive,
            "no access token that works after the revocation",
            f"{race}: one works after the revocation was answered with success",
        )


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7662-4-04", broken_by="introspect-race-remembers-a-revoked-token")
def test_no_token_is_active_again_after_a_revocation_that_meets_introspection(
    races: Races,
    fresh_token: Callable[[], tuple[Client, str]],
    introspection: IntrospectionEndpoint,
    revocation: RevocationEndpoint,
    liveness: Liveness,
) -> None:
    """Once a revocation was answered, no introspection calls the token active, whatever was asked meanwhile."""
    revoked = 0
    for number in races.rounds:
        client, token = fresh_token()
        asked = [draft(introspection, lambda at: at.introspect(token)) for _ in range(2 * AT_ONCE)]  # noqa: B023 - drafted at once
        first, later = asked[:AT_ONCE], asked[AT_ONCE:]
        place = (3 * number + 2) % AT_ONCE
        first.insert(place, draft(revocation, lambda at: at.revoke(token, as_=client)))  # noqa: B023 - the same
        race = races.run(first)
        answer = race.sent[place].answer
        if answer is None or not answer.is_success:
            continue
        revoked += 1
        liveness.settle()
        active = [each for each in races.aside(later).answers if each.members.get("active") is True]
        assert fact(
            not active,
            "active: false after the revocation",
            f"{race}: {len(active)} answers with active: true after it was answered with success",
        )
    races.require_a_winner(revoked)
