"""This process as a worker of a run that is led on another host: it comes, prepares what it is told, and works.

Imports gevent and Locust. The target file and the permission to send load are this host's own.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from locust.env import Environment

from fixtures.errors import BadTarget, CannotTest
from fixtures.target import Target
from load.plan.safety import Refused, check
from load.running.messages import GeneratorSettings, settings_from_json
from load.running.worker import serve
from load.scenarios.catalogue import find

FAREWELL = 0.3
"""Seconds that a last message may take to be on its way."""


@dataclass(frozen=True, kw_only=True)
class Joining:
    """What this host brings. master: host and port; allowed: hosts that its command line repeats; say: for people."""

    master: tuple[str, int]
    targets: Sequence[Target]
    allowed: Sequence[str]
    redact: Callable[[str], str]
    say: Callable[[str], None]


def work(joining: Joining) -> None:
    """Work until the run is over. BadTarget, CannotTest, Refused; KeyboardInterrupt where this host is interrupted."""
    host, port = joining.master
    _require_name(host)
    logging.getLogger("locust").setLevel(logging.CRITICAL)
    joining.say(f"Coming to the master at {host}:{port}.")
    try:
        runner: Any = Environment().create_worker_runner(host, port)
    except SystemExit:
        raise KeyboardInterrupt from None  # as Locust ends a worker that is interrupted while it waits
    except ConnectionError:
        raise CannotTest(
            f"There is no master at {host}:{port}.", "Start it there: python3 -m load --expect-workers N"
        ) from None
    told: AsyncResult[Any] = AsyncResult()
    left, interrupted = Event(), Event()

    def interrupt() -> None:
        interrupted.set()
        runner.send_message("load-left", {"why": "it was interrupted"})
        left.set()
        told.set_exception(KeyboardInterrupt())

    def leave(**_: Any) -> None:
        left.set()
        told.set_exception(CannotTest("The run ended before it began."))

    handlers = [gevent.signal_handler(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        runner.register_message("load-clock", lambda msg, **_: _tell_time(runner, msg.data["asked"]))
        runner.register_message("load-prepare", lambda msg, **_: told.set(msg.data))
        runner.register_message(
            "load-not-needed", lambda msg, **_: told.set_exception(CannotTest(str(msg.data["why"])))
        )
        runner.register_message("load-leave", leave)
        runner.send_message("load-here", {"host": socket.gethostname()})
        settings = _settings(joining, runner, told.get())
        joining.say(f"{settings.scenario.name}: part {settings.share + 1} of {settings.of}.")
        stayed = serve(settings, runner, left)
    finally:
        gevent.sleep(FAREWELL)
        for handler in handlers:
            handler.cancel()
        runner.quit()
    if interrupted.is_set():
        raise KeyboardInterrupt
    if not stayed:
        raise CannotTest("Nothing is heard of the master any more, so this worker stopped.")


def _tell_time(runner: Any, asked: float) -> None:
    runner.send_message("load-time", {"asked": asked, "there": time.time()})


def _settings(joining: Joining, runner: Any, told: dict[str, Any]) -> GeneratorSettings:
    """What this worker is to do, if it may; otherwise the master is told why not."""
    try:
        scenario = find(told["scenario"])
        settings = settings_from_json(told, scenario=scenario, targets=joining.targets, redact=joining.redact)
        for target in joining.targets:
            check(
                target,
                allowed=joining.allowed,
                rate=settings.rate,
                seconds=settings.seconds,
                requests=scenario.requests,
            )
    except (BadTarget, CannotTest, Refused) as problem:
        why = f"{socket.gethostname()}: {problem}"
        runner.send_message("load-ready", {"share": told["share"], "notes": [], "problem": why})
        raise
    return settings


def _require_name(host: str) -> None:
    try:
        socket.getaddrinfo(host, None)
    except OSError as problem:
        raise BadTarget([f"--worker-of {host}: the name cannot be resolved: {problem.strerror}."]) from None
