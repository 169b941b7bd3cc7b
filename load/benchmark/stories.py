"""The two journeys that are measured, with everything checked that a client needs: status, JSON, types, values.

They run against the stand-in, whose answers are known. Journeys against real servers are scenarios.
"""

from __future__ import annotations

import base64
import time

import msgspec

from load.journey import Call, Failure, Journey, Journeys, Reply
from load.transport.origin import Origin

BODY = b"grant_type=client_credentials&scope=read"
AUTHORIZATION = b"Basic " + base64.b64encode(b"client:secret")
LIFETIME = 3600


class Granted(msgspec.Struct):
    """A token answer (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int | None = None
    scope: str | None = None


class Introspected(msgspec.Struct):
    """An introspection answer (RFC 7662 section 2.2)."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    sub: str | None = None
    exp: int | None = None


_granted = msgspec.json.Decoder(Granted).decode
_introspected = msgspec.json.Decoder(Introspected).decode


def form(origin: Origin, path: bytes, body: bytes) -> bytes:
    """A whole request that sends a form."""
    return (
        b"POST %b HTTP/1.1\r\nHost: %b\r\nAccept: application/json\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nAuthorization: %b\r\nContent-Length: %d\r\n\r\n%b"
    ) % (path, origin.authority.encode("ascii"), AUTHORIZATION, len(body), body)


def token(origin: Origin) -> Journeys:
    """A client asks for a token, and looks at the answer."""
    ask = Call("token", form(origin, b"/token", BODY), origin)

    def journey() -> Journey:
        reply = yield ask
        checked_token(reply)

    return journey


def token_then_introspect(origin: Origin) -> Journeys:
    """A client asks for a token that nobody was given before, and hears of it what was issued."""
    ask = Call("token", form(origin, b"/token", BODY), origin)
    head, _, _ = form(origin, b"/introspect", b"").partition(b"Content-Length:")
    seen: set[int] = set()

    def journey() -> Journey:
        reply = yield ask
        granted = checked_token(reply)
        if granted is None:
            return
        value = granted.access_token
        mark = hash(value)
        if mark in seen:
            reply.fails("broken-promise", "a token was issued twice")
        seen.add(mark)
        if "no-store" not in (reply.header("cache-control") or ""):
            reply.fails("broken-promise", "a token answer may be stored")
        body = b"token=" + value.encode("ascii")
        answer = yield Call("introspect", b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body), origin)
        check_introspection(answer, granted)

    return journey


def checked_token(reply: Reply | Failure) -> Granted | None:
    """What was granted, or None after the reply was told to have failed."""
    if reply.status != 200:
        reply.fails("status", f"{reply.status} for a token")
        return None
    try:
        granted = _granted(reply.body)
    except msgspec.DecodeError:
        reply.fails("oauth-error", "the token answer is not what RFC 6749 section 5.1 asks for")
        return None
    kind, life = granted.token_type, granted.expires_in
    if not granted.access_token or (kind != "Bearer" and kind.lower() != "bearer"):
        reply.fails("oauth-error", "no bearer token was granted")
        return None
    if life is not None and life <= 0:
        reply.fails("oauth-error", "the token was dead when it was issued")
        return None
    return granted


def check_introspection(answer: Reply | Failure, granted: Granted) -> None:
    """Hold the server to what it issued."""
    if answer.status != 200:
        answer.fails("status", f"{answer.status} for an introspection")
        return
    try:
        said = _introspected(answer.body)
    except msgspec.DecodeError:
        answer.fails("oauth-error", "the answer is not what RFC 7662 section 2.2 asks for")
        return
    if not said.active:
        answer.fails("broken-promise", "a live token is said to be inactive")
    elif said.client_id != "client" or said.sub != "client" or said.scope != granted.scope:
        answer.fails("broken-promise", "the token is said to be another than was issued")
    elif said.exp is None or said.exp < time.time():
        answer.fails("broken-promise", "the token is said to have expired")
    elif "no-store" not in (answer.header("cache-control") or ""):
        answer.fails("broken-promise", "an introspection answer may be stored")
