"""From what was measured to what is said of it: rows, seconds, validity, and a server that is gone."""

from __future__ import annotations

import math

import pytest

from load.judging.promise_counts import TEXTS, Breach, PromiseCounts
from load.judging.summary import gone, observed, promise_records, row_record, second_records, validity
from load.measuring.measurement import Measurement


def _measured(answered: int, *, refused_from: int = 99, seconds: int = 6) -> Measurement:
    """Ten arrivals a second; from a second on none is answered."""
    measurement = Measurement(0.0, 0.0)
    for second in range(seconds):
        for number in range(10):
            planned = second + number / 10
            measurement.arrives("token", planned, planned + 0.001)
            measurement.begins("token", planned + 0.001)
            measurement.ends("token", planned, planned + 0.002, planned + 0.01)
            if second >= refused_from or number >= answered:
                measurement.fails(
                    "token",
                    "connect",
                    "no connection: refused",
                    planned=planned,
                    sent=planned + 0.002,
                    done=planned + 0.01,
                )
    return measurement


def _validity(measurement: Measurement, **changed: object) -> list[bool]:
    reported = {
        "expected": 60,
        "begun": 60,
        "lost": [],
        "worked": {0: (3.0, 6.0)},
        "most_lag": 0.05,
        "interrupted": False,
        "server_gone": False,
    }
    return [each.kept for each in validity(measurement, **{**reported, **changed})]  # type: ignore[arg-type]  # a table


def test_a_row_adds_up_and_its_times_are_microseconds() -> None:
    record = row_record("token", _measured(9).row("token"))

    assert (record["planned"], record["done"], record["failed"], record["not_started"]) == (
        60,
        54,
        {"connect": 6},
        0,
    )
    assert record["from_plan"]["p50"] == pytest.approx(10_000, rel=0.01)
    assert record["from_send"]["p50"] == pytest.approx(8_000, rel=0.01)
    assert sum(count for _, count in record["from_plan"]["histogram"]) == 54


def test_every_second_is_told_and_their_sum_is_the_row() -> None:
    measurement = _measured(9)

    seconds = second_records(measurement, 8)

    assert [second["second"] for second in seconds] == list(range(8))
    assert sum(second["done"] for second in seconds) == measurement.total.done


def test_what_budgets_are_held_against_has_a_row_for_all() -> None:
    rows = observed(_measured(9), seconds=6)

    assert set(rows) == {"token", "all"}
    assert (rows["all"].done, rows["all"].failed, rows["all"].planned) == (54, 6, 60)
    assert rows["all"].percentile(0.5) == pytest.approx(10_000, rel=0.01)


def test_a_call_that_failed_quickly_is_slower_than_any_that_was_answered() -> None:
    measurement = Measurement(0.0, 0.0)
    for number in range(10):
        measurement.begins_at_once("token", 0.0)
        took = 0.8 if number % 2 else 0.001
        measurement.ends("token", 0.0, 0.0, took)
        if not number % 2:
            measurement.fails("token", "status", "503", planned=0.0, sent=0.0, done=took)

    percentile = observed(measurement, 1)["token"].percentile

    assert percentile(0.1) == percentile(0.5) == pytest.approx(800_000, rel=0.01)
    assert percentile(0.51) == percentile(0.99) == math.inf


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, [True, True, True, True]),
        ({"most_lag": 0.0001}, [False, True, True, True]),
        ({"lost": ["Worker 1 went away."]}, [True, False, True, True]),
        ({"worked": {0: (3.0, 6.0), 1: (5.8, 6.0)}}, [True, True, False, True]),
        ({"begun": 59}, [True, True, True, False]),
        ({"begun": 30, "interrupted": True}, [True, True, True]),
        ({"begun": 30, "server_gone": True}, [True, True, True]),
    ],
)
def test_a_measurement_is_valid_when_the_generator_kept_up(
    changed: dict[str, object], kept: list[bool]
) -> None:
    assert _validity(_measured(10), **changed) == kept


def test_a_server_is_gone_from_the_second_on_in_which_nothing_is_answered_any_more() -> None:
    reported = gone(second_records(_measured(10, refused_from=3), 6))

    assert reported == "The server stopped answering 3 s into the run: connect 30 times."


def test_a_server_that_fails_now_and_then_or_comes_back_is_not_gone() -> None:
    back = _measured(10, refused_from=3)
    back.merge(Measurement.from_json({**_measured(10, seconds=1).to_json(), "epoch": 6.0}))

    assert gone(second_records(_measured(8), 6)) == ""
    assert gone(second_records(back, 7)) == ""


def test_every_promise_is_told_with_its_first_breaches() -> None:
    counts = PromiseCounts()
    counts.checked["no-store"], counts.broken["no-store"] = 9, 1
    counts.breaches.append(Breach("no-store", 1.23456, "without no-store", ["GET / ..."]))

    records = {record["name"]: record for record in promise_records(counts)}

    assert list(records) == list(TEXTS)
    assert records["no-store"]["evidence"] == [
        {"at": 1.235, "what": "without no-store", "exchanges": ["GET / ..."]}
    ]
    assert "delay" not in records["revoked-stays-inactive"]
