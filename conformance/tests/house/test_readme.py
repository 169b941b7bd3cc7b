"""What the README says can be typed can be typed, and what it shows is what comes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.running import arguments
from conformance.running.environment import ROOT
from fixtures.reference import FAULTS, serve_in_thread
from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = pytest.mark.takes(20)

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^\$ (.*?)(?:\s+#.*)?$", README + CONTRIBUTING, re.MULTILINE)
MOST_LINES = 200
"""Three screens of a tall window, with the section on load."""
OURS = [line for line in TYPED if "python3 -m conformance" in line]


def _fenced(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _shape(line: str) -> str:
    """A line without what differs from run to run: the time, the address, the folder, the end of a title."""
    line = line[:35] if line.startswith(" \N{BALLOT X}") else line
    line = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{4}", "RUN", re.sub(r"http://127\.0\.0\.1:\d+", "ISSUER", line))
    line = re.sub(r"started \S+;", "started THEN;", line)
    line = re.sub(r"--target \S*staging\.toml", "--target FILE", line)
    return re.sub(r"(reports/out|/\S+/out)/", "OUT/", line)


@pytest.mark.parametrize("line", OURS)
def test_a_command_can_be_typed(line: str) -> None:
    assert arguments.parse(line.split("python3 -m conformance")[1].replace("'", "").split())


PARTS = {
    "support",
    "target",
    "http",
    "owner",
    "endpoints",
    "scenarios",
    "plan",
    "traffic",
    "measuring",
    "judging",
}
"""Folders that are named within the row of the folder that they are in."""


def test_the_faults_that_it_names_exist() -> None:
    named = re.findall(r"--fault (\S+)", README)

    assert named
    assert set(named) <= set(FAULTS)


@pytest.mark.parametrize("text", [README, CONTRIBUTING])
def test_the_files_that_it_names_exist(text: str) -> None:
    named: Sequence[str] = re.findall(r"`([\w./-]+/[\w./-]*)`|\]\(([\w./]+)\)", text)
    paths = {path for pair in named for path in pair if path and not path.startswith("reports/out")}
    # named as part of a folder, or of a run's own
    paths -= {"allure-results/", ".hypothesis/targets/"}
    paths = {path for path in paths if path.rstrip("/") not in PARTS}

    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_output_that_it_shows_is_what_comes(tmp_path: Path) -> None:
    fault = re.findall(r"--fault (\S+)", README)[0]
    chosen = re.findall(
        r"^\$ python3 -m conformance --target http://127.0.0.1:9000 (.*)$", README, re.MULTILINE
    )
    with serve_in_thread(faults=[fault]) as server:
        wanted = ["--target", server.issuer, *chosen[0].split(), "--out", str(tmp_path / "out")]
        wide = {**os.environ, "COLUMNS": "200"}
        ended = forked.run("conformance", "--quiet", *wanted, environ=wide, timeout=limit(120))
    came = [_shape(line) for line in ended.stdout.splitlines()]
    shown = [_shape(line) for line in _fenced("text")[0].splitlines() if line and line != "[...]"]

    assert ended.returncode == 1
    assert [line for line in shown if line not in came] == [], ended.stdout


def test_what_init_and_doctor_say_is_what_it_shows(tmp_path: Path) -> None:
    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        return forked.run("conformance", *words, timeout=limit(120))

    file = str(tmp_path / "staging.toml")
    with serve_in_thread() as server:
        made = typed("init", server.issuer, "--out", file, "--register")
        looked = typed("doctor", "--target", file, "--out", str(tmp_path / "out"))
        judged = typed(
            "--quiet", "--target", file, "--requirement", "7009-2.2-S02", "--out", str(tmp_path / "out")
        )
    came = [_shape(line) for line in looked.stdout.splitlines()]
    shown = [_shape(line) for line in _fenced("text")[1].splitlines() if line and line != "[...]"]

    assert (made.returncode, looked.returncode, judged.returncode) == (0, 0, 0)
    assert [line for line in shown if line not in came] == []


def test_it_is_two_or_three_screens_long() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_the_reports_that_it_asks_for_are_there() -> None:
    forms = {line.split()[3] for line in TYPED if line.startswith("python3 -m reports ")}
    told = forked.run("reports", "--help", timeout=limit(60)).stdout

    assert forms
    assert [form for form in forms if f"  {form} " not in told] == []
