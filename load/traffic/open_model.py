"""OpenTraffic: iterations that begin when a plan says so, over a pool of connections. Imports gevent.

What happens within an iteration does not belong here.
"""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Iterator
from time import perf_counter

from gevent.event import Event

from load.traffic.alarm import alarm
from load.traffic.engine import Engine, Pauses
from load.traffic.http.origin import Origin
from load.traffic.iteration import RESUMED, Call, Iteration, Iterations, Pause
from load.traffic.virtual_user import Policy, VirtualUser

GRAIN_SECONDS = 20e-6
"""Arrivals that are closer to each other share a wake-up."""

MOST_AT_ONCE = 32
"""Arrivals that are begun before answers are read again, when the generator is late."""

OPENED_TOGETHER = 64
"""Connections that are being opened at the same time before the plan begins: servers queue that many."""


class OpenTraffic:
    """Begins an iteration at each instant of a plan, whatever becomes of the earlier ones.

    An arrival that finds no connection free waits for one, and its time runs from its instant all the same. Every
    arrival ends as done, as failed or as not started.

    iterations: begins one. instants: the arrivals in seconds from the plan's begin, in order. begin: the plan's begin,
    an instant of `time.perf_counter`. origin: where most calls go; connections to others are opened when they are
    needed. connections: the size of the pool. drain: seconds after the last arrival for what is still under way.
    """

    def __init__(
        self,
        engine: Engine,
        iterations: Iterations,
        instants: Iterator[float],
        *,
        begin: float,
        origin: Origin,
        connections: int = 256,
        drain: float = 10.0,
    ) -> None:
        self._engine = engine
        self._measurement = engine.measurement
        self._iterations = iterations
        self._instants = instants
        self._begin = begin
        self._drain = drain
        self._next = math.inf
        self._all_arrived = False
        self._finished = Event()
        self._opened = Event()
        self._waiting: deque[tuple[Iteration, Call, float]] = deque()
        self._pauses = Pauses(self._resumed)
        self._alarm = alarm(self._take_up, engine.shared.readiness)
        self._users = [
            VirtualUser(engine.shared, origin, self._freed, self._paused) for _ in range(connections)
        ]
        self._unopened = list(self._users)
        self._free: list[VirtualUser] = []
        self.queued = 0
        """How many arrivals had to wait for a connection."""

    def open(self, within: float = 10.0) -> None:
        """Open all connections, so that the first arrivals do not pay for it, and wait for that.

        Does nothing where connections are not kept. within: seconds; what is missing then is opened when it is used.
        """
        if self._engine.shared.policy is Policy.KEPT:
            for _ in range(min(len(self._unopened), OPENED_TOGETHER)):
                self._unopened.pop().open()
            self._opened.wait(within)
        self._free += self._unopened
        self._unopened.clear()

    def run(self) -> None:
        """Follow the plan from its begin to its end, and wait until nothing is under way. Opens what is not open."""
        if self._unopened:
            self.open()
        gc.collect()
        gc.freeze()  # what lives now lives long: the collector need not look at it again
        try:
            self._step()
            self._arm(perf_counter())
            self._finished.wait()
        finally:
            self.stop()

    def stop(self) -> None:
        """End at once: arrivals that are due and did not start never will, and what is under way is interrupted."""
        now = perf_counter()
        self._alarm.close()
        while self._next <= now:
            self._arrive(self._next, now, start=False)
            self._step()
        self._next = math.inf
        self._all_arrived = True
        for iteration, call, planned in self._waiting:
            self._measurement.never_starts(call.name, planned)
            iteration.close()
        self._waiting.clear()
        for user in self._users:
            user.give_up(now)
        self._pauses.give_up()
        self._finished.set()

    # Arrivals.

    def _step(self) -> None:
        self._next = self._begin + next(self._instants, math.inf)

    def _arm(self, now: float) -> None:
        if self._next < math.inf:
            self._alarm.at(max(self._next, now + GRAIN_SECONDS))
            return
        self._all_arrived = True
        self._alarm.close()
        self._alarm = alarm(self._finished.set, self._engine.shared.readiness)
        self._alarm.at(now + self._drain)
        self._finish_when_idle()

    def _take_up(self) -> None:
        """Begin what is due."""
        now = perf_counter()
        for _ in range(MOST_AT_ONCE):
            if self._next > now:
                break
            self._arrive(self._next, now, start=True)
            self._step()
            now = perf_counter()
        self._arm(now)

    def _arrive(self, planned: float, now: float, *, start: bool) -> None:
        iteration = self._iterations()
        try:
            first = next(iteration)
        except StopIteration:
            return
        except Exception as problem:  # noqa: BLE001 - it is ours: it ends the run, and is told there
            self._engine.errors.append(problem)
            self._finished.set()
            return
        if isinstance(first, Pause):
            self._pauses.begin(iteration, first.seconds)
            return
        self._measurement.arrives(first.name, planned, now)
        if start and self._free:
            self._measurement.begins(first.name, now)
            self._free.pop().begin(iteration, first, planned, now)
        else:
            self.queued += 1
            self._waiting.append((iteration, first, planned))

    # Virtual users.

    def _freed(self, user: VirtualUser) -> None:
        if self._unopened:
            self._unopened.pop().open()
        if self._engine.errors:
            self._finished.set()
        if self._waiting:
            iteration, call, planned = self._waiting.popleft()
            now = perf_counter()
            self._measurement.begins(call.name, now)
            user.begin(iteration, call, planned, now)
            return
        self._free.append(user)
        if self._all_arrived:
            self._finish_when_idle()
        elif len(self._free) == len(self._users):
            self._opened.set()

    def _paused(self, user: VirtualUser, iteration: Iteration, seconds: float) -> None:
        self._pauses.begin(iteration, seconds)
        self._freed(user)

    def _resumed(self, iteration: Iteration, planned: float) -> None:
        """A pause is over: what the iteration asks next is an arrival of its own."""
        try:
            following = iteration.send(RESUMED)
        except StopIteration:
            self._finish_when_idle()
            return
        except Exception as problem:  # noqa: BLE001 - it is ours: it ends the run, and is told there
            self._engine.errors.append(problem)
            self._finished.set()
            return
        if isinstance(following, Pause):
            self._pauses.begin(iteration, following.seconds)
            return
        now = perf_counter()
        self._measurement.arrives(following.name, planned, now)
        if self._free:
            self._measurement.begins(following.name, now)
            self._free.pop().begin(iteration, following, planned, now)
        else:
            self._waiting.append((iteration, following, planned))

    def _finish_when_idle(self) -> None:
        idle = len(self._free) == len(self._users)
        if self._all_arrived and idle and not self._pauses and not self._waiting:
            self._finished.set()
