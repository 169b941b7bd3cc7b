"""A budget is kept or missed by what was measured, and missed where nothing was."""

from __future__ import annotations

import math

import pytest

from fixtures.target.load_terms import Budget
from load.judging.budgets import Observed, judge, shown, unserved


def _observed(planned: int = 1000, failed: int = 0, not_started: int = 0, slow: float = 4_000) -> Observed:
    return Observed(
        planned=planned,
        done=planned - failed - not_started,
        failed=failed,
        not_started=not_started,
        seconds=10,
        percentile=lambda share: slow if share >= 0.99 else 1_000,
    )


@pytest.mark.parametrize(
    ("measure", "limit", "row", "kept", "measured"),
    [
        ("p50", 1_000, _observed(), True, 1_000),
        ("p95", 999, _observed(), False, 1_000),
        ("p99", 4_000, _observed(), True, 4_000),
        ("p999", 3_999, _observed(), False, 4_000),
        ("p99", 9_000, _observed(planned=0), False, None),
        ("p99", 9_000, _observed(planned=9, not_started=9, slow=math.inf), False, math.inf),
        ("failures", 0.001, _observed(failed=1), True, 0.001),
        ("failures", 0.001, _observed(failed=1, not_started=1), False, 0.002),
        ("failures", 0.5, _observed(planned=0), False, None),
        ("failures", 0.5, _observed(planned=9, not_started=9), False, 1.0),
        ("rate", 100, _observed(), True, 100),
        ("rate", 100, _observed(failed=1), False, 99.9),
        ("rate", 1, _observed(planned=0), False, None),
    ],
)
def test_a_budget_against_what_was_measured(
    *, measure: str, limit: float, row: Observed, kept: bool, measured: float | None
) -> None:
    (judged,) = judge([Budget(row="token", measure=measure, limit=limit)], {"token": row})

    assert (judged.kept, judged.measured) == (kept, measured)


def test_a_budget_of_a_row_that_never_was_is_missed() -> None:
    (judged,) = judge([Budget(row="refresh", measure="p99", limit=1e9)], {"token": _observed()})

    assert not judged.kept
    assert judged.sentence == "refresh p99: nothing exercised it (the budget is 1000 s)"


def test_the_sentence_says_what_was_measured_and_what_was_allowed() -> None:
    budgets = [
        Budget(row="token", measure="p99", limit=3_000),
        Budget(row="token", measure="rate", limit=90),
        Budget(row="token", measure="failures", limit=0.001),
    ]

    assert [judged.sentence for judged in judge(budgets, {"token": _observed(failed=2)})] == [
        "token p99: 4 ms, at most 3 ms",
        "token rate: 99.8/s, at least 90/s",
        "token failures: 0.2 %, at most 0.1 %",
    ]


def test_a_percentile_among_the_failed_says_so_and_is_missed_whatever_the_limit() -> None:
    row = _observed(failed=600, slow=math.inf)
    (judged,) = judge([Budget(row="token", measure="p99", limit=1e12)], {"token": row})

    assert not judged.kept
    assert judged.sentence == "token p99: 60 % failed or never began, at most 1e+06 s"


@pytest.mark.parametrize(
    ("bounded", "share"),
    [
        ((), 0.25),
        (("token",), 0.5),
        (("introspection",), 0.0),
        (("all",), 0.0),
        (("token", "introspection"), 0.0),
    ],
)
def test_what_fails_in_rows_without_a_budget_for_failures_is_summed_up(
    bounded: tuple[str, ...], share: float
) -> None:
    rows = {"token": _observed(), "introspection": _observed(failed=300, not_started=200)}
    budgets = [Budget(row=row, measure="failures", limit=1.0) for row in bounded]

    assert unserved(budgets, {**rows, "all": _observed(planned=2000, failed=500)}) == share


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (85, "us", "85 us"),
        (12_340, "us", "12.3 ms"),
        (2_500_000, "us", "2.5 s"),
        (0.0012, "share", "0.12 %"),
        (12_345, "1/s", "12,345/s"),
    ],
)
def test_a_value_is_shown_in_the_unit_that_reads_best(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
