"""The least that any generator in Python costs: it sends, waits by epoll and reads, and looks at nothing.

For the benchmark: `python3 load/benchmark/bare_loop.py URL CONNECTIONS SECONDS`. What ours costs beyond it is checking.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from load.benchmark.iterations import BODY, form
from load.traffic.http.origin import origin_of

READ_BYTES = 16 * 1024


def main(url: str, connections: int, seconds: float) -> None:
    """Send a request on each connection whenever the last answer has come, until the server ends one."""
    parts = urlsplit(url)
    request = form(origin_of(url), b"/token", BODY)
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    for _ in range(connections):
        connected = socket.create_connection((parts.hostname, parts.port))
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connected, select.EPOLLIN)
        sockets[connected.fileno()] = connected
        connected.send(request)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        later: list[Callable[[bytes], int]] = []
        for descriptor, _events in poll.poll():
            ready = sockets[descriptor]
            if not ready.recv(READ_BYTES):
                return
            later.append(ready.send)
        for send in later:
            send(request)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
