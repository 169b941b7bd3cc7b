"""VirtualUser: a connection that takes one iteration at a time from call to call, and counts what becomes of each.

When iterations begin, and how many virtual users there are, does not belong here. Imports gevent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from time import perf_counter

from load.measuring.histogram import SIGNIFICANT_BITS
from load.measuring.measurement import Measurement
from load.traffic.http.connection import Connection
from load.traffic.http.deadlines import Deadlines
from load.traffic.http.head import Head
from load.traffic.http.link import Kind
from load.traffic.http.origin import Origin
from load.traffic.iteration import Call, Failure, Iteration, Iterations, Pause, Reply
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

    measurement: where calls are counted. deadlines: how long a connection or an answer may take. policy: for how
    long connections are kept. listener: called for each call, where somebody asked for that. errors: exceptions that
    iterations let out, which are ours and not the server's. numbers: of the traces that requests belong to.
    """

    measurement: Measurement
    deadlines: Deadlines
    policy: Policy = Policy.KEPT
    listener: Listener | None = None
    errors: list[Exception] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)


class VirtualUser(Connection):
    """Runs one iteration after another; where an iteration calls another origin, a second connection of its goes on.

    shared: what all virtual users share. when_free: called with the virtual user when its iteration has ended, and
    when its connection has been opened. when_paused: called with the virtual user, the iteration and the seconds when
    an iteration pauses, after which the virtual user is free too. again: begins the next iteration when one has ended,
    without a call of when_free; not where connections are new for each iteration. unconnected: whether an iteration
    lately found no connection; whoever reads it resets it.
    """

    __slots__ = (
        "_asked",
        "_call",
        "_elsewhere",
        "_iteration",
        "_main",
        "_measurement",
        "_number",
        "_planned",
        "_repeats",
        "again",
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
        super().__init__(origin, single=shared.policy is Policy.PER_REQUEST)
        self.shared = shared
        self.when_free = when_free
        self.when_paused = when_paused
        self.again: Iterations | None = None
        self.unconnected = False
        self._measurement = shared.measurement
        self._main = self
        self._elsewhere: dict[Origin, VirtualUser] = {}
        self._iteration: Iteration | None = None
        self._call: Call | None = None
        self._asked = b""
        self._repeats = 0
        self._number = shared.numbers.into
        self._planned = 0.0
        shared.deadlines.watch(self)

    def begin(self, iteration: Iteration, call: Call, planned: float, now: float) -> None:
        """Take an iteration on with its next call, which has been counted as begun."""
        if call.origin is not self.origin:
            self._user_for(call.origin).begin(iteration, call, planned, now)
            return
        self._iteration = iteration
        self._call = call
        self._planned = planned
        self._asked = request = self._number(call.request)
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
        iteration, call, sent = self._iteration, self._call, self.sent
        if iteration is not None and call is not None:
            failure = Failure("interrupted", "the run ended before the answer came", sent, now, self._asked)
            self._measurement.ends(call.name, self._planned, sent, now)
            self._report(call, failure, self._planned, sent, now)
            iteration.close()
        self._iteration = self._call = None

    def opened(self) -> None:
        """Be free for the first iteration."""
        self.when_free(self)

    def answered(self, head: Head, body: bytes, done: float) -> None:
        """Give the reply to the iteration, send what it asks next, and count."""
        sent = self.sent
        self._go_on(Reply(head.status, head, body, sent, done, self._asked), sent, done)

    def failed(self, kind: Kind, detail: str, done: float) -> None:
        """Give the failure to the iteration, send what it asks next, and count."""
        sent = self.sent
        if kind in {"connect", "tls"}:
            self._main.unconnected = True
        self._go_on(Failure(kind, detail, sent, done, self._asked), sent, done)

    def _go_on(self, outcome: Reply | Failure, sent: float, done: float) -> None:  # noqa: C901 - every request comes here: no call is spared for looks
        iteration, call, planned, measurement = self._iteration, self._call, self._planned, self._measurement
        if iteration is None or call is None:
            return
        following: Call | Pause | None = None
        try:
            following = iteration.send(outcome)
        except StopIteration:
            following = self._begin_again()
        except Exception as problem:  # noqa: BLE001 - whatever an iteration lets out ends the run, and is told there
            self.shared.errors.append(problem)
        asked = False
        if following is not None and isinstance(following, Call) and following.origin is self.origin:
            now = perf_counter()
            self._call = following
            self._planned = now
            if following is call and self._repeats:
                self._repeats -= 1
            else:
                self._repeats = REPEATED
                self._asked = self._number(following.request)
            self.ask(self._asked, now)  # first of all: counting can wait
            asked = True
            if now >= measurement.second_end:
                measurement.advance(now)
            measurement.rows[following.name].at_once += 1
        if planned == sent:
            # Measurement.ends, written out, for nearly every call comes here
            nanoseconds = int((done - sent) * 1e9)
            shift = nanoseconds.bit_length() - SIGNIFICANT_BITS
            if done >= measurement.second_end:
                measurement.advance(done)
            edge = nanoseconds >> shift << shift if shift > 0 else nanoseconds
            measurement.rows[call.name].prompt[edge] += 1
        else:
            measurement.ends(call.name, planned, sent, done)
        if outcome.failure is not None or self.shared.listener is not None:
            self._report(call, outcome, planned, sent, done)
        if not asked:
            self._leave(following)

    def _begin_again(self) -> Call | Pause | None:
        """Begin the next iteration where the last one ended. None leaves that to whoever hears of the end."""
        again = self.again
        if again is None or self.unconnected or self.shared.errors:
            return None
        iteration = self._iteration = again()
        try:
            return next(iteration)
        except StopIteration:
            return None
        except Exception as problem:  # noqa: BLE001 - as above
            self.shared.errors.append(problem)
            return None

    def _report(self, call: Call, outcome: Reply | Failure, planned: float, sent: float, done: float) -> None:
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
        if self.shared.listener is not None:
            self.shared.listener(call, outcome, planned)

    def _leave(self, following: Call | Pause | None) -> None:
        """The iteration asks nothing more here: it has ended, goes on at another origin, or pauses."""
        main, iteration = self._main, self._iteration
        self._call = self._request = None
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
