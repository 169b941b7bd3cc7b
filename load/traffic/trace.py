"""The trace that a request of load belongs to (W3C Trace Context): a number put into its bytes as it is sent.

So the operator finds a request that failed among the server's traces. A virtual user that repeats one request shares a
trace among a few of them.
"""

from __future__ import annotations

import re
import secrets

NAME = "traceparent"
GAP = b"0trace0gap0trace"
"""Stands in a request for the number, sixteen hexadecimal digits, that makes its trace unique."""

_STEP = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF
_FIELD = re.compile(rb"\r\ntraceparent: 00-([0-9a-f]{32})-")


def parent(run: str) -> str:
    """The value of `traceparent` with its gaps. run: sixteen hexadecimal digits that all requests of a run share."""
    gap = GAP.decode("ascii")
    return f"00-{run}{gap}-{gap}-01"


def new_run() -> str:
    """Sixteen hexadecimal digits for a run."""
    return secrets.token_hex(8)


def new_trace() -> str:
    """The id of a trace for one request that is sent while things are prepared."""
    return secrets.token_hex(16)


def trace_of(request: bytes) -> str:
    """The trace id of a request as it was sent; empty where it has none."""
    found = _FIELD.search(request)
    return found[1].decode("ascii") if found else ""


class Numbers:
    """Gives each request a number of its own.

    They begin anywhere and go on by an odd step, so that they are unique in one process, hardly ever the same in two,
    and spread evenly, as a server that takes a share of all traces by their ids expects.
    """

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = secrets.randbits(64)

    def into(self, request: bytes) -> bytes:
        """The request with the next number in its gaps; as it is where it has none."""
        self._at = at = (self._at + _STEP) & _MASK
        return request.replace(GAP, b"%016x" % at)
