"""One connection against awkward servers: what is told of each answer, and whether the connection is used again."""

from __future__ import annotations

import socket
from collections.abc import Callable

import gevent
import pytest

from load.tests.awkward import Answer, Awkward, Step
from load.tests.driving import MOST_SECONDS, call_to, measurement, take
from load.traffic.closed_model import ClosedTraffic
from load.traffic.engine import Engine
from load.traffic.http.origin import origin_of
from load.traffic.iteration import Iteration, Pause

OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"
GOOD: Answer = (WHOLE,)
DRIP: Answer = tuple(step for at in range(0, len(WHOLE), 4) for step in (WHOLE[at : at + 4], Step.WAIT))

KEPT, NEW = 1, 2
"""How many connections two calls need, the first of which is answered awkwardly."""

TABLE: dict[str, tuple[Answer, str, int]] = {
    "whole": (GOOD, "200", KEPT),
    "dripping": (DRIP, "200", KEPT),
    "body after the head": ((OK + b"Content-Length: 2\r\n\r\n", Step.WAIT, b"{}"), "200", KEPT),
    "chunked": (
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", Step.WAIT, b"0\r\n\r\n"),
        "200",
        KEPT,
    ),
    "interim first": ((b"HTTP/1.1 100 Continue\r\n\r\n", Step.WAIT, *GOOD), "200", KEPT),
    "no content": ((b"HTTP/1.1 204 No Content\r\n\r\n",), "204", KEPT),
    "no reason phrase": ((b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",), "200", KEPT),
    "folded": ((OK + b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",), "200", KEPT),
    "long head": ((OK + b"X-A: " + b"a" * 30_000 + b"\r\nContent-Length: 2\r\n\r\n{}",), "200", KEPT),
    "long body": ((OK + b"Content-Length: 1000000\r\n\r\n" + b"a" * 1_000_000,), "200", KEPT),
    "error": ((b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",), "503", KEPT),
    "by close": ((OK + b"\r\n{}", Step.CLOSE), "200", NEW),
    "by half-close": ((OK + b"\r\n{}", Step.HALF_CLOSE, Step.HANG), "200", NEW),
    "connection: close": ((OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}", Step.CLOSE), "200", NEW),
    "closing, but open": ((OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",), "200", NEW),
    "last of its limit": ((OK + b"Keep-Alive: max=0\r\nContent-Length: 2\r\n\r\n{}",), "200", NEW),
    "HTTP/1.0": ((b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", Step.CLOSE), "200", NEW),
    "length and chunks": (
        (OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",),
        "200",
        NEW,
    ),
    "extra bytes": ((OK + b"Content-Length: 2\r\n\r\n{} and more",), "200", NEW),
    "no answer": ((Step.CLOSE,), "reset", NEW),
    "reset at once": ((Step.RESET,), "reset", NEW),
    "closed in the head": ((OK, Step.CLOSE), "reset", NEW),
    "closed in the body": ((OK + b"Content-Length: 9\r\n\r\n{}", Step.CLOSE), "reset", NEW),
    "half-closed in the body": (
        (OK + b"Content-Length: 9\r\n\r\n{}", Step.HALF_CLOSE, Step.HANG),
        "reset",
        NEW,
    ),
    "reset in the body": ((OK + b"Content-Length: 9\r\n\r\n{}", Step.WAIT, Step.RESET), "reset", NEW),
    "closed in a chunk": ((OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}", Step.CLOSE), "reset", NEW),
    "not HTTP": ((b"220 mail ESMTP\r\n", Step.HANG), "malformed", NEW),
    "two lengths": ((OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",), "malformed", NEW),
    "bad chunk size": ((OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", Step.HANG), "malformed", NEW),
    "endless head": ((OK + b"X-A: " + b"a" * 100_000, Step.HANG), "malformed", NEW),
    "endless body": ((OK + b"Content-Length: 999999999\r\n\r\n", Step.HANG), "malformed", NEW),
    "never": ((Step.HANG,), "timeout", NEW),
    "half an answer, then never": ((OK + b"Content-Length: 9\r\n\r\n{}", Step.HANG), "timeout", NEW),
}

Start = Callable[..., Awkward]


@pytest.mark.parametrize(("answer", "expected", "connections"), TABLE.values(), ids=list(TABLE))
def test_an_awkward_answer_is_told_for_what_it_is(
    awkward: Start, answer: Answer, expected: str, connections: int
) -> None:
    server = awkward(answer, GOOD)
    call = call_to(origin_of(server.url))

    taken = take([call, call], timeout=3.0 if expected == "timeout" else 10)

    assert taken.outcome_names == [expected, "200"]
    assert (len(server.requests), server.connections) == (2, connections)
    assert taken.measurement.total.failures == (not expected.isdigit())


def test_every_failure_says_in_a_sentence_what_happened(awkward: Start) -> None:
    server = awkward((OK + b"Content-Length: 9\r\n\r\n{}", Step.CLOSE), (Step.CLOSE,), GOOD)
    call = call_to(origin_of(server.url))
    take_two = take([call, call])

    assert [key[2] for key in take_two.measurement.details] == [
        "the server closed the connection in the middle of an answer",
        "the server closed the connection without an answer",
    ]


def test_a_reply_holds_body_headers_and_instants_in_order(awkward: Start) -> None:
    server = awkward((OK + b"Cache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}",))
    [reply] = take([call_to(origin_of(server.url))]).outcomes

    assert (reply.status, reply.body) == (200, b"{}")
    assert (reply.header("cache-control"), reply.header("pragma")) == ("no-store", None)
    assert 0 < reply.sent < reply.done


def test_a_port_that_nobody_listens_on_is_a_failed_connect() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        origin = origin_of(f"http://127.0.0.1:{unused.getsockname()[1]}")
        taken = take([call_to(origin)] * 3)

    assert taken.outcome_names == ["connect"] * 3
    assert taken.measurement.total.from_send.total == 0
    assert taken.measurement.total.ended_after.total == 3


def test_a_server_that_closed_while_nothing_was_asked_is_connected_to_again(awkward: Start) -> None:
    server = awkward((*GOOD, Step.CLOSE), GOOD)
    call = call_to(origin_of(server.url))

    assert take([call, Pause(0.1), call]).outcome_names == ["200", "200"]
    assert server.connections == 2


def test_a_connection_that_the_server_no_longer_keeps_is_not_used(awkward: Start) -> None:
    server = awkward((OK + b"Keep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\n{}",))
    call = call_to(origin_of(server.url))

    assert take([call, call]).outcome_names == ["200", "200"]
    assert server.connections == 2


def test_an_answer_to_head_is_complete_without_its_body(awkward: Start) -> None:
    server = awkward((OK + b"Content-Length: 500\r\n\r\n",), GOOD)
    origin = origin_of(server.url)

    assert take([call_to(origin, method=b"HEAD", body=b""), call_to(origin)]).outcome_names == ["200", "200"]
    assert server.connections == 1


def test_a_large_request_goes_out_in_parts_and_whole(awkward: Start) -> None:
    server = awkward(GOOD)
    call = call_to(origin_of(server.url), body=bytes(range(256)) * 60_000)

    assert take([call, call]).outcome_names == ["200", "200"]
    assert server.requests == [call.request] * 2
    assert server.connections == 1


def test_an_answer_to_half_a_request_counts_and_ends_the_connection(awkward: Start) -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    server = awkward((Step.EARLY, refusal, Step.HALF_CLOSE, Step.HANG), GOOD)
    origin = origin_of(server.url)

    assert take([call_to(origin, body=b"a" * 15_000_000), call_to(origin)]).outcome_names == ["413", "200"]
    assert server.connections == 2


def test_ipv6_is_spoken(awkward: Start) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        server = awkward(GOOD, family=socket.AF_INET6)
    except OSError as problem:
        pytest.skip(f"this machine has no IPv6 loopback: {problem}")
    origin = origin_of(server.url)

    assert take([call_to(origin)]).outcome_names == ["200"]
    assert b"Host: [::1]:" in server.requests[0]


def test_a_connection_that_the_server_ended_while_it_rested_is_opened_again(
    awkward: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("http.connection", "turn"):
        monkeypatch.setattr(f"load.traffic.{module}.RESTED_SECONDS", 0.0)
    server = awkward((*GOOD, Step.CLOSE))
    call = call_to(origin_of(server.url))
    engine = Engine(measurement())
    outcomes = []

    def iteration() -> Iteration:
        outcomes.append((yield call).status)
        server.ended.acquire(timeout=MOST_SECONDS)  # the loop stands still, as a busy one does
        outcomes.append((yield call).status)
        traffic.stop()

    traffic = ClosedTraffic(engine, iteration, origin=call.origin)
    gevent.with_timeout(MOST_SECONDS, traffic.run)
    engine.close()

    assert outcomes == [200, 200]
    assert server.connections == 2
