"""Engine: what all traffic of one process shares, and iterations that pause. Imports gevent."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent

from load.measuring.measurement import Measurement
from load.traffic.http.deadlines import Deadlines
from load.traffic.http.readiness import Readiness
from load.traffic.iteration import Iteration
from load.traffic.turn import Turn
from load.traffic.virtual_user import Listener, Policy, Shared

TICK_SECONDS = 0.05
"""How exactly a deadline is kept."""


class Engine:
    """What one process's virtual users share, and the wheel that keeps its deadlines.

    measurement: where everything is counted. timeout: seconds that a connection may take, and then an answer.
    policy: for how long connections are kept. listener: told of each call that ended, which costs its time.
    """

    def __init__(
        self,
        measurement: Measurement,
        *,
        timeout: float = 30.0,
        policy: Policy = Policy.KEPT,
        listener: Listener | None = None,
    ) -> None:
        deadlines = Deadlines(timeout, TICK_SECONDS)
        self.shared = Shared(measurement, deadlines, Readiness(), policy, listener)
        self.shared.readiness.take = Turn(self.shared).take
        self._wheel = gevent.get_hub().loop.timer(TICK_SECONDS, TICK_SECONDS)
        self._wheel.start(lambda: deadlines.turn(perf_counter()))

    @property
    def measurement(self) -> Measurement:
        """Where everything is counted."""
        return self.shared.measurement

    @property
    def errors(self) -> list[Exception]:
        """What iterations let out: errors of ours, each of which ends the traffic that it happened in."""
        return self.shared.errors

    def close(self) -> None:
        """Keep no deadlines any more. To be called after all traffic has ended."""
        self._wheel.stop()
        self._wheel.close()
        self.shared.readiness.close()


class Pauses:
    """Iterations that let time pass without a connection.

    resume: called with an iteration and the instant at which its pause was to end.
    """

    def __init__(self, resume: Callable[[Iteration, float], None]) -> None:
        self._resume = resume
        self._timers: dict[Any, Iteration] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def begin(self, iteration: Iteration, seconds: float) -> None:
        """Let an iteration pause."""
        instant = perf_counter() + seconds
        timer = gevent.get_hub().loop.timer(max(seconds, 0.0))
        self._timers[timer] = iteration

        def over() -> None:
            del self._timers[timer]
            timer.stop()
            timer.close()
            self._resume(iteration, instant)

        timer.start(over, update=True)

    def give_up(self) -> None:
        """End all iterations that pause."""
        for timer, iteration in self._timers.items():
            timer.stop()
            timer.close()
            iteration.close()
        self._timers.clear()
