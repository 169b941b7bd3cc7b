"""Generators of a run: this process, or workers forked from it under a Locust master. Imports gevent and Locust.

They run windows and pass reports on; what is made of those is decided by the run.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import gevent
from gevent.event import Event
from locust.env import Environment

from fixtures.errors import CannotTest, NotOffered
from load.plan.windows import Window
from load.running.generator import Generator
from load.running.messages import GeneratorSettings, Report, Revoked

MASTER_SILENCE = 4
"""Seconds without a heartbeat of the master after which a worker stops. Locust's own worker would go on."""

READY_WITHIN = 120.0
"""Seconds that all workers may take to prepare."""

LATE_REPORTS = 15.0
"""Seconds that are waited for last reports beyond a window and its drain: that much behind workers may be."""

LEAVE_WITHIN = 3.0
"""Seconds that a worker may take to go when it is asked to leave."""

PORT_DIGITS = 5

LOOK_EVERY = 0.1
"""Seconds between two looks at whether a worker, or the master, is still there."""


class Generators(Protocol):
    """All generators of a run. lost: a sentence for each of them that went away."""

    lost: list[str]

    def prepare(self) -> list[str]:
        """Get ready; the notes that came up. CannotTest, NotOffered."""

    def run_window(self, window: Window, begin_epoch: float) -> None:
        """Run a window to its end, reporting all the while."""

    def stop(self) -> None:
        """End the window at once, and run no other."""

    def revoke_issued(self) -> Revoked:
        """Revoke what was issued, where that is asked for, and say what became of it."""

    def close(self) -> None:
        """Let everybody go."""


class LocalGenerator:
    """This process as the only generator."""

    def __init__(self, settings: GeneratorSettings, report: Callable[[Report], None]) -> None:
        self.lost: list[str] = []
        self._generator = Generator(settings, report)

    def prepare(self) -> list[str]:
        """Get ready."""
        return self._generator.prepare()

    def run_window(self, window: Window, begin_epoch: float) -> None:
        """Run a window."""
        self._generator.run_window(window, begin_epoch)

    def stop(self) -> None:
        """End at once."""
        self._generator.stop()

    def revoke_issued(self) -> Revoked:
        """Revoke what was issued."""
        return self._generator.revoke_issued()

    def close(self) -> None:
        """Nothing is held."""


