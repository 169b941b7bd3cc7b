"""The search for the highest rate that keeps the budgets: what to run next, from what was run so far. Pure.

It climbs until a step fails, closes in by bisection, then confirms: the limit is kept in three further runs, and after
them the rate above fails once more. A step that fails is run again before that is believed, for a busy neighbour is no
limit. The answer is always a rate that was run. How a step is run and judged is not here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONFIRMATIONS = 3
MOST_STEPS = 60


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Where to search: arrivals a second. closeness: how far above the limit the failing rate may be, as a share."""

    first: float
    most: float
    factor: float = 2.0
    closeness: float = 0.05
    least: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rate that was run, and whether it kept the budgets, was delivered, and did not pile up."""

    rate: float
    kept: bool


@dataclass(frozen=True, kw_only=True)
class Run:
    """What to run next, and why: climb, descend, bisect, confirm, again after a first failure, or above."""

    rate: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """The end of a search. limit: the highest rate that was confirmed, None when none was; sentence: for people."""

    limit: float | None
    sentence: str


def next_move(bounds: Bounds, history: Sequence[Step]) -> Run | Found:
    """What to do after these steps. The last runs of a rate speak for it, for servers change."""
    if len(history) >= MOST_STEPS:
        return Found(
            limit=None, sentence=f"Undecided: {MOST_STEPS} steps did not settle it; the server is not steady."
        )
    if history and _failed_in_a_row(history[-1].rate, history) == 1:
        return Run(rate=history[-1].rate, why="again")
    latest = {step.rate: step.kept for step in history}
    failed = min((rate for rate, kept in latest.items() if not kept), default=math.inf)
    kept = max((rate for rate, good in latest.items() if good and rate < failed), default=0.0)
    if not kept:
        return _first_or_lower(bounds, failed)
    if kept >= bounds.most:
        return _confirm(kept, history) or Found(
            limit=kept,
            sentence=f"At least {kept:g}/s, the highest rate that was allowed; nothing above it was run.",
        )
    if failed == math.inf:
        return Run(rate=min(bounds.most, _rounded(kept * bounds.factor)), why="climb")
    middle = _rounded(math.sqrt(kept * failed))
    if failed > kept * (1 + bounds.closeness) and kept < middle < failed:
        return Run(rate=middle, why="bisect")
    return (
        _confirm(kept, history)
        or _above(failed, history)
        or Found(
            limit=kept,
            sentence=f"{kept:g}/s kept in {_kept_since(kept, history)} runs; {failed:g}/s fails.",
        )
    )


def _first_or_lower(bounds: Bounds, failed: float) -> Run | Found:
    if failed == math.inf:
        return Run(rate=min(bounds.first, bounds.most), why="climb")
    if failed <= bounds.least:
        return Found(limit=None, sentence=f"No limit: not even {failed:g}/s, the lowest rate tried, is kept.")
    return Run(rate=max(bounds.least, _rounded(failed / bounds.factor)), why="descend")


def _confirm(rate: float, history: Sequence[Step]) -> Run | None:
    """One more run at the limit, unless it was kept often enough since it last failed for good."""
    if _kept_since(rate, history) > CONFIRMATIONS:
        return None
    return Run(rate=rate, why="confirm")


def _above(rate: float, history: Sequence[Step]) -> Run | None:
    """The failing rate once more, unless that was the last thing done."""
    return None if history[-1].rate == rate else Run(rate=rate, why="above")


def _kept_since(rate: float, history: Sequence[Step]) -> int:
    """How often a rate was kept since it failed twice in a row."""
    count = failures = 0
    for step in history:
        if step.rate == rate:
            failures = 0 if step.kept else failures + 1
            count = 0 if failures > 1 else count + step.kept
    return count


def _failed_in_a_row(rate: float, history: Sequence[Step]) -> int:
    count = 0
    for step in history:
        if step.rate == rate:
            count = 0 if step.kept else count + 1
    return count


def _rounded(rate: float) -> float:
    """Three digits are enough for a rate, and read better."""
    return float(f"{rate:.3g}")


def held(steps: Sequence[Step]) -> float | None:
    """The highest rate that was kept, as were all below it. The last runs of a rate speak for it."""
    latest = {step.rate: step.kept for step in steps}
    failed = min((rate for rate, kept in latest.items() if not kept), default=math.inf)
    return max((rate for rate in latest if rate < failed), default=None)


def knee(p99_by_rate: Mapping[float, float]) -> float | None:
    """The rate above which the 99th percentile (any unit) turns upward: the sharpest turn, on logarithmic axes.

    None for fewer than four rates, or where it never turns: where it is less than doubled from one rate to the next,
    that is noise.
    """
    points = [(math.log(rate), math.log(max(p99_by_rate[rate], 1.0)), rate) for rate in sorted(p99_by_rate)]
    if len(points) < 4:
        return None
    turns = [(0.0, 0.0)]
    for (left, low, _), (here, middle, rate), (right, high, _) in zip(
        points, points[1:], points[2:], strict=False
    ):
        turn = (high - middle) / (right - here) - (middle - low) / (here - left)
        turns += [(turn, rate)] if high - middle >= math.log(2) else []
    turn, rate = max(turns)
    return rate if turn > 0 else None
