"""What the tests of load share. gevent runs in pytest's own process here, and nowhere else under pytest.

That is harmless because nothing is monkey-patched: sockets and threads of other tests stay what they are, and gevent's
loop turns only while one of these tests waits in it. Locust does patch on import, so that whatever needs Locust runs in
a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from load.tests.awkward import Awkward


@pytest.fixture
def awkward() -> Iterator[Callable[..., Awkward]]:
    """Starts awkward servers, and ends them with the test."""
    servers: list[Awkward] = []

    def start(*answers: object, **more: object) -> Awkward:
        server = Awkward(*answers, **more)  # type: ignore[arg-type]  # the test's own words
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()
