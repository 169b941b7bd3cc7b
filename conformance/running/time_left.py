"""How long a session of checks has yet to go, by what those took that are over. Pure: it shows nothing."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

FEWEST = 3
"""Checks that must have ended before what is left can be estimated."""
SHARE = 0.1
"""The share of all checks that must have ended as well: the first ones wait for what is set up once."""
GROWS = 4 / 3
"""By how much what is told grows beyond the least that was told: of what is more, that it is more is told."""
ODD = 2.0
"""So many times what was expected is the most that one check counts for: it may have set up what others share."""
COUNTS_AS = 8.0
"""For how many checks an expectation counts beside those that ended: the first of a file sets up what others share."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One check that is to run.

    file: whose checks take about equally long; sort: the files that resemble it: its folder. more: the seconds that it
    takes beyond a usual check, as far as that is known before. alone: whether nothing runs beside it. lanes: how many
    of its sort run at once at most, None for as many as there are processes.
    """

    file: str
    sort: str = ""
    more: float = 0.0
    alone: bool = False
    lanes: int | None = None


@dataclass
class _Took:
    """What checks took that are over, in seconds, and how many they were."""

    seconds: float = 0.0
    count: int = 0

    def note(self, seconds: float) -> None:
        self.seconds += seconds
        self.count += 1

    def expects(self, before: float) -> float:
        """What the next one is to take, where `before` was expected."""
        return (self.seconds + COUNTS_AS * before) / (self.count + COUNTS_AS)


class TimeLeft:
    """Estimates the time that a session has yet to go.

    planned: its checks by name; beside: how many processes run those that may meet others.
    """

    def __init__(self, planned: Mapping[str, Planned], beside: int = 1) -> None:
        self.beside = beside
        self._planned = dict(planned)
        self._total = len(planned)
        self._left = Counter(planned.values())
        self._usual = _Took()
        self._least = math.inf
        self._of_files: dict[str, _Took] = defaultdict(_Took)
        self._of_sorts: dict[str, _Took] = defaultdict(_Took)

    def ends(self, name: str, seconds: float) -> None:
        """A check has ended, and took so long, its set-up included."""
        plan = self._planned.pop(name, None)
        if plan is None:
            return
        self._left[plan] -= 1
        expected = self._expected(plan)
        self._usual.note(max(0.0, seconds - plan.more))
        for took in (self._of_files[plan.file], self._of_sorts[plan.sort]):
            took.note(min(seconds, ODD * expected) if expected else seconds)

    def told(self) -> tuple[float, bool]:
        """What is to be told: seconds, 0 for nothing yet, and whether it is more than that."""
        left = self.seconds()
        if left is None:
            return 0.0, False
        most = self._least * GROWS
        self._least = min(self._least, left)
        return min(left, most), left > most

    def seconds(self) -> float | None:
        """How long it takes until all are over, in seconds; None while too few have ended to tell."""
        if self._usual.count < max(FEWEST, self._total * SHARE):
            return None
        alone = beside = 0.0
        in_lanes: dict[int, float] = defaultdict(float)
        for plan, count in self._left.items():
            work = count * self._expected(plan)
            if plan.alone:
                alone += work
            else:
                beside += work
                in_lanes[min(plan.lanes or self.beside, self.beside)] += work
        return alone + max([beside / self.beside, *(work / lanes for lanes, work in in_lanes.items())])

    def _expected(self, plan: Planned) -> float:
        """What one more check like this is to take."""
        usual = self._usual.seconds / self._usual.count if self._usual.count else 0.0
        before = plan.more + usual
        return self._of_files[plan.file].expects(self._of_sorts[plan.sort].expects(before))
