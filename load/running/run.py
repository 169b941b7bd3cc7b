"""A load run from its settings to its record: it chooses windows, lets generators run them, and judges what came in.

Imports gevent and Locust. What the parts do is in their own modules; the command line and the reports are not here.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import os
import platform
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import gevent

from load.judging.budgets import Judged, judge, shown, unserved
from load.judging.promise_counts import TEXTS
from load.judging.summary import gone, observed, promise_records, row_record, second_records, validity
from load.judging.verdict import INVALID, KEPT, BrokenPromise, Validity, Verdict, reach
from load.measuring.record import SCHEMA, LoadRecord, StepRecord
from load.plan.arrivals import constant
from load.plan.saturation import Bounds, Found, Run, Step, held, knee, next_move
from load.plan.windows import Window, planned
from load.running import metrics
from load.running.collected import Collected, WindowResult, step
from load.running.forked import ForkedWorkers
from load.running.generators import Generators, LocalGenerator
from load.running.hosts import HostWorkers
from load.running.messages import GeneratorSettings, Report, Revoked
from load.running.progress import Progress
from load.running.settings import SEARCH_BUDGETS, Settings

SILENCE = 3
"""Seconds without any answer after which the rest of the run is spared."""


@dataclass
class _State:
    """What happens beside the windows."""

    interrupted: bool = False
    capped: bool = False
    server_gone: str = ""
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


class LoadRun:
    """One run. `execute` runs it; `records` says what came of it, a record for each target."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self._progress = progress
        self._collected = Collected(
            generators=max(1, settings.workers), totals=None if settings.metrics is None else {}
        )
        self._state = _State()
        self._found: Found | None = None
        self._steps: list[StepRecord] = []
        self._revoked = Revoked()
        for_generators = GeneratorSettings(
            scenario=settings.scenario,
            targets=settings.targets,
            surveys=settings.surveys,
            count=round(settings.rate * settings.whole * 1.1) + 10,
            seconds=settings.whole,
            seed=settings.seed,
            rate=settings.rate,
            connections=settings.connections,
            timeout=min(target.timeout for target in settings.targets),
            drain=2.0 if settings.shape in {"ramp", "saturation", "compare"} else 10.0,
            redact=settings.redact,
        )
        self._generators = self._make_generators(for_generators)

    def _make_generators(self, for_generators: GeneratorSettings) -> Generators:
        settings = self.settings
        if settings.listen is not None:
            return HostWorkers(
                for_generators,
                settings.workers,
                self._take,
                listen=settings.listen,
                say=self._progress.say,
            )
        if settings.workers:
            return ForkedWorkers(for_generators, settings.workers, self._take)
        return LocalGenerator(for_generators, self._take)

    def execute(self) -> None:
        """Prepare, run the windows, revoke what was issued. CannotTest, NotOffered.

        KeyboardInterrupt only while nothing was sent yet.
        """
        with contextlib.ExitStack() as meanwhile:
            meanwhile.callback(self._generators.close)
            self._tell_metrics(meanwhile)
            self._collected.notes += self._generators.prepare()
            self._progress.say("Prepared; load begins.")
            for number in (signal.SIGINT, signal.SIGTERM):
                meanwhile.callback(gevent.signal_handler(number, self._interrupt).cancel)
            self._run_windows()
            self._revoked = self._generators.revoke_issued()

    def _tell_metrics(self, meanwhile: contextlib.ExitStack) -> None:
        settings = self.settings
        if settings.metrics is not None:
            issuers = [target.issuer for target in settings.targets]
            server, url = metrics.serve(settings.metrics, lambda: metrics.rendered(self._collected, issuers))
            meanwhile.callback(server.stop)
            self._progress.say(f"Metrics: {url}")

    def _take(self, report: Report) -> None:
        """Add what a generator reports, and end the run where it has sent as much as it may."""
        self._collected.take(report)
        if self._collected.requests > self._most_requests and not self._state.capped:
            self._state.capped = True
            self._progress.say("More requests than [load] requests allows were planned; the report follows.")
            self._generators.stop()

    @property
    def _most_requests(self) -> int:
        return min(target.load.most_requests for target in self.settings.targets)

    def _run_windows(self) -> None:
        settings = self.settings
        if settings.shape == "saturation":
            self._search()
            return
        for window in planned(settings.shape, settings.rate, settings.seconds, settings.seed):
            result = self._run_window(window)
            if result is None:
                return
            if settings.shape == "ramp":
                self._steps.append(step(result, settings.budgets or SEARCH_BUDGETS))

    def _search(self) -> None:
        settings = self.settings
        bounds = Bounds(first=min(50.0, settings.rate), most=settings.rate, closeness=0.1)
        history: list[Step] = []
        while isinstance(move := next_move(bounds, history), Run):
            self._progress.say(f"Step {len(history) + 1}: {move.rate:g}/s, to {move.why}")
            result = self._run_window(Window(index=len(history), plan=constant(move.rate, settings.seconds)))
            if result is None:
                return
            taken = step(result, settings.budgets or SEARCH_BUDGETS)
            self._steps.append(taken)
            history.append(Step(rate=move.rate, kept=taken["kept"]))
        self._found = move

    def _run_window(self, window: Window) -> WindowResult | None:
        """Run one window; None where the run ends with it before its time."""
        begin = time.time() + self._generators.head_start
        self._collected.begins(window, begin)
        ticker = gevent.spawn(self._tick, window)
        try:
            self._generators.run_window(window, begin)
        finally:
            ticker.kill()
        self._collected.ends(window.index, time.time())
        state = self._state
        if not state.server_gone:
            state.server_gone = gone(second_records(self._collected.measurement(window.target), 0))
        return (
            None
            if state.interrupted or state.capped or state.server_gone
            else self._collected.results[window.index]
        )

    def _interrupt(self) -> None:
        if self._state.interrupted:
            os._exit(2)  # the second time somebody means it
        self._state.interrupted = True
        self._progress.say("Interrupted; the report follows. Once more ends at once.")
        self._generators.stop()

    def _tick(self, window: Window) -> None:
        """Once a second: show how it goes, and spare a server that is gone the rest. It is quick about it."""
        collected = self._collected
        first = min(each.begin for each in collected.results.values())
        of = None if self.settings.shape == "saturation" else self.settings.whole
        while True:
            gevent.sleep(1)
            now = time.time()
            broken = sum(collected.counts(window.target).broken.values())
            self._progress.second(round(now - first), of, collected.newest(now), collected.failed, broken)
            if collected.is_silent(window.index, now, SILENCE) and not self._state.server_gone:
                self._state.server_gone = gone(second_records(collected.results[window.index].measurement, 0))
                if self._state.server_gone:
                    self._progress.say(self._state.server_gone)
                    self._generators.stop()

    # What came of it.

    def records(self, names: Sequence[str]) -> list[LoadRecord]:
        """What came of it, for each target, under the name of its folder."""
        return [self._record(name, target) for target, name in enumerate(names)]

    def _record(self, name: str, index: int) -> LoadRecord:
        settings, collected, state = self.settings, self._collected, self._state
        measurement, windows, counts = (
            collected.measurement(index),
            collected.windows(index),
            collected.counts(index),
        )
        seconds = sum(each.window.plan.seconds for each in windows)
        conditions = validity(
            measurement,
            expected=sum(each.window.arrivals for each in windows),
            begun=sum(each.begun for each in windows),
            lost=self._generators.lost,
            worked=collected.worked,
            most_lag=settings.most_lag,
            interrupted=state.interrupted or state.capped,
            server_gone=bool(state.server_gone),
        )
        if state.capped:
            conditions.append(
                Validity(
                    what="requests of the run",
                    limit=f"at most [load] requests = {self._most_requests}",
                    measured=f"{collected.requests:,}",
                    kept=False,
                    advice="Lower --rate or --for, or raise requests in the target file.",
                )
            )
        budgets = self._judged(index, seconds)
        verdict = self._verdict(index, budgets, conditions)
        whole = measurement.total
        names = measurement.names
        rows = [row_record(each, measurement.row(each)) for each in names] + [row_record("all", whole)]
        target = settings.targets[index]
        return {
            "schema": SCHEMA,
            "complete": True,
            "name": name,
            "target": {"name": target.name, "issuer": target.issuer},
            "scenario": settings.scenario.name,
            "arrivals": {"kind": settings.shape, "rate": settings.rate, "seed": settings.seed},
            "started": state.started.isoformat(timespec="seconds"),
            "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "environment": self._environment(),
            "verdict": {
                "exit_code": verdict.exit_code,
                "sentence": verdict.sentence,
                "reasons": [settings.redact(reason) for reason in verdict.reasons],
            },
            "budgets": [
                {
                    "row": each.budget.row,
                    "measure": each.budget.measure,
                    "limit": each.budget.limit,
                    "measured": None if each.measured == math.inf else each.measured,
                    "unserved": round(each.unserved, 6),
                    "unit": each.budget.unit,
                    "kept": each.kept,
                }
                for each in budgets
            ],
            "promises": promise_records(counts),
            "validity": [
                {
                    "what": each.what,
                    "limit": each.limit,
                    "measured": each.measured,
                    "kept": each.kept,
                    "advice": each.advice,
                }
                for each in conditions
            ],
            "rows": rows,
            "seconds_by_second": second_records(measurement, 0),
            "steps": self._steps,
            "held": self._held(),
            "knee": knee({each["rate"]: each["p99"] for each in self._steps}),
            "notes": [
                settings.redact(note)
                for note in (*collected.notes, *self._held_against(), *self._details(index))
            ],
            "issued": {
                "tokens": max(counts.issued - counts.again, self._revoked.issued),
                "again": counts.again,
                "revoked": self._revoked.revoked,
                "revoke": settings.targets[index].load.revoke,
            },
            "locust": {
                "version": version("locust"),
                "workers": settings.workers,
                "hosts": self._generators.clocks,
            },
        }

    def _judged(self, index: int, seconds: float) -> list[Judged]:
        """The budgets: over the whole run, or for a search over the runs that confirmed its answer."""
        settings, collected = self.settings, self._collected
        if settings.shape != "saturation":
            return judge(settings.budgets, observed(collected.measurement(index), seconds))
        limit = self._found.limit if self._found else None
        if limit is None:
            return []  # there is no rate that they could be held against
        confirmed = Collected(
            results={
                each.window.index: each
                for each, taken in zip(collected.windows(index), self._steps, strict=False)
                if taken["rate"] == limit and taken["kept"]
            }
        )
        length = sum(each.window.plan.seconds for each in confirmed.results.values())
        return judge(settings.budgets or SEARCH_BUDGETS, observed(confirmed.measurement(index), length))

    def _verdict(self, index: int, budgets: Sequence[Judged], conditions: Sequence[Validity]) -> Verdict:
        counts, found = self._collected.counts(index), self._found
        verdict = reach(
            errors=self._collected.errors,
            broken=[
                BrokenPromise(name=name, text=TEXTS[name][0], times=times)
                for name, times in counts.broken.items()
                if times
            ],
            server_gone=self._state.server_gone,
            validity=conditions,
            budgets=budgets,
            unserved=self._unserved(index),
            refused_revocations=self._revoked.sentence,
            interrupted=self._state.interrupted,
        )
        if found is not None and found.limit is None and verdict.exit_code in {KEPT, INVALID}:
            return replace(verdict, exit_code=INVALID, sentence=found.sentence)
        if found is not None and not verdict.exit_code:
            return replace(verdict, sentence=found.sentence)
        return replace(verdict, reasons=(*verdict.reasons, found.sentence)) if found is not None else verdict

    def _unserved(self, index: int) -> float:
        """The share of calls that failed though no budget allows it; a search goes beyond the limit on purpose."""
        if self.settings.shape == "saturation":
            return 0.0
        return unserved(self.settings.budgets, observed(self._collected.measurement(index), 1.0))

    def _held(self) -> float | None:
        if self._found is not None:
            return self._found.limit
        return held([Step(rate=each["rate"], kept=each["kept"]) for each in self._steps])

    def _held_against(self) -> list[str]:
        """What the steps were held against, where nobody stated it."""
        if not self._steps or self.settings.budgets:
            return []
        bounds = [f"{each.measure} at most {shown(each.limit, each.unit)}" for each in SEARCH_BUDGETS]
        return [f"No budget was stated, so each rate was held against {' and '.join(bounds)}."]

    def _details(self, index: int) -> list[str]:
        """The commonest failures in words."""
        measurement = self._collected.measurement(index)
        common = sorted(measurement.details.items(), key=lambda item: -item[1])[:8]
        return [
            f"{row}, {kind}, {count} times: {detail}{_traced(measurement.traces.get((row, kind, detail), ''))}"
            for (row, kind, detail), count in common
            if detail and kind != "broken-promise"  # those have evidence of their own
        ]

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        return {
            "python": platform.python_version(),
            "gevent": version("gevent"),
            "locust": version("locust"),
            "platform": platform.platform(),
            "cores": str(os.cpu_count()),
            "generators": str(settings.workers or 1),
            "connections": str(settings.connections),
        }


def _traced(trace: str) -> str:
    """Where the first of several failures is found in the server's traces."""
    return f" (the first in trace {trace})" if trace else ""
