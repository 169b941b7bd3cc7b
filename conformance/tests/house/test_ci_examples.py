"""The examples for CI: each is well-formed to a linter that is not ours, and each command in it can be typed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.running import arguments
from conformance.running.environment import ROOT
from fixtures.tests.pace import limit

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".github" / "examples" / "gitlab-ci.yml"
JENKINS = ROOT / ".github" / "examples" / "Jenkinsfile"
EXAMPLES = [*WORKFLOWS, GITLAB, JENKINS]
EXPANDED = re.compile(r"\$\{LOAD_HOST:\+(.*?)\}")
"""A part of a command that is there where a host is named."""


def _linted(*options: str | Path) -> str:
    """What the linter says against a file; empty when it is content."""
    ended = subprocess.run(  # noqa: S603 - a tool of the environment, no shell
        [sys.executable, "-m", "check_jsonschema", *map(str, options)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=limit(60),
    )
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def _commands(file: Path) -> list[str]:
    """Each command of ours in a file, as a shell would see it, without what follows it on its line."""
    text = EXPANDED.sub(r"\1", file.read_text(encoding="utf-8"))
    found = re.findall(r"python3 (-m (?:conformance|reports|load)\b.*)", text)
    return [re.split(r" \|\| | && |'$", command)[0].strip() for command in found]


def test_the_linter_accepts_the_examples() -> None:
    assert WORKFLOWS
    assert _linted("--builtin-schema", "vendor.github-workflows", *WORKFLOWS) == ""
    assert _linted("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", GITLAB) == ""


def test_the_linter_notices_a_step_that_does_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(
        WORKFLOWS[0].read_text(encoding="utf-8").replace("        run: python3", "        rum: python3"),
        encoding="utf-8",
    )

    assert "rum" in _linted("--builtin-schema", "vendor.github-workflows", "--verbose", broken)


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed; it looks deeper")
def test_actionlint_accepts_the_workflows() -> None:
    ended = subprocess.run(  # noqa: S603 - a linter on the PATH, no shell
        [shutil.which("actionlint") or "", *map(str, WORKFLOWS)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=limit(60),
    )

    assert ended.stdout == ""
    assert ended.returncode == 0


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_each_example_judges_compares_and_sends_load_by_commands_that_exist(file: Path) -> None:
    commands = [shlex.split(command) for command in _commands(file)]
    modules = {words[1] for words in commands}

    assert modules == {"conformance", "reports", "load"}
    for words in commands:
        if words[1] == "conformance":
            assert arguments.parse(words[2:]).name in {"run", "doctor"}
            continue
        told = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-m", words[1], *_with_help(words[2:])],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=limit(60),
        )
        assert told.returncode == 0, told.stderr
        options = [word for word in words[2:] if word.startswith("--")]
        assert [option for option in options if option not in told.stdout] == []


def _with_help(words: list[str]) -> list[str]:
    """The subcommand of a command, asked for its help."""
    return [*(words[:1] if not words[0].startswith("-") else []), "--help"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_each_example_keeps_reports_and_holds_no_secret(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if re.search(r"\b(run|sh|script)\b:? .*python3", line)]

    assert re.search(r"upload-artifact|artifacts:|archiveArtifacts", text)
    assert re.search(r"always|!cancelled", text), "reports are kept of a run that failed, too"
    assert not [line for line in commands if "secrets." in line], "a secret belongs in the environment"
    assert {"WEB_SECRET", "OTHER_SECRET", "ALICE_PASSWORD"} <= set(re.findall(r"[A-Z]+_[A-Z]+", text))


def test_the_gate_installs_nothing_but_a_python_and_hides_no_fault() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    installs = [
        line.strip() for line in gate.splitlines() if re.search(r"\b(apt-get|npm|pip|uv) install", line)
    ]

    assert len(installs) == 1, installs
    assert installs[0].startswith('step 300 "Python"')
    assert re.search(r"^unset .*PYTHONDONTWRITEBYTECODE", gate, re.MULTILINE)
    assert (
        gate.index("-m conformance\n") < gate.index("-m conformance selftest") < gate.index("-m ruff check")
    )
