"""What a run can outlive is judged; what it cannot is not applicable, with the keys that would turn it on."""

from __future__ import annotations

import pytest

from conformance.checks.support.waiting import ROUNDING, Patience
from fixtures.errors import NotOffered
from fixtures.server_time import ServerTime

KEY = '[clients.brief] code = "2s"'


def test_a_lifetime_within_the_wait_is_borne() -> None:
    assert Patience(ServerTime(), 30.0).require(30.0, "A code", KEY) == 30.0


@pytest.mark.parametrize(
    ("lifetime", "told"),
    [
        (60.0, "A code lives for 60 s, and the run waits for 30 s."),
        (None, "A code lives for an unknown time, and the run waits for 30 s."),
    ],
)
def test_a_longer_or_unknown_lifetime_names_what_would_help(lifetime: float | None, told: str) -> None:
    with pytest.raises(NotOffered) as caught:
        Patience(ServerTime(), 30.0).require(lifetime, "A code", KEY)

    assert caught.value.what == told
    assert caught.value.key.startswith(f"{KEY}, or [times] let_pass = ")
    assert ("--max-expiry-wait 60s" in caught.value.key) is (lifetime is not None)


def test_a_clock_that_can_be_moved_bears_everything() -> None:
    moved: list[float] = []
    patience = Patience(ServerTime(moved.append), 0.0)

    get = patience.once_over("the code", patience.require(600.0, "A code", KEY))

    assert moved == []
    assert get() == "the code"
    assert sum(moved) >= 600.0 + ROUNDING - 1.0
