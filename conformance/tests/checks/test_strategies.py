"""What is drawn is what it is said to be: encodings that decode, names within the grammar, traces that are traces."""

from __future__ import annotations

import time
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.support import grammar, strategies
from conformance.checks.support.stack_traces import stack_trace

FEW = settings(max_examples=40, database=None, derandomize=True)


@FEW
@given(st.data())
def test_every_form_encoding_decodes_to_the_text(data: st.DataObject) -> None:
    text = data.draw(st.text(strategies.ANY_CHARACTER))
    encoded = data.draw(strategies.form_encodings(text))

    assert unquote_to_bytes(encoded.replace(b"+", b" ")).decode() == text


@FEW
@given(strategies.unknown_names())
def test_an_unknown_name_is_a_name(name: str) -> None:
    assert grammar.is_parameter_name(name)


@FEW
@given(st.data())
def test_a_request_line_can_hold_whatever_is_drawn(data: st.DataObject) -> None:
    ordinary = Draft(
        what="a request",
        method="GET",
        url="https://server.example/authorize",
        parts=(written("state", "x"),),
        in_query=True,
    )
    draft = data.draw(defects.spoilt([ordinary], defects.PARAMETERS, defects.ENCODINGS))

    assert all(0x20 < ord(character) < 0x7F for character in draft.request.url)
    assert draft.wrong


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in b\nValueError',
        "Error: x\n    at Object.<anonymous> (/srv/a.js:1:2)",
        "java.lang.NullPointerException\n\tat com.example.A.b(A.java:12)",
        '{"trace": "x\\n   at com.example.A.b(A.java:12)"}',
        "System.Exception\n   at A.B.C(String d) in C:\\src\\C.cs:line 12",
        "Stack trace:\n#0 /srv/a.php(3): b()",
        "/srv/a.rb:3:in `b'",
        "goroutine 1 [running]:",
    ],
)
def test_a_stack_trace_is_recognised(text: str) -> None:
    assert stack_trace(text)


@pytest.mark.parametrize(
    "text",
    ["", '{"error": "invalid_request"}', "<p>Look at the address (line 3): it is wrong.</p>", "at 12:30:15"],
)
def test_what_people_write_is_no_stack_trace(text: str) -> None:
    assert stack_trace(text) is None


@pytest.mark.parametrize("text", ["a" * 300_000, "\n" * 300_000, "\n    at a" * 50_000, "/srv/" * 60_000])
def test_a_long_answer_is_read_at_once(text: str) -> None:
    started = time.process_time()

    assert stack_trace(text) is None
    assert time.process_time() - started < 2
