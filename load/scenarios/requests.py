"""Requests of the endpoints turned into bytes before the run, with a gap for what varies. Nothing is sent here.

The endpoints are those of the checks: one asks in the usual way, and what it would have sent is kept.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus, urlsplit

from fixtures.http.exchange import Answer, Request, Send
from load.traffic.http.origin import Origin
from load.traffic.iteration import Call
from load.traffic.trace import GAP as TRACE_GAP
from load.traffic.trace import NAME, parent

GAP = "0gap0gap0"
"""Stands in a request for the value that varies; form-encoding leaves it as it is."""

_SAFE = (string.ascii_letters + string.digits + "._-").encode("ascii")
"""What form-encoding leaves as it is. To take these away is twice as fast as to match them."""

MOST_LENGTHS = 64
"""Lengths of values of which the request's begin is kept."""


def composed(ask: Callable[[Send], object]) -> Request:
    """What an endpoint sends when it is asked: ask is handed the `send` that keeps the request."""
    kept: list[Request] = []

    def keep(request: Request) -> Answer:
        kept.append(request)
        return Answer(status=200)

    ask(keep)
    return kept[-1]


def as_bytes(request: Request, origin: Origin, headers: Mapping[str, str], trace: str = "") -> bytes:
    """The request as it goes over the wire (RFC 9112 section 2.1), with gaps for the number of its trace.

    headers: those of the target file; trace: what the traces of the run begin with, empty where no trace is told.
    """
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: {origin.authority}"]
    lines += [f"{name}: {value}" for name, value in (*headers.items(), *request.headers)]
    lines += [f"{NAME}: {parent(trace)}"] if trace else []
    lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


class Splice:
    """A call whose request holds one value that varies: `splice(token)` is the Call with that token.

    name: the row of the statistics; request: with GAP once in its body.
    """

    __slots__ = ("_after", "_before", "_head", "_length", "_of_length", "_traced", "name", "origin")

    def __init__(self, name: str, request: bytes, origin: Origin) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        self._head = head[: head.rindex(b"Content-Length: ")] + b"Content-Length: "
        self._before, _, self._after = body.partition(GAP.encode("ascii"))
        self._length = len(self._before) + len(self._after)
        self._of_length: dict[int, bytes] = {}
        self._traced = TRACE_GAP in head
        self.name = name
        self.origin = origin

    def __call__(self, value: str) -> Call:
        """The call with this value, form-encoded (RFC 6749 appendix B)."""
        text = value.encode()
        if text.translate(None, _SAFE):
            text = quote_plus(value).encode("ascii")
        begin = self._of_length.get(len(text)) or self._begin(len(text))
        return Call(self.name, begin + text + self._after, self.origin, self._traced)

    def _begin(self, length: int) -> bytes:
        """The request up to a value of that length; values of a kind are nearly all of one."""
        begin = b"%b%d\r\n\r\n%b" % (self._head, self._length + length, self._before)
        if len(self._of_length) < MOST_LENGTHS:
            self._of_length[length] = begin
        return begin
