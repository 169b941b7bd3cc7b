"""Link: a socket that is connected, secured where its origin asks for it, watched and closed, and never waited for.

Imports gevent. What is said over it, and in which protocol, does not belong here.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any, Literal

import gevent
from gevent.monkey import get_original

from load.traffic.http.origin import Origin
from load.traffic.http.readiness import READABLE, Readiness

Kind = Literal["connect", "tls", "timeout", "reset", "malformed"]
"""Why there is no answer."""

WRITABLE = 2
_PLAIN_SOCKET: type[socket.socket] = get_original("socket", "socket")
"""Locust replaces the standard library's sockets by slower ones that wait in a greenlet; in the loop nothing waits."""


class Link:
    """A way to an origin that is opened by `_connect`, any number of times one after another, and closed by `_unlink`.

    A subclass hears of its end in `_linked` or, from the loop, in `_not_linked`; from then on `_readable` is called
    when there is something to read, or an end. `receive` and `transmit` are those of the socket, `_pending` tells
    how many bytes TLS has decrypted already and is None without TLS.
    """

    __slots__ = (
        "_doom",
        "_loop",
        "_pending",
        "_reader",
        "_readiness",
        "_socket",
        "_tries",
        "_writer",
        "origin",
        "receive",
        "transmit",
    )

    def __init__(self, origin: Origin, readiness: Readiness) -> None:
        self.origin = origin
        self._readiness = readiness
        self._loop = gevent.get_hub().loop
        self._socket: socket.socket | None = None
        self._reader: int | None = None
        self._writer: Any = None
        self._tries = 0
        self._doom: object = None
        self.receive: Any = None
        self.transmit: Any = None
        self._pending: Any = None

    @property
    def is_open(self) -> bool:
        """Whether something could be sent without connecting first."""
        return self._reader is not None

    # What a subclass hears.

    def _linked(self) -> None:
        raise NotImplementedError

    def _not_linked(self, kind: Kind, detail: str) -> None:
        raise NotImplementedError

    def _readable(self) -> None:
        raise NotImplementedError

    # Connecting, to one address after another.

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
            self._later("tls", f"no TLS with {self.origin.authority}: {reason(problem)}")
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
            self._watch(self._shake_hands, READABLE)
        except ssl.SSLWantWriteError:
            self._watch(self._shake_hands, WRITABLE)
        except OSError as problem:
            self._stop_writer()
            self._later("tls", f"no TLS with {self.origin.authority}: {reason(problem)}")
        else:
            self._stop_writer()
            self._pending = secured.pending
            # what the socket's own methods do around these, in Python and more of it in gevent's, costs a twentieth
            # of a request; both kinds of socket hold the object of OpenSSL by this name
            inner: Any = secured._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
            self._ready(inner.read, inner.write)

    def _ready(self, receive: Any, transmit: Any) -> None:
        sock = self._socket
        if sock is None:
            return
        self.receive, self.transmit = receive, transmit
        self._reader = sock.fileno()
        self._readiness.watch(self._reader, self._readable)
        self._linked()

    def _later(self, kind: Kind, detail: str) -> None:
        """Tell from the loop: whoever asked has not been answered yet, and may ask again at once without end."""
        self._stop_writer()
        doom = self._doom = object()

        def report() -> None:
            if self._doom is doom:  # nothing else has ended it meanwhile
                self._not_linked(kind, detail)

        self._loop.run_callback(report)

    def _unlink(self) -> None:
        """Close what is open, and forget what was on its way."""
        self._stop_writer()
        if self._reader is not None:
            self._readiness.forget(self._reader)
            self._reader = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        # bound methods of a socket keep it alive
        self.receive = self.transmit = self._pending = self._doom = None
        self._tries = 0

    # Watching for a chance to write, or to go on with a handshake.

    def _watch_writable(self, callback: Callable[[], None]) -> None:
        self._watch(callback, WRITABLE)

    def _watch(self, callback: Callable[[], None], events: int) -> None:
        self._stop_writer()
        if self._socket is not None:
            self._writer = self._loop.io(self._socket.fileno(), events)
            self._writer.start(callback)

    def _stop_writer(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer.close()
            self._writer = None


def reason(problem: Exception) -> str:
    """What the system or OpenSSL says, in one line."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate does not verify: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return problem.reason or str(problem)
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
