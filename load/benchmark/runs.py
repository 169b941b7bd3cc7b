"""Runs one tool against the stand-in, and measures it from outside. Goals do not belong here."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from load.benchmark.processes import processor_seconds, resident_bytes
from load.benchmark.standin import StandIn, free_ports
from load.benchmark.tools import Command, Work, command

START_WITHIN = 30.0
SETTLE_SECONDS = 1.0
AWAKE_SECONDS = 0.1
"""How long a tool that was stopped is at work again before it is measured."""

END_WITHIN = 45.0
PLANNED_RATE = 5_000
"""Arrivals a second of a whole run of ours."""

SCRAPE_EVERY = 1.0
"""Seconds between two scrapes; Prometheus itself asks every 15 or 60."""


@dataclass(frozen=True)
class Cost:
    """What one run cost while it was settled. microseconds: of processor, a request. core: the share of one it had."""

    tool: str
    connections: int
    requests: int
    microseconds: float
    per_second: float
    core: float
    resident: int

    def to_json(self) -> dict[str, Any]:
        """For the file of figures."""
        return asdict(self)


class Bench:
    """Where runs take place. paths: of the peers. core: the one that generators are bound to."""

    def __init__(self, server: StandIn, paths: Mapping[str, str], core: int) -> None:
        self.server = server
        self._paths = paths
        self._core = core

    def cost(self, tool: str, connections: int, seconds: float) -> Cost:
        """Let a tool work as fast as it can, and measure it for some seconds after it has settled.

        The request count is the server's, so that nothing depends on what a tool says of itself, and starting costs
        nothing. Raises RuntimeError when the tool does not get to work.
        """
        with self._at_work(tool, connections, seconds + SETTLE_SECONDS) as process:
            return self._measured(tool, connections, process, seconds)

    def turns(
        self,
        tools: Sequence[tuple[str, int]],
        rounds: int,
        seconds: float,
        trouble: Callable[[RuntimeError], None],
    ) -> Iterator[Cost]:
        """Let tools, each at so many connections, work in turn as fast as they can, and measure each turn.

        All are started first, and each is stopped while it is not its turn: neighbours are seconds apart, so that what
        else the machine does meets both. trouble: told of each tool that does not get to work, and is left out.
        """
        lasts = len(tools) * (START_WITHIN + rounds * (seconds + 1.0))
        with contextlib.ExitStack() as stack:
            started = []
            for tool, connections in tools:
                try:
                    process = stack.enter_context(self._at_work(tool, connections, lasts))
                except RuntimeError as problem:
                    trouble(problem)
                    continue
                os.killpg(process.pid, signal.SIGSTOP)
                started.append((tool, connections, process))
            for _ in range(rounds):
                for tool, connections, process in started:
                    os.killpg(process.pid, signal.SIGCONT)
                    time.sleep(AWAKE_SECONDS)
                    cost = self._measured(tool, connections, process, seconds)
                    os.killpg(process.pid, signal.SIGSTOP)
                    yield cost

    @contextlib.contextmanager
    def _at_work(self, tool: str, connections: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
        """A tool that has settled. seconds: how long it is to work from then on."""
        work = self._work(tool, connections, int(seconds + START_WITHIN))
        with self._running(tool, work) as process, _scraping(work.metrics):
            began = self.server.served()
            deadline = time.monotonic() + START_WITHIN
            while self.server.served() - began < 20 * connections:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{tool} did not get to work at {connections} connections")
                time.sleep(0.1)
            time.sleep(SETTLE_SECONDS)
            yield process

    def _measured(self, tool: str, connections: int, process: subprocess.Popen[str], seconds: float) -> Cost:
        first = (self.server.served(), processor_seconds(process.pid), time.monotonic())
        time.sleep(seconds)
        last = (self.server.served(), processor_seconds(process.pid), time.monotonic())
        resident = resident_bytes(process.pid)
        requests, used, lasted = (after - before for before, after in zip(first, last, strict=True))
        if requests <= 0:
            raise RuntimeError(f"{tool} sent nothing at {connections} connections")
        return Cost(
            tool,
            connections,
            int(requests),
            used * 1e6 / requests,
            requests / lasted,
            used / lasted,
            resident,
        )

    def _work(self, tool: str, connections: int, seconds: int) -> Work:
        if tool.endswith("tls"):
            return Work(self.server.secure_url, connections, seconds, ca_file=self.server.ca_file)
        rate = PLANNED_RATE if tool.startswith("plan") else 0
        metrics = free_ports(1)[0] if tool.endswith("metrics") else 0
        return Work(self.server.url, connections, seconds, rate, metrics)

    def paced(self, tool: str, work: Work, *, freeze: float = 0.0) -> dict[str, Any]:
        """Let a tool work at a rate to the end; freeze: seconds for which the server stops in the middle.

        Returns what the tool reports in milliseconds by percentile, and what the server counted.
        """
        began = self.server.served()
        frozen = 0.0
        with self._running(tool, work) as process:
            deadline = time.monotonic() + START_WITHIN
            while self.server.served() - began < work.rate // 10:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{tool} did not get to work at {work.rate}/s")
                time.sleep(0.05)
            if freeze:
                time.sleep(work.seconds / 2 - 0.5)
                frozen = self.server.freeze(freeze)
            try:
                text, _ = process.communicate(timeout=work.seconds + END_WITHIN)
            except subprocess.TimeoutExpired:
                raise RuntimeError(f"{tool} did not end at {work.rate}/s") from None
        return {
            "tool": tool,
            "rate": work.rate,
            "connections": work.connections,
            "frozen_seconds": frozen,
            "served": self.server.served() - began,
            **reported(tool, text),
        }

    @contextlib.contextmanager
    def _running(self, tool: str, work: Work) -> Iterator[subprocess.Popen[str]]:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            started: Command = command(tool, self._paths, work, Path(folder))
            process = subprocess.Popen(  # noqa: S603 - the tools that were asked for
                started.line,
                env={**os.environ, **started.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=folder,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {self._core}),  # noqa: PLW1509 - one thread here
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # a session of its own: only what was started here
                process.communicate()


@contextlib.contextmanager
def _scraping(port: int) -> Iterator[None]:
    """Ask for metrics as Prometheus does, only more often; not where there is no port."""
    ended = Event()

    def scrape() -> None:
        while not ended.wait(SCRAPE_EVERY):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read()

    thread = Thread(target=scrape, daemon=True)
    if port:
        thread.start()
    try:
        yield
    finally:
        ended.set()


def reported(tool: str, text: str) -> dict[str, Any]:
    """What a tool says at its end: percentiles in milliseconds, and counts where it has any."""
    line = re.search(r"^measured (\{.*\})$", text, re.MULTILINE)
    if line:
        found: dict[str, Any] = json.loads(line.group(1))
        times = dict(zip(map(str, found["percents"]), found["from_plan_ms"], strict=True))
        return {"milliseconds": times, **found}
    if tool in {"wrk", "wrk2"}:
        scale = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
        lines = re.findall(r"^ *([0-9.]+)% +([0-9.]+)(us|ms|s|m)$", text, re.MULTILINE)
        return {"milliseconds": {f"{float(at):g}": float(value) * scale[unit] for at, value, unit in lines}}
    if tool == "hey":
        lines = re.findall(r"^ *([0-9.]+)%+ in ([0-9.]+) secs", text, re.MULTILINE)
        return {"milliseconds": {f"{float(at):g}": float(value) * 1e3 for at, value in lines}}
    if tool == "k6":
        return {"milliseconds": _of_k6(text)}
    return {"milliseconds": {}}


def _of_k6(text: str) -> dict[str, float]:
    line = re.search(r"http_req_duration\.+: (.*)", text)
    scale = {"µs": 1e-3, "ms": 1.0, "s": 1e3}
    names = {"med": "50", "p(90)": "90", "p(99)": "99", "p(99.9)": "99.9", "max": "100"}
    found = re.findall(r"(\S+)=([0-9.]+)(µs|ms|s)", line.group(1)) if line else []
    return {names[name]: float(value) * scale[unit] for name, value, unit in found if name in names}
