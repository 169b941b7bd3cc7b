"""The token endpoint answers whatever it is sent, and lets nobody wait for ever.

A time-out alone is never a finding: the same request stays without an answer twice, while an ordinary one between the
two is answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.draws import Draws
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import Unreachable
from fixtures.http.connection import Connection
from fixtures.http.exchange import Send
from fixtures.http.recorder import Recorder
from fixtures.target import Target

IsSilent = Callable[[Draft], bool]
"""Sends a draft; tells whether no answer came in time. A connection that was closed is an answer."""


@pytest.fixture
def is_silent(served: Target, draws: Draws, recorder: Recorder) -> IsSilent:
    """Waits for each answer over a connection of its own, for one that was kept waiting rests for a while."""
    patience = draws.profile.patience or served.timeout

    def ask(draft: Draft) -> bool:
        connection = Connection(
            timeout=patience,
            requests_per_second=served.requests_per_second,
            headers=served.headers,
            ca_file=served.ca_file,
            record=recorder.record,
        )
        began = time.monotonic()
        try:
            connection.send(draft.request)
        except Unreachable:
            return time.monotonic() - began >= patience
        finally:
            connection.close()
        return False

    return ask


@requirement("6749-5.2-S04", broken_by="token-answers-late")
@tolerates("legal-front-refuses-odd-requests")
def test_no_token_request_stays_without_an_answer(
    search: Search, send: Send, token_drafts: Sequence[Draft], is_silent: IsSilent
) -> None:
    """Whatever is wrong with a token request, an answer comes: none that is repeated stays without one again."""
    ordinary = token_drafts[0]

    def judge(draft: Draft) -> None:
        if is_silent(draft):
            send(ordinary.request)
            assert fact(
                not is_silent(draft),
                "an answer in time",
                "none came, twice, while an ordinary request was answered",
            )

    search(
        ordinary,
        judge,
        defects.spoilt(token_drafts, defects.PARAMETERS, defects.ENCODINGS, defects.TRANSPORT),
        first=[ordinary.with_text("scope[]", "x", "scope[] beside scope")],
    )
