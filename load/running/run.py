"""A load run from its settings to its record: it chooses windows, lets a crew play them, and judges what came in.

Imports gevent and Locust. What the parts do is in their own modules; the command line and the reports are not here.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import gevent

from fixtures.target import Target
from fixtures.target.load_terms import Budget
from load.judging.budgets import Judged, judge, shown
from load.judging.summary import gone, observed, promise_records, row_record, second_records, validity
from load.judging.tally import TEXTS
from load.judging.verdict import INVALID, KEPT, BrokenPromise, Validity, Verdict, reach
from load.measuring.record import SCHEMA, LoadRecord, StepRecord
from load.plan.arrivals import constant
from load.plan.saturation import MOST_STEPS, Bounds, Found, Run, Step, held, knee, next_move
from load.plan.windows import Window, planned
from load.running.collected import Course, Played, step
from load.running.messages import Orders
from load.running.progress import Progress
from load.running.workers import Alone, Crew, Workers
from load.scenarios.catalogue import Scenario

HEAD_START = 0.5
"""Seconds between the order to play a window and its first planned instant: connections are opened in it."""

SILENCE = 3
"""Seconds without any answer after which the rest of the run is spared."""

SEARCH_BUDGETS = (
    Budget(row="all", measure="p99", limit=100_000),
    Budget(row="all", measure="failures", limit=0.01),
)
"""What a search or a ramp holds its steps against where no budget was stated."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is to be run. targets: one, or the two of a comparison; workers: 0 for this process alone.

    rate: arrivals a second, the highest; seconds: of the run, or of one step of a search; most_lag: seconds that the
    generator may be late, at the 99th percentile, for the measurement to be valid; redact: for evidence.
    """

    targets: Sequence[Target]
    scenario: Scenario
    shape: str
    rate: float
    seconds: float
    seed: int
    budgets: Sequence[Budget] = ()
    workers: int = 0
    connections: int = 64
    most_lag: float = 0.05
    redact: Callable[[str], str] = str

    @property
    def whole(self) -> float:
        """Seconds of all windows together, at most."""
        return self.seconds * MOST_STEPS if self.shape == "saturation" else self.seconds


@dataclass
class _State:
    """What happens beside the windows."""

    interrupted: bool = False
    server_gone: str = ""
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


class LoadRun:
    """One run. `go` plays it; `records` tells what came of it, a record for each target."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self._progress = progress
        self._course = Course(generators=max(1, settings.workers))
        self._state = _State()
        self._found: Found | None = None
        self._steps: list[StepRecord] = []
        self._issued = (0, 0)
        orders = Orders(
            scenario=settings.scenario,
            targets=settings.targets,
            count=round(settings.rate * settings.whole * 1.1) + 10,
            seconds=settings.whole,
            seed=settings.seed,
            connections=settings.connections,
            timeout=min(target.timeout for target in settings.targets),
            drain=2.0 if settings.shape in {"ramp", "saturation", "compare"} else 10.0,
            redact=settings.redact,
        )
        self._crew: Crew = (
            Workers(orders, settings.workers, self._course.take)
            if settings.workers
            else Alone(orders, self._course.take)
        )

    def go(self) -> None:
        """Prepare, play, give back. KeyboardInterrupt only while nothing was sent yet. CannotTest, NotOffered."""
        try:
            self._course.notes += self._crew.prepare()
            self._progress.say("Prepared; load begins.")
            watched = gevent.signal_handler(signal.SIGINT, self._interrupt)
            terminated = gevent.signal_handler(signal.SIGTERM, self._interrupt)
            try:
                self._play_all()
                self._issued = self._crew.give_back()
            finally:
                watched.cancel()
                terminated.cancel()
        finally:
            self._crew.close()

    def _play_all(self) -> None:
        settings = self.settings
        if settings.shape == "saturation":
            self._search()
            return
        for window in planned(settings.shape, settings.rate, settings.seconds, settings.seed):
            played = self._play(window)
            if played is None:
                return
            if settings.shape == "ramp":
                self._steps.append(step(played, settings.budgets or SEARCH_BUDGETS))

    def _search(self) -> None:
        settings = self.settings
        bounds = Bounds(first=min(50.0, settings.rate), most=settings.rate, closeness=0.1)
        history: list[Step] = []
        while isinstance(move := next_move(bounds, history), Run):
            self._progress.say(f"Step {len(history) + 1}: {move.rate:g}/s, to {move.why}")
            played = self._play(Window(index=len(history), plan=constant(move.rate, settings.seconds)))
            if played is None:
                return
            taken = step(played, settings.budgets or SEARCH_BUDGETS)
            self._steps.append(taken)
            history.append(Step(rate=move.rate, kept=taken["kept"]))
        self._found = move

    def _play(self, window: Window) -> Played | None:
        """Play one window; None where the run ends with it before its time."""
        begin = time.time() + HEAD_START
        self._course.begins(window, begin)
        ticker = gevent.spawn(self._tick, window)
        try:
            self._crew.play(window, begin)
        finally:
            ticker.kill()
        self._course.ends(window.index, time.time())
        state = self._state
        if not state.server_gone:
            state.server_gone = gone(second_records(self._course.measurement(window.target), 0))
        return None if state.interrupted or state.server_gone else self._course.played[window.index]

    def _interrupt(self) -> None:
        if self._state.interrupted:
            os._exit(2)  # the second time somebody means it
        self._state.interrupted = True
        self._progress.say("Interrupted; the report follows. Once more ends at once.")
        self._crew.stop()

    def _tick(self, window: Window) -> None:
        """Once a second: show how it goes, and spare a server that is gone the rest. It is quick about it."""
        course = self._course
        first = min(each.begin for each in course.played.values())
        of = None if self.settings.shape == "saturation" else self.settings.whole
        while True:
            gevent.sleep(1)
            now = time.time()
            broken = sum(course.tally(window.target).broken.values())
            self._progress.second(round(now - first), of, course.newest(now), course.failed, broken)
            if course.is_silent(window.index, now, SILENCE) and not self._state.server_gone:
                self._state.server_gone = gone(second_records(course.played[window.index].measurement, 0))
                if self._state.server_gone:
                    self._progress.say(self._state.server_gone)
                    self._crew.stop()

    # What came of it.

    def records(self, names: Sequence[str]) -> list[LoadRecord]:
        """What came of it, for each target, under the name of its folder."""
        return [self._record(name, target) for target, name in enumerate(names)]

    def _record(self, name: str, index: int) -> LoadRecord:
        settings, course, state = self.settings, self._course, self._state
        measurement, windows, tally = course.measurement(index), course.windows(index), course.tally(index)
        seconds = sum(each.window.plan.seconds for each in windows)
        conditions = validity(
            measurement,
            expected=sum(each.window.arrivals for each in windows),
            begun=sum(each.begun for each in windows),
            lost=self._crew.lost,
            worked=course.worked,
            most_lag=settings.most_lag,
            interrupted=state.interrupted,
            server_gone=bool(state.server_gone),
        )
        budgets = self._judged(index, seconds)
        verdict = self._verdict(index, budgets, conditions)
        whole = measurement.total
        names = measurement.names
        rows = [row_record(each, measurement.row(each)) for each in names] + [row_record("all", whole)]
        target = settings.targets[index]
        issued, revoked = self._issued
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
                    "measured": each.measured,
                    "unit": each.budget.unit,
                    "kept": each.kept,
                }
                for each in budgets
            ],
            "promises": promise_records(tally),
            "validity": [
                {"what": each.what, "limit": each.limit, "measured": each.measured, "kept": each.kept}
                for each in conditions
            ],
            "rows": rows,
            "seconds_by_second": second_records(measurement, 0),
            "steps": self._steps,
            "held": self._held(),
            "knee": knee({each["rate"]: each["p99"] for each in self._steps}),
            "notes": [
                settings.redact(note)
                for note in (*course.notes, *self._held_against(), *self._details(index))
            ],
            "issued": {"tokens": max(tally.issued, issued), "revoked": revoked},
            "locust": {"version": version("locust"), "workers": settings.workers},
        }

    def _judged(self, index: int, seconds: float) -> list[Judged]:
        """The budgets: over the whole run, or for a search over the runs that confirmed its answer."""
        settings, course = self.settings, self._course
        if settings.shape != "saturation":
            return judge(settings.budgets, observed(course.measurement(index), seconds))
        limit = self._found.limit if self._found else None
        if limit is None:
            return []  # there is no rate that they could be held against
        confirmed = Course(
            played={
                each.window.index: each
                for each, taken in zip(course.windows(index), self._steps, strict=False)
                if taken["rate"] == limit and taken["kept"]
            }
        )
        length = sum(each.window.plan.seconds for each in confirmed.played.values())
        return judge(settings.budgets or SEARCH_BUDGETS, observed(confirmed.measurement(index), length))

    def _verdict(self, index: int, budgets: Sequence[Judged], conditions: Sequence[Validity]) -> Verdict:
        tally, found = self._course.tally(index), self._found
        verdict = reach(
            errors=self._course.errors,
            broken=[
                BrokenPromise(name=name, text=TEXTS[name][0], times=times)
                for name, times in tally.broken.items()
                if times
            ],
            server_gone=self._state.server_gone,
            validity=conditions,
            budgets=budgets,
            interrupted=self._state.interrupted,
        )
        if found is not None and found.limit is None and verdict.exit_code in {KEPT, INVALID}:
            return replace(verdict, exit_code=INVALID, sentence=found.sentence)
        if found is not None and not verdict.exit_code:
            return replace(verdict, sentence=found.sentence)
        return replace(verdict, reasons=(*verdict.reasons, found.sentence)) if found is not None else verdict

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
        details = self._course.measurement(index).details
        common = sorted(details.items(), key=lambda item: -item[1])[:8]
        return [
            f"{row}, {kind}, {count} times: {told}"
            for (row, kind, told), count in common
            if told and kind != "broken-promise"  # those have evidence of their own
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
