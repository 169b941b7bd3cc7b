"""What the tests of the harness leave behind on the machine: nothing that breaks the next start."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path

import pytest

from conformance.tests.house.source import ROOT, python_files

HEADER = 16
"""Bytes before the code in a file of bytecode."""


def broken(*folders: Path) -> list[str]:
    """The files of bytecode below these folders that this Python wrote and could not load again."""
    found = []
    for folder in folders:
        for path in folder.rglob(f"*.{sys.implementation.cache_tag}*.pyc"):
            try:
                marshal.loads(path.read_bytes()[HEADER:])  # noqa: S302 - what the next start would read from there
            except (EOFError, ValueError, TypeError):
                found.append(str(path))
    return found


@pytest.mark.after_all
def test_no_bytecode_of_checkout_or_environment_is_broken() -> None:
    assert broken(ROOT, Path(sys.prefix)) == []


def test_bytecode_that_was_cut_off_is_seen(tmp_path: Path) -> None:
    whole = next(iter(Path(sys.prefix).rglob(f"pytest/**/*.{sys.implementation.cache_tag}.pyc")), None)
    code = whole.read_bytes() if whole else HEADER * b"0" + marshal.dumps(compile("a = 1", "a.py", "exec"))
    (tmp_path / f"whole.{sys.implementation.cache_tag}.pyc").write_bytes(code)
    (tmp_path / f"stump.{sys.implementation.cache_tag}.pyc").write_bytes(code[: len(code) // 2])

    assert broken(tmp_path) == [str(tmp_path / f"stump.{sys.implementation.cache_tag}.pyc")]


def test_nothing_runs_on_a_full_disk_that_writes_bytecode() -> None:
    limits = [
        path
        for path in python_files("conformance", "fixtures", "load", "reports")
        if "RLIMIT_FSIZE" in path.read_text(encoding="utf-8") and path != Path(__file__)
    ]

    assert limits
    assert [
        path for path in limits if "PYTHONDONTWRITEBYTECODE" not in path.read_text(encoding="utf-8")
    ] == []
