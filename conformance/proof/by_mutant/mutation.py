"""Runs the checks on each mutant. A pytest plugin, loaded beside the proof, whose clean servers it borrows.

pytest collects once. Each mutant then gets a child of that process, made by fork, in which one function of the
server has the changed code: so a mutant costs the checks that run its line, the quick ones first, and no start. Which
checks run a line is learned from one run of the server as it is. The others cannot notice the mutant, but by what it
left behind in the server; `--every-check` has them try too.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import CodeType
from typing import Any, TextIO

import pytest

from conformance.checks.support.waiting import waits_for
from conformance.proof.by_mutant.forked import (
    FIXTURE,
    Child,
    Running,
    changes_code,
    outcome_of,
    stops_when_interrupted,
    wait,
)
from conformance.proof.by_mutant.mutants import MODULES, SERVER, Mutant, mutants_of
from conformance.running.options import STOPPED

CLEAN = "clean"
FOUND, HINDERED, STUCK, SURVIVED, UNUSABLE = "found", "hindered", "stuck", "survived", "unusable"
UNREACHED = "no check runs this line"
UNJUDGED = "no check that runs this line is applicable any more"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which mutants are to be run.

    modules: whose; only: a part of the name; names: the names themselves, None for all; but: names that are left out;
    sample: at most so many, drawn by seed; seconds: no new one is begun after that; jobs: so many at a time;
    every_check: whether checks that do not run the changed line try too.
    """

    modules: Sequence[str] = MODULES
    only: str = ""
    names: frozenset[str] | None = None
    but: frozenset[str] = frozenset()
    sample: int | None = None
    seed: int = 0
    seconds: float = 3600.0
    jobs: int = 2
    every_check: bool = False


@dataclass(frozen=True)
class Learned:
    """What one run of the server as it is taught: who runs a line, by "module:line", and how long each check took."""

    runs: Mapping[str, Sequence[str]]
    took: Mapping[str, float]

    def chosen(
        self,
        mutant: Mutant,
        items: Sequence[pytest.Item],
        found: Mapping[str, int],
        *,
        every_check: bool,
    ) -> list[pytest.Item]:
        """The checks that can notice a mutant; where asked, all the others behind them.

        First come those that found the most of its neighbours (found: how many, by check), then the quickest. Those
        that let time pass come last: after them, what was signed before is out of date.
        """
        first, last = mutant.lines
        near = {
            name for line in range(first, last + 1) for name in self.runs.get(f"{mutant.module}:{line}", ())
        }
        is_near = {item: not near.isdisjoint((item.nodeid, *_fixtures(item))) for item in items}
        return sorted(
            (item for item in items if every_check or is_near[item]),
            key=lambda item: (
                not is_near[item],
                bool(waits_for(item)) or "/lifecycle/" in item.nodeid,
                -found.get(item.nodeid, 0),
                self.took.get(item.nodeid, 0.0),
            ),
        )


@dataclass
class Caught:
    """What came of one mutant. how: found, hindered, stuck, survived or unusable; by: the check that told."""

    mutant: Mutant
    how: str
    by: str = ""
    told: str = ""


