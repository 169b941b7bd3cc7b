"""Workers of a run under Locust's own master: which there are, what they are told, what they answer. Imports Locust.

Where workers come from is in forked.py and hosts.py beside it, what a worker itself does is in worker.py; what is made
of their reports is decided by the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment

from fixtures.errors import CannotTest
from load.plan.windows import Window
from load.running.messages import GeneratorSettings, Report, Revoked

READY_WITHIN = 120.0
"""Seconds that all workers may take to prepare."""

LATE_REPORTS = 15.0
"""Seconds that are waited for last reports beyond a window and its drain: that much behind workers may be."""

LOOK_EVERY = 0.1
"""Seconds between two looks at whether a worker, or the master, is still there."""


class Workers:
    """Workers under a Locust master in this process.

    head_start, lost, clocks: as of Generators. members: those that are still there, by share, each with what stands
    for it.
    """

    head_start = 0.5

    def __init__(
        self, settings: GeneratorSettings, report: Callable[[Report], None], *, host: str, port: int
    ) -> None:
        self.lost: list[str] = []
        self.clocks: list[dict[str, Any]] = []
        self.members: dict[int, Any] = {}
        self._settings = settings
        self._pass_on = report
        self._answers: dict[int, Any] = {}
        self._changed = Event()
        self._window = -1
        self._stopping = False
        logging.getLogger("locust").setLevel(logging.CRITICAL)
        self._runner = Environment().create_master_runner(host, port)
        self._runner.register_message("load-ready", self._on_ready)
        self._runner.register_message("load-report", self._on_report)
        self._runner.register_message("load-revoked", self._on_revoked)
        self._watch = gevent.spawn(self._look_again_and_again)

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
        self._begin(window, begin_epoch)
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
        """Let every worker leave."""
        self._watch.kill()
        self._runner.send_message("load-leave")
        self._let_go()
        self._runner.quit()

    # What depends on where workers are.

    def _begin(self, window: Window, begin_epoch: float) -> None:
        self._runner.send_message("load-run-window", run_message(window, begin_epoch))

    def _look(self) -> dict[int, str]:
        """Which workers are no longer there, and a sentence for each."""
        raise NotImplementedError

    def _let_go(self) -> None:
        """Wait for workers to leave, where that can be seen."""

    # What they have in common.

    def _gather(self, within: float) -> list[Any]:
        """What each worker that is still there answers, waiting for it so many seconds at most."""
        until = time.monotonic() + within
        while len(self._answers.keys() & self.members.keys()) < len(self.members):
            self._changed.clear()
            if not self._changed.wait(max(0.0, until - time.monotonic())):
                silent = self.members.keys() - self._answers.keys()
                self.lost += [f"Worker {share + 1} did not answer in time." for share in sorted(silent)]
                break
        return [answer for _, answer in sorted(self._answers.items())]

    def _look_again_and_again(self) -> None:
        while True:
            for share, sentence in self._look().items():
                del self.members[share]
                self.lost.append(sentence)
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


def run_message(window: Window, begin_epoch: float, ahead: float = 0.0) -> dict[str, Any]:
    """What a worker is told of a window. ahead: seconds that its clock is ahead of the one that begin is read on."""
    return {"window": window.to_json(), "begin": begin_epoch, "ahead": ahead}
