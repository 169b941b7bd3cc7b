"""python3 -m reports: renders what there is, and says in one line what it cannot read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import reports.__main__ as command
from fixtures.tests import forked
from fixtures.tests.pace import limit
from reports import commands
from reports.journal import Verdict
from reports.tests.runs import result, rich_run, run
from reports.tests.test_folder import keep

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("form", "file", "piece"),
    [
        ("html", "report.html", "<!DOCTYPE html>"),
        ("json", "report.json", '"schema": 1'),
        ("junit", "junit.xml", "<testsuites"),
        ("markdown", "summary.md", "# Staging"),
        ("allure", "allure-results/categories.json", "Violations"),
    ],
)
def test_each_form_is_written_into_the_runs_folder(
    form: str, file: str, piece: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(rich_run(), tmp_path)

    assert command.main([form, str(tmp_path)]) == 0
    assert piece in (tmp_path / file).read_text(encoding="utf-8")
    assert str(tmp_path) in capsys.readouterr().out


def test_an_interrupted_journal_is_rendered_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(run(result(Verdict.CONFORMS), missing=2, finished=False), tmp_path)

    assert command.main(["summary", str(tmp_path / "journal.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "Interrupted: 2 planned checks not run." in told
    assert f"{tmp_path}/report.html" in told
    assert "\x1b" not in told


def test_a_report_goes_where_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(rich_run(), tmp_path)

    assert command.main(["json", str(tmp_path), "--out", str(tmp_path / "mine.json")]) == 0
    assert json.loads((tmp_path / "mine.json").read_text())["profile"] == "core"
    capsys.readouterr()
    assert command.main(["json", str(tmp_path), "--out", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["profile"] == "core"
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("content", [None, b"", b"not a journal\n"])
def test_an_unreadable_journal_is_one_message_and_exit_code_4(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "journal.jsonl"
    if content is not None:
        file.write_bytes(content)

    assert command.main(["html", str(file)]) == 4
    told = capsys.readouterr().err
    assert str(file) in told
    assert told.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(rich_run(), tmp_path)

    assert command.main(["html", str(tmp_path), "--out", str(tmp_path / "no" / "such" / "file")]) == 4
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["html", "a", "b"]])
def test_bad_usage_is_exit_code_4(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 4
    assert "usage: python3 -m reports" in capsys.readouterr().err


def test_help_shows_every_form_and_an_example() -> None:
    told = forked.run("reports", "--help", timeout=limit(60)).stdout

    assert all(f"  {form}" in told for form in commands.WHAT)
    assert "python3 -m reports html reports/out/latest" in told


def test_a_python_without_the_template_engine_goes_on_in_the_projects_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    called: list[list[str]] = []
    monkeypatch.setattr(command, "__file__", str(tmp_path / "reports" / "__main__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["reports", "html", "RUN"])
    monkeypatch.setattr(os, "execv", lambda _, words: called.append(words))
    command.enter_environment()

    assert called == [[str(python), "-m", "reports", "html", "RUN"]]


def test_without_an_environment_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "__file__", str(tmp_path / "reports" / "__main__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        command.enter_environment()

    assert ended.value.code == 4
    assert "python3 -m conformance" in capsys.readouterr().err
