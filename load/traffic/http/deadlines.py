"""Deadlines: one wheel for all connections, so that a request costs no timer of its own. Pure: it is told the time."""

from __future__ import annotations

import math
from typing import Protocol


class Timed(Protocol):
    """Whatever may run out of time. since: the instant it began to wait, infinity while it waits for nothing."""

    since: float
    forgotten: bool

    def out_of_time(self, now: float) -> None:
        """It has waited too long."""


class Deadlines:
    """Looks at each member when its time would be over, and not whenever it begins to wait anew.

    A member writes its `since` and nothing else, which is all that a request costs. It is told at the latest one
    tick after its time was over. A member that is `forgotten` is dropped when its turn comes.

    most: how long a member may wait, in seconds. tick: how exactly that is kept, in seconds. `turn` is to be called
    about that often, and catches up where it was not.
    """

    def __init__(self, most: float, tick: float) -> None:
        self.most = most
        self.tick = tick
        self._spokes: list[list[Timed]] = [[] for _ in range(int(most / tick) + 2)]
        self._at = 0
        self._turned: float | None = None

    def __len__(self) -> int:
        return sum(map(len, self._spokes))

    def watch(self, member: Timed) -> None:
        """Look at a member from now on. Each is to be watched once."""
        self._spokes[self._at].append(member)

    def turn(self, now: float) -> None:
        """Let the time until now pass, however many ticks that is, and tell those whose time is over."""
        if self._turned is None:
            self._turned = now - self.tick
        ticks = int((now - self._turned) / self.tick + 1e-6)
        self._turned += ticks * self.tick
        for _ in range(min(ticks, len(self._spokes))):
            self._turn_once(now)

    def _turn_once(self, now: float) -> None:
        due, self._spokes[self._at] = self._spokes[self._at], []
        self._at = (self._at + 1) % len(self._spokes)
        for member in due:
            if not member.forgotten and member.since + self.most <= now:
                member.out_of_time(now)
            if member.forgotten:
                continue
            left = min(max(member.since + self.most - now, 0.0), self.most)
            # the spoke at `_at` is looked at when one tick has passed
            ahead = max(math.ceil(left / self.tick - 1e-6) - 1, 0)
            self._spokes[(self._at + ahead) % len(self._spokes)].append(member)
