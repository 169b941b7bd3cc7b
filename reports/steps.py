"""How a finding is repeated: the fewest recorded requests that lead to it, in order, and what was done in words.

Works on redacted exchanges only (reports.redact): equal labels are equal values, so they tell which request needs what
another one brought. It judges nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from reports.curl import curl
from reports.deeds import lacks_its_cookie, told
from reports.parts import Kept, clients_of, header, made_in, members, parameters, place_of, sides_of
from reports.variables import introduced

MOST = 14
"""Steps that are shown, the last ones."""
NOTHING_SENT = (
    "# no request belongs to it: it is seen in the addresses or the TLS of the endpoints, or the target file"
)
MOST_OF_CASES = 16
"""Steps to which further cases are shown."""
_AUTHORIZATION, _TOKEN = "authorization", "token"
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
_ASKING = frozenset({"introspection", "resource", "metadata"})
"""Endpoints where a question changes nothing."""


def fewest(exchanges: Sequence[Kept], judged: Mapping[int, str], names: Mapping[str, str]) -> list[Kept]:
    """The exchanges that are needed to come to the judged ones, in the order in which they were sent.

    judged: their places, each with the words for its case, where there are several: such a step has a member `case`.
    Only the last without any. Where the steps of all cases would be many, it is the first cases that are told. names:
    of the endpoints, by URL. Needed is what brought a value that a needed request holds, and what used one up before:
    the first redemption of a code, the revocation of a token.
    """
    if not exchanges:
        return []
    last = len(exchanges) - 1
    needed: set[int] = set()
    told: dict[int, str] = {}
    for at in dict.fromkeys(min(place, last) for place in judged or [last]):
        more = _needed(exchanges, at, names)
        if needed and len(needed | more) > MOST_OF_CASES:
            break
        needed |= more
        told[at] = judged.get(at, "")
    return [
        {**exchanges[number], "case": told[number]} if told.get(number) else exchanges[number]
        for number in sorted(needed)
    ]


def _needed(exchanges: Sequence[Kept], at: int, names: Mapping[str, str]) -> set[int]:
    """The places of the exchanges that are needed to come to one, its own included."""
    sides = sides_of(exchanges[: at + 1])
    made = made_in(sides)
    needed, grew = {at}, True
    while grew:
        wanted = set().union(*(sides[number][0] for number in needed)) & made.keys()
        more = {made[value] for value in wanted}
        # What was deleted or replaced is named by what its answer brought, which the judged request may not hold.
        brought = wanted.union(*(sides[number][1] for number in needed))
        more |= {
            number
            for number in range(at)
            if _uses_up(exchanges[number], sides[number][0] & wanted, names)
            or (exchanges[number]["request"]["method"] in _CHANGING and sides[number][0] & brought)
        }
        more |= {on for number in more for on in _went_on(exchanges[:at], number, names)}
        more |= {led for number in needed if (led := _led_to(exchanges, number)) is not None}
        grew = not more <= needed
        needed |= more
    return needed


def done(steps: Sequence[Kept], names: Mapping[str, str]) -> str:
    """What was done in all, in words: the last step, or what led to it where that was a page of the server.

    Of several cases it is the first.
    """
    if not steps:
        return ""
    cases = [at for at, step in enumerate(steps) if "case" in step]
    if len(cases) > 1:
        more = f"{len(cases) - 1} more {'case' if len(cases) == 2 else 'cases'}"
        return f"{done(steps[: cases[0] + 1], names)}; and {more}"
    *earlier, last = steps
    words = told(last, names, earlier)
    apart = [at for at, step in enumerate(earlier) if lacks_its_cookie(step, names, earlier[:at])]
    if apart:
        return (
            f"{told(steps[apart[-1]], names, steps[: apart[-1]])}; then {done(steps[apart[-1] + 1 :], names)}"
        )
    asked = [at for at, step in enumerate(earlier) if names.get(place_of(step)) == _AUTHORIZATION]
    if names.get(place_of(last)) or not asked:
        return words
    request = told(earlier[asked[-1]], names, earlier[: asked[-1]])
    return f"{request}; then through the pages of the server up to {words}"


def numbered(
    steps: Sequence[Kept],
    names: Mapping[str, str],
    expected: str,
    actual: str,
    clients: Mapping[str, str] | None = None,
) -> str:
    """The curl lines of the steps, each under its number and words, and at the end what to compare.

    Above them stands what their variables are, and who the clients are. clients: the words for each, by its client_id.
    """
    if not steps:
        return NOTHING_SENT if expected else ""
    several = any("case" in step for step in steps)
    first = len(steps) - MOST if len(steps) > MOST + 1 and not several else 0
    lines = [f"# steps 1 to {first} come before these: see the exchanges of the finding"] if first else []
    lines += [f"# {_line(each)}" for each in introduced(steps, first, clients or {})]
    if (prepared := _preparation(steps, names)) > first:
        which = f"steps {first + 1} to {prepared} sign" if prepared > first + 1 else f"step {prepared} signs"
        lines.append(f"# preparation: {which} the owner in, and may grant a first request")
    for number, step in enumerate(steps[first:], start=first + 1):
        if len(steps) > 1:
            lines.append(f"# {number}. {_line(told(step, names, steps[: number - 1]))}")
        lines.append(curl(step))
        lines += [f"#    case {_line(step['case'])}"] if "case" in step else []
    lines += [f"# compare: expected {_line(expected)}"] if expected else []
    lines += [f"#          came {_line(actual)}"] if actual else []
    lines += [f"#          the server's words: {_line(words)}"] if (words := _explained(steps[-1])) else []
    return "\n".join(lines)


def _explained(step: Kept) -> str:
    """What the answer to a step says in error_description, of its body or of where it redirects; empty without one."""
    answer = step.get("answer") or {"headers": ()}
    pairs = parse_qsl(re.sub("[?#]", "&", header(answer, "location")))
    told = members(answer).get("error_description") or dict(pairs).get("error_description", "")
    return told if isinstance(told, str) and told.isprintable() else ""


def _preparation(steps: Sequence[Kept], names: Mapping[str, str]) -> int:
    """How many steps at the beginning only sign an owner in: what they bring and send are cookies and forms."""
    first = next((at for at, step in enumerate(steps) if "case" in step), len(steps) - 1)
    sides = sides_of(steps)
    for end in range(first, 0, -1):
        before, after = steps[:end], sides[end:]
        if not names.get(place_of(steps[end])) or any(names.get(place_of(one)) == _TOKEN for one in before):
            continue
        if not any(name == "password" for one in before for name, _ in parameters(one["request"])):
            continue
        if any(lacks_its_cookie(one, names, before[:at]) for at, one in enumerate(before)):
            continue
        theirs = set().union(*(sent | came for sent, came in sides[:end]))
        clients = {name for one in before for name in clients_of(one["request"])}
        shared = theirs & set().union(*(sent for sent, _ in after)) - clients
        if all(value.startswith(("<cookie", "<csrf")) for value in shared):
            return end
    return 0


def _line(text: str) -> str:
    return " ".join(text.split())[:600]


def _uses_up(exchange: Kept, shared: set[str], names: Mapping[str, str]) -> bool:
    """Whether a request may have changed what becomes of a value that a needed one sends."""
    request = exchange["request"]
    named = set(clients_of(request))
    lasting = {value for value in shared - named if not value.startswith(("<cookie", "<csrf"))}
    name = names.get(place_of(exchange))
    if name == _AUTHORIZATION:
        return any(key == "request_uri" and value in lasting for key, value in parameters(request))
    return bool(lasting) and request["method"] == "POST" and name not in _ASKING


def _went_on(exchanges: Sequence[Kept], number: int, names: Mapping[str, str]) -> list[int]:
    """The pages of the server that a request_uri led through, after the request that used it."""
    used = any(key == "request_uri" for key, _ in parameters(exchanges[number]["request"]))
    if not used or names.get(place_of(exchanges[number])) != _AUTHORIZATION:
        return []
    pages = itertools.takewhile(
        lambda at: not names.get(place_of(exchanges[at])), range(number + 1, len(exchanges))
    )
    return list(pages)


def _led_to(exchanges: Sequence[Kept], number: int) -> int | None:
    """Which exchange before redirected to the page that this one asks for."""
    url = str(exchanges[number]["request"]["url"])
    for earlier in range(number - 1, -1, -1):
        answer = exchanges[earlier].get("answer") or {"headers": ()}
        places = [value for name, value in answer["headers"] if name.lower() == "location"]
        if any(len(place) > 1 and url.endswith(place) for place in places):
            return earlier
    return None
