"""The reports of a load run: the verdict first, every figure in it, and no text of a server that acts."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import junitparser
import pytest
from jsonschema import Draft202012Validator

from reports import commands
from reports.journal import UnreadableJournal
from reports.load import junit, markdown, render
from reports.load.page import render as page
from reports.load.words import duration, limit, number, share, total
from reports.tests.loads import broken, hostile, keep_load, record
from reports.tests.test_html import Elements

SCHEMA = json.loads((Path(__file__).parents[1] / "load.schema.json").read_text(encoding="utf-8"))
SAMPLES = [record, broken, hostile]


def svgs(shown: str) -> list[ET.Element]:
    """The charts of a page, as a foreign reader parses them."""
    return [ET.fromstring(text) for text in re.findall(r"<svg.*?</svg>", shown, re.DOTALL)]  # noqa: S314 - our own page


def titled(shown: str, word: str) -> ET.Element:
    """The chart whose title holds a word."""
    return next(each for each in svgs(shown) if word in (each.findtext("title") or ""))


@pytest.mark.parametrize("made", SAMPLES)
def test_the_samples_of_these_tests_follow_the_published_schema(made: Callable[[], dict[str, Any]]) -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made())] == []


@pytest.mark.parametrize("made", SAMPLES)
def test_the_page_loads_nothing_and_runs_nothing(made: Callable[[], dict[str, Any]]) -> None:
    shown = page(made())
    found = Elements(shown).found

    assert {tag for tag, _ in found}.isdisjoint(
        {"script", "img", "iframe", "link", "object", "embed", "base", "form", "a"}
    )
    assert not [
        name for _, attributes in found for name in attributes if name.startswith("on") or name == "src"
    ]
    policies = [attributes["content"] for _, attributes in found if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
    assert len(shown) < 200_000


def test_the_verdict_stands_before_every_figure() -> None:
    text = " ".join(Elements(page(broken())).text.split())
    order = [
        "The server breaks 1 promise under load.",
        "Broken promise: No token is issued twice.",
        "Exit code 1.",
        "Budgets",
        "Promises",
        "Is the measurement valid",
        "By kind of request",
        "Over time",
        "Failures by kind",
        "Environment",
    ]
    places = [text.find(piece) for piece in order]

    assert -1 not in places
    assert places == sorted(places)


def test_the_page_holds_what_an_engineer_asks_for() -> None:
    text = " ".join(Elements(page(broken())).text.split())

    for piece in (
        "at most 500 ms",
        "nothing was measured",
        "<access_token 7> was issued twice.",
        "grant_type=client_credentials",
        "oauth-error",
        "The highest rate that held every budget, and was really run: 75/s. Above 50/s p99 turns upward.",
        "Locust: version",
        "Ten tokens were minted beforehand.",
        "It took 21 ms in the middle",
    ):
        assert piece in text, piece


@pytest.mark.parametrize(
    "word",
    ["Planned, started", "Percentiles", "Start lag", "in flight", "kind timeout", "by the rate", "it took"],
)
def test_each_chart_has_a_title_and_draws_its_figures(word: str) -> None:
    chart = titled(page(broken()), word)
    drawn = [each for each in chart.iter() if each.tag.endswith(("polyline", "rect"))]

    assert chart.get("role") == "img"
    assert drawn
    places = [float(part) for each in drawn for part in re.split("[ ,]", each.get("points", "")) if part]
    assert all(0 <= place <= 480 for place in places)


def test_lines_differ_by_more_than_colour() -> None:
    shown = page(broken())
    styles = [
        (each.get("class") or "").split()[1:]
        for each in titled(shown, "Percentiles").iter()
        if each.tag.endswith("polyline")
    ]

    assert len(styles) == 6
    assert len({tuple(style) for style in styles}) == 6
    assert ".chart .send { stroke-dasharray" in shown
    widths = {name: re.search(rf"\.chart \.{name} {{[^}}]*stroke-width: ([\d.]+)", shown) for name in WEIGHTS}
    assert len({match[1] for match in widths.values() if match}) == len(WEIGHTS)


WEIGHTS = ("thin", "main", "worst")


def test_a_second_without_an_answer_breaks_the_line() -> None:
    made = record()
    for second in (7, 8):
        made["seconds_by_second"][second]["done"] = 0
    lines = [each for each in titled(page(made), "Percentiles").iter() if each.tag.endswith("polyline")]

    assert len(lines) == 12


def test_a_second_in_which_nothing_was_planned_has_no_start_lag() -> None:
    made = record()
    made["seconds_by_second"][9] |= {"planned": 0, "start_lag_p99": 0}

    assert (
        len([each for each in titled(page(made), "Start lag").iter() if each.tag.endswith("polyline")]) == 2
    )


def test_a_run_of_an_older_version_says_nothing_of_what_it_did_not_keep() -> None:
    made = broken()
    del made["held"]

    assert "Rates that were tried" in page(made)
    assert "held every budget" not in page(made)


def test_a_long_run_is_thinned_and_keeps_its_peaks() -> None:
    made = record(seconds=1_000, rate=4)
    made["seconds_by_second"][501]["from_plan"]["p99"] = 90_000_000
    chart = titled(page(made), "Percentiles")
    heights = [
        float(point.split(",")[1])
        for each in chart.iter()
        if each.tag.endswith("polyline") and "worst plan" in (each.get("class") or "")
        for point in (each.get("points") or "").split()
    ]

    assert len(heights) <= 240
    assert min(heights) < sorted(heights)[1] - 20


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds_by_second": [], "rows": [], "promises": [], "budgets": [], "validity": [], "seconds": 0},
        {"finished": None, "complete": False},
    ],
)
def test_a_run_that_hardly_began_is_rendered(changes: dict[str, Any], tmp_path: Path) -> None:
    written = render(keep_load(record(**changes), tmp_path))

    assert [path.name for path in written] == ["load.html", "junit.xml", "summary.md"]
    if not changes.get("complete", True):
        assert "a state on the way" in written[0].read_text(encoding="utf-8")


def test_hostile_text_is_shown_and_does_not_act() -> None:
    shown = page(hostile())

    assert "<img" not in shown
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<" not in markdown.render(hostile())
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f\u202e]", markdown.render(hostile()) + junit.render(hostile())
    )
    assert len(list(junitparser.JUnitXml.fromstring(junit.render(hostile()).encode()))) == 1


def cases(made: dict[str, Any]) -> dict[str, list[str]]:
    """What junitparser finds: the kind of each result, by the name of the test case."""
    read = junitparser.JUnitXml.fromstring(junit.render(made).encode())
    found = [case for suite in read for case in suite]
    assert len({(case.classname, case.name) for case in found}) == len(found) == read.tests
    return {case.name: [type(entry).__name__ for entry in case.result] for case in found}


def test_junit_fails_what_was_missed_or_broken() -> None:
    told = cases(broken())

    assert told["the run"] == ["Failure"]
    assert told["token p99 at most 500 ms"] == ["Failure"]
    assert told["revocation p99 at most 250 ms"] == ["Failure"]
    assert told["6749-10.10 No token is issued twice."] == ["Failure"]
    assert told["delivered"] == []
    assert set(map(tuple, cases(record()).values())) == {()}


def test_junit_calls_an_invalid_measurement_an_error_and_judges_no_budget_by_it() -> None:
    made = broken()
    made["validity"][0]["kept"] = False
    made["verdict"]["exit_code"] = 6
    told = cases(made)

    assert told["the run"] == ["Error"]
    assert told["delivered"] == ["Error"]
    assert told["token p99 at most 500 ms"] == ["Skipped"]


def test_junit_skips_a_promise_that_nothing_exercised() -> None:
    made = record()
    made["promises"][0]["checked"] = 0

    assert cases(made)["6749-10.10 No token is issued twice."] == ["Skipped"]


def test_the_summary_has_the_verdict_and_every_table() -> None:
    told = markdown.render(broken())

    assert "**The server breaks 1 promise under load.** Exit code 1." in told
    for head in ("| row |", "| budget |", "| promise |", "| valid measurement |"):
        assert head in told


@pytest.mark.parametrize(
    ("microseconds", "told"),
    [
        (0, "0 \u00b5s"),
        (12.345, "12.3 \u00b5s"),
        (80, "80 \u00b5s"),
        (1_234, "1.23 ms"),
        (999_999, "1000 ms"),
        (61_000_000, "61 s"),
    ],
)
def test_times_are_told_with_their_unit(microseconds: int, told: str) -> None:
    assert duration(microseconds) == told


def test_figures_are_told_in_their_units() -> None:
    rate = {"measure": "rate", "limit": 200.0, "unit": "1/s"}

    assert limit(rate) == "at least 200/s"
    assert (share(0.0012), number(1_234_567), number(0.5)) == ("0.12 %", "1,234,567", "0.5")


def test_a_row_of_sums_is_not_counted_again() -> None:
    made = record()
    every = {**made["rows"][0], "name": "all", "planned": 2_000, "done": 2_000}

    assert total({**made, "rows": [*made["rows"], every]}) == total(made)
    assert total({**made, "rows": [every]}).planned == 2_000


@pytest.mark.parametrize(
    ("form", "file"), [("html", "load.html"), ("junit", "junit.xml"), ("markdown", "summary.md")]
)
def test_the_command_renders_a_load_run_again(
    form: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_load(record(), tmp_path)

    assert commands.main([form, str(tmp_path)]) == 0
    assert (tmp_path / file).is_file()
    capsys.readouterr()
    assert commands.main(["known", str(tmp_path)]) == 4
    assert "is a load run" in capsys.readouterr().err


def test_the_summary_is_on_the_page_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))
    render(keep_load(record(), tmp_path / "run"))

    assert (tmp_path / "page").read_text(encoding="utf-8") == markdown.render(record())


def test_what_does_not_follow_the_schema_is_refused_in_a_sentence(tmp_path: Path) -> None:
    made = record()
    del made["rows"][0]["from_plan"]

    with pytest.raises(UnreadableJournal, match=r"lacks or misnames a member: .*from_plan"):
        render(keep_load(made, tmp_path))
