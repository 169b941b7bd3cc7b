"""Answers are put together alike however they are cut, as h11 and llhttp put them together."""

from __future__ import annotations

from itertools import pairwise

import h11
import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.tests.answers import BAD, CLOSED, GOOD, OK, OURS_ALONE
from load.traffic.http.answer import MOST_BODY_BYTES, Answer, head_of, whole
from load.traffic.http.head import Malformed

Result = tuple[int, bytes]


def fed(pieces: list[bytes], *, closed: bool = False, to_head: bool = False) -> Result | None:
    """What comes of these pieces, or None when the answer is not complete."""
    answer = Answer(to_head=to_head)
    for piece in pieces:
        if piece and answer.feed(piece):
            return answer.head.status, answer.body
    return (answer.head.status, answer.body) if closed and answer.ended() else None


def by_h11(data: bytes, *, closed: bool = False) -> Result | None:
    """What h11 makes of it; None when it is not complete. Raises h11.RemoteProtocolError."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    if closed:
        connection.receive_data(b"")
    status, body = 0, b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return status, body
        elif event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            return None


class Llhttp:
    """Collects what llhttp tells of the last answer."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 0
        self.complete = False
        self.parser = httptools.HttpResponseParser(self)

    def on_headers_complete(self) -> None:
        """The status is known."""
        self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """A piece of the body came."""
        self.body += body

    def on_message_complete(self) -> None:
        """The answer is complete; an interim one is none."""
        self.complete = self.status >= 200


def by_llhttp(data: bytes) -> Result | None:
    """What llhttp makes of it; None when it is not complete. Raises httptools.HttpParserError."""
    heard = Llhttp()
    heard.parser.feed_data(data)
    return (heard.status, heard.body) if heard.complete else None


good = pytest.mark.parametrize(("data", "status", "body"), GOOD.values(), ids=list(GOOD))
closed_ones = pytest.mark.parametrize(("data", "status", "body"), CLOSED.values(), ids=list(CLOSED))
bad = pytest.mark.parametrize("data", BAD.values(), ids=list(BAD))
ours = pytest.mark.parametrize("data", OURS_ALONE.values(), ids=list(OURS_ALONE))


@good
def test_a_good_answer_is_read_as_h11_and_llhttp_read_it(data: bytes, status: int, body: bytes) -> None:
    assert fed([data]) == (status, body)
    assert by_h11(data) == (status, body)
    assert by_llhttp(data) == (status, body)


@good
def test_every_split_of_a_good_answer_gives_the_same(data: bytes, status: int, body: bytes) -> None:
    for at in range(len(data) + 1):
        assert fed([data[:at], data[at:]]) == (status, body)
    assert fed([data[at : at + 1] for at in range(len(data))]) == (status, body)


@good
def test_no_part_of_a_good_answer_is_taken_for_the_whole(data: bytes, status: int, body: bytes) -> None:
    assert all(fed([data[:at]]) is None for at in range(len(data)))
    assert fed([data]) == (status, body)


@good
def test_the_fast_path_says_the_same_or_nothing(data: bytes, status: int, body: bytes) -> None:
    found = whole(data)

    assert found is None or (found[0].status, found[1]) == (status, body)
    assert all(whole(data[:at]) is None for at in range(len(data)))


@pytest.mark.parametrize("name", ["with a length", "with an empty body", "names in lower case", "an error"])
def test_the_fast_path_is_taken_where_it_matters(name: str) -> None:
    assert whole(GOOD[name][0]) is not None


@closed_ones
def test_an_answer_may_end_with_the_connection(data: bytes, status: int, body: bytes) -> None:
    assert fed([data], closed=True) == by_h11(data, closed=True) == (status, body)
    for at in range(len(data) + 1):
        assert fed([data[:at], data[at:]], closed=True) == (status, body)
    assert whole(data) is None
    assert fed([data]) is None


@good
def test_an_answer_that_knows_its_length_is_not_ended_by_the_connection(
    data: bytes, status: int, body: bytes
) -> None:
    assert fed([data]) == (status, body)
    assert all(fed([data[:at]], closed=True) is None for at in range(len(data)))


@bad
def test_a_bad_answer_is_refused_as_h11_and_llhttp_refuse_it(data: bytes) -> None:
    with pytest.raises(Malformed):
        fed([data])
    with pytest.raises(h11.RemoteProtocolError):
        by_h11(data)
    with pytest.raises(httptools.HttpParserError):
        by_llhttp(data)


@bad
def test_a_bad_answer_is_refused_however_it_is_cut(data: bytes) -> None:
    for at in range(len(data) + 1):
        with pytest.raises(Malformed):
            fed([data[:at], data[at:]])


