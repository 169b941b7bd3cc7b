"""Measurement: every call is counted once, whoever counted it and however often it was handed on."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from load.measuring.measurement import DETAILED_SECONDS, MOST_DETAILS, Measurement

ZERO = 100.0
INSTANTS = st.floats(ZERO, ZERO + 5)
LIFE = st.tuples(
    st.sampled_from(["token", "introspect"]),
    st.sampled_from(["done", "failed", "not started", "in flight", "at once"]),
    INSTANTS,
    st.floats(0, 2),
    st.floats(0.00001, 3),
)
LIVES = st.lists(LIFE, max_size=30)
Life = tuple[str, str, float, float, float]


def live(measurement: Measurement, lives: list[Life]) -> None:
    for name, end, planned, wait, took in lives:
        sent, done = planned + wait, planned + wait + took
        if end == "at once":
            measurement.begins_at_once(name, planned)
            measurement.ends(name, planned, planned, planned + took)
            continue
        measurement.arrives(name, planned, planned)
        if end == "not started":
            measurement.never_starts(name, planned)
            continue
        measurement.begins(name, sent)
        if end != "in flight":
            measurement.ends(name, planned, sent, done)
        if end == "failed":
            measurement.fails(name, "status", "503", planned=planned, sent=sent, done=done)


def measured(lives: list[Life]) -> Measurement:
    measurement = Measurement(1_000.0, ZERO)
    live(measurement, lives)
    return measurement


@given(LIVES)
def test_the_sums_agree(lives: list[Life]) -> None:
    total = measured(lives).total
    ends = [end for _, end, *_ in lives]

    assert total.planned == len(lives)
    assert total.planned == total.done + total.failures + total.not_started + total.in_flight
    assert total.failures == ends.count("failed")
    assert total.not_started == ends.count("not started")
    assert total.in_flight == ends.count("in flight")
    assert total.ended_after.total == total.ended
    assert total.from_plan.total == total.from_send.total == total.done
    assert total.start_lag.total == total.planned


@given(LIVES)
def test_the_seconds_add_up_to_the_rows_and_the_rows_to_the_total(lives: list[Life]) -> None:
    measurement = measured(lives)
    rows = [measurement.row(name) for name in measurement.names]

    assert sum(summary.planned for summary in measurement.by_second().values()) == len(lives)
    assert sum(row.ended for row in rows) == measurement.total.ended


@given(LIVES, LIVES)
def test_merging_is_exact(first: list[Life], second: list[Life]) -> None:
    merged = measured(first)
    merged.merge(measured(second))

    assert merged.total == measured(first + second).total
    assert merged.to_json()["seconds"] == measured(first + second).to_json()["seconds"]


@given(LIVES)
def test_json_brings_the_same_measurement_back(lives: list[Life]) -> None:
    measurement = measured(lives)

    assert Measurement.from_json(json.loads(json.dumps(measurement.to_json()))) == measurement


@given(LIVES, LIVES)
def test_what_is_drained_in_parts_is_the_whole(first: list[Life], second: list[Life]) -> None:
    measurement, parts = Measurement(1_000.0, ZERO), Measurement(1_000.0)
    live(measurement, first)
    parts.merge(measurement.drain())
    live(measurement, second)
    parts.merge(measurement.drain())

    assert parts.total == measured(first + second).total
    assert measurement.total.planned == 0


def test_what_is_settled_is_still_counted_and_takes_what_comes_late() -> None:
    measurement = measured([("token", "done", ZERO + at, 0.0, 0.01) for at in range(100)])
    whole, seconds = measurement.total, measurement.by_second()
    measurement.settle()

    assert len(measurement.seconds) == DETAILED_SECONDS
    assert (measurement.total, measurement.by_second(), measurement.names) == (whole, seconds, ["token"])

    measurement.arrives("token", ZERO + 3.5, ZERO + 99)
    measurement.never_starts("token", ZERO + 3.5)
    measurement.settle()
    merged = Measurement(998.0)
    merged.merge(measurement)

    assert (measurement.by_second()[3].planned, measurement.by_second()[3].done) == (2, 1)
    assert measurement.by_second()[3].from_plan == seconds[3].from_plan
    assert (merged.total.planned, merged.by_second()[5].planned) == (101, 2)


def test_each_part_of_a_life_counts_in_the_second_in_which_it_happened() -> None:
    measurement = measured([("token", "failed", ZERO + 0.9, 1.0, 1.0)])
    planned, started, ended = (measurement.seconds[second]["token"] for second in (0, 1, 2))

    assert (planned.planned, planned.started, planned.ended) == (1, 0, 0)
    assert (started.started, started.in_flight) == (1, 1)
    assert (ended.failed, ended.done) == ({"status": 1}, 0)


def test_waiting_for_a_connection_is_not_the_generators_lag() -> None:
    row = measured([("token", "done", ZERO, 1.0, 0.5)]).total

    assert row.start_lag.highest == 0.0
    assert 1.49 < row.from_plan.highest < 1.51
    assert 0.49 < row.from_send.highest < 0.51


def test_a_call_that_failed_is_in_no_latency() -> None:
    measurement = Measurement(0.0, ZERO)
    measurement.arrives("token", ZERO, ZERO)
    measurement.begins("token", ZERO)
    measurement.ends("token", ZERO, 0.0, ZERO + 0.1)
    measurement.fails("token", "connect", "refused", planned=ZERO, sent=0.0, done=ZERO + 0.1)

    assert measurement.total.ended_after.total == 1
    assert (measurement.total.from_plan.total, measurement.total.from_send.total) == (0, 0)


def test_seconds_of_workers_are_merged_by_the_clock_and_not_by_their_number() -> None:
    early, late = Measurement(1_000.0, ZERO), Measurement(1_002.0, ZERO)
    late.arrives("token", ZERO, ZERO)
    early.merge(late)

    assert early.seconds[2]["token"].arrived == 1


def test_the_second_that_goes_on_is_the_one_of_the_last_instant() -> None:
    measurement = Measurement(0.0, ZERO)
    rows = measurement.advance(ZERO + 3.5)

    assert rows is measurement.rows is measurement.seconds[3]
    assert measurement.second_end == ZERO + 4


def test_failures_without_number_do_not_fill_the_memory() -> None:
    measurement = Measurement(0.0, ZERO)
    for index in range(MOST_DETAILS + 50):
        measurement.fails("token", "status", f"detail {index}", planned=ZERO, sent=ZERO, done=ZERO)

    assert len(measurement.details) == MOST_DETAILS + 1
    assert measurement.details["token", "status", ""] == 50
    assert sum(measurement.details.values()) == measurement.total.failures
