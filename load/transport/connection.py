"""Connection: one HTTP/1.1 connection in gevent's loop, driven by callbacks. No journeys, no statistics.

Imports gevent. A subclass hears what becomes of each request through `answered` and `failed`.
"""

from __future__ import annotations

import errno
import math
import os
import socket
import ssl
from time import perf_counter
from typing import Any, Literal

import gevent
from gevent.monkey import get_original

from load.transport.answer import Answer, heads, whole
from load.transport.head import Head, Malformed
from load.transport.origin import Origin

READ_BYTES = 64 * 1024
Kind = Literal["connect", "tls", "timeout", "reset", "malformed"]
"""Why there is no answer."""

_READABLE, _WRITABLE = 1, 2
_PLAIN_SOCKET: type[socket.socket] = get_original("socket", "socket")
"""Locust replaces the standard library's sockets by slower ones that wait in a greenlet; in the loop nothing waits."""
_HEAD_METHOD = b"HEAD "
_AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """A connection that is opened when it is first needed, and opened again when it is needed after it ended.

    origin: where to. single: end the connection after every answer.
    sent: when the request that is under way began to be sent, 0 before. since: for Deadlines, the instant from which
    the request waits for the next thing to happen: the connection, or the answer.
    """

    __slots__ = (
        "_answer",
        "_doom",
        "_idle_until",
        "_loop",
        "_pending",
        "_plain",
        "_reader",
        "_receive",
        "_request",
        "_socket",
        "_transmit",
        "_tries",
        "_unsent",
        "_used",
        "_writer",
        "forgotten",
        "origin",
        "sent",
        "since",
        "single",
    )

    def __init__(self, origin: Origin, *, single: bool = False) -> None:
        self.origin = origin
        self.single = single
        self.sent = 0.0
        self.since = math.inf
        self.forgotten = False
        self._loop = gevent.get_hub().loop
        self._socket: socket.socket | None = None
        self._reader: Any = None
        self._writer: Any = None
        self._request: bytes | None = None
        self._unsent: memoryview | None = None
        self._answer: Answer | None = None
        self._idle_until = math.inf
        self._tries = 0
        self._used = False
        self._plain = False
        self._doom: object = None
        self._receive: Any = None
        self._transmit: Any = None
        self._pending: Any = None

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

    @property
    def is_open(self) -> bool:
        """Whether a request could be sent without connecting first."""
        return self._reader is not None

    def open(self) -> None:
        """Connect without a request. Ends in `opened`."""
        self.since = perf_counter()
        self._connect()

    def ask(self, request: bytes, now: float) -> None:
        """Send a request, now, after connecting where that is needed. Ends in `answered` or `failed`, never in both.

        Not before the last one ended. Neither is called before this returns.
        """
        self._request = request
        self.since = now
        if self._reader is None or now > self._idle_until:
            self.sent = 0.0
            self.close()
            self._request = request
            self.since = now
            self._tries = 0
            self._connect()
            return
        self.sent = now
        try:
            count = self._transmit(request)
        except _AGAIN:
            count = 0
        except OSError as problem:
            self._later("reset", f"sending failed: {_reason(problem)}")
            return
        if count != len(request):
            self._unsent = memoryview(request)[count:]
            self._watch_writable(self._send_more)

    def rest(self) -> None:
        """Nothing is asked for now."""
        self._request = None
        self.since = math.inf

    def close(self) -> None:
        """End the connection. A request under way is forgotten, and nobody is told."""
        self._stop_writer()
        if self._reader is not None:
            self._reader.stop()
            self._reader.close()
            self._reader = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        # bound methods of a socket keep it alive
        self._receive = self._transmit = self._pending = None
        self._answer = self._unsent = self._request = self._doom = None
        self._idle_until = math.inf
        self._used = False
        self.since = math.inf

    def out_of_time(self, now: float) -> None:
        """Give the request up, because its time is over."""
        what = "no answer" if self.sent else "no connection"
        self._fail("timeout", f"{what} in time", now)

    # Connecting.

    def _connect(self) -> None:
        family, address = self.origin.addresses[self._tries]
        try:
            # TLS is wrapped around a socket of whatever kind there is now, which does not wait either once it is told
            kind = _PLAIN_SOCKET if self.origin.context is None else socket.socket
            self._socket = sock = kind(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = sock.connect_ex(address)
        except OSError as problem:
            code = problem.errno or errno.EIO
        if code in {0, errno.EINPROGRESS}:
            self._watch_writable(self._connected)
        else:
            self._not_connected(code)

    def _connected(self) -> None:
        self._stop_writer()
        sock = self._socket
        if sock is None:
            return
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._not_connected(code)
        elif self.origin.context is None:
            self._ready(sock.recv, sock.send)
        else:
            self._begin_tls(sock, self.origin.context)

    def _not_connected(self, code: int) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._tries += 1
        if self._tries < len(self.origin.addresses):
            self._connect()
            return
        self._tries = 0
        self._later("connect", f"no connection to {self.origin.authority}: {os.strerror(code)}")

    def _begin_tls(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        try:
            secured = context.wrap_socket(
                sock,
                server_hostname=self.origin.host,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
                session=self.origin.session,
            )
        except (ValueError, OSError) as problem:
            self._later("tls", f"no TLS with {self.origin.authority}: {_reason(problem)}")
            return
        self._socket = secured
        self._shake_hands()

    def _shake_hands(self) -> None:
        secured = self._socket
        if not isinstance(secured, ssl.SSLSocket):
            return
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(self._shake_hands, _READABLE)
        except ssl.SSLWantWriteError:
            self._watch(self._shake_hands, _WRITABLE)
        except OSError as problem:
            self._stop_writer()
            self._later("tls", f"no TLS with {self.origin.authority}: {_reason(problem)}")
        else:
            self._stop_writer()
            self._ready(secured.read, secured.send)
            self._pending = secured.pending

    def _ready(self, receive: Any, transmit: Any) -> None:
        sock = self._socket
        if sock is None:
            return
        self._receive, self._transmit = receive, transmit
        self._plain = not self.single and self.origin.context is None
        self._reader = self._loop.io(sock.fileno(), _READABLE)
        self._reader.start(self._readable)
        request = self._request
        if request is None:
            self.since = math.inf
            self.opened()
        else:
            self.ask(request, perf_counter())

    # Sending what did not go at once.

    def _send_more(self) -> None:
        unsent = self._unsent
        if unsent is None:
            self._stop_writer()
            return
        try:
            count = self._transmit(unsent)
        except _AGAIN:
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
            data = self._receive(READ_BYTES)
        except _AGAIN:
            return
        except OSError as problem:
            self._broke(problem)
            return
        request = self._request
        if request is None:
            self.close()  # an end, or something that nobody asked for
            return
        if self._answer is None:
            # nearly every answer of a busy server: one piece, under a head that is known
            head = heads.get(data[: data.find(b"\r\n\r\n") + 4])
            if head is not None and head.plain_size == len(data) and self._plain and self._unsent is None:
                self._used = True
                self.answered(head, data[head.begin :], perf_counter())
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
                complete = answer.feed(self._receive(READ_BYTES))
        except Malformed as problem:
            self._fail("malformed", str(problem), perf_counter())
            return
        except _AGAIN:
            return
        except OSError as problem:
            self._broke(problem)
            return
        if complete:
            self._answer = None
            self._complete(answer.head, answer.body, extra=answer.extra)
        elif not data:
            self._fail("reset", self._how_it_ended("the server closed the connection"), perf_counter())

    def _complete(self, head: Head, body: bytes, *, extra: bool) -> None:
        """Tell the answer, after making sure that nothing of it is left for the next one."""
        now = perf_counter()
        if self._pending is not None and self.origin.resume and isinstance(self._socket, ssl.SSLSocket):
            # what resumes a session (RFC 8446 section 2.2) arrives after the handshake
            self.origin.session = self._socket.session
        if head.keep and not self.single and not extra and self._unsent is None:
            self._used = True
            self._idle_until = now + head.idle_seconds
        else:
            self.close()
        self.answered(head, body, now)

    def _how_it_ended(self, what: str) -> str:
        answer = self._answer
        if answer is not None and answer.begun:
            return f"{what} in the middle of an answer"
        return f"{what} that had been kept, without an answer" if self._used else f"{what} without an answer"

    def _broke(self, problem: OSError) -> None:
        """Reading failed."""
        if self._request is None:
            self.close()
            return
        now = perf_counter()
        if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            answer = self._answer
            # without a close_notify nobody knows whether the end was the server's (RFC 8446 section 6.1)
            if isinstance(problem, ssl.SSLZeroReturnError) and answer is not None and answer.ended():
                self._complete(answer.head, answer.body, extra=False)
                return
            self._fail("reset", self._how_it_ended("the server closed the connection"), now)
        elif isinstance(problem, ssl.SSLError):
            self._fail("tls", f"TLS broke: {_reason(problem)}", now)
        else:
            self._fail("reset", self._how_it_ended("the server reset the connection"), now)

    # Failing.

    def _fail(self, kind: Kind, detail: str, now: float) -> None:
        asked = self._request is not None
        self.close()
        if asked:
            self.failed(kind, detail, now)
        else:
            self.opened()

    def _later(self, kind: Kind, detail: str) -> None:
        """Fail from the loop: whoever asked has not been answered yet, and may ask again at once without end."""
        self._stop_writer()
        doom = self._doom = object()

        def tell() -> None:
            if self._doom is doom:  # nothing else has ended it meanwhile
                self._fail(kind, detail, perf_counter())

        self._loop.run_callback(tell)

    # Watching for a chance to write, or to go on with a handshake.

    def _watch_writable(self, callback: Any) -> None:
        self._watch(callback, _WRITABLE)

    def _watch(self, callback: Any, events: int) -> None:
        self._stop_writer()
        if self._socket is not None:
            self._writer = self._loop.io(self._socket.fileno(), events)
            self._writer.start(callback)

    def _stop_writer(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer.close()
            self._writer = None


def _reason(problem: Exception) -> str:
    """What the system or OpenSSL says, in one line."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate does not verify: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return problem.reason or str(problem)
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
