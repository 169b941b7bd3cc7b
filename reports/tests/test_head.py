"""What stands at the head of a report, for somebody who was not there: by what was judged, and what was left out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from reports.conformance.head import left_out, texts
from reports.conformance.tally import Tally
from reports.forms import html
from reports.forms.json import document
from reports.journal import Journal, Known, Run, Verdict, read_run
from reports.tests.runs import known, result, row, run
from reports.tests.test_html import Elements


def _told(made: Run) -> dict[str, str]:
    return {item.what: item.why for item in left_out(Tally(made))}


def _text(made: Run) -> str:
    return " ".join(Elements(html.render(made)).text.split())


def test_each_kind_of_what_was_left_out_is_told_with_its_reason() -> None:
    policy = Known(requirement="6749-5.1-03", because="decided in May", level="advises")
    ledger = [
        *(row(name) for name in ("7009-2.2-S02", "6749-5.1-03", "8414-3-01", "9700-2.1-01")),
        row("7009-2.1-03", excluded="Cannot be seen from outside."),
        row("7009-2.1-04", excluded="The client's duty.", binds=["client"]),
    ]
    made = run(
        result(Verdict.VIOLATES, known=known()),
        result(Verdict.ADVISES, "6749-5.1-03", known=policy),
        result(Verdict.NOT_APPLICABLE, "8414-3-01", reason="The target publishes no metadata."),
        result(Verdict.CONFORMS, "9700-2.1-01", profile="next"),
        ledger=ledger,
        environment={"selection": "--requirement 7009"},
    )

    assert _told(made) == {
        "all other checks": "the run was asked for: --requirement 7009",
        "7009-2.2-S02": "the target file says so: issue 12 (tolerated until 2027-03-31)",
        "6749-5.1-03 (policy)": "the target file says so: decided in May (policy: advises)",
        "1 requirement": "they bind clients, resource servers and people, and not the server",
        "1 check": "the server does not offer what they are about, or the target file does not say so (1 reason)",
        "1 check of newer checks": "in no profile yet: told, not counted",
    }
    assert (
        len(left_out(Tally(made))) == 7
    )  # what binds others, and what cannot be seen, are one requirement each
    for what, why in _told(made).items():
        assert f"{what}: {why}" in _text(made)


def test_nothing_was_left_out_of_a_run_that_judged_everything() -> None:
    assert left_out(Tally(run(result(Verdict.CONFORMS)))) == []


def test_the_texts_that_were_judged_by_are_told_with_their_dates() -> None:
    made = run(result(Verdict.CONFORMS), editions={"rfc7009": "August 2013", "oauth-2.1": ""})

    assert texts(made) == "RFC 7009 (August 2013); as published, errata are not taken into account"
    assert texts(made) in _text(made)
    assert texts(run(result(Verdict.CONFORMS))) == ""


def test_a_profile_is_told_with_its_date_once() -> None:
    named = {"oauth-2.1": "oauth-2.1 of 2026-11-30", "core-2026-11-30": "core-2026-11-30"}

    for name, told in named.items():
        made = run(result(Verdict.CONFORMS), profile=name, profile_date="2026-11-30")
        assert made.header.profile_told == told


def test_the_browser_and_the_command_are_told() -> None:
    made = run(
        result(Verdict.CONFORMS), environment={"harness": "1", "command": "python3 -m conformance -k x"}
    )
    assert made.footer is not None
    made = replace(made, footer=replace(made.footer, browsers=["chromium 156.0.8078.73"]))

    assert "pages in chromium 156.0.8078.73" in _text(made)
    assert "<dt>again</dt><dd><code>python3 -m conformance -k x</code></dd>" in html.render(made)
    assert document(made)["browsers"] == ["chromium 156.0.8078.73"]


def test_the_digest_is_that_of_the_journal_which_the_report_was_made_from(tmp_path: Path) -> None:
    made = run(result(Verdict.CONFORMS))
    with Journal(tmp_path / "journal.jsonl") as journal:
        for entry in (made.header, *made.results, made.footer):
            assert entry is not None
            journal.write(entry)
    digest = hashlib.sha256((tmp_path / "journal.jsonl").read_bytes()).hexdigest()
    kept = read_run(tmp_path)

    assert f"SHA-256 {digest}" in _text(kept)
    assert json.loads(json.dumps(document(kept)))["journal_sha256"] == digest
    assert "SHA-256" not in _text(made)
