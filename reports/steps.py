"""How a finding is repeated: the fewest recorded requests that lead to it, in order, and what was done in words.

Works on redacted exchanges only (reports.redact): equal labels are equal values, so they tell which request needs what
another one brought. It judges nothing.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from fixtures.http.recorder import CLOCK
from reports.curl import curl
from reports.deeds import lacks_its_cookie, told
from reports.parts import Kept, clients_of, header, made_in, members, parameters, place_of, sides_of
from reports.variables import introduced

MOST = 14
"""Steps that are shown, the last ones; what was sent at once is one."""
NOTHING_SENT = (
    "# no request belongs to it: it is seen in the addresses or the TLS of the endpoints, or the target file"
)
MOST_DECIDING = 3
"""Requests that decided a finding which `done` names, the last ones."""
LEAST_PAUSE = 5
"""Seconds between two requests from which on they are told."""
_COMMENT = "  # not exact"
MOST_OF_CASES = 16
"""Steps to which further cases are shown."""
_OF_PAGES = ("<cookie", "<csrf")
_AUTHORIZATION, _TOKEN, _REVOCATION = "authorization", "token", "revocation"
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
_PUSHED = "pushed_authorization_request"
_ASKING = frozenset({"introspection", "resource", "metadata"})
"""Endpoints where a question changes nothing."""


def fewest(
    exchanges: Sequence[Kept], judged: Mapping[int, str], names: Mapping[str, str], before: Sequence[int] = ()
) -> list[Kept]:
    """The exchanges that are needed to come to the judged ones, in the order in which they were sent.

    judged: their places, each with the words for its case, where there are several: such a step has a member `case`.
    Only the last without any. Where the steps of all cases would be many, it is the first cases that are told. names:
    of the endpoints, by URL. Needed is what brought a value that a needed request holds, and what used one up before:
    the first redemption of a code, the revocation of a token; and who was sent at once with it. before: the places of
    others that decide it. What decided it after all its values were there has a member `deciding`.
    """
    if not exchanges:
        return []
    last = len(exchanges) - 1
    needed: set[int] = set()
    deciding = {place for place in before if place < last}
    told: dict[int, str] = {}
    for at in dict.fromkeys(min(place, last) for place in judged or [last]):
        more, decided = _needed(exchanges, at, names)
        for place in deciding:
            more |= _needed(exchanges, place, names)[0]
        if needed and len(needed | more) > MOST_OF_CASES:
            break
        needed |= more
        deciding |= decided
        told[at] = judged.get(at, "")
    return [
        {
            **exchanges[number],
            **({"case": told[number]} if told.get(number) else {}),
            **({"deciding": True} if number in deciding - told.keys() else {}),
            **({"pause": waited} if (waited := _pause(exchanges, sorted(needed), number)) else {}),
        }
        for number in sorted(needed)
    ]


def _pause(exchanges: Sequence[Kept], needed: Sequence[int], number: int) -> int:
    """The seconds that passed before a request, since the needed one before it, where they may matter; else 0."""
    at = needed.index(number)
    if at == 0:
        return 0
    clocks = [_clock(exchanges[place]) for place in (needed[at - 1], number)]
    waited = round(clocks[1] - clocks[0])
    return waited if waited >= LEAST_PAUSE else 0


def _clock(exchange: Kept) -> float:
    """When a request was sent, by the server's clock as far as it was moved."""
    moved = str(exchange.get("extra", {}).get(CLOCK, "0")).partition(" ")[0]
    return float(exchange.get("started", 0)) + float(moved)


