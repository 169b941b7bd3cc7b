"""Every run has a folder of its own, and `latest` leads to the newest, as a link or as a file."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from reports.folder import journal_file, named, new_run_folder, point_latest, run_folder, write_atomically
from reports.journal import Footer, Journal, Run, UnreadableJournal, Verdict, read_run
from reports.tests.runs import known, result, rich_run, run

NOW = dt.datetime(2026, 11, 24, 11, 15, 3, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def keep(made: Run, folder: Path) -> Path:
    """Write a run's journal into folder, as a run does."""
    with Journal(folder / "journal.jsonl") as journal:
        journal.write(made.header)
        for item in made.results:
            journal.write(item)
        if made.footer is not None:
            journal.write(made.footer)
    return folder


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: new_run_folder(tmp_path / "out", NOW), range(40)))

    assert len(set(folders)) == 40
    assert all(folder.name.startswith("20261124T101503Z-") and folder.is_dir() for folder in folders)


def test_latest_leads_to_the_newest_run(tmp_path: Path) -> None:
    for number in range(2):
        folder = keep(run(result(Verdict.CONFORMS), run=f"run {number}"), tmp_path / f"run-{number}")
        point_latest(folder)

    assert read_run(tmp_path / "latest").header.run == "run 1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run-0", "run-1"]


def test_latest_is_a_file_where_links_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    point_latest(keep(run(), tmp_path / "run-0"))
    point_latest(keep(run(result(Verdict.CONFORMS)), tmp_path / "run-1"))

    latest = tmp_path / "latest"
    assert latest.is_file()
    assert (run_folder(latest), journal_file(latest)) == (
        tmp_path / "run-1",
        tmp_path / "run-1" / "journal.jsonl",
    )
    assert len(read_run(latest).results) == 1


def test_a_real_folder_named_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "mine.txt").write_text("mine")
    point_latest(keep(run(), tmp_path / "run-0"))

    assert [path.name for path in (tmp_path / "latest").iterdir()] == ["mine.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run-0"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write_atomically(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "new \udcff")

    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_journal_gives_back_the_run_that_was_written(tmp_path: Path) -> None:
    made = rich_run()
    ended = replace(
        made, footer=Footer(finished="2026-11-24T10:16:10Z", exit_code=1, stale=[known("mended")])
    )

    read = read_run(keep(ended, tmp_path))

    assert read.folder == tmp_path
    assert json.dumps(asdict(replace(read, folder=None, digest=""))) == json.dumps(asdict(ended))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header"),
        (b"PK\x03\x04 not a journal", "no header"),
        (b'{"type":"result"}\n', "no header"),
        (b'{"type":"header","schema":99}\n', "newer version"),
        (b'{"type":"header","schema":1}\n', "lacks or misnames"),
        (b'{"type":"header","schema":1}\nbroken\n{}\n', "line 2"),
        (b"[" * 100_000 + b"\n{}\n", "line 1"),
    ],
)
def test_what_is_no_journal_is_refused_with_its_name(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_bytes(content)

    with pytest.raises(UnreadableJournal, match=message) as refused:
        read_run(file)
    assert str(file) in str(refused.value)


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    file = keep(run(result(Verdict.CONFORMS), result(Verdict.VIOLATES)), tmp_path) / "journal.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]) + lines[2][:40])
    torn = read_run(tmp_path)

    assert (len(torn.results), torn.complete, len(torn.missing)) == (1, False, 1)


def test_a_run_is_found_by_its_path_or_by_its_name(tmp_path: Path) -> None:
    folder = keep(run(), tmp_path / "20261124T101503Z-ab12")
    point_latest(folder)

    assert named(str(folder), tmp_path) == folder
    assert named(folder.name, tmp_path) == folder
    assert named("latest", tmp_path) == tmp_path / "latest"


def test_a_name_that_is_no_run_is_answered_with_the_nearest(tmp_path: Path) -> None:
    keep(run(), tmp_path / "20261124T101503Z-ab12")

    with pytest.raises(FileNotFoundError, match=r"Runs there: 20261124T101503Z-ab12\."):
        named("20261124T101503Z-ab21", tmp_path)
    with pytest.raises(FileNotFoundError, match="No run is kept there yet"):
        named("latest", tmp_path / "nothing")
