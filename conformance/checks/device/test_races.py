"""One device code, polled with by several requests at the same moment (RFC 8628 section 3.5).

Losers of such a race may be told to slow down, with 429 or 503, or hear nothing at all: none of that is a finding.
"""

from __future__ import annotations

import pytest

from conformance.checks.device.conftest import Answering, NewDevice
from conformance.checks.races.racing import AT_ONCE, ROUNDS, Races, draft
from conformance.checks.support.controls import Issued
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.http.connection import Connection
from fixtures.http.recorder import Recorder
from fixtures.target.values import DEVICE_GRANT

pytestmark = pytest.mark.embedded(device=True)


@pytest.fixture
def races(connection: Connection, recorder: Recorder, pytestconfig: pytest.Config) -> Races:
    """Releases requests together, as often as the profile of the run says."""
    return Races(connection, recorder, ROUNDS[pytestconfig.option.fuzz])


@requirement("8628-3.5-05", broken_by="device-code-race-while-it-is-looked-up")
@tolerates("legal-device-early-poll-is-pending", "legal-device-without-interval")
def test_a_device_code_polled_with_by_several_at_once_works_once(
    races: Races, token: TokenEndpoint, new_device: NewDevice, answering: Answering, issued: Issued
) -> None:
    """Of several requests with one device code that its owner has allowed, one at most is given a token."""
    won = 0
    for _ in races.rounds:
        device = new_device()
        answering(device)
        fields = {"grant_type": DEVICE_GRANT, "device_code": device.code}
        requests = [draft(token, lambda at: at.post(fields, as_=device.client)) for _ in range(AT_ONCE)]  # noqa: B023 - asked at once
        race = races.run(requests)
        given = {answer.access_token: answer for answer in race.answers if answer.grants_a_token}
        for answer in given.values():
            issued.note(device.client, answer)
        won += len(given)
        assert fact(len(given) <= 1, "one token at most", f"{race}: {len(given)} got tokens of their own")
    races.require_a_winner(won)
