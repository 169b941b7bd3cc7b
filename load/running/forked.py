"""Workers that are forked from this process, under a Locust master on loopback. Imports gevent and Locust."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace

import gevent
from gevent.event import Event
from locust.env import Environment

from load.running.messages import GeneratorSettings, Report
from load.running.worker import serve
from load.running.workers import Workers

LEAVE_WITHIN = 3.0
"""Seconds that a worker may take to go when it is asked to leave."""

PORT_DIGITS = 5


class ForkedWorkers(Workers):
    """Workers in processes of their own on this machine. members: their process ids."""

    def __init__(self, settings: GeneratorSettings, count: int, report: Callable[[Report], None]) -> None:
        reader, writer = os.pipe()
        processes: dict[int, int] = {}
        for share in range(count):
            process = gevent.fork()
            if process == 0:
                os.close(writer)
                _work(replace(settings, share=share, of=count), reader)
            processes[share] = process
        os.close(reader)
        super().__init__(settings, report, host="127.0.0.1", port=0)
        self.members.update(processes)
        os.write(writer, b"%0*d" % (PORT_DIGITS, self._runner.server.port) * count)
        os.close(writer)

    def _look(self) -> dict[int, str]:
        gone: dict[int, str] = {}
        for share, process in self.members.items():
            found, status = os.waitpid(process, os.WNOHANG)
            if found:
                ended = os.waitstatus_to_exitcode(status)
                how = signal.Signals(-ended).name if ended < 0 else f"exit code {ended}"
                gone[share] = f"Worker {share + 1} went away ({how}); at most its last second is missing."
        return gone

    def _let_go(self) -> None:
        for process in self.members.values():
            with gevent.Timeout(LEAVE_WITHIN, False):
                os.waitpid(process, 0)
                continue
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _work(settings: GeneratorSettings, reader: int) -> None:
    """Be a worker until the master says so or is gone; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the master decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        logging.getLogger("locust").setLevel(logging.CRITICAL)
        master = os.getppid()
        runner = Environment().create_worker_runner("127.0.0.1", _port(reader))
        left = Event()
        runner.register_message("load-leave", lambda **_: left.set())
        serve(settings, runner, left, lambda: os.getppid() != master)
        code = 0
    finally:
        os._exit(code)


def _port(reader: int) -> int:
    """The master's port. All workers read one pipe: each takes a whole record, or they would share its digits."""
    record = os.read(reader, PORT_DIGITS)
    if not record:
        os._exit(0)  # the master went away before it listened
    return int(record)
