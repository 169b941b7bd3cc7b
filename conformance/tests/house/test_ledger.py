"""The ledger is complete: every normative statement is cited by a check, or excluded for a reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from conformance.ledger.requirement import BadLedger, editions, ledger
from conformance.tests.house.source import checks

ROWS = {
    "rfc6749": 348,
    "rfc6750": 63,
    "rfc7009": 41,
    "rfc7636": 33,
    "rfc7662": 62,
    "rfc8414": 73,
    "rfc9207": 26,
    "rfc9700": 122,
    "rfc8628": 31,
    "rfc8693": 48,
    "rfc8705": 56,
    "rfc8707": 26,
    "rfc9068": 60,
    "rfc9101": 57,
    "rfc9126": 39,
    "rfc9449": 52,
    "rfc9701": 53,
    "rfc9728": 34,
    "rfc10017": 15,
    "oauth-cimd-01": 43,
}
"""How many normative statements each document holds; of those that bind other parties too, what binds the server."""

CHOSEN = {"rfc7521", "rfc7523", "rfc7591", "rfc7592", "oauth-2.1", "mcp-2026-07-28"}
"""Documents of which the ledger holds only the statements that are judged."""


def test_no_statement_is_missing() -> None:
    found = Counter(row.document for row in ledger().values() if row.document not in CHOSEN)

    assert found == ROWS


def test_every_document_says_when_its_text_was_published() -> None:
    silent = [name for name, published in editions().items() if not re.search(r"\b20[0-9]{2}$", published)]

    assert not silent, f'[document] lacks published = "October 2012": {", ".join(silent)}'


def test_every_statement_is_cited_or_excluded() -> None:
    cited = {identifier for check in checks() for identifier, _ in check.cites}
    open_rows = [row.id for row in ledger().values() if row.id not in cited and not row.excluded]

    assert not open_rows, f"neither cited nor excluded: {', '.join(open_rows)}"


def test_what_is_excluded_is_not_cited() -> None:
    rows = ledger()
    wrong = [
        f"{check.where} cites {identifier}, which is excluded"
        for check in checks()
        for identifier, _ in check.cites
        if identifier in rows and rows[identifier].excluded
    ]

    assert not wrong, "\n".join(wrong)


def test_a_permission_is_never_a_finding() -> None:
    assert not [row.id for row in ledger().values() if row.level == "may" and not row.excluded]


def test_a_reason_for_exclusion_is_a_sentence() -> None:
    short = [row.id for row in ledger().values() if row.excluded and len(row.excluded.split()) < 5]

    assert not short


def test_an_identifier_carries_its_document_and_section() -> None:
    wrong = [
        row.id
        for row in ledger().values()
        if not row.id.startswith(f"{re.sub('^(rfc|oauth-)', '', row.document)}-{row.section}-")
    ]

    assert not wrong


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('id = "1-1-01"\nsectoin = "1"', 'Did you mean "section"?'),
        ('id = "1-1-01"\nlevel = "shall"', "level is one of must, structure, should, may."),
        ('id = "1-1-01"\ntext = ""', "text is empty or of the wrong kind."),
        ('id = "1-1-01"', "section is missing."),
    ],
)
def test_a_wrong_row_is_told_with_what_and_where(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / "rfc1.toml").write_text(
        f'[document]\nid = "rfc1"\n[[requirement]]\n{row}\n', encoding="utf-8"
    )

    with pytest.raises(BadLedger) as caught:
        ledger(tmp_path)

    assert told in str(caught.value)
    assert re.search(r"rfc1\.toml, row 1 \(1-1-01\)", str(caught.value))
