"""Progress: one live line on a terminal, else plain lines now and then."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from conformance.running.progress import Progress, Screen

pytestmark = [pytest.mark.takes(40), pytest.mark.apart]

OPTIONS = ("-qq", "-p", "no:locust", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null")


def _shown(folder: Path, *, checks: int, live: bool, seconds_a_look: float, unicode: bool = True) -> str:
    """What is shown of a pytest run of its own, by a clock that goes on at each look."""
    tests = "\n".join(f"def test_{number}(): pass" for number in range(checks))
    file = folder / f"test_{folder.name}.py"  # pytest keeps a module by its name
    file.write_text(tests, encoding="utf-8")
    looks = itertools.count()
    with (folder / "shown").open("w", encoding="utf-8") as stream:
        screen = Screen(stream=stream, live=live, unicode=unicode)
        progress = Progress(screen, clock=lambda: seconds_a_look * next(looks))
        pytest.main([*OPTIONS, f"--rootdir={folder}", str(file)], plugins=[progress])
    return (folder / "shown").read_bytes().decode()


def test_without_a_terminal_a_line_is_shown_at_each_tenth(tmp_path: Path) -> None:
    lines = _shown(tmp_path, checks=40, live=False, seconds_a_look=0.0).splitlines()

    assert [line.split(" of ")[0] for line in lines] == [str(done) for done in range(4, 41, 4)]


def test_without_a_terminal_a_line_is_shown_when_time_has_gone_by(tmp_path: Path) -> None:
    lines = _shown(tmp_path, checks=3, live=False, seconds_a_look=20.0).splitlines()

    assert lines[0] == "0 of 3 checks, 20 s gone, test_0"


def test_a_terminal_shows_one_line_that_is_gone_at_the_end(tmp_path: Path) -> None:
    shown = _shown(tmp_path, checks=5, live=True, seconds_a_look=1.0)

    assert "\n" not in shown
    assert re.search(r"\r3 of 5 checks, \d+ s gone, ≈\d+ s left, test_3", shown)
    assert shown.endswith("\r\x1b[K")


def test_a_terminal_without_unicode_gets_none(tmp_path: Path) -> None:
    shown = _shown(tmp_path, checks=5, live=True, seconds_a_look=1.0, unicode=False)

    assert "about " in shown
    assert shown.isascii()


def test_nothing_is_shown_where_nothing_is_wanted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")

    pytest.main([*OPTIONS, f"--rootdir={tmp_path}", str(tmp_path / "test_one.py")], plugins=[Progress(None)])

    assert capfd.readouterr().err == ""
