"""What an iteration says and hears: Call, Pause, Reply, Failure. Values only; nothing here opens a connection.

An iteration is a generator. It yields a Call and is given a Reply, or the Failure that stood in its way:

    def token_then_introspect(ask: Call, introspect: Splice) -> Iteration:
        reply = yield ask
        if reply.status != 200:
            return reply.fails("status", f"{reply.status} for a token")
        token = granted(reply).access_token
        answer = yield introspect(token)
        ...

It runs in the event loop: it must never block, sleep or sign anything slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Literal, NamedTuple, get_args

import msgspec

from load.traffic.http.head import Head
from load.traffic.http.origin import Origin

Kind = Literal[
    "connect",
    "tls",
    "timeout",
    "reset",
    "malformed",
    "interrupted",
    "status",
    "oauth-error",
    "broken-promise",
]
"""Why a call failed. The first six are the transport's, the last three an iteration's own judgement of a reply.

connect: no connection. tls: no handshake, or a record that TLS refuses. timeout: the call's time was over.
reset: the connection ended before the answer did. malformed: not HTTP/1.1 (RFC 9112). interrupted: the run was
stopped before the answer came, which says nothing of the server. status: another status than the iteration can go
on with. oauth-error: an error answer of RFC 6749 section 5.2. broken-promise: an answer
that the server promised never to give.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Call(msgspec.Struct, gc=False):
    """One request of an iteration, complete and ready to be sent.

    name: the row of the statistics. request: the whole HTTP/1.1 request, head and body, as it goes over the wire;
    it has to frame itself (Content-Length). origin: where it goes; make one Origin a target and reuse it, for
    connections are kept by it. traced: whether the request has gaps for the number of its trace. A Call that does not
    vary is made once and yielded again and again.
    """

    name: str
    request: bytes
    origin: Origin
    traced: bool = False


class Pause(NamedTuple):
    """Let time pass before the next call, without holding a connection. What is sent back says nothing.

    seconds: how long. The next call counts as planned at the end of the pause.
    """

    seconds: float


class Failure:
    """Why a call has no reply, or why its reply is not what it should be.

    kind: one of KINDS. detail: one sentence for people, without secrets. sent and done: instants of
    `time.perf_counter`; sent is 0 when nothing was sent. asked: the request as it went out. status and body
    are there so that an iteration may ask for the status of whatever it was given: they are 0 and empty.
    """

    __slots__ = ("asked", "detail", "done", "kind", "sent")

    status = 0
    body = b""

    def __init__(
        self, kind: Kind, detail: str, sent: float = 0.0, done: float = 0.0, asked: bytes = b""
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.sent = sent
        self.done = done
        self.asked = asked

    @property
    def failure(self) -> Failure:
        """Itself, as a Reply's `failure` is what there is to say against it."""
        return self

    def __repr__(self) -> str:
        return f"<Failure {self.kind}: {self.detail}>"

    def header(self, _name: str) -> None:
        """There is none."""

    def fails(self, _kind: Kind, _detail: str) -> None:
        """A failure stays what it is; it has been counted as such."""


RESUMED = Failure("interrupted", "a pause is over")
"""What an iteration is given back for a Pause. It says nothing."""


class Reply(msgspec.Struct, gc=False, eq=False):
    """The complete answer to a call. A Struct, for one is made of every answer.

    status: of the final answer, interim ones are passed over. head: its status line and fields, parsed. body: decoded
    from its transfer coding. sent and done: instants of `time.perf_counter` at which the request began to be sent and
    the answer was complete. asked: the request as it went out, with the number of its trace. failure: what the
    iteration has to say against it, set by `fails`.
    """

    status: int
    head: Head
    body: bytes
    sent: float
    done: float
    asked: bytes = b""
    failure: Failure | None = None

    def __repr__(self) -> str:
        return f"<Reply {self.status} with {len(self.body)} bytes>"

    def header(self, name: str) -> str | None:
        """All values of a header joined by commas (RFC 9110 section 5.3), or None. name: in lower case."""
        return self.head.header(name)

    def fails(self, kind: Kind, detail: str) -> None:
        """Count this call as failed. The first reason stands. To be called before the iteration goes on or ends."""
        if self.failure is None:
            self.failure = Failure(kind, detail, self.sent, self.done, self.asked)


Iteration = Generator["Call | Pause", "Reply | Failure", None]
"""One iteration under way. It ends by returning; an exception that it lets out is our error and stops the run."""

Iterations = Callable[[], Iteration]
"""Begins one more iteration."""
