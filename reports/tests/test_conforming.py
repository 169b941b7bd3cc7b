"""Answers that conform and break clients: seen in what was exchanged, told in every form, and never a finding."""

from __future__ import annotations

from typing import Any

import pytest

from reports.conformance.conforming import breaking
from reports.conformance.tally import Tally
from reports.forms import html, markdown
from reports.forms.json import document
from reports.journal import Run, Verdict
from reports.redact import Redactor
from reports.tests.runs import exchange, result, run

TOLD = ["Spring Security 7.1.2 gives such a token one second to live (2026-11-30)"]
LACKS = {
    "answer": "Without expires_in",
    "endpoint": "token",
    "status": 200,
    "lacks": "expires_in",
    "told": TOLD,
}
EMPTY = {"answer": "Nothing in it", "endpoint": "token", "status": 200, "empty": True, "told": TOLD}
CHALLENGES = {
    "answer": "A challenge",
    "endpoint": "token",
    "status": 401,
    "header": "www-authenticate",
    "told": TOLD,
}


def met(known: dict[str, Any], *, place: str = "token", **answer: Any) -> Run:
    """A run that met one answer at the token endpoint, which is registered under a name."""
    kept = Redactor().exchange(exchange(**answer))
    target = {"name": "Staging", "issuer": "", "endpoints": {place: "https://as.example/token"}}
    return run(result(Verdict.CONFORMS, exchanges=[kept]), target=target, conforming=[known])


@pytest.mark.parametrize(
    ("known", "answer", "seen"),
    [
        (LACKS, {"answer": b'{"access_token":"a"}'}, True),
        (LACKS, {"answer": b'{"access_token":"a","expires_in":60}'}, False),
        (LACKS, {"answer": b'{"error":"invalid_request"}'}, False),
        (LACKS, {"answer": b"no JSON"}, False),
        (LACKS, {"answer": b'{"access_token":"a"}', "status": 400}, False),
        (LACKS, {"answer": b'{"access_token":"a"}', "place": "revocation"}, False),
        (EMPTY, {"answer": b""}, True),
        (EMPTY, {"answer": b"{}"}, False),
        (CHALLENGES, {"status": 401}, False),
    ],
)
def test_an_answer_is_known_by_what_it_has_and_lacks(
    known: dict[str, Any], answer: Any, *, seen: bool
) -> None:
    assert [each.answer for each in breaking(met(known, **answer))] == ([known["answer"]] if seen else [])


def test_it_is_told_in_each_form_and_is_no_finding() -> None:
    made = met(LACKS, answer=b'{"access_token":"a"}')

    assert TOLD[0] in html.render(made)
    assert "Conforming answers that break clients" in markdown.render(made)
    assert document(made)["conforming_that_break_clients"] == [
        {"answer": "Without expires_in", "clients": TOLD, "seen": 1, "check": made.results[0].check}
    ]
    assert Tally(made).findings == []
