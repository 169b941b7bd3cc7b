"""Items of a session side by side: forked processes run them, and this one hears what each came to.

A fork has everything at hand that this process has: what was imported and collected, and the target that was opened.
A process started afresh, as pytest-xdist's workers are, imports and collects again, at two seconds of processor time
each, and cannot be handed an opened target. Where there is no fork, or it is not safe (Windows, macOS), items run one
after another.

Items of one file stay together, unless they are marked `apart`. What must not meet anything else is marked `alone`,
and comes at the end, when all other items are over. What a process learns for the whole session (`Kept`) is told when
it ends, and merged here.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Protocol

import pytest

from conformance.checks.support.run_folder import PROCESS

SAFE = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether a process of this system may fork and go on: macOS's own libraries do not survive it."""
GRACE_SECONDS = 5.0
"""How long a process that was told to stop may take."""
MOST = 8
"""Processes that a run has at most unless it is told: more wait for the server rather than for its answers."""
CHECKS_EACH = 40
"""Checks for which one more process is worth its own sign-in and discovery."""
ANSWERS_A_SECOND = 10.0
"""What one process gets of a server that is not near: a pace that allows no more has nothing for a second process."""


def sensible(checks: int, requests_per_second: float | None, *, tokens_meet: bool) -> int:
    """How many processes a run is given that was not told a number.

    checks: that are to run; requests_per_second: what the target allows, None for as much as it can; tokens_meet:
    whether the server lets a client's tokens end or equal each other, so that checks disturb one another: then 1.
    """
    if tokens_meet:
        return 1
    allowed = MOST if requests_per_second is None else math.ceil(requests_per_second / ANSWERS_A_SECOND)
    return max(1, min(allowed, MOST, 4 * (os.cpu_count() or 1), checks // CHECKS_EACH)) if SAFE else 1


class Kept(Protocol):
    """What a session gathers while its items run, in every process a part."""

    def tell(self) -> Any:
        """What this process gathered, as a value that can be pickled."""

    def hear(self, told: Any) -> None:
        """Add what another process gathered."""


KEPT = pytest.StashKey[list[Kept]]()
"""What is to be merged when the processes end."""
COUNT = pytest.StashKey[int]()
"""How many processes run the items of a session."""
ENDED = pytest.StashKey[Callable[[Any], None]]()
"""Hears, in the process of the session, each value that an item handed to `hand_over` in its own."""
_PIPE = pytest.StashKey["Connection[Any, Any]"]()


@dataclass
class _Process:
    """One forked process, as the session sees it. running: the item that it has under way."""

    number: int
    pid: int
    pipe: Connection[Any, Any]
    running: pytest.Item | None = None
    waits: bool = False


@dataclass
class _Work:
    """What is still to be run: groups of numbers of items."""

    groups: list[list[int]]
    alone: list[list[int]]
    processes: list[_Process] = field(default_factory=list)

    def next_for(self, process: _Process) -> list[int] | None:
        """The next group for a process; empty when there is none for it; None when it may have to wait for one."""
        if self.groups:
            return self.groups.pop(0)
        if process.number or not self.alone:
            return []
        if any(each.running or not each.waits for each in self.processes if each is not process):
            return None
        return self.alone.pop(0)


def groups_of(items: Sequence[pytest.Item]) -> tuple[list[list[int]], list[list[int]]]:
    """The numbers of items in groups that stay together, in two lists: those that may meet others, and the rest."""
    meeting: dict[object, list[int]] = {}
    alone: dict[object, list[int]] = {}
    for number, item in enumerate(items):
        mark = item.get_closest_marker("together")
        name = (mark.args[0] if mark else None) or (item if item.get_closest_marker("apart") else item.path)
        (alone if item.get_closest_marker("alone") else meeting).setdefault(name, []).append(number)
    longest = sorted(
        meeting.values(), key=lambda numbers: sum(_length(items[each]) for each in numbers), reverse=True
    )
    return longest, list(alone.values())


def _length(item: pytest.Item) -> float:
    """About how long an item takes, in what a usual one does: the longest groups are begun first."""
    mark = item.get_closest_marker("takes")
    return float(mark.args[0]) if mark else 1.0


def run(session: pytest.Session, count: int) -> bool | None:
    """Run every item of a session in so many processes, and tell the session's plugins what each came to.

    None when that is left to pytest, which runs them one after another. Ends early where the session is to stop (-x).
    """
    if count < 2 or not SAFE:
        return None
    groups, alone = groups_of(session.items)
    work = _Work(groups, alone)
    session.config.stash[COUNT] = min(count, max(1, len(groups)))
    try:
        for number in range(session.config.stash[COUNT]):
            work.processes.append(_forked(session, number))
        _hear_all(session, work)
    finally:
        _end(work.processes)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
    return True


def hand_over(config: pytest.Config, value: Any) -> None:
    """Give the session a value from whichever process this is."""
    pipe = config.stash.get(_PIPE, None)
    if pipe is not None:
        pipe.send(("value", value))
    else:
        config.stash[ENDED](value)


def _forked(session: pytest.Session, number: int) -> _Process:
    ours, theirs = Pipe()
    capture = session.config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    capture.read_global_capture()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the threads that may be there only wait
        pid = os.fork()
    if pid == 0:
        ours.close()
        _child(session, number, theirs)
    capture.resume_global_capture()
    capture.suspend_global_capture()  # as between two items: what the session writes is shown at once
    theirs.close()
    return _Process(number, pid, ours)


def _child(session: pytest.Session, number: int, pipe: Connection[Any, Any]) -> None:
    """What a forked process does: run what it is given, tell what came of it, and leave without ceremonies."""
    code = 1
    try:
        plugins = session.config.pluginmanager
        capture = plugins.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        for plugin in list(plugins.get_plugins()):
            if plugins.get_name(plugin) == "terminalreporter" or hasattr(plugin, "is_for_the_session"):
                plugins.unregister(plugin)
        plugins.register(_Telling(session.config, pipe))
        session.config.stash[_PIPE], session.config.stash[PROCESS] = pipe, number
        items = session.items
        if number:
            session.items = [item for item in items if not item.get_closest_marker("alone")]
        _run_items(session, items, pipe)
        pipe.send(("kept", [kept.tell() for kept in session.config.stash.get(KEPT, [])]))
        code = 0
    except (KeyboardInterrupt, BrokenPipeError, EOFError):
        pass
    except BaseException as problem:  # noqa: BLE001 - the session has to hear of whatever it was
        with suppress(OSError):
            pipe.send(("broken", f"{type(problem).__name__}: {problem}"))
    finally:
        os._exit(code)


def _run_items(session: pytest.Session, items: Sequence[pytest.Item], pipe: Connection[Any, Any]) -> None:
    """Run items as pytest does, with the next one known, so that what a session shares is kept up until the end."""

    def given() -> Iterator[pytest.Item]:
        while True:
            pipe.send(("more", None))
            numbers = pipe.recv()
            if not numbers:
                return
            yield from (items[number] for number in numbers)

    coming = given()
    item = next(coming, None)
    while item is not None and not (session.shouldfail or session.shouldstop):
        following = next(coming, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following


class _Telling:
    """Tells the session what pytest's own plugins hear of an item in this process."""

    def __init__(self, config: pytest.Config, pipe: Connection[Any, Any]) -> None:
        self._config = config
        self._pipe = pipe

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        self._pipe.send(("start", (nodeid, location)))

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        self._pipe.send(("finish", (nodeid, location)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._pipe.send(("report", told))


def _hear_all(session: pytest.Session, work: _Work) -> None:
    """Hear every process until all have ended, and give each the next group when it asks."""
    names = {item.nodeid: item for item in session.items}
    open_ones = list(work.processes)
    while open_ones:
        for pipe in wait([each.pipe for each in open_ones]):
            process = next(each for each in open_ones if each.pipe is pipe)
            try:
                kind, told = process.pipe.recv()
            except (EOFError, OSError):
                kind, told = "broken", "it ended without a word."
            if kind == "broken":
                raise RuntimeError(f"A process that ran items broke in {_name(process)}: {told}")
            if kind == "kept":
                open_ones.remove(process)
            _hear(session, process, kind, told, names)
        if session.shouldfail or session.shouldstop:
            work.groups.clear()
            work.alone.clear()
        for process in open_ones:
            if process.waits and (numbers := work.next_for(process)) is not None:
                process.waits = False
                process.pipe.send(numbers)


def _hear(
    session: pytest.Session, process: _Process, kind: str, told: Any, names: dict[str, pytest.Item]
) -> None:
    hook = session.config.hook
    if kind == "value":
        session.config.stash[ENDED](told)
    elif kind == "kept":
        process.running, process.waits = None, True
        gathered: list[Kept] = session.config.stash.get(KEPT, [])
        for kept, part in zip(gathered, told, strict=True):
            kept.hear(part)
    elif kind == "more":
        process.waits = True
    elif kind == "report":
        report = hook.pytest_report_from_serializable(config=session.config, data=told)
        hook.pytest_runtest_logreport(report=report)
    else:
        nodeid, location = told
        process.running = names[nodeid] if kind == "start" else None
        getattr(hook, f"pytest_runtest_log{kind}")(nodeid=nodeid, location=location)


def _name(process: _Process) -> str:
    return process.running.nodeid if process.running else "the set-up"


def _end(processes: Sequence[_Process]) -> None:
    """See every process gone: those that still run are told to stop, and killed where they do not."""
    until = time.monotonic() + GRACE_SECONDS
    for process in processes:
        process.pipe.close()
    left = list(processes)
    told = False
    while left:
        left = [each for each in left if os.waitpid(each.pid, os.WNOHANG)[0] == 0]
        if left and not told:
            told = True
            for each in left:
                with suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGTERM)
        elif left and time.monotonic() > until:
            for each in left:
                with suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGKILL)
        if left:
            time.sleep(0.02)
