"""Closed traffic: iteration after iteration on each connection, and the server counts the same."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from load.tests.awkward import Answer, Awkward, Step
from load.tests.driving import MOST_SECONDS, call_to, measurement, take
from load.traffic.closed_model import ClosedTraffic
from load.traffic.engine import Engine
from load.traffic.http.origin import origin_of
from load.traffic.iteration import Iteration

GOOD: Answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",)
Start = Callable[..., Awkward]


def test_each_connection_repeats_its_journey_until_it_is_stopped(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    engine = Engine(measurement())
    call = call_to(origin)

    def iteration() -> Iteration:
        yield call
        if len(server.requests) >= 200:
            for one in traffic:
                one.stop()

    traffic = [ClosedTraffic(engine, iteration, origin=origin) for _ in range(4)]
    running = [gevent.spawn(one.run) for one in traffic]
    gevent.joinall(running, timeout=MOST_SECONDS, raise_error=True)
    engine.close()
    row = engine.measurement.total

    assert server.connections == 4
    assert len(server.requests) >= 200
    assert row.planned == row.done == len(server.requests)
    assert row.start_lag.highest == 0.0


def test_who_is_interrupted_counts_what_was_under_way(awkward: Start) -> None:
    server = awkward((Step.HANG,))
    engine = Engine(measurement())
    origin = origin_of(server.url)
    call = call_to(origin)

    def iteration() -> Iteration:
        yield call

    traffic = ClosedTraffic(engine, iteration, origin=origin)
    running = gevent.spawn(traffic.run)
    while not server.requests:
        gevent.sleep(0.01)
    running.kill()
    engine.close()

    assert engine.measurement.total.failed == {"interrupted": 1}
    assert engine.measurement.total.in_flight == 0


def test_a_journey_that_makes_no_call_does_not_stop_the_others() -> None:
    engine = Engine(measurement())
    left = 1000

    def iteration() -> Iteration:
        nonlocal left
        left -= 1
        if not left:
            traffic.stop()
        yield from ()

    traffic = ClosedTraffic(engine, iteration, origin=origin_of("http://127.0.0.1:1"))
    gevent.with_timeout(MOST_SECONDS, traffic.run)
    engine.close()

    assert left == 0


def test_a_call_that_fails_is_told_to_its_journey_and_the_next_one_goes_on(awkward: Start) -> None:
    server = awkward((Step.RESET,), GOOD)
    call = call_to(origin_of(server.url))

    assert take([call], iterations=3).outcome_names == ["reset", "200", "200"]


def test_who_finds_no_connection_begins_the_next_journey_all_the_same(awkward: Start) -> None:
    server = awkward(GOOD)
    origin = origin_of(server.url)
    server.close()

    assert take([call_to(origin)], iterations=3).outcome_names == ["connect"] * 3
