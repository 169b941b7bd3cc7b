"""Evidence: one request and its answer as text for a report, its secrets taken out by where they stand.

What a run knows to be secret is replaced by the redactor that its starter hands in; here nothing is known but names.
"""

from __future__ import annotations

import hashlib
import re

from load.traffic.iteration import Call, Failure, Reply

MOST_CHARACTERS = 4_000
"""What is kept of one message."""

_ISSUED = "access_token|refresh_token|id_token|token|code"
_CREDENTIALS = "client_secret|client_assertion|password|code_verifier"
_AUTHORIZATION = re.compile(r"^(authorization:[ \t]*\S+[ \t]+)[^\r\n]+", re.IGNORECASE | re.MULTILINE)
_COOKIE = re.compile(r"^((?:set-)?cookie:[ \t]*)[^\r\n]+", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rf"(?<![\w.-])({_ISSUED}|{_CREDENTIALS})=([^&\s]+)")
_MEMBER = re.compile(rf'"({_ISSUED}|{_CREDENTIALS})"(\s*:\s*)"((?:[^"\\]|\\.)*)"')


def label(value: str) -> str:
    """A mark by which a reader sees that two exchanges hold the same issued value, without the value."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()


def exchange(call: Call, reply: Reply | Failure) -> str:
    """A call and what became of it, as text without secrets."""
    asked = (reply.asked or call.request).decode("utf-8", errors="replace")
    if isinstance(reply, Failure):
        return masked(f"{asked}\n\n{reply.kind}: {reply.detail}")
    head = "\n".join(f"{name}: {value}" for name, value in reply.head.fields.items())
    body = reply.body.decode("utf-8", errors="replace")
    answered = f"{reply.status}\n{head}\n\n{body}"
    return f"{masked(asked)}\n\n{masked(answered)}"


def masked(text: str) -> str:
    """The text with credentials masked and issued values replaced by their labels, cut to a bounded length."""
    text = _AUTHORIZATION.sub(r"\1[masked]", text)
    text = _COOKIE.sub(r"\1[masked]", text)
    text = _PARAMETER.sub(lambda found: f"{found[1]}={_mark(found[1], found[2])}", text)
    text = _MEMBER.sub(lambda found: f'"{found[1]}"{found[2]}"{_mark(found[1], found[3])}"', text)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " [cut]"


def _mark(name: str, value: str) -> str:
    return "[masked]" if name in _CREDENTIALS.split("|") else f"[{name} {label(value)}]"
