"""The summary reaches the page of a CI job, within what a step may show, and never fails a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.forms.step_summary import MOST_BYTES, VARIABLE, append


def test_the_summary_is_appended_where_the_environment_says(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    for told in ("# One\n", "# Two\n"):
        append(told, {VARIABLE: str(file)})

    assert file.read_text(encoding="utf-8") == "# One\n\n# Two\n"


def test_nothing_is_written_where_no_job_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    append("# One\n", {})
    append("# One\n", {VARIABLE: ""})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", [0, MOST_BYTES // 2])
def test_a_long_summary_is_cut_at_a_line_with_its_fence_closed(taken: int, tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"x" * taken)
    append("# One\n````text\n" + "a line of code \u20ac\n" * 100_000, {VARIABLE: str(file)})
    written = file.read_bytes()

    assert len(written) <= MOST_BYTES
    assert len(written) > MOST_BYTES - 100
    lines = written.decode("utf-8").splitlines()
    assert lines[-1] == "[cut here: summary.md of the run has all]"
    assert lines[-3 if not lines[-2] else -2] in {"````", ""}
    assert lines.count("````") == 1


def test_a_full_step_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"x" * MOST_BYTES)
    append("# One\n", {VARIABLE: str(file)})

    assert file.stat().st_size == MOST_BYTES


def test_a_file_that_cannot_be_written_is_told_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append("# One\n", {VARIABLE: str(tmp_path / "no" / "such" / "file")})

    assert VARIABLE in capsys.readouterr().err
