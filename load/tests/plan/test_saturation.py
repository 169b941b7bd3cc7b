"""The saturation search against simulated servers: a queue, a cliff, a drift, one that stays down, and pure noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.plan.saturation import MOST_STEPS, Bounds, Found, Run, Step, held, knee, next_move

Server = Callable[[float], bool]
"""Runs one rate, and says whether it was kept."""


def _search(server: Server, bounds: Bounds) -> tuple[Found, list[Step], list[str]]:
    history: list[Step] = []
    reasons: list[str] = []
    while isinstance(move := next_move(bounds, history), Run):
        reasons.append(move.why)
        history.append(Step(rate=move.rate, kept=server(move.rate)))
    return move, history, reasons


def _p99_of_a_queue(rate: float, servers: int, service: float) -> float:
    """Seconds of the 99th percentile of an M/M/c queue (Erlang C), waiting and service added up roughly."""
    load = rate * service
    if load >= servers:
        return math.inf
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)
    waiting = max(0.0, math.log(waits / 0.01)) / (servers / service - rate)
    return waiting + service * math.log(100)


def _confirmed(found: Found, history: list[Step]) -> bool:
    """Whether the end of the history is the limit kept three times more, then a failure above it."""
    *before, last = history
    runs = [step.kept for step in before if step.rate == found.limit]
    return (
        sum(runs) >= 4 and runs[-1] and not last.kept and found.limit is not None and last.rate > found.limit
    )


def test_a_queue_is_found_to_within_the_closeness_that_was_asked_for() -> None:
    def kept(rate: float) -> bool:
        return _p99_of_a_queue(rate, servers=4, service=0.01) <= 0.1

    found, history, _ = _search(kept, Bounds(first=10, most=10_000))

    assert found.limit is not None
    assert kept(found.limit)
    assert not kept(found.limit * 1.06)
    assert _confirmed(found, history)


def test_a_cliff_is_climbed_to_bisected_confirmed_and_failed_once_more() -> None:
    found, history, reasons = _search(lambda rate: rate <= 700, Bounds(first=100, most=10_000))

    assert found.limit is not None
    assert 700 / 1.05 <= found.limit <= 700
    assert _confirmed(found, history)
    assert list(dict.fromkeys(reasons)) == ["climb", "again", "bisect", "confirm", "above"]
    assert reasons[-4:] == ["confirm", "confirm", "confirm", "above"]


def test_a_server_that_gets_slower_is_credited_with_what_it_still_held_at_the_end() -> None:
    capacity = [1_000.0]

    def kept(rate: float) -> bool:
        capacity[0] *= 0.98
        return rate <= capacity[0]

    found, history, _ = _search(kept, Bounds(first=100, most=10_000))

    assert found.limit is None or (_confirmed(found, history) and found.limit <= capacity[0] / 0.98**2)


def test_a_server_that_stays_down_after_an_overload_is_not_credited_with_what_it_held_before() -> None:
    resting = [0]

    def kept(rate: float) -> bool:
        capacity = 400 if resting[0] > 0 else 1_000
        resting[0] = 8 if rate > 1_000 else resting[0] - 1
        return rate <= capacity

    found, history, _ = _search(kept, Bounds(first=100, most=10_000))

    assert found.limit is None or (_confirmed(found, history) and found.limit <= 1_000)


def test_the_highest_rate_allowed_is_confirmed_and_called_a_lower_bound() -> None:
    found, history, _ = _search(lambda _: True, Bounds(first=100, most=500))

    assert found.limit == 500
    assert found.sentence.startswith("At least 500/s")
    assert [step.rate for step in history] == [100, 200, 400, 500, 500, 500, 500]


def test_a_server_that_keeps_nothing_has_no_limit() -> None:
    found, history, _ = _search(lambda _: False, Bounds(first=100, most=500, least=10))

    assert found.limit is None
    assert min(step.rate for step in history) == 10


def test_a_busy_neighbour_now_and_then_does_not_lower_the_answer() -> None:
    turn = [0]

    def kept(rate: float) -> bool:
        turn[0] += 1
        return rate <= 700 and turn[0] % 5 != 0

    found, history, _ = _search(kept, Bounds(first=100, most=10_000))

    assert found.limit is not None
    assert 700 / 1.05 <= found.limit <= 700
    assert _confirmed(found, history)


@given(st.data())
def test_whatever_a_server_does_the_search_ends_and_names_only_rates_that_were_run(
    data: st.DataObject,
) -> None:
    draw = st.booleans()

    found, history, _ = _search(lambda _: data.draw(draw), Bounds(first=100, most=5_000))

    assert len(history) <= MOST_STEPS
    assert found.limit is None or found.limit in {step.rate for step in history if step.kept}


def test_the_knee_is_where_the_slowness_turns_upward() -> None:
    assert knee({100: 1_000, 200: 1_050, 300: 1_100, 400: 9_000, 500: 90_000}) == 300


def test_a_wobble_at_low_rates_is_no_knee() -> None:
    searched: dict[float, float] = {
        50: 1_290,
        100: 1_022,
        200: 1_042,
        400: 678,
        800: 460,
        1_600: 559,
        3_200: 600,
        6_400: 1_339,
    }

    assert knee(searched | {12_800: 7_455, 14_300: 78_905, 15_100: 462_422}) == 12_800
    assert knee({50: 1_184, 100: 1_061, 200: 780, 400: 678, 800: 575, 1_600: 390}) is None


@pytest.mark.parametrize(
    ("steps", "rate"),
    [
        ([(100, True), (200, True), (300, False), (400, True)], 200),
        ([(100, True), (200, True), (200, False), (150, True)], 150),
        ([(100, False), (200, True)], None),
        ([], None),
    ],
)
def test_a_rate_held_when_all_up_to_it_did_at_last(
    steps: list[tuple[float, bool]], rate: float | None
) -> None:
    assert held([Step(rate=each, kept=kept) for each, kept in steps]) == rate


def test_there_is_no_knee_in_a_flat_line_or_in_three_points() -> None:
    assert knee({100: 1_000, 200: 1_000, 300: 1_000, 400: 1_000}) is None
    assert knee({100: 1, 200: 1, 300: 9_000}) is None
