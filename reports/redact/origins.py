"""What a value is that no answer brought: how it differs from one that is known, or which code_challenge it belongs to.

Works on values as they were sent; its words name other values by their labels only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reports.parts import ISSUED

_SHORTEST = 8
"""Characters from which on two values are compared: shorter ones resemble one another by chance."""
_MOST_CHANGED = 3
_JWTS = frozenset({"client_assertion", "dpop", "request"})
"""Kinds of values that are JWTs where they are right."""
_KINDS = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Origin:
    """What a value is. whole: in words; short: what sets it apart from the right one, empty where it is that.

    challenge: the code_challenge of a code_verifier, where it was sent in its ordinary form.
    """

    whole: str
    short: str = ""
    challenge: str = ""


def origin(value: str, kind: str, known: Mapping[str, str], challenges: Collection[str]) -> Origin:
    """What a value is that no answer brought.

    kind: of its label. known: other values by their labels, those that are likely first. challenges: every
    code_challenge that was sent; empty where some of them cannot be seen.
    """
    if kind == "code_verifier" and (found := _of_challenge(value, challenges)):
        return found
    for label, other in known.items():
        if words := difference(value, other):
            return Origin(f"like {label}, {words}", f"like {label}, {words}")
    if kind == "code_verifier" and challenges:
        return Origin(
            "a code_verifier that belongs to no code_challenge sent here", "that belongs to no code_challenge"
        )
    if kind in _JWTS and (odd := _no_ordinary_jwt(value)):
        return Origin(f"made up for the request: {odd}", odd)
    if kind == "credentials":
        odd = _no_pair(value)
        return Origin(f"made up for the request: {odd}", odd)
    if kind == "cookie":
        return Origin(
            "a cookie of the browser in which the owner signed in before these steps; take yours from there"
        )
    if kind in ISSUED | {"csrf"}:  # not every exchange of a long check is kept
        return Origin(
            "of no answer that was kept: made up for the request, or issued before",
            "made up, or issued before",
        )
    return Origin("made up for the request: no answer brought it", "made up")


def difference(value: str, other: str) -> str:
    """By what a value differs from another that it resembles, in words; empty where it does not resemble it."""
    if value == other or min(len(value), len(other)) < _SHORTEST:
        return ""
    if value.lower() == other.lower():
        return "with other letters in capitals"
    front = _alike(value, other)
    back = _alike(value[front:][::-1], other[front:][::-1])
    gone, put = other[front : len(other) - back], value[front : len(value) - back]
    if not gone or not put:
        what, deed = (put, "more") if put else (gone, "less")
        if front + back < _SHORTEST or len(what) > max(len(value), len(other)) // 2:
            return ""
        return f"with {_told(what, show=bool(put))} {deed} {_where(front, back)}"
    if len(gone) == len(put) <= _MOST_CHANGED:
        many = "one character" if len(put) == 1 else f"{len(put)} characters"
        return f"with {many} changed {_where(front, back)}"
    ours, theirs = value.split("."), other.split(".")
    if len(ours) == len(theirs) == 3 and ours[:2] == theirs[:2]:
        return "with another signature"
    return ""


def _no_pair(value: str) -> str:
    """What keeps credentials from being those of HTTP Basic (RFC 7617 section 2), in words."""
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (ValueError, UnicodeDecodeError):
        letters = "one character" if len(value) == 1 else f"{len(value)} characters"
        return f"{letters} that are no base64 of UTF-8"
    return "base64 of a text without a colon" if ":" not in text else "made up"


def _no_ordinary_jwt(value: str) -> str:
    """What keeps a value from being a JWT (RFC 7519 section 7.2), in words; empty where nothing does."""
    parts = value.split(".")
    if len(parts) != 3:
        letters = "one character" if len(value) == 1 else f"{len(value)} characters"
        dots = {1: "no dot", 2: "one dot"}.get(len(parts), f"{len(parts) - 1} dots")
        return f"no JWT: {letters}, with {dots} where a JWT has two"
    for part, name in zip(parts[:2], ("header", "claims"), strict=True):
        try:
            held = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (ValueError, RecursionError):
            return f"no JWT: its {name} cannot be read as JSON"
        if not isinstance(held, dict):
            return f"a JWT whose {name} are no JSON object but {_KINDS.get(type(held), 'null')}".replace(
                "header are", "header is"
            )
    return ""


def _alike(one: str, two: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )


def _told(text: str, *, show: bool) -> str:
    if not show or len(text) > _SHORTEST or not text.isprintable():
        return "one character" if len(text) == 1 else f"{len(text)} characters"
    return {" ": "a blank"}.get(text, f"'{text}'" if text.strip() else f"{len(text)} blanks")


def _where(front: int, back: int) -> str:
    if not back:
        return "at its end"
    return "at its beginning" if not front else f"after its first {front}"


def _of_challenge(value: str, challenges: Collection[str]) -> Origin | None:
    """Which code_challenge belongs to a verifier: as RFC 7636 has it, or in a form that it has not."""
    digest = hashlib.sha256(value.encode()).digest()
    ordinary = base64.urlsafe_b64encode(digest).decode()
    if (proper := ordinary.rstrip("=")) in challenges:
        return Origin("the code_verifier of a code_challenge", challenge=proper)
    forms = {
        ordinary: "base64url with padding",
        base64.b64encode(digest).decode(): "standard base64",
        base64.b64encode(digest).decode().rstrip("="): "standard base64 without padding",
        digest.hex(): "hexadecimal",
        digest.hex().upper(): "hexadecimal in capitals",
        base64.urlsafe_b64encode(digest.hex().encode()).decode().rstrip("="): "base64url of the hexadecimal",
        value: "",
    }
    for form, words in forms.items():
        if form in challenges:
            told = (
                f"whose SHA-256 hash in {words} is the code_challenge"
                if words
                else "that is the code_challenge itself"
            )
            return Origin(f"a code_verifier {told}", told if words else "")
    return None
