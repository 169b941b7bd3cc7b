"""Answers: puts one answer together from the pieces in which it arrives. No sockets belong here.

`whole` is the fast path for an answer that comes in one piece, `Answer` takes every other one.
"""

from __future__ import annotations

import re

from load.traffic.http.head import BY_CHUNKS, BY_CLOSE, BY_LENGTH, INTERIM, MOST_HEAD_BYTES, Head, Malformed

MOST_BODY_BYTES = 8 << 20
"""What is read of one body; nothing that OAuth defines comes near it."""

MOST_HEADS = 512
"""How many different heads are remembered, parsed."""

heads: dict[bytes, Head] = {}
"""Heads that were parsed already, by their bytes. Only `head_of` adds to them."""

recent: dict[int, Head] = {}
"""The newest head of each size that whole answers had, where the head says all there is to know of the answer's end.

An answer of that size that begins with these very bytes needs no parsing: it is that head and a body of its length.
"""

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,20})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\Z")
_MOST_CHUNK_LINE = 4096
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_START = b"HTTP/1."


def head_of(raw: bytes) -> Head:
    """The head with these bytes. A server repeats itself, so that most heads are parsed already. Raises Malformed."""
    head = heads.get(raw)
    if head is None:
        if len(raw) > MOST_HEAD_BYTES:
            raise Malformed(f"the head is longer than {MOST_HEAD_BYTES} bytes")
        head = Head(raw)
        if len(heads) >= MOST_HEADS:
            heads.clear()
        heads[raw] = head
    return head


def whole(data: bytes) -> tuple[Head, bytes] | None:
    """An answer with a Content-Length that these bytes hold from the first to the last, or None: ask `Answer` then.

    Not for answers to HEAD. Raises Malformed.
    """
    end = data.find(b"\r\n\r\n") + 4
    if end < 4 + len(_START):
        return None
    head = head_of(data[:end])
    if head.framing != BY_LENGTH or end + head.length != len(data):
        return None
    if head.plain_size == len(data):
        if len(recent) >= MOST_HEADS:
            recent.clear()
        recent[head.plain_size] = head
    return head, data[end:]


class Answer:
    """One answer under way.

    to_head: whether the request was HEAD, whose answer has no body whatever its head says (RFC 9112 section 6.3).
    After `feed` or `ended` said True: head, body, and extra, whether bytes came that belong to no answer.
    """

    __slots__ = ("_at", "_buffer", "_parts", "_size", "_stage", "body", "extra", "head", "to_head")

    head: Head

    def __init__(self, *, to_head: bool = False) -> None:
        self.to_head = to_head
        self._buffer = bytearray()
        self._stage = self._in_head
        self._parts: list[bytes] = []
        self._size = 0
        self._at = 0
        self.body = b""
        self.extra = False

    @property
    def begun(self) -> bool:
        """Whether any byte of the answer has come."""
        return bool(self._buffer) or self._stage != self._in_head

    def feed(self, data: bytes) -> bool:
        """Take what has arrived. Returns whether the answer is complete. Raises Malformed."""
        self._buffer += data
        while self._stage():
            if self._stage == self._complete:
                self.extra = bool(self._buffer)
                return True
        return False

    def ended(self) -> bool:
        """The server will send no more. Returns whether that completed the answer (RFC 9112 section 8)."""
        if self._stage == self._until_close:
            self._finish()
            return True
        return False

    # Each state takes what it can from the buffer, and says whether the next state can go on.

    def _in_head(self) -> bool:
        buffer = self._buffer
        start = bytes(buffer[: len(_START)])
        if start != _START[: len(start)]:
            raise Malformed(f"the answer begins with {start!r} and not with HTTP/1")
        end = buffer.find(b"\r\n\r\n", self._at) + 4
        bare = _BARE_LINE_FEED.search(buffer, self._at, end if end >= 4 else len(buffer))
        if bare:
            raise Malformed("a line of the head ends with LF alone")
        if end < 4:
            if len(buffer) > MOST_HEAD_BYTES:
                raise Malformed(f"the head is longer than {MOST_HEAD_BYTES} bytes")
            self._at = max(0, len(buffer) - 3)
            return False
        self.head = head_of(bytes(buffer[:end]))
        del buffer[:end]
        self._at = 0
        if self.head.framing == INTERIM:
            return bool(buffer)
        if self.to_head:
            self._finish()
        elif self.head.framing == BY_CHUNKS:
            self._stage = self._chunk_line
        elif self.head.framing == BY_CLOSE:
            self._stage = self._until_close
        else:
            self._grow(self.head.length)
            self._stage = self._by_length
        return True

    def _by_length(self) -> bool:
        if len(self._buffer) < self.head.length:
            return False
        self._take(self.head.length)
        self._finish()
        return True

    def _until_close(self) -> bool:
        self._grow(len(self._buffer))
        self._take(len(self._buffer))
        return False

    def _chunk_line(self) -> bool:
        line = self._line(_MOST_CHUNK_LINE)
        if line is None:
            return False
        found = _CHUNK_LINE.match(line)
        if found is None:
            raise Malformed(f"a chunk begins with {line[:40]!r}")
        self._at = int(found.group(1), 16)
        self._grow(self._at)
        self._stage = self._chunk if self._at else self._trailer
        return True

    def _chunk(self) -> bool:
        size = self._at
        buffer = self._buffer
        if len(buffer) < size + 2:
            if len(buffer) == size + 1 and buffer[size:] != b"\r":
                raise Malformed("a chunk is longer than it says")
            return False
        if buffer[size : size + 2] != b"\r\n":
            raise Malformed("a chunk is longer than it says")
        self._take(size)
        del buffer[:2]
        self._stage = self._chunk_line
        return True

    def _trailer(self) -> bool:
        line = self._line(MOST_HEAD_BYTES)
        if line is None:
            return False
        if line:
            self._size += len(line)
            if self._size > MOST_BODY_BYTES + MOST_HEAD_BYTES or b":" not in line:
                raise Malformed(f"a trailer line is {line[:40]!r}")
        else:
            self._finish()
        return True

    def _complete(self) -> bool:
        return True

    def _line(self, most: int) -> bytes | None:
        """The next line without its CRLF, None when it has not come whole."""
        buffer = self._buffer
        end = buffer.find(b"\n")
        if end < 0:
            if len(buffer) > most:
                raise Malformed(f"a line of the chunked body is longer than {most} bytes")
            return None
        if end == 0 or buffer[end - 1] != 13:
            raise Malformed("a line of the chunked body ends with LF alone")
        line = bytes(buffer[: end - 1])
        del buffer[: end + 1]
        return line

    def _take(self, size: int) -> None:
        self._parts.append(bytes(self._buffer[:size]))
        del self._buffer[:size]

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MOST_BODY_BYTES:
            raise Malformed(f"the body is longer than {MOST_BODY_BYTES} bytes")

    def _finish(self) -> None:
        self.body = b"".join(self._parts)
        self._stage = self._complete
