"""Histogram: true to 1 %, merged exactly, and readable by HdrHistogram's viewers."""

from __future__ import annotations

import math
from array import array
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from load.measuring.histogram import Histogram, bucket, counted, middle

DURATIONS = st.floats(10e-6, 1000.0)
PERCENTS = (0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0)


def of(durations: list[float]) -> Histogram:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    return histogram


@given(DURATIONS)
def test_a_duration_is_kept_within_one_percent(seconds: float) -> None:
    assert abs(middle(bucket(seconds)) - seconds) <= 0.01 * seconds


@given(st.lists(DURATIONS, min_size=1, max_size=200), st.floats(0, 100))
def test_a_percentile_is_within_one_percent_of_the_exact_one(durations: list[float], percent: float) -> None:
    rank = max(1, math.ceil(round(len(durations) * percent / 100, 6)))
    exact = sorted(durations)[rank - 1]

    assert abs(of(durations).percentile(percent) - exact) <= 0.01 * exact


@given(st.lists(DURATIONS, max_size=50), st.lists(DURATIONS, max_size=50))
def test_merging_is_counting_everything_in_one(first: list[float], second: list[float]) -> None:
    merged = of(first)
    merged.merge(of(second))

    assert merged == of(first + second)
    assert merged.total == len(first) + len(second)


@given(st.lists(st.floats(0, 1000.0), max_size=50))
def test_pairs_bring_the_same_histogram_back(durations: list[float]) -> None:
    histogram = of(durations)

    assert Histogram.from_pairs(histogram.to_pairs()) == histogram


@given(st.lists(DURATIONS, min_size=1, max_size=50))
def test_percentiles_never_fall_and_end_at_the_highest(durations: list[float]) -> None:
    histogram = of(durations)
    found = histogram.percentiles(PERCENTS)

    assert found == sorted(found)
    assert (found[0], found[-1]) == (histogram.lowest, histogram.highest)


def test_percentiles_come_in_the_order_in_which_they_are_asked_for() -> None:
    histogram = of([0.001] * 90 + [0.1] * 10)

    assert histogram.percentiles([99, 50]) == list(reversed(histogram.percentiles([50, 99])))


def test_ninety_nine_point_nine_of_a_thousand_is_the_999th() -> None:
    histogram = of([0.001] * 999 + [1.0])

    assert histogram.percentile(99.9) < 0.002
    assert histogram.percentile(99.91) > 0.9


def test_nothing_counted_is_nothing_and_no_error() -> None:
    empty = Histogram()

    assert (empty.total, empty.mean, empty.highest, empty.percentile(99)) == (0, 0.0, 0.0, 0.0)
    assert "Total count    =            0" in empty.to_hgrm()


def test_a_negative_duration_counts_as_none_at_all() -> None:
    assert bucket(-0.5) == bucket(-1e-9) == 0


def test_the_mean_is_that_of_the_durations() -> None:
    assert math.isclose(of([0.001, 0.003]).mean, 0.002, rel_tol=0.005)


def test_hgrm_tells_the_distribution_in_milliseconds() -> None:
    lines = of([0.001] * 900 + [0.1] * 99 + [2.0]).to_hgrm().splitlines()
    rows = [line.split() for line in lines[2:] if not line.startswith("#")]
    shares = [float(row[1]) for row in rows]

    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert math.isclose(float(rows[0][0]), 1.0, rel_tol=0.01)
    assert math.isclose(float(rows[-1][0]), 2000.0, rel_tol=0.01)
    assert rows[-1][2] == "1000"
    assert all(math.isclose(float(row[3]), 1 / (1 - float(row[1])), abs_tol=0.01) for row in rows[:-1])
    assert all(int(row[2]) >= float(row[1]) * 1000 - 1e-6 for row in rows)


def test_durations_that_are_counted_together_meet_the_buckets_that_each_would_alone() -> None:
    numbers = Random(7)  # noqa: S311 - durations, and no secret
    nanoseconds = [10 ** numbers.uniform(2, 11) for _ in range(20_000)] + [
        0.0,
        5.0,
        127.0,
        128.0,
        255.0,
        256.0,
    ]
    alone: dict[int, int] = {}
    for each in nanoseconds:
        edge = bucket(each / 1e9)
        alone[edge] = alone.get(edge, 0) + 1

    together = counted(array("f", nanoseconds))

    # single precision moves what lies within a ten-millionth of an edge to the other side
    moved = sum(abs(together.get(edge, 0) - count) for edge, count in alone.items())
    assert sum(together.values()) == len(nanoseconds)
    assert moved <= 20
    assert counted(array("f", [-3.0])) == {0: 1}
