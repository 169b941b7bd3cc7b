"""What one answer says, read from its members and headers. Pure; whether that breaks a promise is decided elsewhere."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from load.judging.tokens import LEEWAY, Token
from load.traffic.iteration import Reply

NUMBER = (int, float)
_decode = msgspec.json.Decoder().decode

CLOCKS_APART = 60.0
"""Seconds that a server's Date may differ from the clock by which its tokens end, where that cannot be seen."""


def differences(token: Token, members: dict[str, Any], reply: Reply, leeway: float | None) -> list[str]:
    """What an active answer says otherwise than the token was issued."""
    asked, found, member = reply.sent, [], members.get
    scope, subject, expires, issued = member("scope"), member("sub"), member("exp"), member("iat")
    if (
        isinstance(scope, str)
        and token.scope is not None
        and scope != token.scope
        and frozenset(scope.split()) != frozenset(token.scope.split())
    ):
        found.append(f"scope {scope[:60]!r} for {token.scope!r}")
    if isinstance(subject, str) and token.subject is not None and subject != token.subject:
        found.append("another subject than before")
    life = token.life
    if isinstance(expires, NUMBER) and life is not None:
        stated = expires - issued if isinstance(issued, NUMBER) else None
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
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
