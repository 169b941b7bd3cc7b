"""Workers on other hosts, which come to a Locust master here. Imports gevent and Locust.

Every host reads a target file of its own and allows load for itself: what goes over the wire holds no secret. What such
a worker does is in joining.py beside it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust.exception import RPCError
from locust.runners import STATE_MISSING

from fixtures.errors import BadTarget, CannotTest
from load.plan.windows import Window
from load.running.clocks import Reading, nearest
from load.running.messages import GeneratorSettings, Report, settings_to_json
from load.running.workers import LOOK_EVERY, Workers, run_message

COME_WITHIN = 600.0
"""Seconds that workers may take to come."""

ASK_EVERY = 0.25
"""Seconds between two questions for a worker's clock."""

LEAST_READINGS = 8
"""How often a clock is read before the first window."""

KEPT_READINGS = 60
"""Of which the quickest counts: a clock may be set anew, so what is old is forgotten."""


@dataclass
class Host:
    """A worker on another host. node: what Locust calls it; readings: of its clock; left: why it says that it goes."""

    node: str
    name: str
    readings: deque[Reading] = field(default_factory=lambda: deque(maxlen=KEPT_READINGS))
    left: str = ""

    @property
    def clock(self) -> Reading:
        """The best reading of its clock."""
        return nearest(self.readings)


class HostWorkers(Workers):
    """Workers that come from elsewhere. members: each a Host.

    count: how many are expected; listen: host and port of the master; say: tells people how it goes.
    """

    head_start = 1.0

    def __init__(
        self,
        settings: GeneratorSettings,
        count: int,
        report: Callable[[Report], None],
        *,
        listen: tuple[str, int],
        say: Callable[[str], None],
    ) -> None:
        host, port = listen
        self._count = count
        self._say = say
        self.hosts: dict[int, Host] = {}
        try:
            super().__init__(settings, report, host=host, port=port)
        except (RPCError, SystemExit) as problem:
            raise BadTarget(
                [f"--listen {host}:{port}: it cannot be listened at; name another port."]
            ) from problem
        self._runner.register_message("load-here", self._on_here)
        self._runner.register_message("load-time", self._on_time)
        self._runner.register_message("load-left", self._on_left)
        self._asking = gevent.spawn(self._ask_again_and_again)

    def prepare(self) -> list[str]:
        """Wait until all have come, let them prepare, and say what their clocks are like."""
        self._say(f"Waiting for {self._count} workers: python3 -m load --worker-of HOST --target ..")
        self._wait(
            lambda: len(self.hosts) >= self._count,
            COME_WITHIN,
            lambda: f"{len(self.hosts)} of {self._count} workers came within {COME_WITHIN:.0f} s.",
        )
        for share, host in self.hosts.items():
            told = settings_to_json(self._settings, share=share, of=self._count)
            self._runner.send_message("load-prepare", told, client_id=host.node)
        notes = super().prepare()
        self._wait(
            lambda: (
                bool(self.lost) or all(len(each.readings) >= LEAST_READINGS for each in self.hosts.values())
            ),
            COME_WITHIN,
            lambda: "A worker does not tell the time.",
        )
        if self.lost:
            raise CannotTest(self.lost[0], "Nothing was sent yet; run again.")
        return [*notes, *(self._told(share, host) for share, host in self.hosts.items())]

    def _told(self, share: int, host: Host) -> str:
        """What is said of a worker's clock; it is kept for the record too."""
        clock = host.clock
        self.clocks.append(
            {
                "host": host.name,
                "clock_ahead": round(clock.ahead, 6),
                "known_within": round(clock.within, 6),
            }
        )
        way = "ahead of" if clock.ahead >= 0 else "behind"
        return (
            f"Worker {share + 1} is on {host.name}: its clock is {abs(clock.ahead):.4f} s {way} the master's, "
            f"known to {clock.within * 1e3:.1f} ms, and its begin is corrected by that."
        )

    def _wait(self, until: Callable[[], bool], within: float, otherwise: Callable[[], str]) -> None:
        ends = time.monotonic() + within
        while not until():
            if time.monotonic() > ends:
                raise CannotTest(otherwise(), "Nothing was sent. Look at the workers, then run again.")
            gevent.sleep(LOOK_EVERY)

    def close(self) -> None:
        """Let every worker leave."""
        self._asking.kill()
        super().close()

    def _begin(self, window: Window, begin_epoch: float) -> None:
        for host in self.members.values():
            told = run_message(window, begin_epoch, host.clock.ahead)
            self._runner.send_message("load-run-window", told, client_id=host.node)

    def _look(self) -> dict[int, str]:
        gone: dict[int, str] = {}
        for share, host in self.members.items():
            node = self._runner.clients.get(host.node)
            if host.left or node is None or node.state == STATE_MISSING:
                why = host.left or "nothing is heard of it any more"
                gone[share] = (
                    f"Worker {share + 1} on {host.name} went away ({why}); "
                    "what it did since its last report is missing."
                )
        return gone

    # What is heard from them.

    def _on_here(self, msg: Any, **_: Any) -> None:
        if len(self.hosts) >= self._count:
            self._runner.send_message(
                "load-not-needed", {"why": f"{self._count} workers came before."}, client_id=msg.node_id
            )
            return
        share = len(self.hosts)
        self.hosts[share] = self.members[share] = Host(msg.node_id, str(msg.data["host"]))
        self._say(f"Worker {share + 1} of {self._count} came from {msg.data['host']}.")

    def _on_left(self, msg: Any, **_: Any) -> None:
        for host in self.hosts.values():
            if host.node == msg.node_id:
                host.left = str(msg.data["why"])

    # What their clocks say.

    def _ask_again_and_again(self) -> None:
        while True:
            for host in list(self.members.values()):
                self._runner.send_message("load-clock", {"asked": time.time()}, client_id=host.node)
            gevent.sleep(ASK_EVERY)

    def _on_time(self, msg: Any, **_: Any) -> None:
        answered = time.time()
        for host in self.hosts.values():
            if host.node == msg.node_id:
                host.readings.append(Reading(msg.data["asked"], msg.data["there"], answered))
