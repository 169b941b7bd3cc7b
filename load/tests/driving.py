"""Takes calls and iterations for the tests of the engine. No tests belong here. Imports gevent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import gevent

from load.measuring.measurement import Measurement
from load.plan.arrivals import Plan
from load.traffic.closed_model import ClosedTraffic
from load.traffic.engine import Engine
from load.traffic.http.origin import Origin
from load.traffic.iteration import Call, Failure, Iteration, Iterations, Pause, Reply
from load.traffic.open_model import OpenTraffic
from load.traffic.virtual_user import Policy

MOST_SECONDS = 120
"""How long a test waits for what is to end by itself, on a machine that is slow and busy."""


@dataclass
class Taken:
    """What came of some calls."""

    measurement: Measurement
    outcomes: list[Reply | Failure] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    @property
    def outcome_names(self) -> list[str]:
        """Each outcome in a word: the status, or the kind of failure."""
        return [
            outcome.kind if isinstance(outcome, Failure) else str(outcome.status) for outcome in self.outcomes
        ]


def call_to(origin: Origin, *, name: str = "token", body: bytes = b"a=b", method: bytes = b"POST") -> Call:
    """A form sent to an origin."""
    head = b"%s /token HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
    return Call(name, head % (method, origin.authority.encode(), len(body)) + body, origin)


def measurement() -> Measurement:
    """A measurement that begins now."""
    return Measurement(time.time(), time.perf_counter())


def take(
    steps: Sequence[Call | Pause], *, timeout: float = 10.0, policy: Policy = Policy.KEPT, iterations: int = 1
) -> Taken:
    """Take an iteration of these steps on one connection, several times over."""
    engine = Engine(measurement(), timeout=timeout, policy=policy)
    taken = Taken(engine.measurement, errors=engine.errors)
    left = iterations
    origin = next(step.origin for step in steps if isinstance(step, Call))

    def iteration() -> Iteration:
        nonlocal left
        left -= 1
        for step in steps:
            outcome = yield step
            if isinstance(step, Call):
                taken.outcomes.append(outcome)
        if not left:
            traffic.stop()

    traffic = ClosedTraffic(engine, iteration, origin=origin)
    try:
        gevent.with_timeout(MOST_SECONDS, traffic.run)
    finally:
        engine.close()
    if engine.errors:
        raise engine.errors[0]
    return taken


def follow(
    plan: Plan,
    iterations: Iterations,
    origin: Origin,
    *,
    connections: int = 8,
    drain: float = 10.0,
    timeout: float = 10.0,
    policy: Policy = Policy.KEPT,
    stop_after: float | None = None,
) -> tuple[Taken, OpenTraffic]:
    """Follow a plan from now on; stop_after: seconds after which it is stopped."""
    engine = Engine(measurement(), timeout=timeout, policy=policy)
    traffic = OpenTraffic(
        engine,
        iterations,
        plan.instants(),
        begin=time.perf_counter() + 0.1,
        origin=origin,
        connections=connections,
        drain=drain,
    )
    stopping = gevent.spawn_later(stop_after, traffic.stop) if stop_after is not None else None
    try:
        gevent.with_timeout(MOST_SECONDS, traffic.run)
    finally:
        if stopping is not None:
            stopping.kill()
        engine.close()
    return Taken(engine.measurement, errors=engine.errors), traffic
