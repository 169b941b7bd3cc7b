"""How a finding is repeated: the fewest recorded requests that lead to it, in order, and what was done in words.

Works on redacted exchanges only (reports.redact): equal labels are equal values, so they tell which request needs what
another one brought. It judges nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from reports.curl import curl, variable
from reports.redact.labels import looks_random

MOST = 10
"""Steps that are shown, the last ones."""
NOTHING_SENT = (
    "# no request belongs to it: it is seen in the addresses or the TLS of the endpoints, or the target file"
)
MOST_OF_CASES = 16
"""Steps to which further cases are shown."""
_TELLING = frozenset(
    {
        "grant_type",
        "response_type",
        "response_mode",
        "scope",
        "token_type_hint",
        "code_challenge_method",
        "prompt",
        "redirect_uri",
    }
)
"""Parameters whose value says what a request is about; of the others it is told where it was written, not generated."""
_OF_CLIENTS = _TELLING | {
    "client_id",
    "state",
    "nonce",
    "code_challenge",
    "client_assertion_type",
    "username",
}
"""Parameters that a client chooses by itself, whatever an answer held before; client_id may come of a registration."""
_PLAIN = frozenset({"client_assertion_type", "username"})
"""Parameters whose name is enough."""
_OPENING = {
    "code_verifier": "a code_verifier whose code_challenge stood in the authorization request (RFC 7636 section 4)",
    "client_assertion": "a JWT that the check signed for the client (RFC 7523 section 3)",
    "dpop": "a DPoP proof that the check signed (RFC 9449 section 4.2)",
    "cookie": "the session of an owner who has signed in",
}
"""What a value is that no answer of the steps brought, by the kind in its label."""
_OF_THE_FILE = r"<[A-Z0-9_]+(?: form-encoded)?>"
"""The label of a secret that the target file names."""
_MEMBERS = frozenset(
    {"redirect_uris", "grant_types", "application_type", "token_endpoint_auth_method", "scope"}
)
"""Members of a JSON body whose value says what a request is about."""
_TIMES = ("", "", " (the same parameter a second time)", " (the same parameter once more)")
_ISSUED = frozenset({"access_token", "refresh_token", "id_token", "code", "device_code", "user_code"})
_LABEL = re.compile(r"<[A-Za-z][\w.-]* [0-9]+>")
_SHORTEST = 12
"""Characters from which on a value of a request, that an answer held before, is taken to come from there."""
_AUTHORIZATION = "authorization"
_ASKING = frozenset({"introspection", "resource", "metadata"})
"""Endpoints where a question changes nothing."""

Kept = Mapping[str, Any]


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
    asked = [at for at, step in enumerate(earlier) if names.get(_place(step)) == _AUTHORIZATION]
    if names.get(_place(last)) or not asked:
        return words
    request = told(earlier[asked[-1]], names, earlier[: asked[-1]])
    return f"{request}; then through the pages of the server up to {words}"


def told(exchange: Kept, names: Mapping[str, str], earlier: Sequence[Kept] = ()) -> str:
    """What was done, in words: `POST to the token endpoint with grant_type=authorization_code, code (sent before)`.

    earlier: the needed exchanges before it.
    """
    request = exchange["request"]
    before = set().union(*(_values(one["request"]) for one in earlier)) if earlier else set()
    pairs = _parameters(request)
    times = [[other for other, _ in pairs[: at + 1]].count(name) for at, (name, _) in enumerate(pairs)]
    said = {label: telling for label, (_, telling) in exchange.get("jwts", {}).items() if telling}
    parts = [
        f"{_parameter(name, value, before)}{_TIMES[min(nth, 3)]}{f' ({said[value]})' if value in said else ''}"
        for (name, value), nth in zip(pairs, times, strict=True)
    ]
    parts += _document(request) + _credentials(request) + _proofs(request, said)
    name = names.get(_place(exchange))
    where = f"the {name.replace('_', ' ')} endpoint" if name else (urlsplit(request["url"]).path or "/")
    nothing = "" if request["method"] in {"GET", "HEAD"} else ", with no parameters"
    return f"{request['method']} to {where}{' with ' + ', '.join(parts) if parts else nothing}"


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
    lines += _introduced(steps, first, clients or {})
    for number, step in enumerate(steps[first:], start=first + 1):
        if len(steps) > 1:
            lines.append(f"# {number}. {_line(told(step, names, steps[: number - 1]))}")
        lines.append(curl(step))
        lines += [f"#    case {_line(step['case'])}"] if "case" in step else []
    lines += [f"# compare: expected {_line(expected)}"] if expected else []
    lines += [f"#          came {_line(actual)}"] if actual else []
    return "\n".join(lines)


def _introduced(steps: Sequence[Kept], first: int, clients: Mapping[str, str]) -> list[str]:
    """Who the clients of the steps are, and what each variable stands for: which step brings it, or what it is."""
    shown = steps[first:]
    made = _made(_sides(steps))
    asking = dict.fromkeys(name for step in shown for name in _clients(step["request"]))
    sent = dict.fromkeys(label for step in shown for label in _LABEL.findall(json.dumps(step["request"])))
    hidden = dict.fromkeys(
        name
        for step in shown
        for name, value in _parameters(step["request"])
        if value in made and name not in _OF_CLIENTS and not _LABEL.fullmatch(value)
    )
    of_the_file = [
        label for step in shown for label in step.get("labels", ()) if re.fullmatch(_OF_THE_FILE, label)
    ]
    lines = [f"client {clients[each]}" for each in asking if each in clients]
    lines += [f"client {each}: registered in step {made[each] + 1}" for each in asking if each in made]
    lines += _named("of the target file", of_the_file)
    brought = [f"${variable(label)} of step {made[label] + 1}" for label in sent if label in made]
    lines += [f"from the answers: {', '.join(brought)}"] if brought else []
    lines += [f"new each time, from the page or redirection before: {', '.join(hidden)}"] if hidden else []
    openings: dict[str, list[str]] = {}
    said = {label: whole for step in shown for label, (whole, _) in step.get("jwts", {}).items()}
    for label in sent:
        if label not in made:
            words = _opening(label)
            openings.setdefault(f"{words}: {said[label]}" if label in said else words, []).append(label)
    lines += [line for words, labels in openings.items() for line in _named(words, labels)]
    return [f"# {_line(each)}" for each in lines]


def _named(words: str, labels: Sequence[str]) -> list[str]:
    """`$CODE_VERIFIER_1, $CODE_VERIFIER_2: a code_verifier of the client`; nothing without labels."""
    return [f"{', '.join(f'${variable(each)}' for each in dict.fromkeys(labels))}: {words}"] if labels else []


def _opening(label: str) -> str:
    """What a value is that no answer of the steps brought, by the kind in its label."""
    kind = label.strip("<>").rpartition(" ")[0]
    if kind in _ISSUED:
        return "issued before these steps"
    return _OPENING.get(kind, "made up for the request, or brought before these steps")


def _clients(request: Mapping[str, Any]) -> list[str]:
    """The client_id of each client that a request names, by parameter or by HTTP Basic."""
    named = [value for name, value in _parameters(request) if name == "client_id"]
    return [*named, *(value for _, value in _named_clients(request))]


def _named_clients(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The client that a request names beside its parameters: by HTTP Basic, or in the document of a registration."""
    user = _user(_header(request, "authorization"))
    document = _members(request).get("client_id")
    return [("client_id", each) for each in (user, document) if isinstance(each, str) and each]


