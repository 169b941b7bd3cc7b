"""A server that answers as it is told to, however awkward that is, and counts what it saw. No tests belong here."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from enum import Enum

from fixtures.tests.pace import limit

LONGEST = limit(60)
"""Seconds after which a server lets go of a client that does nothing."""


class Step(Enum):
    """What a server does beside sending bytes."""

    CLOSE = "close the connection"
    RESET = "reset the connection"
    HALF_CLOSE = "send no more, and go on reading"
    HANG = "do nothing until the test has ended"
    WAIT = "let what was sent arrive alone"
    EARLY = "answer before the request has been read"


Answer = tuple["bytes | Step", ...]


class Awkward:
    """Answers the n-th request with the n-th answer, and every further one with the last.

    answers: each the steps of one answer. family: AF_INET or AF_INET6. context: for TLS. gate: waited for before each
    answer. greeting: sent before anything is read. connections and requests: what was seen; ended: released with each
    connection. Every thread ends when the server is closed.
    """

    def __init__(
        self,
        *answers: Answer,
        family: int = socket.AF_INET,
        context: ssl.SSLContext | None = None,
        gate: Callable[[int], object] | None = None,
        greeting: bytes = b"",
    ) -> None:
        self._answers = answers
        self._context = context
        self._gate = gate
        self._greeting = greeting
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self.ended = threading.Semaphore(0)
        self.requests: list[bytes] = []
        self._listener = socket.socket(family)
        self._listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._listener.listen(256)
        host, port = self._listener.getsockname()[:2]
        scheme = "https" if context else "http"
        self.url = f"{scheme}://[{host}]:{port}" if family == socket.AF_INET6 else f"{scheme}://{host}:{port}"
        self._start(self._accept)

    def close(self) -> None:
        """End every connection and every thread."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(LONGEST)
        connection = plain
        with self._lock:
            self._open.append(plain)
        try:
            if self._context:
                connection = self._context.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._open.append(connection)
            connection.sendall(self._greeting)
            self._converse(connection)
        except (OSError, EOFError):
            pass  # the client has had enough
        finally:
            connection.close()
            plain.close()
            self.ended.release()

    def _converse(self, connection: socket.socket) -> None:
        buffered = b""
        while True:
            following = self._answers[min(len(self.requests), len(self._answers) - 1)]
            early = Step.EARLY in following
            request, buffered = _read_request(connection, buffered, head_only=early)
            with self._lock:
                index = len(self.requests)
                self.requests.append(request)
                answer = self._answers[min(index, len(self._answers) - 1)]
            if self._gate:
                self._gate(index)
            for step in answer:
                if not self._take(step, connection):
                    return

    def _take(self, step: bytes | Step, connection: socket.socket) -> bool:
        """Take one step; whether the conversation goes on."""
        if isinstance(step, bytes):
            connection.sendall(step)
        elif step is Step.HALF_CLOSE:
            connection.shutdown(socket.SHUT_WR)
        elif step is Step.HANG:
            self._closing.wait(LONGEST)
        elif step is Step.WAIT:
            self._closing.wait(0.01)
        elif step is Step.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return step not in {Step.CLOSE, Step.RESET}


def _read_request(connection: socket.socket, buffered: bytes, *, head_only: bool) -> tuple[bytes, bytes]:
    """One request, framed by its Content-Length, and what was read beyond it. Raises EOFError."""
    while b"\r\n\r\n" not in buffered:
        buffered += _some(connection)
    head, _, body = buffered.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    if head_only:
        return head, b""
    pieces, size = [body], len(body)
    while size < length:
        pieces.append(_some(connection))
        size += len(pieces[-1])
    whole = b"".join(pieces)
    return head + b"\r\n\r\n" + whole[:length], whole[length:]


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError
    return data
