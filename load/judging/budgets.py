"""Budgets: whether what was measured is fast enough. Pure; what a budget is and how it is read belongs to fixtures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fixtures.target.load_terms import PERCENTILES, Budget

MOST_UNSERVED = 0.01
"""The share of calls that may fail or never begin where no budget says how many may."""

_TIMES = ((1_000_000, "s"), (1_000, "ms"), (1, "us"))


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What one row came to.

    planned, done, failed, not_started: counts of calls, done being those that were answered well; seconds: how long
    arrivals were planned for; percentile: microseconds from the plan for a share from 0 to 1 of the calls that ended
    or never began: those that were not answered well are slower than any limit, and have infinity.
    """

    planned: int
    done: int
    failed: int
    not_started: int
    seconds: float
    percentile: Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A budget and what was measured; measured is None where nothing exercised it.

    Infinity where the percentile falls among the calls that failed or never began; unserved: their share of the row.
    """

    budget: Budget
    measured: float | None
    unserved: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether it was exercised and kept."""
        if self.measured is None:
            return False
        if self.budget.measure == "rate":
            return self.measured >= self.budget.limit
        return self.measured <= self.budget.limit

    @property
    def sentence(self) -> str:
        """What was measured and what was allowed, for people."""
        row, measure, unit = self.budget.row, self.budget.measure, self.budget.unit
        limit = shown(self.budget.limit, unit)
        if self.measured is None:
            return f"{row} {measure}: nothing exercised it (the budget is {limit})"
        if self.measured == math.inf:
            return f"{row} {measure}: {shown(self.unserved, 'share')} failed or never began, at most {limit}"
        bound = "at least" if measure == "rate" else "at most"
        return f"{row} {measure}: {shown(self.measured, unit)}, {bound} {limit}"


def judge(budgets: Iterable[Budget], rows: Mapping[str, Observed]) -> list[Judged]:
    """Each budget with what was measured, in order. A budget that nothing exercised is missed."""
    return [
        Judged(
            budget=budget,
            measured=_measured(budget, rows.get(budget.row)),
            unserved=_unserved(rows.get(budget.row)),
        )
        for budget in budgets
    ]


def _measured(budget: Budget, row: Observed | None) -> float | None:
    if row is None or row.planned == 0:
        return None
    if budget.measure == "failures":
        return _unserved(row)
    if budget.measure == "rate":
        return row.done / row.seconds if row.seconds > 0 else None
    return row.percentile(PERCENTILES[budget.measure]) if row.done + row.failed + row.not_started else None


def _unserved(row: Observed | None) -> float:
    """The share of the calls that failed or never began."""
    return (row.failed + row.not_started) / row.planned if row is not None and row.planned else 0.0


def unserved(budgets: Iterable[Budget], rows: Mapping[str, Observed]) -> float:
    """The share of the calls that failed or never began in all rows for which no budget says how many may."""
    bounded = {budget.row for budget in budgets if budget.measure == "failures"}
    if "all" in bounded:
        return 0.0
    open_rows = [row for name, row in rows.items() if name != "all" and name not in bounded]
    planned = sum(row.planned for row in open_rows)
    return sum(row.failed + row.not_started for row in open_rows) / planned if planned else 0.0


def shown(value: float, unit: str) -> str:
    """A measured value in the unit that reads best: microseconds as us, ms or s; a share as per cent; a rate."""
    if unit == "share":
        return f"{value * 100:.3g} %"
    if unit == "1/s":
        return f"{value:,.0f}/s" if value >= 100 else f"{value:.3g}/s"
    size, name = next(((size, name) for size, name in _TIMES if value >= size), _TIMES[-1])
    return f"{float(f'{value / size:.3g}'):g} {name}"
