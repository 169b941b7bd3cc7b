"""Generator: one process's part of a run. It prepares its share of a scenario, runs windows, and reports on them.

Imports gevent. Which windows there are, and what becomes of the reports, is decided elsewhere.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random
from time import perf_counter

import gevent

from fixtures.http.connection import Connection
from fixtures.target import Client
from load.judging.promise_counts import PromiseCounts
from load.judging.promises import Promises
from load.judging.tokens import Token
from load.measuring.measurement import Measurement
from load.plan.arrivals import constant
from load.plan.windows import Window
from load.running.messages import GeneratorSettings, Report, Revoked
from load.scenarios.requests import Splice
from load.scenarios.setup import Setup
from load.traffic.engine import Engine
from load.traffic.http.origin import Origin
from load.traffic.iteration import Failure, Iteration, Iterations
from load.traffic.open_model import OpenTraffic
from load.traffic.trace import new_trace

REPORT_EVERY = 0.5
"""Seconds between two reports: half of what a worker that is killed may take with it, for a report may be late."""

REVOKING_RATE, REVOKING_SECONDS = 200.0, 60.0
"""How fast, and how long at most, tokens are given back at the end."""


class Generator:
    """Prepares once, then runs windows. `report` is called twice a second meanwhile, and at each window's end."""

    def __init__(self, settings: GeneratorSettings, report: Callable[[Report], None]) -> None:
        self.settings = settings
        self._report = report
        self._setups: list[Setup] = []
        self._iterations: list[Iterations] = []
        self._traffic: OpenTraffic | None = None
        self._begun = 0
        self._asked = (time.process_time(), time.monotonic())
        self._stopped = False

    def prepare(self) -> list[str]:
        """Get everything ready that has to exist before the run; the notes that came up. CannotTest, NotOffered."""
        settings = self.settings
        rate = settings.targets[0].load.most_rate
        for target, survey in zip(settings.targets, settings.surveys, strict=True):
            connection = Connection(
                timeout=target.timeout,
                requests_per_second=min(target.requests_per_second, rate)
                if target.requests_per_second
                else None,
                headers=target.headers,
                ca_file=target.ca_file,
                trace=new_trace if target.traceparent else None,
            )
            try:
                setup = Setup(
                    target=survey.amended(target),
                    survey=survey,
                    send=connection.send,
                    promises=Promises(
                        propagation=target.propagation,
                        leeway=target.leeway,
                        redact=settings.redact,
                        keep=target.load.revoke and not target.ends_with_the_run,
                        shared=settings.of > 1,
                    ),
                    count=-(-settings.count // (settings.of * len(settings.targets))),
                    seconds=settings.seconds,
                    random=Random(settings.seed * 1_009 + settings.share),  # noqa: S311 - chooses, and makes no secret
                )
                self._iterations.append(settings.scenario.prepare(setup))
                self._setups.append(setup)
            finally:
                connection.close()
        return [note for setup in self._setups for note in setup.notes]

    def run_window(self, window: Window, begin_epoch: float, *, ahead: float = 0.0) -> None:
        """Run this generator's share of a window, which begins at that instant (seconds since 1970).

        ahead: seconds that this machine's clock is ahead of the one that the instant is read on.
        """
        settings = self.settings
        begin = perf_counter() + (begin_epoch + ahead - time.time())
        measurement = Measurement(begin_epoch, begin)
        engine = Engine(measurement, timeout=settings.timeout)
        iterations = self._counted(self._iterations[window.target])
        self._worked()  # what was prepared is no part of the window
        self._traffic = traffic = OpenTraffic(
            engine,
            iterations,
            window.plan.instants(settings.share, settings.of),
            begin=begin,
            origin=self.origin(window.target),
            connections=max(1, settings.connections // settings.of),
            drain=settings.drain,
        )
        clock = gevent.spawn(self._report_again_and_again, window, measurement, engine)
        try:
            if not self._stopped:
                traffic.open(max(0.1, begin - perf_counter()))
                traffic.run()
        finally:
            clock.kill()
            engine.close()
            self._traffic = None
        self._send(window, measurement, engine, last=True)

    def stop(self) -> None:
        """End the window at once, and run no other."""
        self._stopped = True
        if self._traffic is not None:
            self._traffic.stop()

    def revoke_issued(self) -> Revoked:
        """Revoke what was issued where the target file asks for it, and say what became of it."""
        revoked = Revoked()
        for setup in self._setups:
            kept = setup.promises.kept
            if kept is not None and setup.target.endpoint("revocation") is not None:
                distinct = list({token.value: token for token in kept}.values())
                revoked.add(self._revoke(setup, distinct))
        return revoked

    def _revoke(self, setup: Setup, tokens: list[Token]) -> Revoked:
        by_id = {client.id: client for client in setup.target.clients.values()}
        pending = [token for token in tokens if token.revoked is None and token.client in by_id]
        came = Revoked(issued=len(tokens), revoked=len(tokens) - len(pending))
        if not pending:
            return came
        calls = {each: _revocation(setup, by_id[each]) for each in {token.client for token in pending}}
        waiting = iter(pending)

        def revokes() -> Iteration:
            token = next(waiting, None)
            if token is not None:
                call = calls[token.client](token.value)
                reply = yield call
                if reply.status == 200:
                    came.revoked += 1
                else:
                    came.refused[reply.kind if isinstance(reply, Failure) else str(reply.status)] += 1

        rate = min(REVOKING_RATE, setup.target.load.most_rate)
        engine = Engine(Measurement(), timeout=self.settings.timeout)
        plan = constant(rate, min(REVOKING_SECONDS, len(pending) / rate + 0.1))
        traffic = OpenTraffic(
            engine,
            revokes,
            plan.instants(),
            begin=perf_counter() + 0.05,
            origin=next(iter(calls.values())).origin,
            connections=4,
            drain=2.0,
        )
        try:
            traffic.run()
        finally:
            engine.close()
        left = sum(1 for _ in waiting)
        came.refused += Counter({"not asked for want of time": left} if left else {})
        return came

    def iterations(self, target: int) -> Iterations:
        """Begins an iteration at a target, for whoever runs it by other means."""
        return self._iterations[target]

    def counts(self, target: int) -> PromiseCounts:
        """What was seen of the promises at a target since this was last asked."""
        return self._setups[target].promises.take()

    def origin(self, target: int) -> Origin:
        """Where most calls go: where the token endpoint is."""
        setup = self._setups[target]
        return setup.call("token", lambda send: setup.token(send).post({})).origin

    def _counted(self, iterations: Iterations) -> Iterations:
        def counted() -> Iteration:
            self._begun += 1
            return iterations()

        return counted

    def _worked(self) -> tuple[float, float]:
        """Seconds of CPU time that this process took since this was last asked, and how many seconds passed."""
        before, self._asked = self._asked, (time.process_time(), time.monotonic())
        return self._asked[0] - before[0], self._asked[1] - before[1]

    def _report_again_and_again(self, window: Window, measurement: Measurement, engine: Engine) -> None:
        while True:
            gevent.sleep(REPORT_EVERY)
            self._send(window, measurement, engine, last=False)

    def _send(self, window: Window, measurement: Measurement, engine: Engine, *, last: bool) -> None:
        setup = self._setups[window.target]
        begun, self._begun = self._begun, 0
        notes, setup.notes[:] = list(setup.notes), []
        counts = setup.promises.take()
        for breach in counts.breaches:
            breach.at -= measurement.zero
        self._report(
            Report(
                share=self.settings.share,
                window=window.index,
                last=last,
                measurement=measurement.drain(),
                counts=counts,
                begun=begun,
                worked=self._worked(),
                notes=notes,
                errors=[f"{type(each).__name__}: {each}" for each in engine.errors],
            )
        )


def _revocation(setup: Setup, client: Client) -> Splice:
    return setup.splice("revocation", lambda send, token: setup.revocation(send).revoke(token, as_=client))
