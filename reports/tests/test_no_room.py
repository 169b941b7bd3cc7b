"""A full disk, a folder that cannot be written: what was judged stays readable, and the message says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fixtures.tests.pace import limit
from reports import rendering
from reports.folder import write_atomically
from reports.journal import CannotKeep, Journal, PlannedCheck, Verdict, exit_code, read_run
from reports.recording import Recording
from reports.tests.runs import result, run

ROOT = Path(__file__).parents[2]
CHECKS = [
    PlannedCheck(
        check=f"conformance/test_x.py::test_{number}",
        title=f"Check {number}.",
        requirements=[f"7009-2.{number}-01"],
        level="must",
        profile="core",
    )
    for number in range(200)
]
FULL = """
import resource, sys
from pathlib import Path
from reports.journal import Verdict
from reports.tests.test_no_room import CHECKS, begun
recording = begun(Path(sys.argv[1]))
room = (recording.folder / "journal.jsonl").stat().st_size + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
for check in CHECKS:
    recording.add(check, Verdict[sys.argv[3]], exchanges=[], where="x.py:1", seconds=0.1)
    if recording.problem:
        break
sys.exit(recording.finish(2 if recording.problem else 0))
"""
"""A run on a disk that has room for so many more bytes in one file: the kernel then refuses to write."""


def begun(root: Path) -> Recording:
    """A recording that has just begun, of 200 checks."""
    return Recording(
        root,
        secrets={},
        known=[],
        planned=CHECKS,
        ledger=[],
        profile="core",
        strict=False,
        target={"name": "Staging", "issuer": "https://as.example"},
        environment={},
    )


def on_a_full_disk(folder: Path, room: int, verdict: Verdict) -> subprocess.CompletedProcess[str]:
    """Run FULL, in a process of its own since the limit cannot be taken back."""
    return subprocess.run(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-c", FULL, str(folder), str(room), verdict.name],
        cwd=ROOT,
        env={
            **os.environ,
            "GITHUB_STEP_SUMMARY": "",
            "PYTHONDONTWRITEBYTECODE": "1",
        },  # else bytecode is cut off too
        capture_output=True,
        text=True,
        timeout=limit(60),
        check=False,
    )


@pytest.mark.parametrize("verdict", [Verdict.CONFORMS, Verdict.VIOLATES])
def test_a_full_disk_interrupts_the_run_and_leaves_what_was_judged(verdict: Verdict, tmp_path: Path) -> None:
    ended = on_a_full_disk(tmp_path, 3_000, verdict)
    (folder,) = tmp_path.glob("2*")
    kept = read_run(folder)

    assert ended.returncode == 2, ended.stderr
    assert "File too large. Free some space, or name another folder with --out." in ended.stderr
    assert f"python3 -m reports summary {folder}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert 0 < len(kept.results) < len(CHECKS)
    assert not kept.complete
    assert exit_code(kept) == (1 if verdict is Verdict.VIOLATES else 2)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_disk_with_room_for_the_results_and_not_for_the_reports_keeps_every_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = begun(tmp_path)
    for check in CHECKS:
        recording.add(check, Verdict.CONFORMS, exchanges=[], where="x.py:1", seconds=0.1)
    # As on a disk that has no room for the largest file.
    monkeypatch.setattr(
        rendering,
        "write_atomically",
        lambda file, text: _no_space() if file.suffix == ".html" else write_atomically(file, text),
    )

    assert recording.finish(0) == 0  # as the journal and every form say
    assert {file.name for file in recording.folder.iterdir()} == {
        *("journal.jsonl", "report.json", "junit.xml", "summary.md", "badge.json"),
    }
    told = capsys.readouterr().err
    assert (
        "No space left on device. Every result is kept. Free some space, then: python3 -m reports html"
        in told
    )
    assert (len(read_run(tmp_path / "latest").results), read_run(tmp_path / "latest").complete) == (200, True)


def test_a_disk_that_is_full_from_the_first_line_on_leaves_nothing_and_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", _no_space)
    with pytest.raises(CannotKeep) as refused:
        begun(tmp_path)

    assert "No space left on device. Free some space, or name another folder with --out." in str(
        refused.value
    )
    assert "Nothing was judged, and nothing is left there." in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_without_room_is_as_it_was_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(result(Verdict.CONFORMS))
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.write(made.header)
        before = (tmp_path / "journal.jsonl").read_bytes()
        monkeypatch.setattr(os, "fsync", _no_space)
        with pytest.raises(CannotKeep, match="No space left on device"):
            journal.write(made.results[0])
        monkeypatch.undo()
        journal.write(made.results[0])

    assert (tmp_path / "journal.jsonl").read_bytes().startswith(before)
    assert len(read_run(tmp_path).results) == 1


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CannotKeep, match="Name another folder: --out FOLDER"):
        begun(tmp_path / "file" / "out")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(CannotKeep, match=r"Runs cannot be kept in .*out: Read-only file system\."):
        begun(tmp_path / "out")


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    def kept(number: int) -> tuple[int, int]:
        recording = begun(tmp_path)
        for check in CHECKS[: 20 + number]:
            recording.add(check, Verdict.CONFORMS, exchanges=[], where="x.py:1", seconds=0.1)
        recording.finish(0)
        return number, len(read_run(recording.folder).results)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(kept, range(8)))

    assert counts == [(number, 20 + number) for number in range(8)]
    assert len(list(tmp_path.glob("2*/report.html"))) == 8
    assert (tmp_path / "latest" / "report.html").is_file()
