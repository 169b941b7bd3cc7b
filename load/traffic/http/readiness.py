"""Readiness: which connections there is something to read on, found out for all of a process at once. Imports gevent.

What is read belongs to the connections.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import gevent
from gevent.monkey import get_original

READABLE = 1
MOST_AT_ONCE = 256
"""Connections that are looked after in one turn."""

MOST_TURNS = 32
"""Turns that follow each other before the loop sees to other things."""

WAIT_SECONDS = 0.001
"""How long more is waited for here, before the loop waits: going back and forth costs as much as an answer."""


Ready = list[tuple[int, int]]
"""What epoll says: descriptors on which there is something to read, and events, which say nothing more here."""


class Readiness:
    """Calls back where there is something to read, or an end.

    A watcher of gevent's loop for each connection costs more than an answer's parsing. Where the system has epoll,
    the loop watches one epoll of ours, which watches them all.

    take: given all that can be read at once. Whoever knows a quicker way for some of them puts itself there, and
    gives the others to `call_back`.
    """

    def __init__(self) -> None:
        self.take: Callable[[Ready], None] = self.call_back
        self._loop = gevent.get_hub().loop
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._watchers: dict[int, Any] = {}
        self._epoll: Any = get_original("select", "epoll")() if sys.platform == "linux" else None
        if self._epoll is not None:
            self._watcher = self._loop.io(self._epoll.fileno(), READABLE)
            self._watcher.start(self._turn)

    def watch(self, descriptor: int, callback: Callable[[], None]) -> None:
        """Call back whenever there is something to read, until `forget`."""
        if self._epoll is None:
            watcher = self._watchers[descriptor] = self._loop.io(descriptor, READABLE)
            watcher.start(callback)
            return
        self._callbacks[descriptor] = callback
        self._epoll.register(descriptor, READABLE)

    def forget(self, descriptor: int) -> None:
        """Call back no more. To be called before the descriptor is closed."""
        if self._epoll is None:
            watcher = self._watchers.pop(descriptor)
            watcher.stop()
            watcher.close()
            return
        del self._callbacks[descriptor]
        self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Watch nothing any more. To be called after all connections were closed."""
        if self._epoll is not None:
            self._watcher.stop()
            self._watcher.close()
            self._epoll.close()

    def _turn(self) -> None:
        """Look after what can be read as long as more comes at once; the loop has other things to do too."""
        poll = self._epoll.poll
        wait = 0.0
        for _ in range(MOST_TURNS):
            ready = poll(wait, MOST_AT_ONCE)
            if not ready:
                break
            self.take(ready)
            wait = WAIT_SECONDS

    def call_back(self, ready: Ready) -> None:
        """Call each of them back that was not forgotten by what came before."""
        callbacks = self._callbacks
        for descriptor, _events in ready:
            callback = callbacks.get(descriptor)
            if callback is not None:
                callback()
