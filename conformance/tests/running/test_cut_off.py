"""A command whose output is cut off, as by `| head`, ends without a word, and with the exit code that it would have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(40), pytest.mark.apart]

ONE_CHECK = "7009-2.2-S02"


def _cut_off(*words: str | Path) -> tuple[int, str]:
    """The exit code of a command whose output nobody reads, and what it says on stderr."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        started = forked.Started(*words, out=writing)
    finally:
        os.close(writing)
    ended = started.ended(timeout=300)
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("conformance", "--help"),
        ("conformance", "--list"),
        ("conformance", "--list", "--requirement", ONE_CHECK),
        ("conformance", "doctor", "--help"),
        ("conformance", "calibrate", "--help"),
        ("conformance", "mutate", "--help"),
        ("conformance", "bench", "--help"),
        ("conformance", "selftest", "conformance/tests/house/test_imports.py"),
        ("load", "--help"),
        ("load", "--list"),
        ("load.benchmark", "--help"),
        ("reports", "--help"),
        ("fixtures.reference", "--help"),
        ("fixtures.reference", "--list-faults"),
        ("fixtures.reference.fuzz", "--count", "10"),
        ("fixtures.servers", "--help"),
        ("fixtures.servers", "--list"),
    ],
    ids=" ".join,
)
def test_what_nobody_reads_is_no_failure(words: tuple[str, ...]) -> None:
    assert _cut_off(*words) == (0, "")


def test_a_run_that_nobody_reads_ends_with_its_verdict(tmp_path: Path) -> None:
    code, said = _cut_off("conformance", "--requirement", ONE_CHECK, "--out", tmp_path / "out", "--quiet")

    assert (code, said) == (0, "")
    (report,) = tmp_path.glob("out/2*/report.html")
    shown, _ = _cut_off("reports", "markdown", report.parent)
    assert shown == 0


def test_a_doctor_that_nobody_reads_ends_with_its_verdict(tmp_path: Path) -> None:
    assert _cut_off("conformance", "doctor", "--out", tmp_path) == (0, "")


CLOSED = 'exec "$0" -m "$@" <&- >&- 2>&-'


@pytest.mark.skipif(sys.platform == "win32", reason="a shell there closes no stream")
@pytest.mark.parametrize(
    "words",
    [
        ("conformance", "--list", "--requirement", ONE_CHECK),
        ("load", "--list"),
        ("fixtures.servers", "--list"),
    ],
    ids=" ".join,
)
def test_streams_that_were_closed_before_the_start_are_no_failure(words: tuple[str, ...]) -> None:
    assert _without_streams(*words) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a shell there closes no stream")
def test_a_run_whose_streams_were_closed_keeps_its_journal_clean(tmp_path: Path) -> None:
    assert _without_streams("conformance", "--requirement", ONE_CHECK, "--out", tmp_path / "out") == 0

    (kept,) = tmp_path.glob("out/2*/journal.jsonl")
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["type"] == "header"
    assert lines[-1]["type"] == "footer"


def _without_streams(*words: str | Path) -> int:
    """The exit code of a command that has no standard input, output and error at all."""
    typed = ["/bin/sh", "-c", CLOSED, sys.executable, *map(str, words)]
    return subprocess.run(typed, cwd=forked.ROOT, check=False, timeout=limit(300)).returncode  # noqa: S603 - our own command
