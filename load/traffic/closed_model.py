"""ClosedTraffic: one connection that takes journey after journey, as one of Locust's users does. Imports gevent.

What happens within a journey does not belong here.
"""

from __future__ import annotations

from time import perf_counter

import gevent
from gevent.event import Event

from load.traffic.engine import Engine, Pauses
from load.traffic.http.origin import Origin
from load.traffic.iteration import RESUMED, Call, Failure, Journey, Journeys, Pause
from load.traffic.virtual_user import Policy, Traveller

BREATH_SECONDS = 0.1
"""How long the next journey waits after one that found no connection: a server that is down is not to be beaten."""


class ClosedTraffic:
    """Begins a journey when the last one has ended. The server's pace is the pace: for capacity, not for latency.

    journeys: begins one. origin: where most calls go.
    """

    def __init__(self, engine: Engine, journeys: Journeys, *, origin: Origin) -> None:
        self._engine = engine
        self._journeys = journeys
        self._stopping = False
        self._finished = Event()
        self._pauses = Pauses(self._resumed)
        self._traveller = Traveller(engine.road, origin, self._freed, self._paused)
        if engine.road.policy is not Policy.PER_JOURNEY:
            self._traveller.again = journeys

    def run(self) -> None:
        """Take journeys until told to stop, and wait for that. A greenlet that is killed interrupts the last one."""
        try:
            self._freed(self._traveller)
            self._finished.wait()
        finally:
            self._traveller.give_up(perf_counter())
            self._pauses.give_up()

    def stop(self) -> None:
        """Begin no more journeys; `run` returns when the one under way has ended."""
        self._stopping = True
        self._traveller.again = None
        if self._pauses:
            self._finished.set()

    def interrupt(self) -> None:
        """End at once: the call under way is interrupted."""
        self._stopping = True
        self._traveller.again = None
        self._finished.set()

    def _freed(self, traveller: Traveller) -> None:
        if self._stopping or self._engine.errors:
            self._finished.set()
        elif traveller.unconnected:
            traveller.unconnected = False
            breath = _breath()
            next(breath)
            self._pauses.begin(breath, BREATH_SECONDS)
        else:
            self._go_on(self._journeys(), None)

    def _paused(self, _traveller: Traveller, journey: Journey, seconds: float) -> None:
        self._pauses.begin(journey, seconds)

    def _resumed(self, journey: Journey, _planned: float) -> None:
        self._go_on(journey, RESUMED)

    def _go_on(self, journey: Journey, value: Failure | None) -> None:
        try:
            following = next(journey) if value is None else journey.send(value)
        except StopIteration:
            # through the loop: journeys without a call must not recurse, nor keep everything else waiting
            gevent.get_hub().loop.run_callback(self._freed, self._traveller)
            return
        except Exception as problem:  # noqa: BLE001 - it is ours: it ends the run, and is told there
            self._engine.errors.append(problem)
            self._finished.set()
            return
        if isinstance(following, Pause):
            self._pauses.begin(journey, following.seconds)
            return
        self._begin(journey, following)

    def _begin(self, journey: Journey, call: Call) -> None:
        now = perf_counter()
        self._traveller.begin(journey, call, now, now)
        measurement = self._engine.measurement
        if now >= measurement.turn:
            measurement.advance(now)
        measurement.rows[call.name].at_once += 1


def _breath() -> Journey:
    """A journey that pauses and goes nowhere."""
    yield Pause(BREATH_SECONDS)
