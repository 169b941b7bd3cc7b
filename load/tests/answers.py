"""Answers for the tests of the parser: what servers send, and what is to be made of it. No tests belong here."""

from __future__ import annotations

OK = b"HTTP/1.1 200 OK\r\n"

GOOD: dict[str, tuple[bytes, int, bytes]] = {
    "with a length": (OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello"),
    "with an empty body": (OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    "names in lower case": (OK + b"content-length: 2\r\n\r\nhi", 200, b"hi"),
    "no space after the colon": (OK + b"Content-Length:2\r\n\r\nhi", 200, b"hi"),
    "spaces around the value": (OK + b"Content-Length: \t 2 \t\r\n\r\nhi", 200, b"hi"),
    "an empty value": (OK + b"X-Empty:\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "no reason phrase": (b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "a reason in UTF-8": ("HTTP/1.1 200 Schön\r\n".encode() + b"Content-Length: 2\r\n\r\nhi", 200, b"hi"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, b"hello"),
    "chunks with extensions": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
        200,
        b"hello",
    ),
    "chunks with a trailer": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-A: b\r\n\r\n",
        200,
        b"hi",
    ),
    "a chunk size in hex": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n",
        200,
        b"0123456789",
    ),
    "Chunked in capitals": (OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, b"hi"),
    "no chunks at all": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b""),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "not modified, with a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, b""),
    "after an interim one": (
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
        200,
        b"hi",
    ),
    "after early hints": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
        200,
        b"hi",
    ),
    "an error": (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}", 400, b"{}"),
    "a line break within a body": (OK + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", 200, b"\r\n" * 4),
}
"""Name: what is sent, the status, the body. h11 and llhttp agree on all of these."""

CLOSED = {
    "by close": (b"HTTP/1.1 200 OK\r\n\r\nhello", 200, b"hello"),
    "by close, without a body": (b"HTTP/1.1 200 OK\r\n\r\n", 200, b""),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello", 200, b"hello"),
}
"""The same for answers that end when the server closes."""

BAD: dict[str, bytes] = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "a header without a colon": OK + b"Content-Length 5\r\n\r\nhello",
    "a space before the colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "a name with a space": OK + b"Content Length: 5\r\n\r\nhello",
    "a NUL in a value": OK + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a length that is no number": OK + b"Content-Length: five\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length with a plus": OK + b"Content-Length: +5\r\n\r\nhello",
    "two lengths that differ": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a chunk size that is no number": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
    "a negative chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk size with 0x": OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    "no chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
    "an unasked switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "a chunk's line ended by LF alone": OK + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
}
"""What both h11 and llhttp refuse, or never take for a complete answer."""

OURS_ALONE: dict[str, bytes] = {
    "another version": b"HTTP/2.0 200 OK\r\n\r\n",
    "a coding that is not chunked": OK + b"Transfer-Encoding: gzip\r\n\r\nhello",
    "lines ended by LF alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "a chunk size of 21 digits": OK
    + b"Transfer-Encoding: chunked\r\n\r\n000000000000000000005\r\nhello\r\n0\r\n\r\n",
    "a body without bounds": OK + b"Content-Length: 99999999999\r\n\r\n",
    "a chunk without bounds": OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n",
    "a head without bounds": OK + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
    "a head that never ends": OK + b"X-A: " + b"a" * 70_000,
    "a chunk line that never ends": OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"a" * 5_000,
}
"""What we refuse where h11 and llhttp differ from each other, or leave a bound to their caller."""
