"""An address of this machine at which nothing is offered: who calls there was told to, and did."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LONGEST_CALL = 4096
PATIENCE_SECONDS = 0.2
"""How long somebody may take to call after a request was answered."""


@dataclass
class Listener:
    """port: on 127.0.0.1. calls: what each caller sent first; empty for one who sent nothing."""

    port: int
    calls: list[bytes] = field(default_factory=list)
    _called: threading.Event = field(default_factory=threading.Event)

    def note(self, call: bytes) -> None:
        """Keep what a caller sent."""
        self.calls.append(call)
        self._called.set()

    @property
    def heard(self) -> list[str]:
        """Who called until now, and shortly after: the first line of plain HTTP, or that it was none."""
        self._called.wait(PATIENCE_SECONDS)
        return [_words(call) for call in self.calls]


def _words(call: bytes) -> str:
    line = call.split(b"\r\n", 1)[0].decode("latin-1")
    return line if " HTTP/" in line else "a connection that was no plain HTTP"


@contextmanager
def listening() -> Iterator[Listener]:
    """Listens on loopback until the context ends, answers 404 and takes note."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(server, listener), daemon=True)
        thread.start()
        yield listener
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(1)


def _serve(server: socket.socket, listener: Listener) -> None:
    with suppress(OSError):
        while True:
            caller, _ = server.accept()
            with caller:
                caller.settimeout(1)
                call = b""
                with suppress(OSError):
                    call = caller.recv(LONGEST_CALL)
                listener.note(call)
                with suppress(OSError):
                    caller.sendall(
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
