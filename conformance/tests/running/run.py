"""Runs of the harness, each in a process of its own, for tests of what comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.tests.house.source import ROOT
from fixtures.tests import forked
from fixtures.tests.pace import limit

LONGEST = limit(60)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a run ended. folder: where it was kept, or None when it did not come so far; entries: its journal."""

    code: int
    output: str
    folder: Path | None
    entries: Sequence[Mapping[str, Any]] = ()

    @property
    def results(self) -> list[Mapping[str, Any]]:
        """What the checks came to."""
        return [entry for entry in self.entries if entry["type"] == "result"]

    @property
    def verdicts(self) -> Counter[str]:
        """How many checks came to each verdict."""
        return Counter(result["verdict"] for result in self.results)


def harness(
    *arguments: str, out: Path, environ: Mapping[str, str] | None = None, checks: str = "conformance"
) -> Ran:
    """Run `pytest CHECKS ARGUMENTS` from the project's root and read what it kept below `out`."""
    usual = ("-q", "-p", "no:cacheprovider", "--out", str(out))
    done = forked.run("pytest", checks, *usual, *arguments, environ=quiet(environ or {}), timeout=LONGEST)
    runs = sorted(
        path for path in out.glob("*") if (path / "journal.jsonl").is_file() and not path.is_symlink()
    )
    folder = runs[-1] if runs else None
    return Ran(
        code=done.returncode,
        output=done.stdout + done.stderr,
        folder=folder,
        entries=journal(folder) if folder else (),
    )


def quiet(more: Mapping[str, str]) -> dict[str, str]:
    """This environment and more, without the file on which a CI job would show the summary of each run."""
    return {**{name: value for name, value in os.environ.items() if name != "GITHUB_STEP_SUMMARY"}, **more}


def with_little_room(
    more: Mapping[str, str], room: int, script: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a script where no file may grow beyond `room` bytes, as on a full disk.

    It writes no bytecode: where a module is loaded for the first time, a stump of it would stay in the installation.
    """
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
    return subprocess.run(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-c", limit + script, *arguments],
        cwd=ROOT,
        env=quiet({**more, "PYTHONDONTWRITEBYTECODE": "1"}),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )


def journal(folder: Path) -> list[Mapping[str, Any]]:
    """The whole lines of a run's journal."""
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]
