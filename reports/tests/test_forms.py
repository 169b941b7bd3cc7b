"""report.json, junit.xml, summary.md and allure-results, read by readers that are not ours."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attr
import junitparser
import pytest
from allure_commons import model2
from jsonschema import Draft202012Validator

from reports.forms import allure, junit, markdown
from reports.forms.json import document
from reports.forms.json import render as render_json
from reports.journal import Result, Run, Verdict
from reports.redact import Redactor
from reports.rendering import render_all
from reports.tests.runs import HOSTILE, exchange, hostile_run, known, result, rich_run, run

SCHEMA = json.loads((Path(__file__).parents[1] / "report.schema.json").read_text())
RUNS = [rich_run(), hostile_run(), run(), run(result(Verdict.CONFORMS), finished=False, missing=3)]
OTHER = {"profile": "security-bcp"}
KINDS = [
    (result(Verdict.HARNESS_ERROR), False, "error", "harness-error", "broken"),
    (result(Verdict.VIOLATES), False, "failure", "violates", "failed"),
    (result(Verdict.INCONCLUSIVE), False, "error", "inconclusive", "broken"),
    (result(Verdict.ADVISES), False, None, None, "passed"),
    (result(Verdict.ADVISES), True, "failure", "advises", "failed"),
    (result(Verdict.NOT_APPLICABLE), False, "skipped", "not-applicable", "skipped"),
    (result(Verdict.CONFORMS), False, None, None, "passed"),
    (result(Verdict.VIOLATES, known=known()), False, "skipped", "violates (known)", "skipped"),
    (result(Verdict.VIOLATES, known=known("late")), False, "failure", "violates", "failed"),
    (result(Verdict.CONFORMS, known=known("mended")), False, "failure", "known", "failed"),
    (result(Verdict.VIOLATES, **OTHER), False, "skipped", "violates", "skipped"),
    (result(Verdict.INCONCLUSIVE, **OTHER), False, "skipped", "inconclusive", "skipped"),
]


def cases(made: Run) -> list[junitparser.TestCase]:
    """The test cases that junitparser finds."""
    return [case for suite in junitparser.JUnitXml.fromstring(junit.render(made).encode()) for case in suite]


@pytest.mark.parametrize("made", RUNS)
def test_report_json_follows_its_published_schema(made: Run) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    text = render_json(made)

    assert text.isascii()
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(json.loads(text))] == []


def test_the_schema_knows_every_member_that_is_written() -> None:
    def unknown(schema: dict[str, Any], value: Any, path: str) -> list[str]:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        kinds = [kind for kind in schema.get("oneOf", []) if kind.get("type") != "null"]
        if kinds:
            return unknown(kinds[0], value, path) if value is not None else []
        if isinstance(value, dict) and "properties" in schema:
            missing = [f"{path}.{name}" for name in value if name not in schema["properties"]]
            deeper = [
                found
                for name, inner in value.items()
                for found in unknown(schema["properties"].get(name, {}), inner, f"{path}.{name}")
            ]
            return missing + deeper
        if isinstance(value, list):
            return [
                found for inner in value for found in unknown(schema.get("items", {}), inner, f"{path}[]")
            ]
        return []

    assert unknown(SCHEMA, document(rich_run()), "$") == []


def test_one_cause_stands_with_its_count_in_each_test_case_of_it() -> None:
    habit = "A parameter that is sent twice is taken once."
    found = [
        result(Verdict.VIOLATES, name, group=habit, check=f"conformance/checks/token/test_x.py::{name}")
        for name in ("6749-3.1-08", "6749-3.2-05")
    ]
    alone = result(Verdict.VIOLATES, "7009-2.2-S02", group="7009-2.2-S02 is not met: ..")
    made = run(*found, alone)

    told = [case.result[0].message for case in cases(made)]
    assert [text.partition(" (")[2] for text in told] == [
        *[f"1 of 2 findings of one cause: {habit})"] * 2,
        "",
    ]
    assert junit.render(made).count('<property name="findings of the group" value="2" />') == 2


def test_report_json_says_what_an_interrupted_run_misses() -> None:
    told = document(run(result(Verdict.CONFORMS), missing=2, finished=False))

    assert (told["complete"], told["finished"], told["exit_code"], len(told["not_run"])) == (
        False,
        None,
        2,
        2,
    )


@pytest.mark.parametrize(("item", "strict", "tag", "kind", "status"), KINDS)
def test_junit_and_allure_say_each_verdict_in_their_own_words(  # noqa: PLR0917 - the columns of the table
    item: Result,
    strict: bool,  # noqa: FBT001 - a column of the table
    tag: str | None,
    kind: str | None,
    status: str,
    tmp_path: Path,
) -> None:
    made = run(item, strict=strict)
    (case,) = cases(made)
    properties = {(item.get("name"), item.get("value")) for item in case._elem.iter("property")}  # noqa: SLF001 - no public way
    found = [(type(entry).__name__.lower(), entry.type) for entry in case.result]
    allure.write(made, tmp_path)
    (written,) = [
        json.loads(file.read_text()) for file in (tmp_path / "allure-results").glob("*-result.json")
    ]

    assert found == ([(tag, kind)] if tag else [])
    assert properties >= {
        ("requirement", "7009-2.2-S02"),
        ("verdict", str(item.verdict)),
    }
    assert written["status"] == status
    assert {"name": "epic", "value": "RFC 7009"} in written["labels"]
    assert {"name": "feature", "value": "RFC 7009 section 2.2"} in written["labels"]
    assert {"name": "story", "value": "7009-2.2-S02"} in written["labels"]


def test_junit_counts_and_names_every_check_once() -> None:
    made = rich_run()
    twins = run(*[result(Verdict.CONFORMS) for _ in range(3)])
    read = junitparser.JUnitXml.fromstring(junit.render(made).encode())
    names = [(case.classname, case.name) for case in cases(made) + cases(twins)]

    assert (read.tests, read.failures, read.errors, read.skipped) == (len(made.results), 3, 6, 5)
    assert len(names) == len(set(names))


def test_junit_calls_what_was_not_run_an_error() -> None:
    made = run(result(Verdict.CONFORMS), finished=False, missing=2)

    assert [entry.type for case in cases(made) for entry in case.result] == ["interrupted"] * 2


def test_junit_carries_hostile_text_as_text() -> None:
    text = junit.render(hostile_run())

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert len(cases(hostile_run())) == len(hostile_run().results) + 2


def test_markdown_says_what_was_found_and_lets_no_text_act() -> None:
    told = markdown.render(hostile_run())
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", told, flags=re.DOTALL | re.MULTILINE)

    assert "<" not in outside
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", told)
    assert "7009" in outside


@pytest.mark.parametrize(
    "text",
    ["![x](https://evil.example/p.png)", "[a](b) <b> `c` @team #1 www.evil.example", "| a | b |\n# head"],
)
def test_markdown_escapes_what_would_be_markup(text: str) -> None:
    shown = markdown.plain(text)

    assert not re.search(r"(?<!\\)[\[\]`|*_<]|://|@|www\.|\n", shown)


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert markdown.code("```\n````\nx")[0] == "`````text"


def test_markdown_stays_small_for_a_very_large_run() -> None:
    results = [
        result(Verdict.VIOLATES, check=f"check {number}", actual=HOSTILE * 4000) for number in range(300)
    ]

    assert len(markdown.render(run(*results)).encode()) < 200_000
    assert "and 260 more in report.html" in markdown.render(run(*results))


@pytest.mark.parametrize("made", RUNS)
def test_allure_results_hold_only_members_that_allure_knows(made: Run, tmp_path: Path) -> None:
    folder = allure.write(made, tmp_path)
    members = {field.name for field in attr.fields(model2.TestResult)}
    written = [json.loads(file.read_text()) for file in folder.glob("*-result.json")]

    assert len(written) == len(made.results) + len(made.missing)
    assert all(set(entry) <= members for entry in written)
    sources = [entry["source"] for item in written for entry in item["attachments"]]
    assert sorted(sources) == sorted(file.name for file in folder.glob("*.httpexchange"))
    assert (folder / "environment.properties").read_text().isascii()
    categories = json.loads((folder / "categories.json").read_text())
    assert {name for entry in categories for name in entry} == {"name", "messageRegex", "matchedStatuses"}


def test_an_exchange_is_attached_as_allure_reads_it(tmp_path: Path) -> None:
    kept = Redactor().exchange(exchange(body=b"token=2YotnFZFEjr1zCsicMWpAA&a=b", answer=b'{"active":false}'))
    folder = allure.write(run(result(Verdict.CONFORMS, exchanges=[kept])), tmp_path)
    (file,) = folder.glob("*.httpexchange")
    written = json.loads(file.read_text())

    assert written["request"]["body"]["form"] == [
        {"name": "token", "value": "<token 1>"},
        {"name": "a", "value": "b"},
    ]
    assert written["response"]["status"] == 200
    assert written["response"]["body"]["value"] == '{"active":false}'
    assert written["stop"] - written["start"] == 31


def test_everything_is_written_whole_and_can_be_written_again(tmp_path: Path) -> None:
    first = render_all(rich_run(), tmp_path)
    count = len(list(tmp_path.rglob("*")))
    second = render_all(rich_run(), tmp_path)

    assert [path.name for path in first] == [
        "report.html",
        "report.json",
        "junit.xml",
        "summary.md",
        "badge.json",
    ]
    assert (first, count) == (second, len(list(tmp_path.rglob("*"))))
    assert list(tmp_path.rglob(".*")) == []
