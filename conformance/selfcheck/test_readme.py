"""What the README says can be typed can be typed, and what it shows is what comes."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance import arguments
from conformance.environment import ROOT
from fixtures.reference import FAULTS, serve_in_thread

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^\$ (.*?)(?:\s+#.*)?$", README + CONTRIBUTING, re.MULTILINE)
OURS = [line for line in TYPED if "python3 -m conformance" in line]


def _fenced(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _shape(line: str) -> str:
    """A line without what differs from run to run: numbers, plurals, the address, the end of a title."""
    line = line[:17] if line.startswith(" \N{BALLOT X}") else line
    line = re.sub(r"T(\d+)Z-[0-9a-f]{4}", r"T\1Z-0", re.sub(r"http://127\.0\.0\.1:\d+", "ISSUER", line))
    line = re.sub(r"reports/out|/\S+/out", "OUT", line)
    line = re.sub(r"--requirement \S+", "--requirement ID", line)
    return re.sub(r"\b(requirement|check)s\b", r"\1", re.sub(r"\d+", "#", line)).replace(" ", "")


@pytest.mark.parametrize("line", OURS)
def test_a_command_can_be_typed(line: str) -> None:
    assert arguments.parse(line.split("python3 -m conformance")[1].replace("'", "").split())


def test_the_faults_that_it_names_exist() -> None:
    text = README + CONTRIBUTING
    named = re.findall(r"--fault (\S+)|broken_by=\"(\S+?)\"", text)

    assert named
    assert {one or other for one, other in named} <= set(FAULTS)


@pytest.mark.parametrize("text", [README, CONTRIBUTING])
def test_the_files_that_it_names_exist(text: str) -> None:
    named: Sequence[str] = re.findall(r"`([\w./-]+/[\w./-]*)`|\]\(([\w./]+)\)", text)
    paths = {path for pair in named for path in pair if path and not path.startswith("reports/out")}
    paths -= {"ledger/", "selfcheck/", "allure-results/"}  # named as part of a folder, or of a run's own

    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_check_that_it_shows_is_one_of_ours() -> None:
    shown = ast.parse(_fenced("python")[0]).body[0]
    ours = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "conformance").glob("*/test_*.py"))

    assert isinstance(shown, ast.FunctionDef)
    assert f"def {shown.name}(" in ours
    assert str(ast.get_docstring(shown)) in ours


def test_the_output_that_it_shows_is_what_comes(tmp_path: Path) -> None:
    fault = re.findall(r"--fault (\S+)", README)[0]
    with serve_in_thread(faults=[fault]) as server:
        wanted = ["--target", server.issuer, "--requirement", "7009-2.1-S05", "--out", str(tmp_path / "out")]
        ended = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-m", "conformance", "--quiet", *wanted],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
    came = [_shape(line) for line in ended.stdout.splitlines()]
    shown = [_shape(line) for line in _fenced("text")[0].splitlines() if line and line != "[...]"]

    assert ended.returncode == 1
    assert [line for line in shown if line not in came] == []
