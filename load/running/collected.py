"""Collected results: what came in from all generators, window by window, added up. Pure: everything is handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from fixtures.target.load_terms import Budget
from load.judging.budgets import judge
from load.judging.promise_counts import MOST_EVIDENCE, Breach, PromiseCounts
from load.judging.summary import observed
from load.judging.tokens import DIGEST_BYTES, MOST_REMEMBERED
from load.measuring.measurement import Measurement, Rows
from load.measuring.record import StepRecord
from load.measuring.row import LOST, Row
from load.plan.windows import Window
from load.running.messages import Report

LEAST_REACHED = 0.99
"""The share of a step's arrivals that has to be answered well for the step to be kept."""

MOST_BACKLOG = 0.25
"""Seconds of arrivals that may be under way at the end of a step; more than that piles up."""


@dataclass(kw_only=True)
class WindowResult:
    """A window and what was measured in it. begin: seconds since 1970. begun: iterations, by each generator."""

    window: Window
    begin: float
    measurement: Measurement
    parts: dict[int, Part] = field(default_factory=dict)

    @property
    def begun(self) -> int:
        """How many iterations were begun."""
        return sum(part.begun for part in self.parts.values())


@dataclass
class Part:
    """How far one generator has come in a window.

    begun: iterations; heard: the newest second that it reported; over: whether it reported everything. waiting,
    under_way: its calls of each row that were due and not begun, and that were begun and not ended.
    """

    begun: int = 0
    heard: int = 0
    over: bool = False
    waiting: Counter[str] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)

    def take(self, report: Report, offset: int) -> None:
        """Note what a report says of that. offset: of its seconds to the window's."""
        self.begun += report.begun
        self.over = report.last
        for index, rows in report.measurement.seconds.items():
            self.heard = max(self.heard, index + offset)
            for name, row in rows.items():
                self.waiting[name] += row.arrived - row.begun - row.not_started
                self.under_way[name] += row.in_flight


