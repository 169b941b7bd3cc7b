"""Runs of the harness as a user starts them, in a process of their own, for tests of what comes out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.selfcheck.source import ROOT

LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a run ended. folder: where it was kept, or None when it did not come so far."""

    code: int
    output: str
    folder: Path | None
    verdicts: Mapping[str, int] = field(default_factory=dict)


def harness(
    *arguments: str, out: Path, environ: Mapping[str, str] | None = None, checks: str = "conformance"
) -> Ran:
    """Run `pytest CHECKS ARGUMENTS` from the project's root and read what it kept below `out`."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [
            sys.executable,
            "-m",
            "pytest",
            checks,
            "-q",
            "-p",
            "no:cacheprovider",
            "--out",
            str(out),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    runs = sorted(
        path for path in out.glob("*") if (path / "journal.jsonl").is_file() and not path.is_symlink()
    )
    folder = runs[-1] if runs else None
    return Ran(
        code=done.returncode,
        output=done.stdout + done.stderr,
        folder=folder,
        verdicts=_verdicts(folder) if folder else {},
    )


def _verdicts(folder: Path) -> Counter[str]:
    words = (line.partition('"verdict":"')[2] for line in _lines(folder))
    return Counter(word.partition('"')[0] for word in words if word)


def _lines(folder: Path) -> list[str]:
    return [
        line
        for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        if line.startswith('{"type":"result"')
    ]
