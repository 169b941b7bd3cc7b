"""Each recipe of CONTRIBUTING is followed to the letter, in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.running.environment import ROOT
from fixtures.reference import serve_in_thread
from fixtures.tests.pace import limit

pytestmark = pytest.mark.takes(50)

CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", CONTRIBUTING, re.MULTILINE | re.DOTALL))
"""What is shown, by the file that it goes into."""
LEFT_BEHIND = (".git", ".venv", "out", "node_modules", "__pycache__", ".*_cache", ".hypothesis")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with every recipe followed."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    follow(folder)
    return folder


def follow(folder: Path) -> None:
    """Follow every recipe in a copy of the project. What somebody put there already, who followed them, is left."""
    for name, text in BLOCKS.items():
        file = folder / name
        before = f"{file.read_text(encoding='utf-8').rstrip()}\n\n\n" if file.exists() else ""
        if text.strip() not in before:
            file.write_text(before + text, encoding="utf-8")
    form, what = re.findall(r'^("sentence": .*)$', CONTRIBUTING, re.MULTILINE)
    (scenario,) = re.findall(r"^(Scenario\(name=.*)$", CONTRIBUTING, re.MULTILINE)
    _put(folder / "reports" / "rendering.py", "FORMS: ", form)
    _put(folder / "reports" / "commands.py", "WHAT = ", what)
    _put(folder / "load" / "scenarios" / "catalogue.py", "_ALL = ", scenario)
    _import(folder / "reports" / "rendering.py", "reports.forms", "sentence")
    _import(folder / "load" / "scenarios" / "catalogue.py", "load.scenarios", "pair")


def _put(file: Path, table: str, line: str) -> None:
    """Put a line at the beginning of a table of a file."""
    text = file.read_text(encoding="utf-8")
    cut = re.compile(r"[{(]\n").search(text, text.index(table))
    assert cut is not None
    if line not in text:
        file.write_text(f"{text[: cut.end()]}    {line}\n{text[cut.end() :]}", encoding="utf-8")


def _import(file: Path, package: str, name: str) -> None:
    """Let a file import one more module of a package."""
    text = file.read_text(encoding="utf-8")
    line = re.search(rf"^from {re.escape(package)} import .*$", text, re.MULTILINE)
    assert line is not None
    if not re.search(rf"\b{name}\b", line.group()):
        file.write_text(text.replace(line.group(), f"{line.group()}, {name}", 1), encoding="utf-8")


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-m", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=limit(180),
    )


def test_the_recipes_are_of_the_style_of_the_house(copy: Path) -> None:
    assert set(BLOCKS) == {
        "fixtures/reference/faults/revocation.py",
        "conformance/checks/revocation/test_effect.py",
        "load/scenarios/pair.py",
        "reports/forms/sentence.py",
    }
    for check in (["check"], ["format", "--check"]):
        ended = _python(copy, "ruff", *check, *BLOCKS)
        assert ended.returncode == 0, ended.stdout


def test_recipes_that_somebody_followed_are_not_followed_twice(copy: Path) -> None:
    files = [*BLOCKS, "reports/rendering.py", "reports/commands.py", "load/scenarios/catalogue.py"]
    before = [(copy / name).read_text(encoding="utf-8") for name in files]
    follow(copy)

    assert [(copy / name).read_text(encoding="utf-8") for name in files] == before


def test_the_scenario_can_be_run(copy: Path) -> None:
    usual = ["--rate", "5", "--for", "1s", "--most-lag", "1m", "--quiet", "--out", "runs"]
    ended = _python(copy, "load", "--scenario", "pair", *usual)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Every promise was kept" in ended.stdout


def test_the_check_notices_the_fault(copy: Path) -> None:
    name = re.findall(r"prove -k (test_\S+)", CONTRIBUTING)[0]

    ended = _python(copy, "conformance", "prove", "--quiet", "-k", name)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"def {name}(" in BLOCKS["conformance/checks/revocation/test_effect.py"]


def test_the_check_would_be_blind_without_its_assertion(copy: Path) -> None:
    file = copy / "conformance/checks/revocation/test_effect.py"
    right = file.read_text(encoding="utf-8")
    file.write_text(
        right.replace("    assert answer.has_status(200)\n", "    assert answer.status\n"), encoding="utf-8"
    )
    name = re.findall(r"prove -k (test_\S+)", CONTRIBUTING)[0]

    ended = _python(copy, "conformance", "prove", "--quiet", "-k", name)
    file.write_text(right, encoding="utf-8")

    assert ended.returncode == 1, ended.stdout + ended.stderr


def test_the_endpoint_of_the_recipe_stands_in_each_file_that_it_names() -> None:
    (section,) = re.findall(r"^## Adding an endpoint\n(.*?)^## ", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`([\w./]+/[\w./]+)`", section)
    known = re.compile(r"pushed_authorization|\bpar\b|pushed request")

    assert len(named) == 10
    assert [file for file in named if not known.search((ROOT / file).read_text(encoding="utf-8"))] == []


def test_the_target_has_a_name(copy: Path) -> None:
    out = re.findall(r"--out (fixtures/targets/(\w+)\.toml)", CONTRIBUTING)
    (path, name) = out[0]
    with serve_in_thread() as server:
        made = _python(copy, "conformance", "init", server.issuer, "--out", path, "--register")
        looked = _python(copy, "conformance", "doctor", "--target", name)

    assert made.returncode == 0, made.stdout + made.stderr
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_the_report_is_written_and_can_be_asked_for(copy: Path) -> None:
    chosen = ["-k", "test_a_revocation_creates_nothing", "--profile=next"]
    ran = _python(copy, "conformance", "--quiet", *chosen, "--out", "runs")
    written = (copy / "runs" / "latest" / "sentence.txt").read_text(encoding="utf-8")
    asked = _python(copy, "reports", "sentence", "runs/latest", "--out", "-")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert written.startswith("No violation was found"), written
    assert asked.stdout == written
