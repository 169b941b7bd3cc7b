"""Collected results: reports of several generators added up, and what only their sum shows."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from fixtures.target.load_terms import Budget
from load.judging.promise_counts import Breach, PromiseCounts
from load.measuring.measurement import DETAILED_SECONDS, Measurement
from load.plan.arrivals import constant
from load.plan.windows import Window
from load.running.collected import Collected, step
from load.running.messages import Report

WINDOW = Window(index=0, plan=constant(10, 2))


def _report(
    share: int = 0,
    *,
    tokens: tuple[str, ...] = (),
    holder: bytes = b"web.",
    done: int = 10,
    failed: int = 0,
) -> Report:
    measurement = Measurement(1_000.0, 0.0)
    for number in range(done + failed):
        measurement.arrives("token", number / 10, number / 10)
        measurement.begins("token", number / 10)
        measurement.ends("token", number / 10, number / 10, number / 10 + 0.004)
        if number >= done:
            measurement.fails(
                "token", "connect", "refused", planned=number / 10, sent=number / 10, done=number / 10 + 0.004
            )
    digests = [hashlib.blake2b(token.encode(), digest_size=8).digest() + holder for token in tokens]
    counts = PromiseCounts(issued=len(tokens), digests=digests)
    count = done + failed
    return Report(
        share=share,
        window=0,
        last=False,
        measurement=measurement,
        counts=counts,
        begun=count,
        worked=(0.5, 1.0),
    )


def _collected(*reports: Report) -> Collected:
    collected = Collected(generators=2)
    collected.begins(WINDOW, 1_000.0)
    for report in reports:
        collected.take(Report.from_json(report.to_json()))  # as it comes over the wire
    return collected


def test_reports_add_up() -> None:
    collected = _collected(_report(0, tokens=("a", "b")), _report(1, tokens=("c",), failed=2))

    assert collected.measurement().total.done == 20
    assert collected.failed == 2
    assert collected.counts().issued == 3
    assert collected.results[0].begun == 22
    assert collected.worked == {0: (0.5, 1.0), 1: (0.5, 1.0)}


def test_what_a_generator_that_went_away_left_is_lost_and_the_sums_agree() -> None:
    collected = _collected(_report(0, done=10))  # of 20 arrivals in 2 s, every other one is each generator's
    gone = _report(1, done=3)
    gone.measurement.arrives("token", 0.7, 0.7)
    gone.measurement.begins("token", 0.7)
    gone.measurement.arrives("introspection", 0.9, 0.9)
    gone.begun = 5
    collected.take(dataclasses.replace(_report(0, done=0), last=True))
    collected.take(gone)
    collected.ends(0, 1_002.5)
    collected.take(dataclasses.replace(_report(1), last=True))  # too late: it is counted as lost
    whole = collected.measurement()
    rows = {name: whole.row(name) for name in whole.names}

    assert (rows["token"].failed, rows["introspection"].not_started) == ({"lost": 1}, 1)
    assert (rows["lost"].planned, rows["lost"].not_started) == (5, 5)
    assert "Row lost: 5 arrivals of worker 2" in collected.notes[0]
    assert whole.total.planned == 20
    assert whole.total.planned == whole.total.done + whole.total.failures + whole.total.not_started
    assert whole.total.in_flight == 0


def test_a_run_that_was_stopped_lost_what_was_due_until_then() -> None:
    collected = _collected(dataclasses.replace(_report(0), last=True))
    collected.ends(0, 1_001.0)

    assert collected.measurement().row("lost").planned == 5


def test_a_long_run_keeps_the_details_of_its_newest_seconds_alone() -> None:
    collected = Collected()
    collected.begins(Window(index=0, plan=constant(10, 200)), 1_000.0)
    for second in range(200):
        collected.take(dataclasses.replace(_report(), measurement=_second(second)))
    whole = collected.measurement()

    assert len(collected.results[0].measurement.seconds) <= DETAILED_SECONDS + 1
    assert [summary.done for summary in whole.by_second().values()] == [1] * 200
    assert [summary.from_plan[0] for summary in whole.by_second().values()] == [
        pytest.approx(0.25, rel=0.01)
    ] * 200
    assert whole.row("token").from_plan.total == whole.total.done == 200


def test_the_newest_second_is_one_that_every_generator_told_the_whole_of() -> None:
    collected = _collected()
    assert collected.newest(1_000.9) is None
    for share, seconds in ((0, (0, 1, 2)), (1, (0, 1))):
        for second in seconds:
            collected.take(dataclasses.replace(_report(share), measurement=_second(second)))

    def done(now: float) -> int | None:
        row = collected.newest(now)
        return None if row is None else row.done

    assert (done(1_000.9), done(1_001.5), done(1_002.5)) == (None, 2, 2)
    assert done(1_004.5) == 1  # the second of them went away: it is not waited for


def _second(index: int) -> Measurement:
    """A second of one call that took 250 ms."""
    measurement = Measurement(1_000.0, 0.0)
    measurement.begins_at_once("token", index + 0.5)
    measurement.ends("token", index + 0.5, index + 0.5, index + 0.75)
    return measurement


def test_a_short_last_second_counts_by_its_length() -> None:
    collected = _collected(_report(), dataclasses.replace(_report(), worked=(0.01, 0.002)))

    assert collected.worked[0] == pytest.approx((0.51, 1.002))


def test_a_token_that_came_to_two_generators_for_the_same_holder_is_counted_and_no_breach() -> None:
    counts = _collected(_report(0, tokens=("a", "b")), _report(1, tokens=("c", "b"))).counts()

    assert (counts.again, counts.broken["issued-once"], counts.breaches) == (1, 0, [])


def test_a_token_that_came_to_two_generators_for_two_holders_was_issued_twice() -> None:
    collected = _collected(_report(0, tokens=("a", "b")), _report(1, tokens=("c", "b"), holder=b"app."))

    (breach,) = collected.counts().breaches
    assert collected.counts().broken["issued-once"] == 1
    assert "Two workers" in breach.what


def test_a_breach_is_timed_from_the_begin_of_the_run() -> None:
    report = _report()
    report.counts.breaches.append(Breach("no-store", 0.5, "", ()))
    report.window = 1
    collected = _collected()
    collected.begins(Window(index=1, plan=WINDOW.plan), 1_007.0)

    collected.take(report)

    assert [breach.at for breach in collected.counts().breaches] == [7.5]


def test_a_step_is_kept_within_its_budgets_when_it_was_delivered() -> None:
    fast, slow = Budget(row="all", measure="p99", limit=10_000), Budget(row="all", measure="p99", limit=1_000)
    good, bad = _collected(_report(done=20)).results[0], _collected(_report(done=18, failed=2)).results[0]

    assert step(good, [fast]) == {"rate": 10.0, "reached": 10.0, "p99": step(good, [])["p99"], "kept": True}
    assert not step(good, [slow])["kept"]
    assert step(bad, [])["reached"] == 9.0
    assert not step(bad, [])["kept"]


def test_a_window_is_silent_when_calls_fail_and_none_is_answered() -> None:
    collected = _collected(_report(done=0, failed=50))

    assert collected.is_silent(0, now=1_005.0, seconds=3)
    assert not collected.is_silent(0, now=1_002.0, seconds=3)  # it is too early to say
    assert not _collected(_report(done=50)).is_silent(0, now=1_005.0, seconds=3)
