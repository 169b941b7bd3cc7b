"""How a finding is repeated: the fewest recorded requests that lead to it, in order, and what was done in words.

Works on redacted exchanges only (reports.redact): equal labels are equal values, so they tell which request needs what
another one brought. It judges nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reports.curl import curl, variable

MOST = 8
"""Steps that are shown, the last ones."""
_TELLING = frozenset(
    {
        "grant_type",
        "response_type",
        "response_mode",
        "scope",
        "token_type_hint",
        "code_challenge_method",
        "prompt",
    }
)
"""Parameters whose value says what a request is about; of the others the name is enough."""
_LABEL = re.compile(r"<[A-Za-z][\w.-]* [0-9]+>")
_SHORTEST = 12
"""Characters from which on a value of a request, that an answer held before, is taken to come from there."""
_AUTHORIZATION = "authorization"
_ASKING = frozenset({"introspection", "resource", "metadata"})
"""Endpoints where a question changes nothing."""

Kept = Mapping[str, Any]


def fewest(exchanges: Sequence[Kept], judged: int | None, names: Mapping[str, str]) -> list[Kept]:
    """The exchanges that are needed to come to the judged one, that one last; in the order in which they were sent.

    judged: its place, None for the last. names: of the endpoints, by URL. Needed is what brought a value that a needed
    request holds, and what used one up before: the first redemption of a code, the revocation of a token.
    """
    if not exchanges:
        return []
    at = len(exchanges) - 1 if judged is None or judged >= len(exchanges) else judged
    sides = _sides(exchanges[: at + 1])
    made = _made(sides)
    needed, grew = {at}, True
    while grew:
        wanted = set().union(*(sides[number][0] for number in needed)) & made.keys()
        more = {made[value] for value in wanted}
        more |= {
            number for number in range(at) if _uses_up(exchanges[number], sides[number][0] & wanted, names)
        }
        more |= {led for number in needed if (led := _led_to(exchanges, number)) is not None}
        grew = not more <= needed
        needed |= more
    return [exchanges[number] for number in sorted(needed)]


def done(steps: Sequence[Kept], names: Mapping[str, str]) -> str:
    """What was done in all, in words: the last step, or what led to it where that was a page of the server."""
    if not steps:
        return ""
    *earlier, last = steps
    words = told(last, names, earlier)
    asked = [at for at, step in enumerate(earlier) if names.get(_place(step)) == _AUTHORIZATION]
    if names.get(_place(last)) or not asked:
        return words
    page = urlsplit(last["request"]["url"]).path or "/"
    request = told(earlier[asked[-1]], names, earlier[: asked[-1]])
    return f"{request}; then through the pages of the server up to {last['request']['method']} {page}"


def told(exchange: Kept, names: Mapping[str, str], earlier: Sequence[Kept] = ()) -> str:
    """What was done, in words: `POST to the token endpoint with grant_type=authorization_code, code (sent before)`.

    earlier: the needed exchanges before it.
    """
    request = exchange["request"]
    before = set().union(*(_values(one["request"]) for one in earlier)) if earlier else set()
    pairs = _parameters(request)
    again = [name in {other for other, _ in pairs[:at]} for at, (name, _) in enumerate(pairs)]
    parts = [
        f"{_parameter(name, value, before)}{' again' if repeated else ''}"
        for (name, value), repeated in zip(pairs, again, strict=True)
    ]
    parts += _credentials(request)
    name = names.get(_place(exchange))
    where = f"the {name} endpoint" if name else (urlsplit(request["url"]).path or "/")
    return f"{request['method']} to {where}{' with ' + ', '.join(parts) if parts else ', with no parameters'}"


def numbered(steps: Sequence[Kept], names: Mapping[str, str], expected: str, actual: str) -> str:
    """The curl lines of the steps, each under its number and words, and at the end what to compare."""
    if not steps:
        return ""
    first = max(0, len(steps) - MOST)
    lines = (
        [f"# the {first} steps before lead through pages of the server; they are among the exchanges"]
        if first
        else []
    )
    brought = set().union(*(_values(step.get("answer")) for step in steps))
    sessions = {value for step in steps for value in _values(step["request"]) if value.startswith("<cookie")}
    lines += [
        f"# ${variable(each)}: the session of an owner who has signed in"
        for each in sorted(sessions - brought)
    ]
    for number, step in enumerate(steps[first:], start=first + 1):
        if len(steps) > 1:
            lines.append(f"# {number}. {_line(told(step, names, steps[: number - 1]))}")
        lines.append(curl(step))
    lines += [f"# compare: expected {_line(expected)}"] if expected else []
    lines += [f"#          came {_line(actual)}"] if actual else []
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())[:600]


def _values(message: Mapping[str, Any] | None) -> set[str]:
    """The labels in one side of an exchange: what a server made, or a secret."""
    return set(_LABEL.findall(json.dumps(message, ensure_ascii=False))) if message is not None else set()


def _sides(exchanges: Sequence[Kept]) -> list[tuple[set[str], set[str]]]:
    """Of each exchange the values that its request and its answer hold: labels, and what forms and links carry on."""
    own = [
        {value for _, value in _parameters(one["request"]) if len(value) >= _SHORTEST} for one in exchanges
    ]
    carried = set().union(*own)
    found = []
    for one, sent in zip(exchanges, own, strict=True):
        answer = json.dumps(one.get("answer"), ensure_ascii=False)
        came = {value for value in carried if value in answer}
        found.append((_values(one["request"]) | sent, _values(one.get("answer")) | came))
    return found


def _made(sides: Sequence[tuple[set[str], set[str]]]) -> dict[str, int]:
    """Which exchange brought a value: the first whose answer holds it, where no earlier request did."""
    found: dict[str, int] = {}
    seen: set[str] = set()
    for number, (sent, came) in enumerate(sides):
        seen |= sent
        found.update(dict.fromkeys(came - seen, number))
        seen |= came
    return found


def _uses_up(exchange: Kept, shared: set[str], names: Mapping[str, str]) -> bool:
    """Whether a request may have changed what becomes of a value that a needed one sends."""
    lasting = {value for value in shared if not value.startswith(("<cookie", "<csrf"))}
    return (
        bool(lasting)
        and exchange["request"]["method"] == "POST"
        and names.get(_place(exchange)) not in _ASKING
    )


def _led_to(exchanges: Sequence[Kept], number: int) -> int | None:
    """Which exchange before redirected to the page that this one asks for."""
    url = str(exchanges[number]["request"]["url"])
    for earlier in range(number - 1, -1, -1):
        answer = exchanges[earlier].get("answer") or {"headers": ()}
        places = [value for name, value in answer["headers"] if name.lower() == "location"]
        if any(len(place) > 1 and url.endswith(place) for place in places):
            return earlier
    return None


def _place(exchange: Kept) -> str:
    return str(exchange["request"]["url"]).partition("?")[0]


def _parameters(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True)
    body = request.get("body")
    kind = next((value for name, value in request["headers"] if name.lower() == "content-type"), "")
    if body is not None and "form-urlencoded" in kind.lower() and body["encoding"] == "utf8":
        pairs += parse_qsl(body["text"], keep_blank_values=True)
    return pairs[:20]


def _parameter(name: str, value: str, before: set[str]) -> str:
    shown = name if name.isprintable() else ascii(name)
    if not value:
        return f"{shown} empty"
    if name in _TELLING and len(value) <= 60 and value.isprintable():
        return f"{shown}={value}"
    return f"{shown} (sent before)" if value in before else shown


def _credentials(request: Mapping[str, Any]) -> list[str]:
    value = next((value for name, value in request["headers"] if name.lower() == "authorization"), "")
    scheme = value.partition(" ")[0]
    return {"": [], "basic": ["client credentials by HTTP Basic"], "bearer": ["a Bearer token"]}.get(
        scheme.lower(), [f"an Authorization header of the scheme {scheme[:20]}"]
    )
