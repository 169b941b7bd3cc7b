"""ClosedTraffic: one connection that takes iteration after iteration, as one of Locust's users does. Imports gevent.

What happens within an iteration does not belong here.
"""

from __future__ import annotations

from time import perf_counter

import gevent
from gevent.event import Event

from load.traffic.engine import Engine, Pauses
from load.traffic.http.origin import Origin
from load.traffic.iteration import RESUMED, Call, Failure, Iteration, Iterations, Pause
from load.traffic.virtual_user import Policy, VirtualUser

BACKOFF_SECONDS = 0.1
"""How long the next iteration waits after one that found no connection: a server that is down is not to be beaten."""


class ClosedTraffic:
    """Begins an iteration when the last one has ended. The server's pace is the pace: for capacity, not for latency.

    iterations: begins one. origin: where most calls go.
    """

    def __init__(self, engine: Engine, iterations: Iterations, *, origin: Origin) -> None:
        self._engine = engine
        self._iterations = iterations
        self._stopping = False
        self._finished = Event()
        self._pauses = Pauses(self._resumed)
        self._user = VirtualUser(engine.shared, origin, self._freed, self._paused)
        self._endless = engine.shared.policy is not Policy.PER_ITERATION

    def run(self) -> None:
        """Take iterations until told to stop, and wait for that. A greenlet that is killed interrupts the last one."""
        try:
            self._freed(self._user)
            self._finished.wait()
        finally:
            self._user.give_up(perf_counter())
            self._pauses.give_up()

    def stop(self) -> None:
        """Begin no more iterations; `run` returns when the one under way has ended."""
        self._stopping = True
        if self._pauses:
            self._finished.set()

    def interrupt(self) -> None:
        """End at once: the call under way is interrupted."""
        self._stopping = True
        self._finished.set()

    def _freed(self, user: VirtualUser) -> None:
        if self._stopping or self._engine.errors:
            self._finished.set()
        elif user.unconnected:
            user.unconnected = False
            backoff = _backoff()
            next(backoff)
            self._pauses.begin(backoff, BACKOFF_SECONDS)
        else:
            self._go_on(self._one_after_another() if self._endless else self._iterations(), None)

    def _one_after_another(self) -> Iteration:
        """Iterations as one, which costs less than to end each; until one asks for nothing, or finds no connection."""
        user, errors = self._user, self._engine.errors
        while True:
            before = user.planned
            yield from self._iterations()
            if self._stopping or user.unconnected or errors or user.planned == before:
                return

    def _paused(self, _user: VirtualUser, iteration: Iteration, seconds: float) -> None:
        self._pauses.begin(iteration, seconds)

    def _resumed(self, iteration: Iteration, _planned: float) -> None:
        self._go_on(iteration, RESUMED)

    def _go_on(self, iteration: Iteration, value: Failure | None) -> None:
        try:
            following = next(iteration) if value is None else iteration.send(value)
        except StopIteration:
            # through the loop: iterations without a call must not recurse, nor keep everything else waiting
            gevent.get_hub().loop.run_callback(self._freed, self._user)
            return
        except Exception as problem:  # noqa: BLE001 - it is ours: it ends the run, and is told there
            self._engine.errors.append(problem)
            self._finished.set()
            return
        if isinstance(following, Pause):
            self._pauses.begin(iteration, following.seconds)
            return
        self._begin(iteration, following)

    def _begin(self, iteration: Iteration, call: Call) -> None:
        now = perf_counter()
        self._user.begin(iteration, call, now, now)
        measurement = self._engine.measurement
        if now >= measurement.second_end:
            measurement.advance(now)
        measurement.rows[call.name].at_once += 1


def _backoff() -> Iteration:
    """An iteration that pauses and goes nowhere."""
    yield Pause(BACKOFF_SECONDS)
