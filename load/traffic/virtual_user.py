"""Traveller: a connection that takes one journey at a time from call to call, and counts what becomes of each.

When journeys begin, and how many travellers there are, does not belong here. Imports gevent.
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
from load.traffic.iteration import Call, Failure, Journey, Journeys, Pause, Reply

Witness = Callable[[Call, "Reply | Failure", float], None]
"""Told of each call that ended: the call, what came of it, and the instant it was planned for."""


class Policy(Enum):
    """For how long a connection is kept."""

    KEPT = "kept"
    PER_JOURNEY = "new per journey"
    PER_REQUEST = "new per request"


@dataclass(slots=True)
class Road:
    """What all travellers of one process share.

    measurement: where calls are counted. deadlines: how long a connection or an answer may take. policy: for how
    long connections are kept. witness: told of each call, where somebody asked for that. errors: exceptions that
    journeys let out, which are ours and not the server's.
    """

    measurement: Measurement
    deadlines: Deadlines
    policy: Policy = Policy.KEPT
    witness: Witness | None = None
    errors: list[Exception] = field(default_factory=list)


class Traveller(Connection):
    """Takes one journey after another; where a journey calls another origin, a companion of its takes it on.

    road: what is shared. when_free: called with the traveller when its journey has ended, and when its connection has
    been opened. when_paused: called with the traveller, the journey and the seconds when a journey pauses, after
    which the traveller is free too. again: begins the next journey when one has ended, without a word to when_free;
    not for companions, nor where connections are new for each journey. unconnected: whether a journey lately found no
    connection; whoever asks resets it.
    """

    __slots__ = (
        "_call",
        "_companions",
        "_home",
        "_journey",
        "_measurement",
        "_planned",
        "again",
        "road",
        "unconnected",
        "when_free",
        "when_paused",
    )

    def __init__(
        self,
        road: Road,
        origin: Origin,
        when_free: Callable[[Traveller], None],
        when_paused: Callable[[Traveller, Journey, float], None],
    ) -> None:
        super().__init__(origin, single=road.policy is Policy.PER_REQUEST)
        self.road = road
        self.when_free = when_free
        self.when_paused = when_paused
        self.again: Journeys | None = None
        self.unconnected = False
        self._measurement = road.measurement
        self._home = self
        self._companions: dict[Origin, Traveller] = {}
        self._journey: Journey | None = None
        self._call: Call | None = None
        self._planned = 0.0
        road.deadlines.watch(self)

    def begin(self, journey: Journey, call: Call, planned: float, now: float) -> None:
        """Take a journey on with its next call, which has been counted as begun."""
        if call.origin is not self.origin:
            self._companion(call.origin).begin(journey, call, planned, now)
            return
        self._journey = journey
        self._call = call
        self._planned = planned
        self.ask(call.request, now)

    def part(self) -> None:
        """Close the connection and those of all companions."""
        self.close()
        for companion in self._companions.values():
            companion.close()

    def give_up(self, now: float) -> None:
        """End the call under way as interrupted, and its journey with it; close all connections, for good."""
        for traveller in (self, *self._companions.values()):
            traveller._interrupt(now)  # noqa: SLF001 - companions are of the same class
            traveller.forgotten = True
            traveller.close()

    def _interrupt(self, now: float) -> None:
        journey, call, sent = self._journey, self._call, self.sent
        if journey is not None and call is not None:
            failure = Failure("interrupted", "the run ended before the answer came", sent, now)
            self._measurement.ends(call.name, self._planned, sent, now)
            self._tell(call, failure, self._planned, now)
            journey.close()
        self._journey = self._call = None

    def opened(self) -> None:
        """Be free for the first journey."""
        self.when_free(self)

    def answered(self, head: Head, body: bytes, done: float) -> None:
        """Give the reply to the journey, send what it asks next, and count."""
        sent = self.sent
        self._go_on(Reply(head.status, head, body, sent, done), sent, done)

    def failed(self, kind: Kind, detail: str, done: float) -> None:
        """Give the failure to the journey, send what it asks next, and count."""
        sent = self.sent
        if kind in {"connect", "tls"}:
            self._home.unconnected = True
        self._go_on(Failure(kind, detail, sent, done), sent, done)

    def _go_on(self, outcome: Reply | Failure, sent: float, done: float) -> None:
        journey, call, planned, measurement = self._journey, self._call, self._planned, self._measurement
        if journey is None or call is None:
            return
        following: Call | Pause | None = None
        try:
            following = journey.send(outcome)
        except StopIteration:
            following = self._begin_again()
        except Exception as problem:  # noqa: BLE001 - whatever a journey lets out ends the run, and is told there
            self.road.errors.append(problem)
        asked = False
        if following is not None and isinstance(following, Call) and following.origin is self.origin:
            now = perf_counter()
            self._call = following
            self._planned = now
            self.ask(following.request, now)  # first of all: counting can wait
            asked = True
            if now >= measurement.turn:
                measurement.advance(now)
            measurement.rows[following.name].at_once += 1
        if planned == sent:
            # Measurement.ends, written out, for nearly every call comes here
            nanoseconds = int((done - sent) * 1e9)
            shift = nanoseconds.bit_length() - SIGNIFICANT_BITS
            if done >= measurement.turn:
                measurement.advance(done)
            edge = nanoseconds >> shift << shift if shift > 0 else nanoseconds
            measurement.rows[call.name].prompt[edge] += 1
        else:
            measurement.ends(call.name, planned, sent, done)
        if outcome.failure is not None or self.road.witness is not None:
            self._tell(call, outcome, planned, done)
        if not asked:
            self._leave(following)

    def _begin_again(self) -> Call | Pause | None:
        """Begin the next journey where the last one ended. None leaves that to whoever is told of the end."""
        again = self.again
        if again is None or self.unconnected or self.road.errors:
            return None
        journey = self._journey = again()
        try:
            return next(journey)
        except StopIteration:
            return None
        except Exception as problem:  # noqa: BLE001 - as above
            self.road.errors.append(problem)
            return None

    def _tell(self, call: Call, outcome: Reply | Failure, planned: float, done: float) -> None:
        if outcome.failure is not None:
            self._measurement.fails(call.name, outcome.failure.kind, outcome.failure.detail, done)
        if self.road.witness is not None:
            self.road.witness(call, outcome, planned)

    def _leave(self, following: Call | Pause | None) -> None:
        """The journey asks nothing more here: it has ended, goes on at another origin, or pauses."""
        home, journey = self._home, self._journey
        self._call = self._request = None
        self.since = inf
        if following is None or journey is None:
            if self.road.policy is Policy.PER_JOURNEY:
                home.part()
            home.when_free(home)
        elif isinstance(following, Call):
            now = perf_counter()
            self._measurement.begins_at_once(following.name, now)
            home.begin(journey, following, now, now)
        else:
            home.when_paused(home, journey, following.seconds)

    def _companion(self, origin: Origin) -> Traveller:
        found = self._companions.get(origin)
        if found is None:
            found = self._companions[origin] = Traveller(self.road, origin, self.when_free, self.when_paused)
            found._home = self
        return found