def _needed(exchanges: Sequence[Kept], at: int, names: Mapping[str, str]) -> tuple[set[int], set[int]]:
    """The places of the exchanges that are needed to come to one, its own included; and of those that decided it.

    These changed what becomes of a value after everything that the request holds was there.
    """
    together = _at_once(exchanges, at)
    sides = sides_of(exchanges[: together[-1] + 1])
    made = made_in(sides)
    there = max(
        (made[value] for value in sides[at][0] & made.keys() if not value.startswith(_OF_PAGES)), default=-1
    )
    needed, deciding, grew = {at, *together}, set[int](), True
    while grew:
        wanted = set().union(*(sides[number][0] for number in needed)) & made.keys()
        more = {made[value] for value in wanted}
        # What was deleted or replaced is named by what its answer brought, which the judged request may not hold.
        brought = wanted.union(*(sides[number][1] for number in needed))
        changing = {
            number
            for number in range(at)
            if _uses_up(exchanges[number], sides[number][0] & wanted, names)
            or (exchanges[number]["request"]["method"] in _CHANGING and sides[number][0] & brought)
        }
        changing |= {
            number
            for number in range(there + 1, at)
            if there >= 0 and names.get(place_of(exchanges[number])) == _REVOCATION
        }
        deciding |= {number for number in changing if number > there and _is_told(exchanges[number], names)}
        pages = _approved(exchanges[:at], sides, brought, names)
        deciding |= set(pages[-1:])
        changing |= set(pages)
        more |= changing
        more |= {on for number in more for on in _went_on(exchanges[:at], number, names)}
        if _asks(exchanges[at], names):
            deciding |= {number for number in more if names.get(place_of(exchanges[number])) == _TOKEN}
        more |= {led for number in needed if (led := _led_to(exchanges, number)) is not None}
        more |= {other for number in more for other in _at_once(exchanges, number)}
        grew = not more <= needed
        needed |= more
    pushed = [number for number in needed if names.get(place_of(exchanges[number])) == _PUSHED]
    return needed, deciding.union(sorted(pushed)[-1:]) - set(together)


def _asks(exchange: Kept, names: Mapping[str, str]) -> bool:
    """Whether a request only asks about a token, so that it says nothing without the request that brought it."""
    return names.get(place_of(exchange)) in _ASKING - {"metadata"}


def _is_told(exchange: Kept, names: Mapping[str, str]) -> bool:
    """Whether a request is one of the protocol: to an endpoint, or to the address of one registration."""
    return bool(names.get(place_of(exchange))) or exchange["request"]["method"] in _CHANGING


def _at_once(exchanges: Sequence[Kept], number: int) -> Sequence[int]:
    """The places of the requests that were sent at once with one, its own included."""
    race = exchanges[number].get("extra", {}).get("race")
    first = last = number
    while race and first > 0 and exchanges[first - 1].get("extra", {}).get("race") == race:
        first -= 1
    while race and last + 1 < len(exchanges) and exchanges[last + 1].get("extra", {}).get("race") == race:
        last += 1
    return range(first, last + 1)


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
    group = at_once(steps)[-1]
    words = _deeds(steps, group, names)
    *earlier, last = steps
    apart = [at for at, step in enumerate(earlier) if lacks_its_cookie(step, names, earlier[:at])]
    if apart:
        return (
            f"{told(steps[apart[-1]], names, steps[: apart[-1]])}; then {done(steps[apart[-1] + 1 :], names)}"
        )
    asked = [at for at, step in enumerate(earlier) if names.get(place_of(step)) == _AUTHORIZATION]
    if not names.get(place_of(last)) and asked:
        request = told(earlier[asked[-1]], names, earlier[: asked[-1]])
        words = f"{request}; then through the pages of the server up to {words}"
    return "; then ".join([*_decided(steps, names), words])


def _decided(steps: Sequence[Kept], names: Mapping[str, str]) -> list[str]:
    """What decided the last steps before they were taken, in words, each with its answer; the last few of it."""
    shown = [
        group
        for group in at_once(steps)[:-1]
        if len(group) > 1
        or any("deciding" in steps[at] and "case" not in steps[at] for at in group)
        or (group.stop < len(steps) and "pause" in steps[group.stop])
    ]
    found = [f"{_deeds(steps, group, names)} ({_answers(steps, group)})" for group in shown]
    repeated = [f"{_times(len(list(same)))}{words}" for words, same in itertools.groupby(found)]
    more = len(repeated) - MOST_DECIDING
    return [f"{more} more before", *repeated[-MOST_DECIDING:]] if more > 0 else repeated


def _deeds(steps: Sequence[Kept], group: range, names: Mapping[str, str]) -> str:
    """What the steps of a group did, in words, and how long after those before."""
    words = _together([told(steps[at], names, steps[: group.start]) for at in group])
    pause = steps[group.start].get("pause")
    return f"{pause} s later: {words}" if pause else words


