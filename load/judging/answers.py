"""What one answer says, read from its members and headers. Pure; whether that breaks a promise is decided elsewhere."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from load.judging.tokens import LEEWAY, Token
from load.traffic.iteration import Reply

_decode = msgspec.json.Decoder().decode

CLOCKS_APART = 60.0
"""Seconds that a server's Date may differ from the clock by which its tokens end, where that cannot be seen."""


class TokenAnswer(msgspec.Struct, gc=False):
    """A token answer (RFC 6749 section 5.1). What may be left out is None where it is no text, or no number."""

    access_token: str
    token_type: str
    expires_in: float | None = None
    scope: str | None = None
    refresh_token: str | None = None


class Introspected(msgspec.Struct, gc=False):
    """An introspection answer (RFC 7662 section 2.2). What may be left out is None as in a token answer."""

    active: bool
    client_id: Any = None
    scope: str | None = None
    sub: str | None = None
    exp: float | None = None
    iat: float | None = None


_token_answer = msgspec.json.Decoder(TokenAnswer).decode
_introspected = msgspec.json.Decoder(Introspected).decode


def token_answer(body: bytes) -> TokenAnswer | None:
    """What a token answer says; None where it has no token, or no type of one."""
    try:
        # What is not ASCII would go unread, and therefore unchecked, in a member that nobody asks for.
        if body.isascii():
            return _token_answer(body)
    except (ValueError, RecursionError):
        pass  # some member is of another type: each is looked at by itself
    member = members_of(body).get
    value, kind = _text(member("access_token")), _text(member("token_type"))
    if value is None or kind is None:
        return None
    return TokenAnswer(
        value, kind, _number(member("expires_in")), _text(member("scope")), _text(member("refresh_token"))
    )


def introspected(body: bytes) -> Introspected | None:
    """What an introspection answer says; None where it has no Boolean active."""
    try:
        if body.isascii():
            return _introspected(body)
    except (ValueError, RecursionError):
        pass  # the same
    member = members_of(body).get
    active = member("active")
    if not isinstance(active, bool):
        return None
    return Introspected(
        active,
        member("client_id"),
        _text(member("scope")),
        _text(member("sub")),
        _number(member("exp")),
        _number(member("iat")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def differences(token: Token, said: Introspected, reply: Reply, leeway: float | None) -> list[str]:
    """What an active answer says otherwise than the token was issued."""
    asked, found, life, scope, expires = reply.sent, [], token.life, said.scope, said.exp
    if (
        scope is not None
        and token.scope is not None
        and scope != token.scope
        and frozenset(scope.split()) != frozenset(token.scope.split())
    ):
        found.append(f"scope {scope[:60]!r} for {token.scope!r}")
    if said.sub is not None and token.subject is not None and said.sub != token.subject:
        found.append("another subject than before")
    if expires is not None and life is not None:
        stated = expires - said.iat if said.iat is not None else None
        if stated is None or abs(stated - life) > LEEWAY:
            found += _another_end(token.issued + life - asked, expires, stated, reply)
    if life is not None and leeway is not None and asked > token.issued + life + leeway + LEEWAY:
        found.append(f"active {asked - token.issued:.0f} s after it was issued for {life:g} s")
    return found


def _another_end(left: float, expires: float, stated: float | None, reply: Reply) -> list[str]:
    """What is wrong with an end that is not as far from the issue as the token lives.

    A server may hand out a token again with what is left of its life, so the end is looked at from now: by its own
    clock, where it tells the time. left: seconds that the token still has; stated: from its issue to its end.
    """
    date = reply.header("date")
    try:
        now = parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        now = None
    if now is not None:
        patience = LEEWAY + 1 + reply.done - reply.sent if stated is not None else CLOCKS_APART
        wrong = abs(expires - now - left) > patience
        return [f"an end in {expires - now:.0f} s for one in {left:.0f} s"] if wrong else []
    wrong = stated is not None and stated < left - LEEWAY
    return [f"a lifetime of {stated:g} s with {left:.0f} s left"] if wrong else []


def overload(reply: Reply) -> str:
    """An answer 429 or 503 in words: who gave it, as far as that shows, and what it asks for."""
    kind = (reply.header("content-type") or "").partition(";")[0].strip()[:40]
    wait = (reply.header("retry-after") or "")[:40]
    whose = f", as {kind or 'nothing'}: it seems to come from a gateway" if kind != "application/json" else ""
    after = f"; Retry-After: {wait}" if wait else ""
    return f"{reply.status}: it says that it cannot keep up{whose}{after}"


def audience(told: object) -> frozenset[str]:
    """The member aud as a set: it is one name or several (RFC 7519 section 4.1.3)."""
    names = told if isinstance(told, list) else [told]
    return frozenset(name for name in names if isinstance(name, str))


def members_of(body: bytes) -> dict[str, Any]:
    """The members of a JSON object; none where the body is something else."""
    try:
        found = _decode(body)
    except (ValueError, RecursionError):  # not UTF-8 is an error of its own
        return {}
    return found if isinstance(found, dict) else {}
