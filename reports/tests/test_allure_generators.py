"""allure-results as the generators of Allure 2 and 3 read them, where npm's allure-commandline and allure are there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.tests.pace import limit
from reports.forms import allure
from reports.journal import Run
from reports.tests.runs import hostile_run, rich_run

ALLURE_2 = os.environ.get("OAUTH_HARNESS_ALLURE_2")
ALLURE_3 = os.environ.get("OAUTH_HARNESS_ALLURE_3")
"""The programs `allure` of npm's packages, for those who have them."""

needs_2 = pytest.mark.skipif(
    ALLURE_2 is None, reason="OAUTH_HARNESS_ALLURE_2 names no allure of allure-commandline"
)
needs_3 = pytest.mark.skipif(
    ALLURE_3 is None, reason="OAUTH_HARNESS_ALLURE_3 names no allure of npm's allure 3"
)


def generated(program: str | None, arguments: Sequence[str], results: Path) -> Path:
    """Where a generator wrote its report of results; what it complains of fails the test."""
    out = results.parent / "report"
    done = subprocess.run(  # noqa: S603 - the program that whoever runs the tests named
        [program or "", *arguments, str(results), "-o", str(out)],
        cwd=results.parent,
        env={**os.environ, "ALLURE_NO_ANALYTICS": "true"},
        capture_output=True,
        text=True,
        timeout=limit(120),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def read(file: Path) -> Any:
    """A JSON file of a generated report."""
    return json.loads(file.read_text(encoding="utf-8"))


def later(made: Run) -> Run:
    """The same target judged again, at another port."""
    target = {**made.header.target, "issuer": "https://as.example:8443/ap4"}
    return replace(
        made,
        header=replace(
            made.header, run="20261125T101500Z-cd34", started="2026-11-25T10:15:00Z", target=target
        ),
    )


@needs_2
def test_allure_2_counts_sorts_and_names_as_we_do(tmp_path: Path) -> None:
    made = rich_run()
    out = generated(ALLURE_2, ["generate", "--clean"], allure.write(made, tmp_path))
    categories = {
        item["name"]: item["statistic"]["total"] for item in read(out / "widgets/categories.json")["items"]
    }
    tree = read(out / "data/behaviors.json")["children"]
    environment = {item["name"]: item["values"][0] for item in read(out / "widgets/environment.json")}

    counted = read(out / "widgets/summary.json")["statistic"]
    assert {name: counted[name] for name in ("total", "failed", "broken", "skipped", "passed")} == {
        "total": len(made.results),
        "failed": 3,
        "broken": 6,
        "skipped": 5,
        "passed": 31,
    }
    assert categories["Known issues: tolerated by the target file"] == 1
    assert categories["Violations: the server's author"] == 2
    assert categories["Of another profile, or newer than all: told, not counted"] == 1
    assert "RFC 7009" in {epic["name"] for epic in tree}
    assert "RFC 7009 section 2.2" in {feature["name"] for epic in tree for feature in epic["children"]}
    assert environment["issuer"] == "https://as.example/ap4"
    assert read(out / "widgets/executors.json")[0]["buildName"] == made.header.run


@needs_2
def test_allure_2_finds_each_check_again_in_the_next_run(tmp_path: Path) -> None:
    first = generated(ALLURE_2, ["generate", "--clean"], allure.write(rich_run(), tmp_path / "one"))
    results = allure.write(later(rich_run()), tmp_path / "two")
    shutil.copytree(first / "history", results / "history")
    second = generated(ALLURE_2, ["generate", "--clean"], results)
    history = read(second / "history/history.json").values()

    assert len(history) == len(rich_run().results)
    assert {len(entry["items"]) for entry in history} == {2}


@needs_3
@pytest.mark.parametrize("made", [rich_run(), hostile_run()])
def test_allure_3_takes_every_result_and_every_exchange(made: Run, tmp_path: Path) -> None:
    results = allure.write(made, tmp_path)
    out = generated(ALLURE_3, ["awesome"], results)
    taken = [read(file) for file in (out / "data/test-results").glob("*.json")]

    assert (
        read(out / "widgets/statistic.json")["total"] == len(made.results) + len(made.missing) == len(taken)
    )
    assert len(list((out / "data/attachments").glob("*.httpexchange"))) == len(
        list(results.glob("*.httpexchange"))
    )
    assert {label["value"] for item in taken for label in item["labels"] if label["name"] == "epic"} >= {
        "RFC 7009"
    }
