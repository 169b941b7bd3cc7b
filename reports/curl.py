"""One line of curl that repeats a recorded request. Secrets are shell variables, named after their labels.

Works on redacted exchanges only (reports.redact), so that no line can hold a secret. For bash, zsh and ksh.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

_AUTOMATIC = frozenset(
    {"connection", "accept-encoding", "user-agent", "content-length", "transfer-encoding", "traceparent"}
)
_OF_BROWSERS = frozenset({"accept-language", "upgrade-insecure-requests", "priority"})
"""What a browser sends by itself and no server needs; beside it all that begins with sec-."""
_UNSAFE_IN_DOUBLE_QUOTES = re.compile(r"[^ -~]|[$`\"\\!]")
_NEEDS_ESCAPES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def curl(exchange: Mapping[str, Any]) -> str:
    """The curl command that repeats the request of a redacted exchange, as one line.

    exchange: what `Redactor.exchange` gave. A request of which only the beginning was kept cannot be
    repeated: the line then ends in a shell comment that says so.
    """
    request = exchange["request"]
    labels = exchange.get("labels", ())
    headers = [(name, value) for name, value in request["headers"]]
    body = request.get("body")
    words = ["curl", "-i", *_method(request["method"], has_body=body is not None)]
    if shown := request.get("certificate"):
        words += [f"--cert {shlex.quote(shown[0])}", f"--key {shlex.quote(shown[1])}"]
    url = request["url"]
    if re.search(r"[\[\]{}]", url):
        words.append("--globoff")
    if "/./" in url or "/../" in url:
        words.append("--path-as-is")
    words += [word for header in headers for word in _header(header, url, labels)]
    if not any(name.lower() == "accept" for name, _ in headers):
        words += ["-H", "Accept:"]
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        words += ["-H", "Content-Type:"]
    before, data = _data(body, headers, labels) if body is not None else ("", [])
    line = " ".join([before + words[0], *words[1:], *data, _quoted(url, labels)])
    cut = (body or {}).get("cut") or any("[cut: " in text for text in (url, *(value for _, value in headers)))
    return f"{line}  # not exact: the request was longer than what was kept" if cut else line


def variable(label: str) -> str:
    """The name of the shell variable that stands for a label: `<access_token 1>` is ACCESS_TOKEN_1."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_").upper()
    return f"_{name}" if name[:1].isdigit() else name


def _method(method: str, *, has_body: bool) -> list[str]:
    if method == "HEAD":
        return ["--head"]
    return [] if method == ("POST" if has_body else "GET") else ["-X", shlex.quote(method)]


def _header(header: tuple[str, str], url: str, labels: Sequence[str]) -> list[str]:
    name, value = header
    lowered = name.lower()
    if lowered in _AUTOMATIC | _OF_BROWSERS or lowered.startswith("sec-"):
        return []
    if lowered == "accept" and value == "*/*":
        return []
    if lowered == "accept" and value.startswith("text/html,"):
        value = "text/html"
    if lowered == "host" and value == urlsplit(url).netloc:
        return []
    basic = re.fullmatch(r"[Bb]asic base64\((.*)\)", value, re.DOTALL)
    if lowered == "authorization" and basic:
        return ["-u", _quoted(basic[1], labels)]
    return ["-H", _quoted(f"{name}: {value}" if value else f"{name};", labels)]


def _data(
    body: Mapping[str, Any], headers: Sequence[tuple[str, str]], labels: Sequence[str]
) -> tuple[str, list[str]]:
    """What stands before curl (a pipe that makes the bytes), and the options that send the body."""
    text = body["text"]
    if body["encoding"] == "base64" or "\0" in text:
        encoded = text if body["encoding"] == "base64" else base64.b64encode(text.encode()).decode()
        return f"printf %s {shlex.quote(encoded)} | base64 -d | ", ["--data-binary", "@-"]
    media_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    if "form-urlencoded" in media_type.lower():
        return "", _form(text, labels)
    return "", ["--data-raw" if text.startswith("@") else "--data-binary", _quoted(text, labels)]


def _form(text: str, labels: Sequence[str]) -> list[str]:
    """A form-encoded body as options that curl joins with `&`; a secret is encoded by curl itself."""
    words: list[str] = []
    plain: list[str] = []
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        if equals and value in labels and name:
            words += _raw(plain, labels)
            plain = []
            words += ["--data-urlencode", _quoted(pair, labels)]
        else:
            plain.append(pair)
    return words + _raw(plain, labels)


def _raw(pairs: Sequence[str], labels: Sequence[str]) -> list[str]:
    return ["--data-raw", _quoted("&".join(pairs), labels)] if pairs else []


def _quoted(text: str, labels: Sequence[str]) -> str:
    """Text as one word of the shell, labels as variables outside single quotes."""
    known = [label for label in labels if label in text]
    if not known:
        return _literal(text)
    pieces = re.split(
        "(" + "|".join(re.escape(label) for label in sorted(known, key=len, reverse=True)) + ")", text
    )
    literals = pieces[::2]
    if not any(_UNSAFE_IN_DOUBLE_QUOTES.search(literal) for literal in literals):
        return '"' + "".join(_expanded(pieces, at) for at in range(len(pieces))) + '"'
    return "".join(
        (_literal(piece) if piece else "") if at % 2 == 0 else f'"${variable(piece)}"'
        for at, piece in enumerate(pieces)
    )


def _expanded(pieces: Sequence[str], at: int) -> str:
    """One piece inside double quotes; braces where the name would run on into what follows."""
    if at % 2 == 0:
        return pieces[at]
    name = variable(pieces[at])
    runs_on = re.match(r"[A-Za-z0-9_\[]", pieces[at + 1]) or (not pieces[at + 1] and at + 2 < len(pieces))
    return f"${{{name}}}" if runs_on else f"${name}"


def _literal(text: str) -> str:
    if not _NEEDS_ESCAPES.search(text):
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _NEEDS_ESCAPES.sub(_escape, escaped) + "'"


def _escape(match: re.Match[str]) -> str:
    """A character in a form that reads the same in every shell: the bytes of its UTF-8."""
    return "".join(f"\\x{byte:02x}" for byte in match[0].encode())