class Workers:
    """Forked workers under a Locust master in this process, on loopback."""

    def __init__(self, settings: GeneratorSettings, count: int, report: Callable[[Report], None]) -> None:
        self.lost: list[str] = []
        self._settings = settings
        self._pass_on = report
        self._answers: dict[int, Any] = {}
        self._changed = Event()
        self._window = -1
        self._stopping = False
        reader, writer = os.pipe()
        self.processes: dict[int, int] = {}
        for share in range(count):
            process = gevent.fork()
            if process == 0:
                os.close(writer)
                _work(replace(settings, share=share, of=count), reader)
            self.processes[share] = process
        os.close(reader)
        logging.getLogger("locust").setLevel(logging.CRITICAL)
        self._runner = Environment().create_master_runner("127.0.0.1", 0)
        for kind in ("ready", "report", "revoked"):
            self._runner.register_message(f"load-{kind}", getattr(self, f"_on_{kind.replace('-', '_')}"))
        os.write(writer, b"%0*d" % (PORT_DIGITS, self._runner.server.port) * count)
        os.close(writer)
        self._watch = gevent.spawn(self._look_after)

    def prepare(self) -> list[str]:
        """Wait until every worker is ready, and give their notes."""
        answers = self._gather(READY_WITHIN)
        problems = [answer["problem"] for answer in answers if answer["problem"]]
        if problems:
            raise CannotTest(problems[0])
        if self.lost:
            raise CannotTest(self.lost[0], "Nothing was sent yet; run again.")
        return list(dict.fromkeys(note for answer in answers for note in answer["notes"]))

    def run_window(self, window: Window, begin_epoch: float) -> None:
        """Let every worker run its share."""
        if self._stopping:
            return
        self._window = window.index
        self._answers.clear()
        self._runner.send_message("load-run-window", {"window": window.to_json(), "begin": begin_epoch})
        until = begin_epoch + window.plan.seconds + self._settings.drain + LATE_REPORTS
        self._gather(until - time.time())

    def stop(self) -> None:
        """Tell every worker to end."""
        self._stopping = True
        self._runner.send_message("load-stop")

    def revoke_issued(self) -> Revoked:
        """Let every worker revoke what it was issued."""
        self._answers.clear()
        self._runner.send_message("load-revoke")
        together = Revoked()
        for answer in self._gather(READY_WITHIN):
            together.add(Revoked.from_json(answer))
        return together

    def close(self) -> None:
        """Let every worker leave, and wait for that."""
        self._watch.kill()
        self._runner.send_message("load-leave")
        for process in self.processes.values():
            with gevent.Timeout(LEAVE_WITHIN, False):
                os.waitpid(process, 0)
                continue
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        self._runner.quit()

    def _gather(self, within: float) -> list[Any]:
        """What each worker that is still there answers, waiting for it so many seconds at most."""
        until = time.monotonic() + within
        while len(self._answers.keys() & self.processes.keys()) < len(self.processes):
            self._changed.clear()
            if not self._changed.wait(max(0.0, until - time.monotonic())):
                silent = self.processes.keys() - self._answers.keys()
                self.lost += [f"Worker {share + 1} did not answer in time." for share in sorted(silent)]
                break
        return [answer for _, answer in sorted(self._answers.items())]

    def _look_after(self) -> None:
        while True:
            for share, process in list(self.processes.items()):
                found, status = os.waitpid(process, os.WNOHANG)
                if found:
                    del self.processes[share]
                    ended = os.waitstatus_to_exitcode(status)
                    how = signal.Signals(-ended).name if ended < 0 else f"exit code {ended}"
                    self.lost.append(
                        f"Worker {share + 1} went away ({how}); at most its last second is missing."
                    )
                    self._changed.set()
            gevent.sleep(LOOK_EVERY)

    def _answer(self, share: int, answer: Any) -> None:
        self._answers[share] = answer
        self._changed.set()

    def _on_ready(self, msg: Any, **_: Any) -> None:
        self._answer(msg.data["share"], msg.data)

    def _on_report(self, msg: Any, **_: Any) -> None:
        report = Report.from_json(msg.data)
        self._pass_on(report)
        if report.last and report.window == self._window:
            self._answer(report.share, True)

    def _on_revoked(self, msg: Any, **_: Any) -> None:
        self._answer(msg.data["share"], msg.data["counts"])


def _work(settings: GeneratorSettings, reader: int) -> None:
    """Be a worker until the master says so or is gone; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the master decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        logging.getLogger("locust").setLevel(logging.CRITICAL)
        _serve(settings, _port(reader))
        code = 0
    finally:
        os._exit(code)


def _port(reader: int) -> int:
    """The master's port. All workers read one pipe: each takes a whole record, or they would share its digits."""
    record = os.read(reader, PORT_DIGITS)
    if not record:
        os._exit(0)  # the master went away before it listened
    return int(record)


def _serve(settings: GeneratorSettings, port: int) -> None:
    master, left = os.getppid(), Event()
    runner = Environment().create_worker_runner("127.0.0.1", port)
    generator = Generator(settings, lambda report: runner.send_message("load-report", report.to_json()))

    def run_window(msg: Any, **_: Any) -> None:
        generator.run_window(Window.from_json(msg.data["window"]), msg.data["begin"])

    def revoke_issued(**_: Any) -> None:
        runner.send_message(
            "load-revoked", {"share": settings.share, "counts": generator.revoke_issued().to_json()}
        )

    runner.register_message("load-run-window", run_window, concurrent=True)
    runner.register_message("load-stop", lambda **_: generator.stop())
    runner.register_message("load-revoke", revoke_issued, concurrent=True)
    runner.register_message("load-leave", lambda **_: left.set())
    runner.send_message("load-ready", _prepared(generator, settings.share))
    heard, silent = None, 0
    while not left.wait(LOOK_EVERY):
        # looks are counted and not seconds: a worker that stood still itself has yet to hear what came meanwhile
        beat = runner.last_heartbeat_timestamp
        heard, silent = beat, silent + 1 if beat == heard and beat is not None else 0
        if os.getppid() != master or silent * LOOK_EVERY > MASTER_SILENCE:
            generator.stop()
            return
    gevent.sleep(0)


def _prepared(generator: Generator, share: int) -> dict[str, Any]:
    try:
        return {"share": share, "notes": generator.prepare(), "problem": ""}
    except (CannotTest, NotOffered) as problem:
        return {"share": share, "notes": [], "problem": str(problem)}
