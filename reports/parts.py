"""What a kept exchange consists of: places, parameters, members, header fields, clients and labels. It has no words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from reports.curl import variable

TELLING = frozenset(
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
OF_CLIENTS = TELLING | {
    "client_id",
    "state",
    "nonce",
    "code_challenge",
    "client_assertion_type",
    "username",
}
"""Parameters that a client chooses by itself, whatever an answer held before; client_id may come of a registration."""
OF_THE_FILE = r"<[A-Z0-9_]+(?: form-encoded)?>"
"""The label of a secret that the target file names."""
ISSUED = frozenset({"access_token", "refresh_token", "id_token", "code", "device_code", "user_code"})
LABEL = re.compile(r"<[A-Za-z][\w.-]* [0-9]+>")
_SHORTEST = 12
"""Characters from which on a value of a request, that an answer held before, is taken to come from there."""

Kept = Mapping[str, Any]


def variables_in(text: str) -> str:
    """A text with the variables of its labels in their place: `<access_token 1>` is `$ACCESS_TOKEN_1`."""
    known = re.compile(f"{LABEL.pattern}|{OF_THE_FILE}")
    return known.sub(lambda match: f"${variable(match[0])}", text)


def clients_of(request: Mapping[str, Any]) -> list[str]:
    """The client_id of each client that a request names, by parameter or by HTTP Basic."""
    named = [value for name, value in parameters(request) if name == "client_id"]
    return [*named, *(value for _, value in named_clients(request))]


def named_clients(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The client that a request names beside its parameters: by HTTP Basic, or in the document of a registration."""
    user = user_of(header(request, "authorization"))
    document = members(request).get("client_id")
    return [("client_id", each) for each in (user, document) if isinstance(each, str) and each]


def labels_in(message: object) -> set[str]:
    """The labels in one side of an exchange: what a server made, or a secret."""
    return set(LABEL.findall(json.dumps(message, ensure_ascii=False))) if message is not None else set()


def place_of(exchange: Kept) -> str:
    """The URL that a request was sent to, without its query."""
    return str(exchange["request"]["url"]).partition("?")[0]


def parameters(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters of a request, of its query and its form, decoded; the first twenty."""
    pairs = parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True)
    body = request.get("body")
    kind = header(request, "content-type")
    if body is not None and "form-urlencoded" in kind.lower() and body["encoding"] == "utf8":
        pairs += parse_qsl(body["text"], keep_blank_values=True)
    return pairs[:20]


def members(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of the JSON object that a request carries; empty where it carries none."""
    body = request.get("body")
    if body is None or body["encoding"] != "utf8" or not body["text"].startswith("{"):
        return {}
    try:
        members = json.loads(body["text"])
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def header(request: Mapping[str, Any], name: str) -> str:
    """The first value of a header of a request or an answer; empty without one."""
    return next((str(value) for each, value in request["headers"] if each.lower() == name), "")


def user_of(authorization: str) -> str:
    """The client_id in the credentials of HTTP Basic, as they stand in a redacted exchange; empty without one."""
    found = re.match(r"basic base64\(([^:<>]+):", authorization, re.IGNORECASE)
    return unquote_plus(found[1]) if found else ""


def sides_of(exchanges: Sequence[Kept]) -> list[tuple[set[str], set[str]]]:
    """Of each exchange the values that its request and its answer hold: labels, and what forms and links carry on."""
    own = [
        {
            value
            for name, value in [*parameters(one["request"]), *named_clients(one["request"])]
            if len(value) >= _SHORTEST and name not in OF_CLIENTS - {"client_id"}
        }
        for one in exchanges
    ]
    carried = set().union(*own)
    found = []
    for one, sent in zip(exchanges, own, strict=True):
        answer = json.dumps(one.get("answer"), ensure_ascii=False)
        came = {value for value in carried if value in answer}
        found.append(
            (labels_in([one["request"], one.get("values")]) | sent, labels_in(one.get("answer")) | came)
        )
    return found


def made_in(sides: Sequence[tuple[set[str], set[str]]]) -> dict[str, int]:
    """Which exchange brought a value: the first whose answer holds it, where no earlier request did."""
    found: dict[str, int] = {}
    seen: set[str] = set()
    for number, (sent, came) in enumerate(sides):
        seen |= sent
        found.update(dict.fromkeys(came - seen, number))
        seen |= came
    return found
