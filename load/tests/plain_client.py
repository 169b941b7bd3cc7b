"""Runs iterations one after another over a plain socket, for tests of what scenarios do: no engine, no gevent."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from fixtures.discovery import discovered
from fixtures.http.connection import Connection
from fixtures.making_targets.embedded import embedded_target
from fixtures.reference import Config, serve_in_thread
from fixtures.survey import learn
from fixtures.tests.pace import limit
from load.judging.promises import Promises
from load.scenarios.setup import Setup
from load.traffic.http.head import Head
from load.traffic.iteration import Call, Failure, Iterations, Pause, Reply
from load.traffic.trace import Numbers


class PlainClient:
    """Sends calls over one kept connection, and counts what they came to by row."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.rows: dict[str, int] = {}
        self._connection: http.client.HTTPConnection | None = None

    def run(self, iterations: Iterations, count: int) -> None:
        """That many iterations, one after another."""
        for _ in range(count):
            iteration = iterations()
            said: Reply | Failure | None = None
            while True:
                try:
                    step = next(iteration) if said is None else iteration.send(said)
                except StopIteration:
                    break
                finally:
                    if isinstance(said, Reply) and said.failure is not None:
                        self.failures.append(said.failure)
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    said = Reply(0, _NO_HEAD, b"", 0, 0)
                else:
                    self.rows[step.name] = self.rows.get(step.name, 0) + 1
                    said = self._send(step)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _send(self, call: Call) -> Reply:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                call.origin.host, call.origin.port, timeout=limit(60)
            )
            self._connection.connect()
        sent = time.perf_counter()
        self._connection.sock.sendall(Numbers().into(call.request))
        answer = http.client.HTTPResponse(self._connection.sock)
        answer.begin()
        body = answer.read()
        fields = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
        head = Head(f"HTTP/1.1 {answer.status} x\r\n{fields}\r\n".encode("latin-1"))
        return Reply(answer.status, head, body, sent, time.perf_counter())


_NO_HEAD = Head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def setup_at(*faults: str, count: int = 60, propagation: float = 0.0, edition: str = "") -> Iterator[Setup]:
    """A set-up at the embedded server with these faults. edition: as which it plays, where that is named."""
    config = Config.edition(edition) if edition else Config()
    with serve_in_thread(config, faults=faults) as running:
        target = embedded_target(running, config)
        connection = Connection()
        try:
            target = discovered(target, connection.send)
            survey = learn(target, connection.send)
            yield Setup(
                target=survey.amended(target),
                survey=survey,
                send=connection.send,
                promises=Promises(propagation=propagation, leeway=0.0),
                count=count,
                seconds=5,
                random=Random(7),  # noqa: S311 - chooses among tokens, and makes none
            )
        finally:
            connection.close()
