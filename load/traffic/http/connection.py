"""Connection: one HTTP/1.1 connection in gevent's loop, driven by callbacks. No iterations, no statistics.

Imports gevent. A subclass hears what becomes of each request through `answered` and `failed`.
"""

from __future__ import annotations

import math
import ssl
from time import perf_counter

from load.traffic.http.answer import Answer, whole
from load.traffic.http.head import Head, Malformed
from load.traffic.http.link import Kind, Link, reason
from load.traffic.http.origin import Origin
from load.traffic.http.readiness import Readiness

READ_BYTES = 16 * 1024

RESTED_SECONDS = 1.0
"""How long after its last request a connection is looked at before the next: servers end what rests (RFC 9112 9.3)."""

_HEAD_METHOD = b"HEAD "
AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection(Link):
    """A connection that is opened when it is first needed, and opened again when it is needed after it ended.

    origin: where to. single: end the connection after every answer.
    sent: when the request that is under way began to be sent, 0 before. since: for Deadlines, the instant from which
    the request waits for the next thing to happen: the connection, or the answer.

    For whoever reads and sends beside it: request is the one under way, used whether one was answered before. quick is
    True where it went out whole and nothing of its answer was handed to `received`, on a connection of which nothing
    else is to be known.
    """

    __slots__ = (
        "_answer",
        "_idle_until",
        "_plain",
        "_unsent",
        "forgotten",
        "quick",
        "request",
        "sent",
        "since",
        "single",
        "used",
    )

    def __init__(self, origin: Origin, readiness: Readiness, *, single: bool = False) -> None:
        super().__init__(origin, readiness)
        self.single = single
        self.sent = 0.0
        self.since = math.inf
        self.forgotten = False
        self.request: bytes | None = None
        self._unsent: memoryview | None = None
        self._answer: Answer | None = None
        self._idle_until = math.inf
        self.used = False
        self._plain = False
        self.quick = False

    # What a subclass hears.

    def answered(self, head: Head, body: bytes, done: float) -> None:
        """The request was answered. The next one may be asked at once."""
        raise NotImplementedError

    def failed(self, kind: Kind, detail: str, done: float) -> None:
        """The request has no answer. The next one may be asked at once."""
        raise NotImplementedError

    def opened(self) -> None:
        """A connection that `open` asked for is there, or could not be had."""

    # What a subclass asks for.

    def open(self) -> None:
        """Connect without a request. Ends in `opened`."""
        self.since = perf_counter()
        self._connect()

    def ask(self, request: bytes, now: float) -> None:
        """Send a request, now, after connecting where that is needed. Ends in `answered` or `failed`, never in both.

        Not before the last one ended. Neither is called before this returns.
        """
        if now - self.sent > RESTED_SECONDS and self._reader is not None:
            self.request = None
            self._readable()  # an end that came already, and that a busy loop has not got round to
        self.request = request
        self.since = now
        self.quick = False
        if self._reader is None or now > self._idle_until:
            self.sent = 0.0
            self.close()
            self.request = request
            self.since = now
            self._connect()
            return
        self.sent = now
        self._send(request)

    def _send(self, request: bytes) -> None:
        """Send the request, and what does not go at once when it can."""
        try:
            count = self.transmit(request)
        except OSError as problem:
            self.not_sent(request, problem)
            return
        if count == len(request):
            self.quick = self._plain
        else:
            self.send_rest(request, count)

    def not_sent(self, request: bytes, problem: OSError) -> None:
        """Sending failed, or nothing could be sent just now."""
        if isinstance(problem, AGAIN):
            self.send_rest(request, 0)
        else:
            self._later("reset", f"sending failed: {reason(problem)}")

    def send_rest(self, request: bytes, count: int) -> None:
        """Send what is left after so many bytes as soon as it can be."""
        self._unsent = memoryview(request)[count:]
        self._watch_writable(self._send_more)

    def rest(self) -> None:
        """Nothing is asked for now."""
        self.request = None
        self.quick = False
        self.since = math.inf

    def close(self) -> None:
        """End the connection. A request under way is forgotten, and nobody is told."""
        self._unlink()
        self._answer = self._unsent = self.request = None
        self._idle_until = math.inf
        self.used = self.quick = False
        self.since = math.inf

    def out_of_time(self, now: float) -> None:
        """Give the request up, because its time is over."""
        what = "no answer" if self.sent else "no connection"
        self._fail("timeout", f"{what} in time", now)

    def _linked(self) -> None:
        self._plain = not self.single and self._pending is None
        request = self.request
        if request is None:
            self.since = math.inf
            self.opened()
        else:
            self.sent = now = (
                perf_counter()
            )  # it has not rested: whatever came by now is no end of a kept connection
            self.ask(request, now)

    def _not_linked(self, kind: Kind, detail: str) -> None:
        self._fail(kind, detail, perf_counter())

    # Sending what did not go at once.

    def _send_more(self) -> None:
        unsent = self._unsent
        if unsent is None:
            self._stop_writer()
            return
        try:
            count = self.transmit(unsent)
        except AGAIN:
            return
        except OSError:
            self._stop_writer()  # an answer may have come before the end: reading tells
            return
        if count == len(unsent):
            self._unsent = None
            self._stop_writer()
        else:
            self._unsent = unsent[count:]

    # Receiving.

    def _readable(self) -> None:
        try:
            data = self.receive(READ_BYTES)
        except AGAIN:
            return
        except OSError as problem:
            self.broke(problem)
            return
        self.received(data)

    def received(self, data: bytes) -> None:
        """Take what was read; nothing where that was the end."""
        self.quick = False
        request = self.request
        if request is None:
            self.close()  # an end, or something that nobody asked for
            return
        if self._answer is None and data and request[:5] != _HEAD_METHOD:
            try:
                found = whole(data)
            except Malformed as problem:
                self._fail("malformed", str(problem), perf_counter())
                return
            if found is not None:
                self._complete(found[0], found[1], extra=False)
                return
        self._piece(data, request)

    def _piece(self, data: bytes, request: bytes) -> None:
        """Take a piece of an answer that did not come in one, or whose end is not known by a length."""
        answer = self._answer
        if answer is None:
            answer = self._answer = Answer(to_head=request[:5] == _HEAD_METHOD)
        try:
            complete = answer.feed(data) if data else answer.ended()
            while not complete and data and self._pending is not None and self._pending():
                complete = answer.feed(self.receive(READ_BYTES))
        except Malformed as problem:
            self._fail("malformed", str(problem), perf_counter())
            return
        except AGAIN:
            return
        except OSError as problem:
            self.broke(problem)
            return
        if complete:
            self._answer = None
            self._complete(answer.head, answer.body, extra=answer.extra)
        elif not data:
            self._fail("reset", self._how_it_ended("the server closed the connection"), perf_counter())

    def _complete(self, head: Head, body: bytes, *, extra: bool) -> None:
        """Tell the answer, after making sure that nothing of it is left for the next one."""
        now = perf_counter()
        if self._pending is not None and not self._plain:
            if self.origin.resume and isinstance(self._socket, ssl.SSLSocket):
                # what resumes a session (RFC 8446 section 2.2) arrives after the handshake
                self.origin.session = self._socket.session
            self._plain = not self.single
        if head.keep and not self.single and not extra and self._unsent is None:
            self.used = True
            self._idle_until = now + head.idle_seconds
        else:
            self.close()
        self.answered(head, body, now)

    def _how_it_ended(self, what: str) -> str:
        answer = self._answer
        if answer is not None and answer.begun:
            return f"{what} in the middle of an answer"
        return f"{what} that had been kept, without an answer" if self.used else f"{what} without an answer"

    def broke(self, problem: OSError) -> None:
        """Reading failed."""
        if self.request is None:
            self.close()
            return
        now = perf_counter()
        if _is_end(problem):
            answer = self._answer
            # without a close_notify nobody knows whether the end was the server's (RFC 8446 section 6.1)
            if isinstance(problem, ssl.SSLZeroReturnError) and answer is not None and answer.ended():
                self._complete(answer.head, answer.body, extra=False)
                return
            self._fail("reset", self._how_it_ended("the server closed the connection"), now)
        elif isinstance(problem, ssl.SSLError):
            self._fail("tls", f"TLS broke: {reason(problem)}", now)
        else:
            self._fail("reset", self._how_it_ended("the server reset the connection"), now)

    # Failing.

    def _fail(self, kind: Kind, detail: str, now: float) -> None:
        asked = self.request is not None
        self.close()
        if asked:
            self.failed(kind, detail, now)
        else:
            self.opened()


def _is_end(problem: OSError) -> bool:
    """Whether TLS says that the peer sends no more, properly or not. Older Pythons tell the latter by a word only."""
    if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return True
    return isinstance(problem, ssl.SSLError) and problem.reason == "UNEXPECTED_EOF_WHILE_READING"
