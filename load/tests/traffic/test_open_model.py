"""Open traffic: every arrival of the plan ends as done, failed or not started, and the server counts the same."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from load.measuring.row import Row
from load.plan.arrivals import Plan, constant, poisson
from load.tests.awkward import Answer, Awkward, Step
from load.tests.driving import MOST_SECONDS, call_to, follow
from load.traffic.http.origin import origin_of
from load.traffic.iteration import Call, Iteration, Pause
from load.traffic.virtual_user import Policy

GOOD: Answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",)
BUSY: Answer = (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",)
Start = Callable[..., Awkward]


def asking(call: Call) -> Callable[[], Iteration]:
    def iteration() -> Iteration:
        reply = yield call
        if reply.status != 200:
            reply.fails("status", f"{reply.status}")

    return iteration


def sums_agree(row: Row) -> bool:
    return row.planned == row.done + row.failures + row.not_started and row.in_flight == 0


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("plan", [constant(200, 0.5), poisson(200, 0.5, seed=5)], ids=["constant", "poisson"])
def test_every_arrival_is_served_and_counted(awkward: Start, plan: Plan, policy: Policy) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    taken, _ = follow(plan, asking(call_to(origin)), origin, policy=policy)
    row = taken.measurement.total

    assert row.planned == row.done == len(server.requests) == sum(plan.by_second())
    assert sums_agree(row)


def test_failures_are_counted_by_kind_and_the_sums_agree(awkward: Start) -> None:
    server = awkward(GOOD, BUSY, (Step.CLOSE,), GOOD, (b"nonsense\r\n", Step.HANG), GOOD)
    origin = origin_of(server.url)
    taken, _ = follow(constant(100, 0.2), asking(call_to(origin)), origin)
    row = taken.measurement.total

    assert row.failed == {"status": 1, "reset": 1, "malformed": 1}
    assert (row.planned, row.done, len(server.requests)) == (20, 17, 20)
    assert sums_agree(row)


def test_arrivals_that_find_no_connection_wait_and_their_time_runs_from_the_plan(awkward: Start) -> None:
    all_arrived, begun = threading.Event(), 0
    server = awkward(GOOD, gate=lambda index: index == 0 and all_arrived.wait(MOST_SECONDS))
    origin = origin_of(server.url)
    ask = asking(call_to(origin))

    def iteration() -> Iteration:
        nonlocal begun
        begun += 1
        if begun == 20:
            all_arrived.set()
        return ask()

    taken, traffic = follow(constant(200, 0.1), iteration, origin, connections=1)
    row = taken.measurement.total

    assert (row.planned, row.done, server.connections) == (20, 20, 1)
    assert traffic.queued == 19
    # the k-th was due 5 ms * k after the begin, and none was answered before the last one was due at 95 ms
    assert row.from_plan.percentile(50) >= 0.045
    assert row.from_send.total == row.from_plan.total == 20


def test_what_never_found_a_connection_is_not_started_and_what_was_under_way_is_interrupted(
    awkward: Start,
) -> None:
    server = awkward((Step.HANG,))
    origin = origin_of(server.url)
    taken, _ = follow(constant(100, 0.1), asking(call_to(origin)), origin, connections=2, drain=0.2)
    row = taken.measurement.total

    assert (row.planned, row.started, row.not_started) == (10, 2, 8)
    assert row.failed == {"interrupted": 2}
    assert sums_agree(row)


def test_a_call_that_takes_too_long_is_a_time_out_and_frees_its_connection(awkward: Start) -> None:
    server = awkward((Step.HANG,), GOOD)
    origin = origin_of(server.url)
    taken, _ = follow(constant(50, 0.1), asking(call_to(origin)), origin, connections=1, timeout=3.0)
    row = taken.measurement.total

    assert row.failed == {"timeout": 1}
    assert (row.done, row.not_started) == (4, 0)


def test_a_plan_that_is_stopped_counts_what_was_due_until_then(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    taken, _ = follow(constant(100, 15), asking(call_to(origin)), origin, stop_after=0.5)
    row = taken.measurement.total

    assert 0 < row.planned < 1500
    assert row.done <= len(server.requests) <= row.started
    assert sums_agree(row)


def test_nobody_listening_fails_every_arrival(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    server.close()
    taken, _ = follow(constant(100, 0.2), asking(call_to(origin)), origin)
    row = taken.measurement.total

    assert row.failed == {"connect": 20}
    assert sums_agree(row)


def test_later_calls_of_a_journey_are_planned_when_it_asks_for_them(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    first, second = call_to(origin, name="token"), call_to(origin, name="introspect")

    def iteration() -> Iteration:
        yield first
        yield second

    taken, _ = follow(constant(100, 0.2), iteration, origin)
    rows = [taken.measurement.row(name) for name in ("token", "introspect")]

    assert [(row.planned, row.done) for row in rows] == [(20, 20), (20, 20)]
    assert [(row.arrived, row.at_once) for row in rows] == [(20, 0), (0, 20)]
    assert len(server.requests) == 40


def test_a_journey_goes_from_origin_to_origin(awkward: Start) -> None:
    here, there = awkward(GOOD), awkward(GOOD)
    origin, other = origin_of(here.url), origin_of(there.url)

    def iteration() -> Iteration:
        yield call_to(origin, name="here")
        yield call_to(other, name="there")
        yield call_to(origin, name="here again")

    taken, _ = follow(constant(100, 0.2), iteration, origin, connections=4)

    assert [taken.measurement.row(name).done for name in ("here", "there", "here again")] == [20, 20, 20]
    assert (len(here.requests), len(there.requests)) == (40, 20)
    assert here.connections <= 4


def test_a_pause_holds_no_connection(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    call = call_to(origin)

    def iteration() -> Iteration:
        yield Pause(0.05)
        yield call
        yield Pause(0.2)
        yield call

    taken, traffic = follow(constant(100, 0.2), iteration, origin, connections=2)
    row = taken.measurement.total

    assert (row.planned, row.done, len(server.requests)) == (40, 40, 40)
    assert sums_agree(row)
    assert server.connections <= 2
    assert traffic.queued <= 40


def test_an_error_of_ours_ends_the_run_and_is_told(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)

    def iteration() -> Iteration:
        yield call_to(origin)
        raise LookupError("ours")

    taken, _ = follow(constant(10, 15), iteration, origin)

    assert [str(error) for error in taken.errors] == ["ours"]
    assert sums_agree(taken.measurement.total)