def _line(text: str) -> str:
    return " ".join(text.split())[:600]


def _values(message: Mapping[str, Any] | None) -> set[str]:
    """The labels in one side of an exchange: what a server made, or a secret."""
    return set(_LABEL.findall(json.dumps(message, ensure_ascii=False))) if message is not None else set()


def _sides(exchanges: Sequence[Kept]) -> list[tuple[set[str], set[str]]]:
    """Of each exchange the values that its request and its answer hold: labels, and what forms and links carry on."""
    own = [
        {
            value
            for name, value in [*_parameters(one["request"]), *_named_clients(one["request"])]
            if len(value) >= _SHORTEST and name not in _OF_CLIENTS - {"client_id"}
        }
        for one in exchanges
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
    request = exchange["request"]
    if request["method"] in {"PUT", "DELETE"}:
        return bool(shared)
    named = set(_clients(request))
    lasting = {value for value in shared - named if not value.startswith(("<cookie", "<csrf"))}
    return bool(lasting) and request["method"] == "POST" and names.get(_place(exchange)) not in _ASKING


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
    kind = _header(request, "content-type")
    if body is not None and "form-urlencoded" in kind.lower() and body["encoding"] == "utf8":
        pairs += parse_qsl(body["text"], keep_blank_values=True)
    return pairs[:20]


def _parameter(name: str, value: str, before: set[str]) -> str:
    shown = name if name.isprintable() else ascii(name)
    if not value:
        return f"{shown} empty"
    if name in _TELLING and len(value) <= 60 and value.isprintable():
        return f"{shown}={value}"
    if name not in _PLAIN and _is_written(value):
        return f"{shown}={json.dumps(value, ensure_ascii=False) if ' ' in value or ',' in value else value}"
    of_another = re.fullmatch(r"<(\w+) [0-9]+>", value)
    if of_another and of_another[1] in _ISSUED and of_another[1] != name:
        shown = f"{shown} ({_article(of_another[1].replace('_', ' '))})"
    return f"{shown} (sent before)" if value in before else shown


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _is_written(value: str) -> bool:
    """Whether somebody wrote a value, so that it tells something: no label, nothing generated, nothing long."""
    labelled = _LABEL.search(value) or re.search(_OF_THE_FILE, value)
    generated = looks_random(value) and not re.match(r"https?://", value)
    return len(value) <= 60 and value.isprintable() and not labelled and not generated


def _document(request: Mapping[str, Any]) -> list[str]:
    """The body of a request that is no form, in words."""
    body = request.get("body")
    kind = _header(request, "content-type")
    if body is None or ("form-urlencoded" in kind.lower() and body["encoding"] == "utf8"):
        return []
    if body["encoding"] != "utf8":
        return [f"a body of {kind.partition(';')[0] or 'no media type'} that is not UTF-8"]
    if members := _members(request):
        return [
            f"a JSON body of {', '.join(_member(name, value) for name, value in list(members.items())[:12])}"
        ]
    return [f"a body of {kind.partition(';')[0] or 'no media type'}"]


def _members(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of the JSON object that a request carries; empty where it carries none."""
    body = request.get("body")
    if body is None or body["encoding"] != "utf8" or not body["text"].startswith("{"):
        return {}
    try:
        members = json.loads(body["text"])
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _member(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    told = name in _MEMBERS and len(text) <= 80 and text.isprintable() and not _LABEL.search(text)
    return f"{name} {text}" if told else name


def _header(request: Mapping[str, Any], name: str) -> str:
    return next((str(value) for each, value in request["headers"] if each.lower() == name), "")


def _user(authorization: str) -> str:
    """The client_id in the credentials of HTTP Basic, as they stand in a redacted exchange; empty without one."""
    found = re.match(r"basic base64\(([^:<>]+):", authorization, re.IGNORECASE)
    return unquote_plus(found[1]) if found else ""


def _proofs(request: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    """The DPoP proofs of a request, each with what sets it apart."""
    proofs = [str(value) for name, value in request["headers"] if name.lower() == "dpop"]
    return [f"a DPoP proof ({said[each]})" if each in said else "a DPoP proof" for each in proofs]


def _credentials(request: Mapping[str, Any]) -> list[str]:
    value = _header(request, "authorization")
    scheme = value.partition(" ")[0]
    if scheme.startswith("<"):
        return ["an Authorization header that names no scheme"]
    user = _user(value)
    basic = f"the credentials of client {user} by HTTP Basic" if user else "client credentials by HTTP Basic"
    basic += ", with an empty secret" if value.endswith(":)") else ""
    return {"": [], "basic": [basic], "bearer": ["a Bearer token"]}.get(
        scheme.lower(), [f"an Authorization header of the scheme {scheme[:20]}"]
    )
