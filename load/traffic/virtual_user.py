"""VirtualUser: a connection that takes one iteration at a time from call to call, and counts what becomes of each.

When iterations begin, and how many virtual users there are, does not belong here. Imports gevent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from time import perf_counter

from load.measuring.measurement import Measurement
from load.traffic.http.connection import Connection
from load.traffic.http.deadlines import Deadlines
from load.traffic.http.head import Head
from load.traffic.http.link import Kind
from load.traffic.http.origin import Origin
from load.traffic.http.readiness import Readiness
from load.traffic.iteration import Call, Failure, Iteration, Pause, Reply
from load.traffic.trace import Numbers, trace_of

Listener = Callable[[Call, "Reply | Failure", float], None]
"""Told of each call that ended: the call, what came of it, and the instant it was planned for."""


REPEATED = 15
"""How often a virtual user that sends one request again and again keeps its trace: a number of its own for each costs
a tenth of a request."""


class Policy(Enum):
    """For how long a connection is kept."""

    KEPT = "kept"
    PER_ITERATION = "new per iteration"
    PER_REQUEST = "new per request"


@dataclass(slots=True)
class Shared:
    """What all virtual users of one process share.

    measurement: where calls are counted. deadlines: how long a connection or an answer may take. readiness: tells
    what can be read. policy: for how long connections are kept. listener: called for each call, where somebody asked
    for that. errors: exceptions that iterations let out, which are ours and not the server's. numbers: of the traces
    that requests belong to. users: those that are connected, by descriptor.
    """

    measurement: Measurement
    deadlines: Deadlines
    readiness: Readiness
    policy: Policy = Policy.KEPT
    listener: Listener | None = None
    errors: list[Exception] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)
    users: dict[int, VirtualUser] = field(default_factory=dict)


class VirtualUser(Connection):
    """Runs one iteration after another; where an iteration calls another origin, a second connection of its goes on.

    shared: what all virtual users share. when_free: called with the virtual user when its iteration has ended, and
    when its connection has been opened. when_paused: called with the virtual user, the iteration and the seconds when
    an iteration pauses, after which the virtual user is free too. iteration, call, asked: what is under way, and the
    request as it went out. planned: the instant that the call under way, or the last one, was planned for.
    unconnected: whether an iteration lately found no connection; whoever reads it resets it.
    """

    __slots__ = (
        "_elsewhere",
        "_listener",
        "_main",
        "_measurement",
        "_number",
        "_repeated",
        "_repeats",
        "asked",
        "call",
        "iteration",
        "planned",
        "shared",
        "unconnected",
        "when_free",
        "when_paused",
    )

    def __init__(
        self,
        shared: Shared,
        origin: Origin,
        when_free: Callable[[VirtualUser], None],
        when_paused: Callable[[VirtualUser, Iteration, float], None],
    ) -> None:
        super().__init__(origin, shared.readiness, single=shared.policy is Policy.PER_REQUEST)
        self.shared = shared
        self.when_free = when_free
        self.when_paused = when_paused
        self.unconnected = False
        self._measurement = shared.measurement
        self._listener = shared.listener
        self._main = self
        self._elsewhere: dict[Origin, VirtualUser] = {}
        self.iteration: Iteration | None = None
        self.call: Call | None = None
        self.asked = b""
        self._repeated: Call | None = None
        self._repeats = 0
        self._number = shared.numbers.into
        self.planned = 0.0
        shared.deadlines.watch(self)

    def begin(self, iteration: Iteration, call: Call, planned: float, now: float) -> None:
        """Take an iteration on with its next call, which has been counted as begun."""
        if call.origin is not self.origin:
            self._user_for(call.origin).begin(iteration, call, planned, now)
            return
        self.iteration = iteration
        self.call = call
        self.planned = planned
        self.asked = request = self.numbered(call) if call.traced else call.request
        self.ask(request, now)

    def part(self) -> None:
        """Close the connection and those to other origins."""
        self.close()
        for user in self._elsewhere.values():
            user.close()

    def give_up(self, now: float) -> None:
        """End the call under way as interrupted, and its iteration with it; close all connections, for good."""
        for user in (self, *self._elsewhere.values()):
            user._interrupt(now)  # noqa: SLF001 - those to other origins are of the same class
            user.forgotten = True
            user.close()

    def _interrupt(self, now: float) -> None:
        iteration, call, sent = self.iteration, self.call, self.sent
        if iteration is not None and call is not None:
            failure = Failure("interrupted", "the run ended before the answer came", sent, now, self.asked)
            self._measurement.ends(call.name, self.planned, sent, now)
            self.report(call, failure, self.planned, sent, now)
            iteration.close()
        self.iteration = self.call = None

    def _linked(self) -> None:
        if self._reader is not None:
            self.shared.users[self._reader] = self
        super()._linked()

    def _unlink(self) -> None:
        if self._reader is not None:
            self.shared.users.pop(self._reader, None)
        super()._unlink()

    def opened(self) -> None:
        """Be free for the first iteration."""
        self.when_free(self)

    def answered(self, head: Head, body: bytes, done: float) -> None:
        """Give the reply to the iteration, send what it asks next, and count."""
        sent = self.sent
        self._go_on(Reply(head.status, head, body, sent, done, self.asked), sent, done)

    def failed(self, kind: Kind, detail: str, done: float) -> None:
        """Give the failure to the iteration, send what it asks next, and count."""
        sent = self.sent
        if kind in {"connect", "tls"}:
            self._main.unconnected = True
        self._go_on(Failure(kind, detail, sent, done, self.asked), sent, done)

    def go_on(self) -> None:
        """Ask what the iteration asks next, on a connection that may have ended since."""
        call = self.call
        if call is None or self.forgotten:
            return  # everything was given up meanwhile
        self.planned = now = perf_counter()
        self._measurement.begins_at_once(call.name, now)
        self.asked = request = self.numbered(call) if call.traced else call.request
        self.ask(request, now)

    def _go_on(self, outcome: Reply | Failure, sent: float, done: float) -> None:
        iteration, call, planned = self.iteration, self.call, self.planned
        if iteration is None or call is None:
            return
        following: Call | Pause | None = None
        try:
            following = iteration.send(outcome)
        except StopIteration:
            pass
        except Exception as problem:  # noqa: BLE001 - whatever an iteration lets out ends the run, and is told there
            self.shared.errors.append(problem)
        self._measurement.ends(call.name, planned, sent, done)
        if outcome.failure is not None or self._listener is not None:
            self.report(call, outcome, planned, sent, done)
        if isinstance(following, Call) and following.origin is self.origin:
            self.call = following
            self.planned = now = perf_counter()
            self._measurement.begins_at_once(following.name, now)
            self.asked = request = self.numbered(following) if following.traced else following.request
            self.ask(request, now)
        else:
            self.leave(following)

    def numbered(self, call: Call) -> bytes:
        """The request with the number of a trace in it, which it shares with a few before it where it is repeated."""
        if call is self._repeated and self._repeats:
            self._repeats -= 1
            return self.asked
        self._repeated, self._repeats = call, REPEATED
        return self._number(call.request)

    def report(self, call: Call, outcome: Reply | Failure, planned: float, sent: float, done: float) -> None:
        """Count a failure with its reason, and tell the listener."""
        failure = outcome.failure
        if failure is not None:
            self._measurement.fails(
                call.name,
                failure.kind,
                failure.detail,
                planned=planned,
                sent=sent,
                done=done,
                trace=trace_of(failure.asked),
            )
        if self._listener is not None:
            self._listener(call, outcome, planned)

    def leave(self, following: Call | Pause | None) -> None:
        """The iteration asks nothing more here: it has ended, goes on at another origin, or pauses."""
        main, iteration = self._main, self.iteration
        self.call = self.request = None
        self.quick = False
        self.since = inf
        if following is None or iteration is None:
            if self.shared.policy is Policy.PER_ITERATION:
                main.part()
            main.when_free(main)
        elif isinstance(following, Call):
            now = perf_counter()
            self._measurement.begins_at_once(following.name, now)
            main.begin(iteration, following, now, now)
        else:
            main.when_paused(main, iteration, following.seconds)

    def _user_for(self, origin: Origin) -> VirtualUser:
        found = self._elsewhere.get(origin)
        if found is None:
            found = self._elsewhere[origin] = VirtualUser(
                self.shared, origin, self.when_free, self.when_paused
            )
            found._main = self
        return found
