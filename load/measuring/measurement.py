"""Measurement: what was planned and what became of it, second by second and row by row. Pure: it is told the time.

Whatever is counted is counted once, so that the sums agree: planned = done + failed + not started + in flight.
Of seconds that are long past only a summary is kept, so that a run may last: histograms of every second would grow
with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from load.measuring.histogram import bucket
from load.measuring.row import Row

MOST_DETAILS = 200
"""How many different failures are remembered by their sentence; the others are counted under their kind alone."""

DETAILED_SECONDS = 60
"""The newest seconds of which everything is kept: what comes later than that is a count, and no duration any more."""


@dataclass(slots=True)
class SecondSummary:
    """What is said of one second, all rows together: its counts, and percentiles in seconds.

    from_plan, from_send: p50, p90 and p99; lag: p99.
    """

    planned: int = 0
    started: int = 0
    ended: int = 0
    done: int = 0
    in_flight: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    from_plan: tuple[float, ...] = (0.0, 0.0, 0.0)
    from_send: tuple[float, ...] = (0.0, 0.0, 0.0)
    lag: float = 0.0

    @classmethod
    def at(cls, row: Row) -> SecondSummary:
        """The summary of a row."""
        return cls(
            planned=row.planned,
            started=row.started,
            ended=row.ended,
            done=row.done,
            in_flight=row.in_flight,
            failed=dict(row.failed),
            from_plan=tuple(row.from_plan.percentiles([50, 90, 99])),
            from_send=tuple(row.from_send.percentiles([50, 90, 99])),
            lag=row.start_lag.percentile(99),
        )

    def with_more(self, other: SecondSummary) -> SecondSummary:
        """Both together. The percentiles are those of the one that saw more: the other came long after its time."""
        seen = self if self.ended >= other.ended else other
        return SecondSummary(
            planned=self.planned + other.planned,
            started=self.started + other.started,
            ended=self.ended + other.ended,
            done=self.done + other.done,
            in_flight=self.in_flight + other.in_flight,
            failed={
                kind: self.failed.get(kind, 0) + other.failed.get(kind, 0)
                for kind in self.failed | other.failed
            },
            from_plan=seen.from_plan,
            from_send=seen.from_send,
            lag=seen.lag,
        )


class Rows(dict[str, Row]):
    """The rows of one second by name; one that is missing begins when it is asked for."""

    def __missing__(self, name: str) -> Row:
        row = self[name] = Row()
        return row


class Measurement:
    """All rows of all seconds of a run, or of a part of it.

    epoch: the begin of second 0 in seconds since 1970, the same for all workers of a run. zero: the same instant on
    this process's `time.perf_counter`, which all other instants are read on.

    seconds: the rows of each second from second 0 on. past: a summary of each second that was settled, whose rows
    are in settled. details: how often each failure was reported, by (row, kind, sentence); traces: the trace id of the
    first of each, where requests have one. rows and second_end: the
    rows of the second that is going on, and the instant at which it ends; whoever records at an instant not before
    `second_end` calls `advance` first.
    """

    def __init__(self, epoch: float = 0.0, zero: float = 0.0) -> None:
        self.epoch = epoch
        self.zero = zero
        self.seconds: dict[int, Rows] = {}
        self.past: dict[int, SecondSummary] = {}
        self.settled = Rows()
        self.details: dict[tuple[str, str, str], int] = {}
        self.traces: dict[tuple[str, str, str], str] = {}
        self.rows = self.second(0)
        self.second_end = zero + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Measurement) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it grows, so it is no key

    def second(self, index: int) -> Rows:
        """The rows of a second, begun when they are asked for. What is before second 0 belongs to it."""
        index = max(index, 0)
        rows = self.seconds.get(index)
        if rows is None:
            rows = self.seconds[index] = Rows()
        return rows

    def advance(self, now: float) -> Rows:
        """Begin the second that an instant lies in, and give its rows."""
        index = max(math.floor(now - self.zero), 0)
        self.rows = self.second(index)
        self.second_end = self.zero + index + 1
        return self.rows

    def at(self, instant: float) -> Rows:
        """The rows of the second that an instant lies in; whether it is the one that is going on does not matter."""
        if self.second_end - 1 <= instant < self.second_end:
            return self.rows
        return self.second(math.floor(instant - self.zero))

    # What becomes of a call, in the order of its life.

    def arrives(self, name: str, planned: float, now: float) -> None:
        """A planned call was taken up, late or not. It will start, or never."""
        self.at(planned)[name].arrived += 1
        self.at(now)[name].lag[bucket(now - planned)] += 1

    def begins(self, name: str, now: float) -> None:
        """An arrival was handed to a connection."""
        self.at(now)[name].begun += 1

    def begins_at_once(self, name: str, now: float) -> None:
        """An iteration asked for a call, and it was handed to a connection."""
        self.at(now)[name].at_once += 1

    def never_starts(self, name: str, planned: float) -> None:
        """No connection was free for an arrival until the end."""
        self.at(planned)[name].not_started += 1

    def ends(self, name: str, planned: float, sent: float, done: float) -> None:
        """A call ended, well or badly. sent: 0 when it never was."""
        row = self.at(done)[name]
        if planned == sent:
            row.count((done - planned) * 1e9)
            return
        row.plan[bucket(done - planned)] += 1
        if sent:
            row.send[bucket(done - sent)] += 1

    def fails(
        self, name: str, kind: str, detail: str, *, planned: float, sent: float, done: float, trace: str = ""
    ) -> None:
        """A call that ended, ended badly. To be called beside `ends`, with the same instants. trace: its trace id."""
        row = self.at(done)[name]
        row.failed[kind] = row.failed.get(kind, 0) + 1
        row.unserved[bucket(done - planned)] += 1
        if sent:
            row.unserved_send[bucket(done - sent)] += 1
        key = (name, kind, detail)
        if key not in self.details and len(self.details) >= MOST_DETAILS:
            key = (name, kind, "")
        self.details[key] = self.details.get(key, 0) + 1
        if trace:
            self.traces.setdefault(key, trace)

    # What came of it all.

    @property
    def names(self) -> list[str]:
        """The names of all rows, in the order in which they first occurred."""
        return list(dict.fromkeys(name for rows in self._parts() for name in rows))

    def row(self, name: str) -> Row:
        """Everything of one name."""
        return _sum(rows[name] for rows in self._parts() if name in rows)

    @property
    def total(self) -> Row:
        """Everything of every name."""
        return _sum(row for rows in self._parts() for row in rows.values())

    def _parts(self) -> list[Rows]:
        return [self.settled, *(rows for _, rows in sorted(self.seconds.items()))]

    def by_second(self) -> dict[int, SecondSummary]:
        """A summary of each second in which anything happened, in order."""
        found = dict(self.past)
        for index, rows in self.seconds.items():
            summary = SecondSummary.at(_sum(rows.values()))
            _add(found, index, summary)
        return dict(sorted(found.items()))

    def settle(self) -> None:
        """Let go of the details of all but the newest seconds. For whoever adds up a run, and hands nothing on."""
        newest = max(self.seconds, default=0)
        for index in [index for index in self.seconds if index <= newest - DETAILED_SECONDS]:
            rows = self.seconds.pop(index)
            summary = SecondSummary.at(_sum(rows.values()))
            _add(self.past, index, summary)
            for name, row in rows.items():
                self.settled[name].merge(row)

    def merge(self, other: Measurement) -> None:
        """Add everything that another measurement counted, a second to the same second of the clock."""
        offset = round(other.epoch - self.epoch)
        for index, rows in other.seconds.items():
            mine = self.second(index + offset)
            for name, row in rows.items():
                mine[name].merge(row)
        for index, summary in other.past.items():
            _add(self.past, index + offset, summary)
        for name, row in other.settled.items():
            self.settled[name].merge(row)
        for (name, kind, detail), count in other.details.items():
            key = (name, kind, detail)
            if key not in self.details and len(self.details) >= MOST_DETAILS:
                key = (name, kind, "")
            self.details[key] = self.details.get(key, 0) + count
            if trace := other.traces.get((name, kind, detail)):
                self.traces.setdefault(key, trace)

    def drain(self) -> Measurement:
        """Hand over everything counted so far, and be empty; merging all that was handed over gives the whole."""
        handed = Measurement(self.epoch, self.zero)
        handed.seconds, handed.details, handed.traces = self.seconds, self.details, self.traces
        self.seconds, self.details, self.traces = {}, {}, {}
        self.advance(self.second_end - 1)
        return handed

    def to_json(self) -> dict[str, Any]:
        """The measurement as plain JSON: {epoch, seconds: {index: {row: {...}}}, details: [..]}.

        A detail is [row, kind, text, how often, trace id of the first].
        """
        seconds = {
            str(index): {name: row.to_json() for name, row in rows.items()}
            for index, rows in sorted(self.seconds.items())
            if rows
        }
        details = [[*key, count, self.traces.get(key, "")] for key, count in self.details.items()]
        return {"epoch": self.epoch, "seconds": seconds, "details": details}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Measurement:
        """The measurement that `to_json` was called on, without its place on a clock of its process."""
        measurement = cls(float(value["epoch"]))
        for index, rows in value["seconds"].items():
            mine = measurement.second(int(index))
            for name, row in rows.items():
                mine[str(name)] = Row.from_json(row)
        for name, kind, detail, count, trace in value["details"]:
            key = (str(name), str(kind), str(detail))
            measurement.details[key] = int(count)
            if trace:
                measurement.traces[key] = str(trace)
        return measurement


def _add(summaries: dict[int, SecondSummary], index: int, summary: SecondSummary) -> None:
    summaries[index] = summaries[index].with_more(summary) if index in summaries else summary


def _sum(rows: Iterable[Row]) -> Row:
    total = Row()
    for row in rows:
        total.merge(row)
    return total
