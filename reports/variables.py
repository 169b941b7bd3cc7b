"""What the variables of steps stand for: the names of values, and the lines that tell what each is and who asks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reports.curl import variable
from reports.parts import (
    ISSUED,
    LABEL,
    OF_CLIENTS,
    OF_THE_FILE,
    Kept,
    clients_of,
    made_in,
    parameters,
    sides_of,
    variables_in,
)

_OPENING = {
    "code_verifier": "a code_verifier whose code_challenge stood in the authorization request (RFC 7636 section 4)",
    "client_assertion": "a JWT that the check made for the client (RFC 7523 section 3)",
    "dpop": "a DPoP proof that the check signed (RFC 9449 section 4.2)",
    "cookie": "the session of an owner who has signed in",
}
"""What a value is that no answer of the steps brought, by the kind in its label."""
_PAIR = "a pair of your own: "
_MAKE = (
    '{verifier}=$(openssl rand -hex 32); {challenge}=$(printf %s "${verifier}" '
    "| openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '=')"
)
_FREE = re.compile(r"[A-Za-z0-9._~:/@!*,-]+")
"""Values that stand in a query as they are, so that a variable can take their place."""


def named(steps: Sequence[Kept]) -> list[Kept]:
    """The steps with a label for each value that an answer of theirs made and that is no secret, and each challenge.

    Such are a request_uri and what forms carry on. A code_challenge is named after its verifier.
    """
    made = made_in(sides_of(steps))
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for step in steps:
        for name, value in parameters(step["request"]):
            carried = value in made and name not in OF_CLIENTS and not LABEL.fullmatch(value)
            if carried and value not in labels and _FREE.fullmatch(value) and name.isidentifier():
                counts[name] += 1
                labels[value] = f"<{name} {counts[name]}>"
        for label, one in step.get("values", {}).items():
            if one["challenge"]:
                labels[one["challenge"]] = label.replace("<code_verifier ", "<code_challenge ")
    spelt = {each: label for value, label in labels.items() for each in (value, quote(value, safe=""))}
    return [_with_labels(step, spelt) for step in steps]


def _with_labels(step: Kept, spelt: Mapping[str, str]) -> Kept:
    """A step with labels in place of values, in its request and its answer."""
    used: list[str] = []

    def put(value: Any) -> Any:
        if isinstance(value, str):
            for text, label in spelt.items():
                if text in value:
                    used.append(label)
                    value = value.replace(text, label)
            return value
        if isinstance(value, Mapping):
            return {key: put(each) for key, each in value.items()}
        return [put(each) for each in value] if isinstance(value, list | tuple) else value

    request = put(step["request"])
    labels = [*step.get("labels", ()), *dict.fromkeys(used)]
    return {**step, "request": request, "labels": labels, "answer": put(step.get("answer"))}


def introduced(steps: Sequence[Kept], first: int, clients: Mapping[str, str]) -> list[str]:
    """Who the clients of the steps are, and what each variable stands for: which step brings it, or what it is.

    first: how many of the steps are not shown.
    """
    shown = steps[first:]
    made = made_in(sides_of(steps))
    asking = dict.fromkeys(name for step in shown for name in clients_of(step["request"]))
    values = {label: one for step in shown for label, one in step.get("values", {}).items()}
    sent = dict.fromkeys(
        label
        for step in shown
        for label in LABEL.findall(json.dumps([step["request"], step.get("values", {})], ensure_ascii=False))
    )
    hidden = dict.fromkeys(
        name
        for step in shown
        for name, value in parameters(step["request"])
        if value in made and name not in OF_CLIENTS and not LABEL.fullmatch(value)
    )
    of_the_file = [
        label for step in shown for label in step.get("labels", ()) if re.fullmatch(OF_THE_FILE, label)
    ]
    of_the_file += [label for one in values.values() for label in re.findall(OF_THE_FILE, one["whole"])]
    lines = [f"client {clients[each]}" for each in asking if each in clients]
    lines += [f"client {each}: registered in step {made[each] + 1}" for each in asking if each in made]
    lines += _named("of the target file", of_the_file)
    brought = [f"${variable(label)} of step {made[label] + 1}" for label in sent if label in made]
    lines += [f"from the answers: {', '.join(brought)}"] if brought else []
    lines += [f"new each time, from the page or redirection before: {', '.join(hidden)}"] if hidden else []
    openings: dict[str, list[str]] = {}
    said = {label: whole for step in shown for label, (whole, _) in step.get("jwts", {}).items()}
    for label in sent:
        if label not in made and not label.startswith("<code_challenge "):
            words = _opening(label, values.get(label), said.get(label, ""), steps)
            openings.setdefault(words, []).append(label)
    lines += [line for words, labels in openings.items() for line in _named(words, labels)]
    return [*lines, *_certificates(shown)]


def _named(words: str, labels: Sequence[str]) -> list[str]:
    """`$CODE_VERIFIER_1, $CODE_VERIFIER_2: a code_verifier of the client`; nothing without labels."""
    return [f"{', '.join(f'${variable(each)}' for each in dict.fromkeys(labels))}: {words}"] if labels else []


def _opening(label: str, value: Mapping[str, str] | None, says: str, steps: Sequence[Kept]) -> str:
    """What a value is that no answer of the steps brought. value: its origin, where it is known; says: as a JWT."""
    kind = label.strip("<>").rpartition(" ")[0]
    if value is not None and value["challenge"]:
        return _of_a_pair(label, steps)
    if says:
        like = f", {value['whole']}" if value is not None and value["whole"].startswith("like ") else ""
        signed = f", {value['signed']}" if value is not None and value.get("signed") else ""
        return variables_in(f"{_OPENING.get(kind, 'a JWT that the check made')}{signed}{like}: {says}")
    if value is not None:
        return variables_in(value["whole"])
    if kind in _OPENING and kind not in ISSUED:
        return _OPENING[kind]
    return "issued before these steps" if kind in ISSUED else "brought before these steps"


def _of_a_pair(label: str, steps: Sequence[Kept]) -> str:
    """What a code_verifier is whose code_challenge was sent: which step sends that, and how both are made."""
    challenge = label.replace("<code_verifier ", "<code_challenge ")
    at = [number for number, step in enumerate(steps, start=1) if challenge in step.get("labels", ())]
    if not at:
        return "the code_verifier of another authorization request than these, so it fits none of them"
    make = _MAKE.format(verifier=variable(label), challenge=variable(challenge))
    return f"the code_verifier of ${variable(challenge)} in step {at[0]}; {_PAIR}{make}"


def _certificates(steps: Sequence[Kept]) -> list[str]:
    """What the files of client certificates are that steps show."""
    files = dict.fromkeys(
        tuple(step["request"]["certificate"]) for step in steps if step["request"].get("certificate")
    )
    return [
        f"{certificate}, {key}: {subject or 'a client certificate'}, and its private key"
        for certificate, key, *rest in files
        for subject in ["; ".join(rest)]
    ]