@dataclass
class Collected:
    """Everything that the generators reported. generators: how many there are.

    by_target: counts of the promises, of the first and the second target; worked: for each generator the seconds of CPU
    time that it took, of so many seconds. failed: how many calls did; requests: how many calls were begun.
    totals: the rows of each target, added up as they come, where somebody asks for them while the run goes on.
    """

    generators: int = 1
    results: dict[int, WindowResult] = field(default_factory=dict)
    by_target: dict[int, PromiseCounts] = field(default_factory=dict)
    worked: dict[int, tuple[float, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: int = 0
    requests: int = 0
    totals: dict[int, Rows] | None = None
    _digests: dict[int, dict[bytes, bytes]] = field(default_factory=dict)

    def begins(self, window: Window, begin: float) -> None:
        """A window is about to begin."""
        self.results[window.index] = WindowResult(window=window, begin=begin, measurement=Measurement(begin))

    def take(self, report: Report) -> None:
        """Add what one generator saw since its last report."""
        result = self.results[report.window]
        part = result.parts.setdefault(report.share, Part())
        if part.over:
            return  # it came too late: what is missing was counted as lost
        part.take(report, round(report.measurement.epoch - result.begin))
        result.measurement.merge(report.measurement)
        result.measurement.settle()
        rows = [row for second in report.measurement.seconds.values() for row in second.values()]
        if self.totals is not None:
            totals = self.totals.setdefault(result.window.target, Rows())
            for second in report.measurement.seconds.values():
                for name, row in second.items():
                    totals[name].merge(row)
        self.failed += sum(row.failures for row in rows)
        self.requests += sum(row.started for row in rows)
        for breach in report.counts.breaches:
            breach.at += result.begin - min(each.begin for each in self.results.values())
        self._compare(report, result.window.target)
        self.by_target.setdefault(result.window.target, PromiseCounts()).merge(report.counts)
        cpu, passed = self.worked.get(report.share, (0.0, 0.0))
        self.worked[report.share] = (cpu + report.worked[0], passed + report.worked[1])
        self.notes += [note for note in report.notes if note not in self.notes]
        self.errors += [error for error in report.errors if error not in self.errors]

    def ends(self, window: int, now: float) -> None:
        """A window is over, and whoever has not reported everything went away: what it left is counted as lost.

        now: seconds since 1970, up to which arrivals were due.
        """
        result = self.results[window]
        for share in range(self.generators):
            part = result.parts.setdefault(share, Part())
            if not part.over:
                part.over = True
                self._lose(result, share, part, now - result.begin)

    def _lose(self, result: WindowResult, share: int, part: Part, until: float) -> None:
        measurement, never = result.measurement, 0
        for name in part.waiting | part.under_way:
            row = measurement.second(part.heard)[name]
            row.not_started += part.waiting[name]
            if part.under_way[name]:
                row.failed[LOST] = row.failed.get(LOST, 0) + part.under_way[name]
        for instant in islice(result.window.plan.instants(share, self.generators), part.begun, None):
            if instant >= until:
                break
            row = measurement.second(int(instant))[LOST]
            row.arrived += 1
            row.not_started += 1
            never += 1
        if never:
            self.notes.append(
                f"Row {LOST}: {never:,} arrivals of worker {share + 1}, which went away before it reported them."
            )

    def _compare(self, report: Report, target: int) -> None:
        """Look for tokens that another generator was issued too: one sees its own repetitions itself."""
        if self.generators < 2:
            return
        known = self._digests.setdefault(target, {})
        counts = report.counts
        for each in counts.digests:
            digest, holder = each[:DIGEST_BYTES], each[DIGEST_BYTES:]
            if known.get(digest) == holder:
                counts.again += 1
            elif digest in known:
                counts.broken["issued-once"] += 1
                if counts.broken["issued-once"] <= MOST_EVIDENCE:
                    what = f"Two workers were issued the same token for different holders: {digest.hex()}."
                    counts.breaches.append(Breach("issued-once", 0.0, what, ()))
            elif len(known) < MOST_REMEMBERED:
                known[digest] = holder

    def counts(self, target: int = 0) -> PromiseCounts:
        """What was seen of the promises at a target."""
        return self.by_target.get(target) or PromiseCounts()

    def measurement(self, target: int = 0) -> Measurement:
        """All windows at a target together, on one clock."""
        begin = min((each.begin for each in self.results.values()), default=0.0)
        whole = Measurement(begin)
        for each in self.windows(target):
            whole.merge(each.measurement)
        return whole

    def windows(self, target: int = 0) -> list[WindowResult]:
        """The windows at a target, in the order in which they ran."""
        return [each for each in self.results.values() if each.window.target == target]

    def newest(self, now: float) -> Row | None:
        """The newest second that is over and that every generator has reported; None where there is none yet."""
        for result in reversed(self.results.values()):
            second = int(now - result.begin)
            heard = [part.heard for part in result.parts.values()] or [0]
            # who went away is not waited for: a second later the others have reported theirs
            last = max(second - 2, min(second, *heard) - 1)
            whole = [index for index, rows in result.measurement.seconds.items() if rows and index <= last]
            if whole:
                row = Row()
                for each in result.measurement.seconds[max(whole)].values():
                    row.merge(each)
                return row
        return None

    def is_silent(self, window: int, now: float, seconds: int) -> bool:
        """Whether in each of the last so many seconds of a window calls failed and none was answered."""
        result = self.results[window]
        last = int(now - result.begin) - 1
        found = [result.measurement.seconds.get(index, Rows()) for index in range(last - seconds, last)]
        return last >= seconds and all(
            sum(row.failures for row in rows.values()) > 0 and not sum(row.done for row in rows.values())
            for rows in found
        )


def step(result: WindowResult, budgets: Sequence[Budget]) -> StepRecord:
    """A window as one step of a ramp or a search. Budgets on a rate are not a step's business."""
    total, plan = result.measurement.total, result.window.plan
    share = total.done / total.planned if total.planned else 0.0
    at_end = sum(
        row.in_flight for index, row in result.measurement.by_second().items() if index < int(plan.seconds)
    )
    backlog = at_end / plan.highest_rate if plan.highest_rate else 0.0
    bounds = [each for each in budgets if each.measure != "rate"]
    judged = judge(bounds, observed(result.measurement, plan.seconds))
    return {
        "rate": plan.highest_rate,
        "reached": round(share * plan.highest_rate, 1),
        "p99": round(total.from_plan.percentile(99) * 1e6, 3),
        "kept": all(each.kept for each in judged) and share >= LEAST_REACHED and backlog <= MOST_BACKLOG,
    }