@ours
def test_what_is_beyond_our_bounds_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        fed([data])


@settings(deadline=None)
@given(
    st.sampled_from([*GOOD.values(), *CLOSED.values()]),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_any_number_of_cuts_gives_the_same(answer: tuple[bytes, int, bytes], cuts: list[int]) -> None:
    data, status, body = answer
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(places)]

    assert fed(pieces, closed=True) == (status, body)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6), st.data())
def test_any_body_in_any_chunks_and_any_cut_is_the_same_body(
    chunks: list[bytes], data: st.DataObject
) -> None:
    lines = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    sent = OK + b"Transfer-Encoding: chunked\r\n\r\n" + lines + b"0\r\n\r\n"
    at = data.draw(st.integers(0, len(sent)))

    assert fed([sent[:at], sent[at:]]) == by_h11(sent) == (200, b"".join(chunks))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(list(GOOD.values())), st.integers(0, 400), st.binary(max_size=3))
def test_noise_is_never_read_otherwise_than_by_h11_and_llhttp(
    answer: tuple[bytes, int, bytes], at: int, noise: bytes
) -> None:
    data = answer[0]
    at = min(at, len(data))
    noisy = data[:at] + noise + data[at + len(noise) :]
    try:
        found = fed([noisy])
    except Malformed:
        return
    readings: list[Result | None] = []
    for read, refusal in ((by_h11, h11.RemoteProtocolError), (by_llhttp, httptools.HttpParserError)):
        try:
            readings.append(read(noisy))
        except refusal:
            continue

    assert not readings or found in readings


def test_an_answer_to_head_has_no_body() -> None:
    assert fed([OK + b"Content-Length: 500\r\n\r\n"], to_head=True) == (200, b"")


def test_bytes_after_the_end_are_told() -> None:
    answer = Answer()

    assert answer.feed(OK + b"Content-Length: 2\r\n\r\nhi there")
    assert (answer.body, answer.extra) == (b"hi", True)
    assert whole(OK + b"Content-Length: 2\r\n\r\nhi there") is None


def test_equal_lengths_count_once() -> None:
    assert fed([OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"]) == (200, b"hi")
    assert fed([OK + b"Content-Length: 2, 2\r\n\r\nhi"]) == (200, b"hi")


def test_chunks_win_over_a_length_and_the_connection_is_not_kept() -> None:
    data = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"

    assert fed([data]) == by_h11(data) == (200, b"hi")
    assert not head_of(data[: data.index(b"\r\n\r\n") + 4]).keep


def test_a_folded_line_is_one_line() -> None:
    head = head_of(OK + b"X-A: one\r\n two\r\nContent-Length: 0\r\n\r\n")

    assert head.header("x-a") == "one two"


def test_repeated_fields_are_joined() -> None:
    head = head_of(OK + b"Cache-Control: no-store\r\nCache-Control: private\r\n\r\n")

    assert head.header("cache-control") == "no-store, private"
    assert head.header("pragma") is None


def test_a_chunked_body_is_bounded_as_a_whole() -> None:
    answer = Answer()
    answer.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"

    fitting = MOST_BODY_BYTES // 65536
    assert not any(answer.feed(chunk) for _ in range(fitting))
    with pytest.raises(Malformed, match=str(MOST_BODY_BYTES)):
        answer.feed(chunk)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        (b"Content-Length: 0\r\n", True),
        (b"Content-Length: 0\r\nConnection: close\r\n", False),
        (b"Content-Length: 0\r\nConnection: Foo, CLOSE\r\n", False),
        (b"Content-Length: 0\r\nConnection: keep-alive\r\n", True),
        (b"Content-Length: 0\r\nKeep-Alive: timeout=5, max=0\r\n", False),
        (b"Content-Length: 0\r\nKeep-Alive: timeout=5, max=100\r\n", True),
        (b"", False),
    ],
)
def test_whether_a_connection_is_kept(fields: bytes, kept: bool) -> None:  # noqa: FBT001 - a row of a table
    assert head_of(OK + fields + b"\r\n").keep is kept


def test_http_1_0_keeps_a_connection_only_when_it_says_so() -> None:
    old = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n"

    assert not head_of(old + b"\r\n").keep
    assert head_of(old + b"Connection: keep-alive\r\n\r\n").keep


def test_how_long_an_idle_connection_lasts_is_read() -> None:
    assert head_of(OK + b"Content-Length: 0\r\nKeep-Alive: timeout=5\r\n\r\n").idle_seconds == 5.0
