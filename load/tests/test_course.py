"""The course of a run: reports of several generators added up, and what only their sum shows."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from fixtures.load_terms import Budget
from load.arrivals import constant
from load.course import Course, step
from load.measurement import Measurement
from load.orders import Report
from load.tally import Breach, Tally
from load.windows import Window

WINDOW = Window(index=0, plan=constant(10, 2))


def _report(share: int = 0, *, tokens: tuple[str, ...] = (), done: int = 10, failed: int = 0) -> Report:
    measurement = Measurement(1_000.0, 0.0)
    for number in range(done + failed):
        measurement.arrives("token", number / 10, number / 10)
        measurement.begins("token", number / 10)
        measurement.ends("token", number / 10, number / 10, number / 10 + 0.004)
        if number >= done:
            measurement.fails("token", "connect", "refused", number / 10)
    digests = [hashlib.blake2b(token.encode(), digest_size=8).digest() for token in tokens]
    tally = Tally(issued=len(tokens), digests=digests)
    count = done + failed
    return Report(
        share=share,
        window=0,
        last=False,
        measurement=measurement,
        tally=tally,
        begun=count,
        worked=(0.5, 1.0),
    )


def _course(*reports: Report) -> Course:
    course = Course(generators=2)
    course.begins(WINDOW, 1_000.0)
    for report in reports:
        course.take(Report.from_json(report.to_json()))  # as it comes over the wire
    return course


def test_reports_add_up() -> None:
    course = _course(_report(0, tokens=("a", "b")), _report(1, tokens=("c",), failed=2))

    assert course.measurement().total.done == 20
    assert course.failed == 2
    assert course.tally().issued == 3
    assert course.played[0].begun == 22
    assert course.worked == {0: (0.5, 1.0), 1: (0.5, 1.0)}


def test_a_short_last_second_counts_by_its_length() -> None:
    course = _course(_report(), dataclasses.replace(_report(), worked=(0.01, 0.002)))

    assert course.worked[0] == pytest.approx((0.51, 1.002))


def test_a_token_that_came_to_two_generators_was_issued_twice() -> None:
    course = _course(_report(0, tokens=("a", "b")), _report(1, tokens=("c", "b")))

    (breach,) = course.tally().breaches
    assert course.tally().broken["issued-once"] == 1
    assert "two generators" in breach.what


def test_a_breach_is_timed_from_the_begin_of_the_run() -> None:
    report = _report()
    report.tally.breaches.append(Breach("no-store", 0.5, "", ()))
    report.window = 1
    course = _course()
    course.begins(Window(index=1, plan=WINDOW.plan), 1_007.0)

    course.take(report)

    assert [breach.at for breach in course.tally().breaches] == [7.5]


def test_a_step_is_kept_within_its_budgets_when_it_was_delivered() -> None:
    fast, slow = Budget(row="all", measure="p99", limit=10_000), Budget(row="all", measure="p99", limit=1_000)
    good, bad = _course(_report(done=20)).played[0], _course(_report(done=18, failed=2)).played[0]

    assert step(good, [fast]) == {"rate": 10.0, "reached": 10.0, "p99": step(good, [])["p99"], "kept": True}
    assert not step(good, [slow])["kept"]
    assert step(bad, [])["reached"] == 9.0
    assert not step(bad, [])["kept"]


def test_a_window_is_silent_when_calls_fail_and_none_is_answered() -> None:
    course = _course(_report(done=0, failed=50))

    assert course.is_silent(0, now=1_005.0, seconds=3)
    assert not course.is_silent(0, now=1_002.0, seconds=3)  # it is too early to say
    assert not _course(_report(done=50)).is_silent(0, now=1_005.0, seconds=3)
