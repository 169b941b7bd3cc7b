"""A command whose output is cut off, as by `| head`, ends without a word, and with the exit code that it would have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fixtures.tests import forked

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
