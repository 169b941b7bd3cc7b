"""The windows of each shape: what they add up to, and that workers are told the same as was planned."""

from __future__ import annotations

import pytest

from load.plan.windows import Window, planned


@pytest.mark.parametrize("shape", ["constant", "poisson", "spike", "ramp", "compare"])
def test_the_windows_of_a_shape_last_as_long_as_was_asked_for(shape: str) -> None:
    windows = planned(shape, 100, 24, seed=3)

    assert sum(window.plan.seconds for window in windows) == pytest.approx(24)
    assert [window.index for window in windows] == list(range(len(windows)))
    assert max(window.plan.highest_rate for window in windows) == 100


@pytest.mark.parametrize("shape", ["constant", "poisson", "spike", "ramp", "compare"])
def test_a_worker_is_told_the_same_window(shape: str) -> None:
    for window in planned(shape, 100, 24, seed=3):
        reported = Window.from_json(window.to_json())

        assert reported == window
        assert list(reported.plan.instants()) == list(window.plan.instants())


def test_the_arrivals_of_chance_are_counted_and_not_estimated() -> None:
    (window,) = planned("poisson", 40, 2, seed=156379)

    assert window.arrivals == len(list(window.plan.instants())) != window.plan.expected


def test_a_ramp_climbs_and_a_comparison_takes_turns_of_which_neither_is_always_first() -> None:
    rates = [window.plan.highest_rate for window in planned("ramp", 800, 40, seed=1)]
    turns = [window.target for window in planned("compare", 100, 24, seed=1)]

    assert rates == [100, 200, 300, 400, 500, 600, 700, 800]
    assert turns == [0, 1, 1, 0, 0, 1]
