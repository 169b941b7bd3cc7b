"""report.sarif: read by models made from the schema of SARIF 2.1.0, which take no member that they do not know."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from reports import commands
from reports.forms import sarif
from reports.journal import Run, Verdict
from reports.redact import Redactor
from reports.tests.runs import exchange, hostile_run, known, result, rich_run, run
from reports.tests.test_folder import keep


def first(made: Run, **options: str) -> dict[str, Any]:
    """The one run of a SARIF log, once the foreign reader took it."""
    text = sarif.render(made, **options)
    assert text.isascii()
    assert Sarif.model_validate_json(text).version.value == "2.1.0"
    (only,) = json.loads(text)["runs"]
    return dict(only)


@pytest.mark.parametrize(
    "made", [rich_run(), hostile_run(), run(), run(result(Verdict.CONFORMS), finished=False, missing=3)]
)
def test_a_foreign_reader_takes_it(made: Run) -> None:
    only = first(made)

    assert all(
        only["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in only["results"]
    )


def test_the_foreign_reader_refuses_what_is_not_sarif() -> None:
    log = json.loads(sarif.render(rich_run()))
    log["runs"][0]["results"][0]["level"] = "fatal"

    with pytest.raises(ValueError, match="level"):
        Sarif.model_validate(log)


@pytest.mark.parametrize(("verdict", "level"), [(Verdict.VIOLATES, "error"), (Verdict.ADVISES, "warning")])
def test_a_finding_is_a_result_under_its_requirement(verdict: Verdict, level: str) -> None:
    only = first(run(result(verdict, expected="status = 200", actual="status = 400")))
    (told,) = only["results"]
    (rule,) = only["tool"]["driver"]["rules"]

    assert (told["level"], told["ruleId"], told["kind"]) == (level, "7009-2.2-S02", "fail")
    assert "expected: status = 200\nactual: status = 400" in told["message"]["text"]
    assert rule["helpUri"] == "https://www.rfc-editor.org/rfc/rfc7009#section-2.2"
    assert rule["shortDescription"]["text"] == "The server does what 7009-2.2-S02 demands."


@pytest.mark.parametrize("verdict", [Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE])
def test_what_could_not_be_judged_is_a_notification_and_no_result(verdict: Verdict) -> None:
    only = first(run(result(verdict)))
    (invocation,) = only["invocations"]

    assert only["results"] == []
    assert invocation["exitCode"] == {Verdict.HARNESS_ERROR: 3, Verdict.INCONCLUSIVE: 6}[verdict]
    assert f"A reason for {verdict}." in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert invocation["executionSuccessful"] is (verdict is Verdict.INCONCLUSIVE)
    assert invocation["startTimeUtc"] == "2026-11-24T10:15:00Z"


def test_what_is_tolerated_is_suppressed_with_its_reason() -> None:
    (told,) = first(run(result(Verdict.VIOLATES, known=known())))["results"]

    assert told["suppressions"] == [
        {"kind": "external", "justification": "issue 12 (tolerated until 2027-03-31)"}
    ]
    (late,) = first(run(result(Verdict.VIOLATES, known=known("late"))))["results"]
    assert "suppressions" not in late


def test_a_finding_is_shown_at_its_check_or_at_the_file_that_is_named() -> None:
    made = run(result(Verdict.VIOLATES))
    places = [
        first(made, **options)["results"][0]["locations"][0]["physicalLocation"]
        for options in ({}, {"location": "deploy/as config.toml"})
    ]

    assert [place["artifactLocation"]["uri"] for place in places] == [
        "conformance/checks/revocation/test_x.py",
        "deploy/as%20config.toml",
    ]
    assert [place["region"]["startLine"] for place in places] == [12, 1]


def test_a_finding_keeps_its_fingerprint_from_run_to_run_and_from_file_to_file() -> None:
    one = result(Verdict.VIOLATES, check="conformance/a/test_x.py::test_it")
    moved = result(Verdict.VIOLATES, check="conformance/b/test_y.py::test_it", actual="another")
    other = result(Verdict.VIOLATES, check="conformance/a/test_x.py::test_that")
    later = replace(run(moved), header=replace(run(moved).header, run="20261125T101500Z-cd34"))

    prints = [first(made)["results"][0]["partialFingerprints"] for made in (run(one), later, run(other))]
    assert prints[0] == prints[1] != prints[2]


def test_the_next_profile_of_a_family_speaks_of_the_same_analysis() -> None:
    newer = run(result(Verdict.VIOLATES), profile="core-2027", profile_extends=["core"])

    assert first(newer)["automationDetails"] == first(run(result(Verdict.VIOLATES)))["automationDetails"]


def test_no_text_of_a_server_is_a_link() -> None:
    made = run(result(Verdict.VIOLATES, actual="[click](https://evil.example)"))
    text = first(made)["results"][0]["message"]["text"]

    assert not re.search(r"(?<!\\)\[", text)


def test_the_command_writes_it_only_when_asked(tmp_path: Path) -> None:
    keep(rich_run(), tmp_path)

    assert commands.main(["sarif", str(tmp_path), "--location", "staging.toml"]) == 0
    assert '"staging.toml"' in (tmp_path / "report.sarif").read_text(encoding="utf-8")


def test_a_finding_shows_the_last_request_and_its_answer() -> None:
    seen = Redactor({}).exchange(exchange(body=b"token=x", answer=b'{"active": true}', status=200))
    (told,) = first(run(result(Verdict.VIOLATES, exchanges=[seen])))["results"]

    assert (told["webRequest"]["method"], told["webRequest"]["target"]) == (
        "POST",
        "https://as.example/token",
    )
    assert told["webResponse"]["statusCode"] == 200
    assert "active" in told["webResponse"]["body"]["text"]
