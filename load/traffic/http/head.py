"""Head: the status line and the header fields of one answer, parsed strictly (RFC 9112 sections 4 to 6).

What a server sends is hostile text: everything here is bounded, and what is not HTTP/1.1 is Malformed.
"""

from __future__ import annotations

import math
import re

MOST_HEAD_BYTES = 64 * 1024
"""What is read of one head; llhttp's users commonly stop at 16 to 80 KiB."""

MOST_LENGTH_DIGITS = 18

BY_LENGTH, BY_CHUNKS, BY_CLOSE, INTERIM = range(4)
"""How an answer's end is known: the four cases of RFC 9112 section 6.3 that a client meets."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?\Z")
_VALUE = rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(" + _VALUE + rb")[ \t]*\Z")
_FOLD = re.compile(rb"\r\n[ \t]+")
_KEEP_ALIVE = re.compile(r"(timeout|max)[ \t]*=[ \t]*([0-9]{1,9})")


class Malformed(Exception):
    """The answer breaks the grammar of HTTP/1.1, or a bound of ours. The message says how, in one sentence."""


class Head:
    """One parsed head; two answers with the same bytes may share one.

    status: three digits as a number. framing: BY_LENGTH, BY_CHUNKS, BY_CLOSE or INTERIM. length: of the body where
    framing is BY_LENGTH. keep: whether the connection may carry another request. idle_seconds: how long the server
    says that it keeps an idle connection. begin: where the body begins. plain_size: of the whole answer where its
    length is known and nothing else is to be done about it; -1 otherwise. raw: its bytes.
    """

    __slots__ = (
        "begin",
        "fields",
        "framing",
        "idle_seconds",
        "keep",
        "length",
        "plain_size",
        "raw",
        "status",
    )

    def __init__(self, raw: bytes) -> None:
        """Parse a head, up to and with its empty line. Raises Malformed."""
        lines = _FOLD.sub(b" ", raw[:-4]).split(b"\r\n")
        status_line = _STATUS_LINE.match(lines[0])
        if status_line is None:
            raise Malformed(f"the status line is {_shown(lines[0])}")
        self.status = int(status_line.group(2))
        fields: dict[str, str] = {}
        lengths: set[bytes] = set()
        for line in lines[1:]:
            field = _FIELD.match(line)
            if field is None:
                raise Malformed(f"a header line is {_shown(line)}")
            name, value = field.group(1).decode("ascii").lower(), field.group(2)
            if name == "content-length":
                lengths.update(part.strip(b" \t") for part in value.split(b","))
            text = value.decode("latin-1")
            fields[name] = f"{fields[name]}, {text}" if name in fields else text
        self.fields = fields
        self._frame(lengths)
        self._persistence(status_line.group(1))
        self.raw = raw
        self.begin = len(raw)
        plain = self.framing == BY_LENGTH and self.keep and self.idle_seconds == math.inf
        self.plain_size = self.begin + self.length if plain else -1

    def __repr__(self) -> str:
        return f"<Head {self.status}>"

    def header(self, name: str) -> str | None:
        """All values of a header joined by commas (RFC 9110 section 5.3), or None. name: in lower case."""
        return self.fields.get(name)

    def _frame(self, lengths: set[bytes]) -> None:
        """Find out how the body ends (RFC 9112 section 6.3)."""
        self.length = 0
        if len(lengths) > 1:
            raise Malformed("there are several Content-Length values, and they differ")
        if lengths:
            [digits] = lengths
            if not digits.isdigit() or len(digits) > MOST_LENGTH_DIGITS:
                raise Malformed(f"Content-Length is {_shown(digits)}")
            self.length = int(digits)
        coding = self.fields.get("transfer-encoding")
        if self.status < 200:
            if self.status == 101:
                raise Malformed("101 Switching Protocols came without having been asked for")
            self.framing, self.length = INTERIM, 0
        elif self.status in {204, 304}:
            self.framing, self.length = BY_LENGTH, 0
        elif coding is not None:
            if coding.lower() != "chunked":
                raise Malformed(f"the transfer coding is {coding[:40]!r}, and only chunked is understood")
            self.framing, self.length = BY_CHUNKS, 0
        else:
            self.framing = BY_LENGTH if lengths else BY_CLOSE

    def _persistence(self, minor: bytes) -> None:
        """Find out whether another request may follow (RFC 9112 section 9.3)."""
        options = {part.strip(" \t").lower() for part in self.fields.get("connection", "").split(",")}
        limits = dict(_KEEP_ALIVE.findall(self.fields.get("keep-alive", "").lower()))
        both = "transfer-encoding" in self.fields and "content-length" in self.fields
        self.keep = (
            "close" not in options
            and (minor == b"1" or "keep-alive" in options)
            and self.framing != BY_CLOSE
            and not both  # a sign of smuggling (RFC 9112 section 6.3): whatever follows is not to be trusted
            and limits.get("max") != "0"
        )
        self.idle_seconds = float(limits["timeout"]) if "timeout" in limits else math.inf


def _shown(text: bytes) -> str:
    """A little of what the server sent, for a message."""
    return repr(text[:40])[1:]
