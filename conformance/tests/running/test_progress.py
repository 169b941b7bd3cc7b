"""Progress: one live line on a terminal, else plain lines now and then."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from conformance.running.progress import Progress, Screen
from conformance.running.time_left import GROWS, Planned, TimeLeft

pytestmark = [pytest.mark.takes(40), pytest.mark.apart]

OPTIONS = ("-qq", "-p", "no:locust", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null")


def _shown(
    folder: Path,
    *,
    checks: int,
    live: bool,
    seconds_a_look: float,
    unicode: bool = True,
    each: float = 0.0,
) -> str:
    """What is shown of a pytest run of its own, by a clock that goes on at each look. each: what a check takes."""
    slow = f"import time\ndef test_{{}}(): time.sleep({each})"
    tests = "\n".join((slow if each else "def test_{}(): pass").format(number) for number in range(checks))
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
    shown = _shown(tmp_path, checks=5, live=True, seconds_a_look=1.0, each=0.6)

    assert "\n" not in shown
    assert re.search(r"\r3 of 5 checks, \d+ s gone, ≈\d+ s left, test_3", shown)
    assert shown.endswith("\r\x1b[K")


def test_a_terminal_without_unicode_gets_none(tmp_path: Path) -> None:
    shown = _shown(tmp_path, checks=5, live=True, seconds_a_look=1.0, unicode=False, each=0.6)

    assert "about " in shown
    assert shown.isascii()


def test_nothing_is_shown_where_nothing_is_wanted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")

    pytest.main([*OPTIONS, f"--rootdir={tmp_path}", str(tmp_path / "test_one.py")], plugins=[Progress(None)])

    assert capfd.readouterr().err == ""


def test_the_name_of_a_check_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (20, 24, 40, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        folder = tmp_path / f"w{width}"
        folder.mkdir()
        lines = _shown(folder, checks=2, live=True, seconds_a_look=1.0).split("\r")

        assert all(len(line.removesuffix("\x1b[K")) < width for line in lines)
        assert all(
            line.endswith(("test_0\x1b[K", "test_1\x1b[K"))
            for line in lines
            if "test" in line or ", t" in line
        )


def _planned(**sorts: tuple[int, Planned]) -> dict[str, Planned]:
    return {f"{name} {number}": plan for name, (count, plan) in sorts.items() for number in range(count)}


def test_what_takes_long_is_expected_before_the_first_of_it_has_ended() -> None:
    plan = _planned(
        usual=(200, Planned(file="usual", sort="usual")),
        page=(5, Planned(file="page", sort="pages", more=4.0)),
    )
    left = TimeLeft(plan)
    for number in range(200):
        left.ends(f"usual {number}", 0.1)

    assert left.seconds() == pytest.approx(5 * 4.1, rel=0.05)


def test_what_took_longer_than_expected_is_expected_of_the_rest() -> None:
    left = TimeLeft(_planned(usual=(1_000, Planned(file="usual", sort="usual"))))
    for number in range(500):
        left.ends(f"usual {number}", 0.2)

    assert left.seconds() == pytest.approx(500 * 0.2, rel=0.05)


def test_one_that_took_very_long_is_not_expected_of_the_rest() -> None:
    left = TimeLeft(_planned(usual=(100, Planned(file="usual", sort="usual"))))
    for number in range(50):
        left.ends(f"usual {number}", 0.1)
    before = left.seconds() or 0.0
    left.ends("usual 50", 60.0)

    assert (left.seconds() or 0.0) < 5 * before


def test_what_meets_no_other_is_not_shared_among_processes() -> None:
    plan = _planned(
        usual=(203, Planned(file="usual", sort="usual")),
        alone=(10, Planned(file="alone", sort="alone", alone=True)),
    )
    left = TimeLeft(plan, beside=5)
    for number in range(193):
        left.ends(f"usual {number}", 1.0)

    assert left.seconds() == pytest.approx(10 / 5 + 10, rel=0.1)


def test_what_runs_in_two_lanes_is_not_shared_among_more() -> None:
    plan = _planned(
        usual=(100, Planned(file="usual", sort="usual")),
        page=(10, Planned(file="page", sort="pages", more=3.0, lanes=2)),
    )
    left = TimeLeft(plan, beside=8)
    for number in range(100):
        left.ends(f"usual {number}", 0.01)

    assert left.seconds() == pytest.approx(10 * 3.0 / 2, rel=0.05)


def test_nothing_is_said_before_a_tenth_has_ended() -> None:
    left = TimeLeft(_planned(usual=(200, Planned(file="usual", sort="usual"))))
    for number in range(19):
        left.ends(f"usual {number}", 1.0)

    assert left.seconds() is None
    left.ends("usual 19", 1.0)
    assert left.seconds() is not None


def test_what_is_told_grows_by_no_more_than_a_third_of_the_least() -> None:
    """The first checks end at once and the later ones take long, which nobody could know."""
    left = TimeLeft(_planned(usual=(40, Planned(file="usual", sort="usual"))))
    told = []
    for number in range(40):
        left.ends(f"usual {number}", 0.1 if number < 30 else 200.0)
        told.append(left.told())
    seconds = [each for each, _ in told if each]

    assert all(later <= min(seconds[:at], default=later) * GROWS for at, later in enumerate(seconds))
    assert any(is_more for _, is_more in told)
    assert told[-1] == (0.0, False)