def _times(count: int) -> str:
    return f"{count} times " if count > 1 else ""


def _together(words: Sequence[str]) -> str:
    """What requests that were sent at once did: `8 at once: POST ..`, `at once: 4 times POST .., and POST ..`."""
    counts = Counter(words)
    if len(words) == 1:
        return words[0]
    if len(counts) == 1:
        return f"{len(words)} at once: {words[0]}"
    return f"at once: {', and '.join(f'{_times(count)}{each}' for each, count in counts.items())}"


def _answers(steps: Sequence[Kept], group: Sequence[int]) -> str:
    """How steps were answered, in a few words: `answered 400 invalid_grant`; of several how many each."""
    counts = Counter(_answered(steps[at]) for at in group)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {each}" for each, count in counts.items())


def _answered(step: Kept) -> str:
    answer = step.get("answer")
    if answer is None:
        return "not answered"
    error = members(answer).get("error")
    return (
        f"answered {answer['status']}{f' {error}' if isinstance(error, str) and error.isprintable() else ''}"
    )


def at_once(steps: Sequence[Kept]) -> list[range]:
    """The places of steps, those together that were sent at once."""
    found: list[range] = []
    while (begun := found[-1].stop if found else 0) < len(steps):
        found.append(range(begun, _at_once(steps, begun)[-1] + 1))
    return found


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
    groups = at_once(steps)
    shown = groups[-MOST:] if len(groups) > MOST + 1 and not several else groups
    first = shown[0].start
    lines = [f"# steps 1 to {first} come before these: see the exchanges of the finding"] if first else []
    lines += [f"# {_line(each)}" for each in introduced(steps, first, clients or {})]
    if (prepared := _preparation(steps, names)) > first:
        which = f"steps {first + 1} to {prepared} sign" if prepared > first + 1 else f"step {prepared} signs"
        lines.append(f"# preparation: {which} the owner in, and may grant a first request")
    for group in shown:
        if len(steps) > 1:
            which = f"{group.start + 1}" if len(group) == 1 else f"{group.start + 1} to {group.stop}"
            lines.append(f"# {which}. {_line(_deeds(steps, group, names))} ({_answers(steps, group)})")
        lines += _commands([curl(steps[at]) for at in group])
        lines += [f"#    case {_line(steps[at]['case'])}" for at in group if "case" in steps[at]]
    lines += [f"# compare: expected {_line(expected)}"] if expected else []
    lines += [f"#          came {_line(actual)}"] if actual else []
    lines += [f"#          the server's words: {_line(words)}"] if (words := _explained(steps[-1])) else []
    return "\n".join(lines)


def _commands(lines: Sequence[str]) -> list[str]:
    """The commands of steps; of several that were sent at once each in the background, and then waited for."""
    if len(lines) == 1:
        return list(lines)
    counts = Counter(line.partition(_COMMENT) for line in lines)
    started = [
        f"for each in $(seq {count}); do {line} & done{hint}{more}" if count > 1 else f"{line} &{hint}{more}"
        for (line, hint, more), count in counts.items()
    ]
    return [*started, "wait"]


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
        if all(value.startswith(_OF_PAGES) for value in shared):
            return end
    return 0


def _line(text: str) -> str:
    return " ".join(text.split())[:600]


def _uses_up(exchange: Kept, shared: set[str], names: Mapping[str, str]) -> bool:
    """Whether a request may have changed what becomes of a value that a needed one sends."""
    request = exchange["request"]
    named = set(clients_of(request))
    lasting = {value for value in shared - named if not value.startswith(_OF_PAGES)}
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


def _approved(
    exchanges: Sequence[Kept],
    sides: Sequence[tuple[set[str], set[str]]],
    brought: set[str],
    names: Mapping[str, str],
) -> list[int]:
    """The pages on which an owner dealt with a user_code that a needed answer brought."""
    codes = {value for value in brought if value.startswith("<user_code ")}
    first = next((at for at in range(len(exchanges)) if sides[at][0] & codes), len(exchanges))
    pages = itertools.takewhile(
        lambda at: not names.get(place_of(exchanges[at])), range(first, len(exchanges))
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
