"""Pytest plugins of `python3 -m conformance`: how far a run is, and the list of checks. They judge nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from conformance.checks.support.run_folder import RUN_FOLDER
from conformance.running.selection import describe, is_check
from conformance.running.side_by_side import COUNT
from conformance.running.time_left import Planned, TimeLeft

TICK = 0.5
"""Seconds between two looks at the clock."""
LINE_EVERY = 10.0
"""Seconds after which a plain line is due where there is no terminal."""
ENDLESS = 10_000
"""Columns of what is no terminal: nothing is cut off there."""
LINES = 10
"""Plain lines of a whole run, at least."""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Where progress is shown. live: whether one line can be written over again and again."""

    stream: TextIO
    live: bool
    unicode: bool


def to_terminal() -> Screen:
    """Standard error, as it is before pytest captures it. Never live in CI, where lines are kept."""
    live = sys.stderr.isatty() and "CI" not in os.environ and os.environ.get("TERM") != "dumb"
    encoding = sys.stderr.encoding or "ascii"
    return Screen(
        stream=os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=encoding, errors="replace"),
        live=live,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
    )


class Watching:
    """What both plugins keep of a pytest run whose own terminal is silenced."""

    is_for_the_session = True

    def __init__(self) -> None:
        self.run_folder: Path | None = None
        self.usage_error = ""
        self.how_far = ""
        self.broken_files: dict[str, str] = {}
        self._config: pytest.Config | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        """Keep a usage error as its message alone, and where the run is recorded."""
        self._config = config
        try:
            return (yield)
        except pytest.UsageError as problem:
            self.usage_error = "\n".join(str(argument) for argument in problem.args)
            return pytest.ExitCode.USAGE_ERROR
        finally:
            self.run_folder = config.stash.get(RUN_FOLDER, None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Silence pytest's own words for Ctrl-C: the summary tells of the interrupt, and where what was judged is."""
        if self._config is not None:
            self._config.pluginmanager.unregister(name="terminalreporter")

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        """Keep why a file could not be loaded."""
        if isinstance(report, pytest.CollectReport):
            lines = [line for line in report.longreprtext.splitlines() if line.strip()]
            reason = lines[-1] if lines else "no reason given"
            self.broken_files[str(node.path)] = reason.removeprefix("E ").strip()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self) -> tuple[str, str, str]:
        """No letters: the verdicts are told by the summary."""
        return "", "", ""


class Listing(Watching):
    """Lists the checks that were selected, with their requirements, instead of running them."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._chosen = False

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self) -> Generator[None, object, object]:
        """Note that the selection held: after a mistake in it nothing is listed, the mistake alone shows."""
        found = yield
        self._chosen = True
        return found

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Silence pytest's own list, for which there is no option."""
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write the list."""
        if not self._chosen:
            return
        checks = [describe(item) for item in session.items if is_check(item)]
        for check in checks:
            self._stream.write(f"{check.check}\n  {check.title}\n")
            self._stream.write(f"  {check.level}, {check.profile}: {' '.join(check.requirements)}\n")
        self._stream.write(f"{len(checks)} checks\n" if len(checks) != 1 else "1 check\n")


class Progress(Watching):
    """Shows how far a run is: one live line on a terminal, else plain lines now and then.

    screen: None shows nothing. noun: what is counted. clock: seconds, for the time gone by and the estimate of what
    is left.
    """

    def __init__(
        self, screen: Screen | None, *, noun: str = "checks", clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._noun = noun
        self._screen = screen
        self._clock = clock
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._total = self._done = self._shown_done = 0
        self._running = ""
        self._began = self._shown_at = clock()
        self._left = TimeLeft({})
        self._took: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Show progress while the checks run."""
        self._total = len(session.items)
        self._left = TimeLeft(planned(session.items))
        self._began = self._shown_at = self._clock()
        ticking = threading.Thread(target=self._tick, daemon=True)
        if self._screen is not None and self._total and not session.config.option.collectonly:
            ticking.start()
        try:
            return (yield)
        finally:
            self.how_far = f"{self._done} of {self._total} {self._noun} were over"
            self._over.set()
            if ticking.is_alive():
                ticking.join()
            self._close()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A check begins."""
        with self._lock:
            self._running = nodeid.rpartition("::")[2]
            self._show()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What a part of a check took: its set-up, the check itself, what comes after it."""
        self._took[report.nodeid] = self._took.get(report.nodeid, 0.0) + report.duration

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A check has ended."""
        with self._lock:
            self._done += 1
            self._left.ends(nodeid, self._took.get(nodeid, 0.0))
            self._running = ""
            self._show()

    def _tick(self) -> None:
        while not self._over.wait(TICK):
            with self._lock:
                self._show()

    def _show(self) -> None:
        """Write over the live line, or add a plain one when it is due."""
        if self._screen is None:
            return
        now = self._clock()
        if self._screen.live:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r{self._line(now, width)}\x1b[K")
            return
        share = -(-self._total // LINES)
        if self._done - self._shown_done >= share or now - self._shown_at >= LINE_EVERY:
            self._shown_done, self._shown_at = self._done, now
            self._write(f"{self._line(now, ENDLESS)}\n")

    def _line(self, now: float, width: int) -> str:
        """How far the run is, in so many columns; the check that runs is named where its whole name fits."""
        gone = now - self._began
        parts = [f"{self._done} of {self._total} {self._noun}", f"{_time(gone)} gone", *self._estimate()]
        line = ", ".join(parts)
        named = f"{line}, {self._running}"
        return named if self._running and len(named) <= width else line[:width]

    def _estimate(self) -> list[str]:
        """How much time is left, in words; nothing while nobody can tell, or where it is no time at all."""
        if self._config is not None:
            self._left.beside = self._config.stash.get(COUNT, 1)
        left, is_more = self._left.told()
        if left < 1.0:
            return []
        about = "\u2248" if self._screen is not None and self._screen.unicode else "about "
        return [f"{'more than ' if is_more else about}{_time(left)} left"]

    def _write(self, text: str) -> None:
        # A reader of the progress who has gone away is no reason to stop judging.
        if self._screen is not None:
            with contextlib.suppress(OSError, ValueError):
                self._screen.stream.write(text)
                self._screen.stream.flush()

    def _close(self) -> None:
        """Clear the live line, and give the stream back."""
        if self._screen is not None:
            with self._lock:
                if self._screen.live:
                    self._write("\r\x1b[K")
                with contextlib.suppress(OSError):
                    self._screen.stream.close()
                self._screen = None


def planned(items: Sequence[pytest.Item]) -> dict[str, Planned]:
    """What is known of the time that checks take before they run, by their names."""
    found = {}
    for item in items:
        takes = item.get_closest_marker("takes")
        _, more, lanes = (*(takes.args if takes else (1.0,)), 0.0, None)[:3]
        found[item.nodeid] = Planned(
            file=str(item.path),
            sort=str(item.path.parent),
            more=more,
            alone=item.get_closest_marker("alone") is not None,
            lanes=lanes,
        )
    return found


def _time(seconds: float) -> str:
    """A duration in few letters: `8 s`, `3 min 05 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"