@dataclass(eq=False)
class Mutation:
    """A pytest plugin that runs mutants in its place. caught grows while it goes on, and keeps is told each time.

    clean_findings: what checks found at the server as it is; stopped: whether a signal ended it before its end.
    """

    wanted: Wanted
    progress: TextIO
    keeps: Callable[[Sequence[Caught]], None]
    caught: list[Caught] = field(default_factory=list)
    clean_findings: list[str] = field(default_factory=list)
    all_mutants: int = 0
    stopped: bool = False
    _chosen: bool = False
    _child: Child | None = None
    _plugins: pytest.PytestPluginManager | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self) -> Generator[None, object, object]:
        """Note that the selection held: after a mistake in it nothing is run."""
        found = yield
        self._chosen = True
        return found

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Run the mutants. In a child this returns and the run goes on with its items; the parent ends here."""
        self._plugins = session.config.pluginmanager
        if not self._chosen:
            return
        items = [item for item in session.items if str(_served(item)) == CLEAN]
        mutants = [
            each
            for module in self.wanted.modules
            for each in mutants_of((SERVER / f"{module}.py").read_text(encoding="utf-8"), module)
        ]
        self.all_mutants = len(mutants)
        mutants = [
            each
            for each in mutants
            if self.wanted.only in each[0].name
            and (self.wanted.names is None or each[0].name in self.wanted.names)
            and each[0].name not in self.wanted.but
        ]
        if self.wanted.sample is not None:
            random.Random(self.wanted.seed).shuffle(mutants)  # noqa: S311 - a sample, no secret
            mutants = mutants[: self.wanted.sample]
        learned = self._forked(session, items, None, traces=True)
        if learned is None:
            return
        with stops_when_interrupted([learned]):
            outcome = outcome_of(learned)
        if outcome.get("stopped"):
            raise KeyboardInterrupt
        self.clean_findings = [*outcome.get("findings", ()), *outcome.get("trouble", ())]
        if outcome.get("passed", 0) < len(items) // 2:
            self.clean_findings.append(f"only {outcome.get('passed', 0)} of {len(items)} checks passed there")
        teaches = Learned(outcome.get("reaches", {}), outcome.get("took", {}))
        if not self.clean_findings:
            running: list[Running] = []
            with stops_when_interrupted(running):
                if self._over(session, items, mutants, teaches, running):
                    return
        pytest.exit("the mutation run is over", returncode=0)

    def _over(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        mutants: Sequence[tuple[Mutant, Any]],
        learned: Learned,
        running: list[Running],
    ) -> bool:
        """Run every mutant, some at a time. Whether this is a child, which has to go on. running: those at work."""
        ends = time.monotonic() + self.wanted.seconds
        waiting = list(reversed(mutants))
        while waiting or running:
            if session.config.stash.get(STOPPED, False):  # what it raised may be lost in a destructor
                raise KeyboardInterrupt
            while waiting and len(running) < self.wanted.jobs and time.monotonic() < ends:
                mutant, tree = waiting.pop()
                found = self._found_near(mutant)
                chosen = learned.chosen(mutant, items, found, every_check=self.wanted.every_check)
                if not chosen:
                    self._tell(Caught(mutant, SURVIVED, told=UNREACHED))
                    continue
                code = compile(tree, str(SERVER / f"{mutant.module}.py"), "exec")
                begun = self._forked(session, chosen, (mutant, code))
                if begun is None:
                    return True
                running.append(begun)
            if not running:
                break
            for each in [each for each in running if each.is_over()]:
                running.remove(each)
                self.keep(each)
            wait(running)
        return False

    def _found_near(self, mutant: Mutant) -> Counter[str]:
        """How many mutants of the same module each check found; those of the same function count tenfold."""
        found: Counter[str] = Counter()
        for each in self.caught:
            if each.how == FOUND and each.mutant.module == mutant.module:
                found[each.by] += 10 if each.mutant.function == mutant.function else 1
        return found

    def keep(self, ended: Running) -> None:
        """Tell what came of a mutant whose checks are over."""
        if ended.mutant is None:
            raise RuntimeError("a run of the server as it is was taken for a mutant's")
        outcome = outcome_of(ended)
        if outcome.get("stopped"):
            raise KeyboardInterrupt
        findings, trouble = outcome.get("findings", []), outcome.get("trouble", [])
        if not outcome:
            trouble = [*trouble, "the child of this mutant ended without a word"]
        how = STUCK if outcome.get("stuck") else FOUND if findings else HINDERED if trouble else SURVIVED
        how = outcome.get("how", how)
        none_applied = UNJUDGED if outcome.get("passed") == 0 else ""
        told = [*findings, *trouble, f"\n{none_applied}"][0]
        by, _, said = told.partition("\n")
        self._tell(Caught(ended.mutant, how, by, said))

    def _tell(self, caught: Caught) -> None:
        self.caught.append(caught)
        self.keeps(self.caught)
        if caught.how == SURVIVED:
            mutant = caught.mutant
            self.progress.write(f"\nsurvived  {mutant.name}  (line {mutant.lines[0]}) {caught.told}\n")
        self.progress.write(
            f"\r{len(self.caught)} mutants, {sum(c.how == SURVIVED for c in self.caught)} survived"
        )
        self.progress.flush()

    def _forked(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        change: tuple[Mutant, CodeType] | None,
        *,
        traces: bool = False,
    ) -> Running | None:
        """Begin a child that runs these items on a mutant. None in the child itself."""
        reading, writing = os.pipe()
        sys.stdout.flush()
        stops = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # what a signal raises is lost within a fork
        pid = os.fork()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
        if pid:
            os.close(writing)
            return Running(pid, reading, change[0] if change else None)
        os.close(reading)
        os.setpgid(0, 0)
        session.items[:] = items
        _silence(self._plugins)
        self._child = Child(writing, watches=traces)
        if change is not None and not changes_code(*change):
            self._child.ends(how=UNUSABLE)
        return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Tell which check runs."""
        if self._child is not None:
            self._child.begins(item.nodeid)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Tell what is made for more checks than the one that asks first."""
        if self._child is None or fixturedef.scope == "function":
            return (yield)
        check = self._child.check
        self._child.check = f"{FIXTURE}{fixturedef.argname}"
        try:
            return (yield)
        finally:
            self._child.check = check

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what a check says of the server, and stop at the first finding."""
        report = yield
        if self._child is not None and call.excinfo is None and call.when == "call":
            self._child.passed += 1
        elif self._child is not None and call.excinfo is not None and not _is_an_exit(call.excinfo.value):
            self._child.note(item, call.when, call.excinfo.value)
            if self._child.findings and not self._child.watches:
                self._child.ends()
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that a signal ended the run, and silence pytest's own words for every early end."""
        self.stopped = isinstance(excinfo.value, KeyboardInterrupt)
        _silence(self._plugins)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """The child has run everything, or was stopped: it says so, and ends here."""
        if self._child is not None:
            self._child.ends(stopped=self.stopped)


def _silence(plugins: pytest.PytestPluginManager | None) -> None:
    if plugins is not None and plugins.has_plugin("terminalreporter"):
        plugins.unregister(name="terminalreporter")


def _served(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("served") if callspec else None


def _fixtures(item: pytest.Item) -> list[str]:
    return [f"{FIXTURE}{name}" for name in getattr(item, "fixturenames", ())]


def _is_an_exit(problem: BaseException) -> bool:
    return isinstance(problem, KeyboardInterrupt | SystemExit | pytest.exit.Exception)


def as_json(caught: Sequence[Caught]) -> list[dict[str, Any]]:
    """What came of each mutant, for a file."""
    return [{"name": each.mutant.name, **asdict(each)} for each in caught]


def from_json(told: Sequence[Mapping[str, Any]]) -> list[Caught]:
    """What `as_json` was given."""
    found = []
    for each in told:
        mutant = Mutant(**{**each["mutant"], "lines": tuple(each["mutant"]["lines"])})
        found.append(Caught(mutant, each["how"], each["by"], each["told"]))
    return found
