"""The two iterations that are measured, with everything checked that a client needs: status, JSON, types, values.

They run against the stand-in, whose answers are known. Iterations against real servers are scenarios.
"""

from __future__ import annotations

import base64

import msgspec

from fixtures.target import Client
from load.judging.promises import Promises
from load.scenarios.requests import GAP, Splice
from load.traffic import trace
from load.traffic.http.origin import Origin
from load.traffic.iteration import Call, Iteration, Iterations

BODY = b"grant_type=client_credentials&scope=read"
AUTHORIZATION = b"Basic " + base64.b64encode(b"client:secret")


class Granted(msgspec.Struct, gc=False):
    """A token answer (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int | None = None
    scope: str | None = None


def form(origin: Origin, path: bytes, body: bytes, more: bytes = b"") -> bytes:
    """A whole request that sends a form. more: further header fields, each with its end of line."""
    return (
        b"POST %b HTTP/1.1\r\nHost: %b\r\nAccept: application/json\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nAuthorization: %b\r\n%bContent-Length: %d\r\n\r\n%b"
    ) % (path, origin.authority.encode("ascii"), AUTHORIZATION, more, len(body), body)


def token(origin: Origin) -> Iterations:
    """A client asks for a token, and looks at the answer."""
    return _asking(Call("token", form(origin, b"/token", BODY), origin))


def traced_token(origin: Origin) -> Iterations:
    """The same, where each request carries a `traceparent` of its own."""
    field = f"{trace.NAME}: {trace.parent(trace.new_run())}\r\n".encode("ascii")
    return _asking(Call("token", form(origin, b"/token", BODY, field), origin, traced=True))


def _asking(ask: Call) -> Iterations:
    granted_by = msgspec.json.Decoder(Granted).decode

    def iteration() -> Iteration:
        reply = yield ask
        if reply.status != 200:
            reply.fails("status", f"{reply.status} for a token")
            return
        try:
            granted = granted_by(reply.body)
        except ValueError:
            reply.fails("oauth-error", "the token answer is not what RFC 6749 section 5.1 asks for")
            return
        kind, life = granted.token_type, granted.expires_in
        if not granted.access_token or (kind != "Bearer" and kind.lower() != "bearer"):
            reply.fails("oauth-error", "no bearer token was granted")
        elif life is not None and life <= 0:
            reply.fails("oauth-error", "the token was dead when it was issued")

    return iteration


def token_then_introspect(origin: Origin) -> Iterations:
    """A client asks for a token, and asks about it; every promise is held against both answers."""
    client = Client(name="client", id="client", secret="secret", scope="read")
    ask = Call("token", form(origin, b"/token", BODY), origin)
    introspect = Splice("introspect", form(origin, b"/introspect", b"token=" + GAP.encode("ascii")), origin)
    promises = Promises(leeway=0.0)

    def iteration() -> Iteration:
        reply = yield ask
        token = promises.granted(reply, ask, client, "read")
        if token is None:
            return
        about = introspect(token.value)
        answer = yield about
        promises.introspected(answer, about, token)

    return iteration
