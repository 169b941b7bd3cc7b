"""Row: what became of the calls of one name, in one second or in many. Pure; whose clock that was is not known here."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from load.measuring.histogram import Histogram, counted

LOST = "lost"
"""The kind of failure of calls that were under way in a generator that went away: nobody knows how long they took."""

NUMBERS = ("arrived", "begun", "at_once", "not_started")
TIMINGS = ("prompt", "plan", "send", "lag", "unserved", "unserved_send")


class Row:
    """The calls of one name within one second, or within any longer time that seconds were merged into.

    An arrival is a call that a plan asked for at an instant of its own. Every other call is planned at the instant at
    which its iteration asks for it, and nearly always sent at once: these need one count and one duration each.

    arrived, begun: arrivals that were due, and that were handed to a connection. at_once: other calls, all begun.
    not_started: arrivals for which no connection became free before the end. failed: by kind.
    unserved, unserved_send: how long those that failed took, from their planned instant and from their sending.
    count: adds a duration in nanoseconds to `prompt`, for next to nothing: buckets are found for many at once.
    """

    __slots__ = (*NUMBERS, *TIMINGS[1:], "_counted", "_waiting", "count", "failed")

    def __init__(self) -> None:
        self._counted: dict[int, int] = defaultdict(int)
        self._waiting = array("f")
        self.count = self._waiting.append
        self.arrived = 0
        self.begun = 0
        self.at_once = 0
        self.not_started = 0
        self.failed: dict[str, int] = {}
        self.plan: dict[int, int] = defaultdict(int)
        self.send: dict[int, int] = defaultdict(int)
        self.lag: dict[int, int] = defaultdict(int)
        self.unserved: dict[int, int] = defaultdict(int)
        self.unserved_send: dict[int, int] = defaultdict(int)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it grows, so it is no key

    @property
    def prompt(self) -> dict[int, int]:
        """How long each call took that was sent at the instant it was planned for."""
        waiting = self._waiting
        if waiting:
            for edge, count in counted(waiting).items():
                self._counted[edge] += count
            del waiting[:]
        return self._counted

    @property
    def planned(self) -> int:
        """How many calls were to be made."""
        return self.arrived + self.at_once

    @property
    def started(self) -> int:
        """How many calls were handed to a connection."""
        return self.begun + self.at_once

    @property
    def ended(self) -> int:
        """How many calls ended, well or badly."""
        return sum(self.prompt.values()) + sum(self.plan.values())

    @property
    def failures(self) -> int:
        """How many calls failed, of whatever kind."""
        return sum(self.failed.values())

    @property
    def done(self) -> int:
        """How many calls ended well."""
        return self.ended - (self.failures - self.failed.get(LOST, 0))

    @property
    def in_flight(self) -> int:
        """How many more calls were started than ended. Within one second it may be negative."""
        return self.started - self.ended - self.failed.get(LOST, 0)

    @property
    def ended_after(self) -> Histogram:
        """How long after its planned instant each call ended, failed ones included."""
        return _joined(self.prompt, self.plan)

    @property
    def from_plan(self) -> Histogram:
        """How long after its planned instant each call that ended well did so."""
        return _without(self.ended_after, self.unserved)

    @property
    def from_send(self) -> Histogram:
        """How long after its sending each call that ended well did so."""
        return _without(_joined(self.prompt, self.send), self.unserved_send)

    @property
    def start_lag(self) -> Histogram:
        """How late the generator took up each call. Waiting for a free connection is not its lateness."""
        lag = _joined(self.lag)
        if self.at_once:
            lag.merge({0: self.at_once})
        return lag

    def merge(self, other: Row) -> None:
        """Add everything that another row counted."""
        self.arrived += other.arrived
        self.begun += other.begun
        self.at_once += other.at_once
        self.not_started += other.not_started
        for kind, count in other.failed.items():
            self.failed[kind] = self.failed.get(kind, 0) + count
        for name in TIMINGS:
            mine = getattr(self, name)
            for edge, count in getattr(other, name).items():
                mine[edge] += count

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON; what is empty is left out."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        timings = {name: Histogram(getattr(self, name)).to_pairs() for name in TIMINGS}
        everything = {**numbers, "failed": dict(self.failed), **timings}
        return {name: value for name, value in everything.items() if value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Row:
        """The row that `to_json` was called on."""
        row = cls()
        for name in NUMBERS:
            setattr(row, name, int(value.get(name, 0)))
        row.failed = {str(kind): int(count) for kind, count in value.get("failed", {}).items()}
        for name in TIMINGS:
            getattr(row, name).update(Histogram.from_pairs(value.get(name, ())).counts)
        return row


def _joined(*parts: Mapping[int, int]) -> Histogram:
    histogram = Histogram()
    for part in parts:
        histogram.merge(part)
    return histogram


def _without(histogram: Histogram, fewer: Mapping[int, int]) -> Histogram:
    for edge, count in fewer.items():
        left = histogram.counts.get(edge, 0) - count
        if left > 0:
            histogram.counts[edge] = left
        else:
            histogram.counts.pop(edge, None)
    return histogram
