"""The trace that a request of load belongs to: unique, in the form of W3C Trace Context, and told with a failure."""

from __future__ import annotations

import re
from collections import Counter

from fixtures.http.exchange import Request
from load.judging.evidence import exchange
from load.measuring.measurement import Measurement
from load.scenarios.requests import GAP, Splice, as_bytes
from load.traffic.http.deadlines import Deadlines
from load.traffic.http.head import Head
from load.traffic.http.origin import origin_of
from load.traffic.http.readiness import Readiness
from load.traffic.iteration import Call, Failure, Iteration
from load.traffic.trace import Numbers, new_run, trace_of
from load.traffic.virtual_user import REPEATED, Shared, VirtualUser

ORIGIN = origin_of("http://127.0.0.1:9/token", ca_file=None)
FIELD = re.compile(rb"\r\ntraceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-01\r\n")


def _request(trace: str, body: str = "grant_type=client_credentials") -> bytes:
    asked = Request(method="POST", url="http://127.0.0.1:9/token", headers=(), body=body.encode("ascii"))
    return as_bytes(asked, ORIGIN, {}, trace)


def test_each_request_has_a_trace_of_its_own_in_the_form_of_the_specification() -> None:
    numbers, asked = Numbers(), _request(new_run())
    sent = [numbers.into(asked) for _ in range(1_000)]
    found = [FIELD.search(each) for each in sent]

    assert all(found)
    assert len({each[1] for each in found if each}) == 1_000
    assert len({each[1][:16] for each in found if each}) == 1
    assert len({len(each) for each in sent}) == 1
    assert [trace_of(each) for each in sent[:2]] == [each[1].decode() for each in found[:2] if each]


def test_a_request_with_a_value_that_varies_has_one_too() -> None:
    splice = Splice("introspection", _request(new_run(), f"token={GAP}"), ORIGIN)
    sent = Numbers().into(splice("a token").request)

    assert FIELD.search(sent)
    assert sent.endswith(b"Content-Length: 13\r\n\r\ntoken=a+token")


def test_where_none_is_wanted_the_request_goes_as_it_is() -> None:
    asked = _request("")

    assert b"traceparent" not in asked
    assert Numbers().into(asked) == asked
    assert trace_of(asked) == ""


def test_a_failure_tells_in_which_trace_it_is_found() -> None:
    asked = Numbers().into(_request(new_run()))
    failure = Failure("reset", "the server reset the connection", 1.0, 2.0, asked)

    assert f"traceparent: 00-{trace_of(asked)}-" in exchange(Call("token", b"", ORIGIN), failure)


def test_the_first_trace_of_equal_failures_is_kept_and_handed_on() -> None:
    one, other = Measurement(), Measurement()
    for trace in ("a" * 32, "b" * 32):
        one.fails("token", "status", "503", planned=0.0, sent=0.0, done=0.1, trace=trace)
    other.merge(Measurement.from_json(one.drain().to_json()))

    assert other.traces == {("token", "status", "503"): "a" * 32}
    assert other.details == {("token", "status", "503"): 2}
    assert one.traces == {}


class _Kept(VirtualUser):
    """Keeps what it would send."""

    def ask(self, request: bytes, now: float) -> None:
        """Send nothing."""
        self.sent = now
        self.went_out = [*getattr(self, "went_out", []), trace_of(request)]


def test_a_user_that_repeats_one_request_changes_its_trace_now_and_then() -> None:
    call = Call("token", _request(new_run()), ORIGIN, traced=True)

    def iterations() -> Iteration:
        while True:
            yield call

    user = _Kept(
        Shared(Measurement(), Deadlines(1.0, 0.1), Readiness()), ORIGIN, lambda _: None, lambda *_: None
    )
    first = iterations()
    next(first)
    user.begin(first, call, 0.0, 0.0)
    for _ in range(4 * (REPEATED + 1)):
        user.answered(Head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), b"", 0.1)

    counts = Counter(user.went_out)
    assert max(counts.values()) == REPEATED + 1
    assert len(counts) == 5
    assert "" not in counts
