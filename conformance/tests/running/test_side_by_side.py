"""Items side by side: all are run and reported once, what meets no other meets none, and no process is left behind."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.checks.support import order
from conformance.running import side_by_side
from conformance.running.environment import ROOT
from conformance.running.side_by_side import SAFE, groups_of
from fixtures.http.pace import Pace
from fixtures.survey import Habit, Survey
from fixtures.target import Owner, Target
from fixtures.tests.pace import limit

pytestmark = pytest.mark.skipif(not SAFE, reason="this system cannot fork and go on")

CONFTEST = """
import json, os, time
from pathlib import Path
import pytest
from conformance.checks.support import order
from conformance.running import side_by_side

NOTES = Path(__file__).parent / "notes"

def pytest_configure(config):
    config.addinivalue_line("markers", "alone: meets no other")
    config.addinivalue_line("markers", "together(name): stays together")
    config.stash[side_by_side.KEPT] = [COUNTED]

class Counted:
    def __init__(self): self.numbers = []
    def tell(self): return self.numbers
    def hear(self, told): self.numbers += told

COUNTED = Counted()

def pytest_runtestloop(session):
    return side_by_side.run(session, 3)

def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"counted {sorted(COUNTED.numbers)}")

@pytest.fixture(scope="session")
def shared():
    yield os.getpid()
    note("torn down")

def note(what, **more):
    with NOTES.open("a") as file:
        file.write(json.dumps({"what": what, "pid": os.getpid(), "at": time.monotonic(), **more}) + "\\n")

@pytest.fixture(autouse=True)
def noted(request, shared):
    note("began", item=request.node.nodeid)
    COUNTED.numbers.append(int(request.node.name[-1]))
    yield
    note("ended", item=request.node.nodeid)
"""


def _ran(
    folder: Path, files: dict[str, str], *options: str
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, object]]]:
    for name, text in {"conftest.py": CONFTEST, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    ended = subprocess.run(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=limit(120),
    )
    notes = folder / "notes"
    lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    return ended, [json.loads(line) for line in lines]


SLOW = "import time\ndef test_1(): time.sleep(0.3)\ndef test_2(): time.sleep(0.3)\n"
ALONE = "import pytest, time\n@pytest.mark.alone\ndef test_9(): time.sleep(0.3)\n"


def test_every_item_is_run_and_reported_once(tmp_path: Path) -> None:
    files = {f"test_{letter}.py": SLOW for letter in "abcd"}

    ended, notes = _ran(tmp_path, {**files, "test_z.py": ALONE})

    assert "9 passed" in ended.stdout, ended.stdout + ended.stderr
    assert sum(note["what"] == "began" for note in notes) == 9
    assert "counted [1, 1, 1, 1, 2, 2, 2, 2, 9]" in ended.stdout
    assert len({note["pid"] for note in notes}) == 3


def test_what_meets_no_other_meets_none_and_a_file_stays_together(tmp_path: Path) -> None:
    files = {f"test_{letter}.py": SLOW for letter in "abc"}

    _, notes = _ran(tmp_path, {**files, "test_0.py": ALONE})

    began = next(note["at"] for note in notes if note["what"] == "began" and "test_9" in str(note["item"]))
    others = [note["at"] for note in notes if note["what"] == "ended" and "test_9" not in str(note["item"])]
    assert len(others) == 6
    assert all(float(str(at)) < float(str(began)) for at in others)
    places = {(str(note["item"]).split("::")[0], note["pid"]) for note in notes if note["what"] == "began"}
    assert len(places) == 4


def test_what_is_marked_apart_does_not_stay_with_its_file(request: pytest.FixtureRequest) -> None:
    def item(file: str, number: int, *marks: pytest.MarkDecorator) -> pytest.Item:
        made = pytest.Function.from_parent(
            request.node.parent, name=f"{file}[{number}]", callobj=lambda: None
        )
        made.path = Path(file)
        for mark in marks:
            made.add_marker(mark)
        return made

    items = [item("a", 1, pytest.mark.apart), item("a", 2, pytest.mark.apart), item("b", 1), item("b", 2)]

    assert groups_of(items) == ([[2, 3], [0], [1]], [])


def test_what_a_session_shares_is_made_once_in_each_process_and_given_up_at_its_end(tmp_path: Path) -> None:
    ended, notes = _ran(tmp_path, {f"test_{letter}.py": SLOW for letter in "abcd"})

    assert ended.returncode == 0
    assert sum(note["what"] == "torn down" for note in notes) == len({note["pid"] for note in notes})


def test_a_failure_is_reported_with_its_assertion(tmp_path: Path) -> None:
    ended, _ = _ran(tmp_path, {"test_a.py": SLOW, "test_b.py": "def test_3(): assert 1 + 1 == 3\n"})

    assert ended.returncode == 1
    assert "1 failed, 2 passed" in ended.stdout
    assert "assert (1 + 1) == 3" in ended.stdout


def test_the_first_failure_ends_it_where_that_is_asked_for(tmp_path: Path) -> None:
    slow = "import time\n" + "".join(f"def test_{n}(): time.sleep(0.4)\n" for n in range(8))

    ended, notes = _ran(
        tmp_path, {"test_a.py": "def test_3(): assert False\n", "test_b.py": slow, "test_z.py": ALONE}, "-x"
    )

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "stopping after 1 failures" in ended.stdout
    assert not any("test_9" in str(note.get("item")) for note in notes)


def test_a_process_that_dies_is_told_with_the_item_that_it_ran(tmp_path: Path) -> None:
    ended, _ = _ran(tmp_path, {"test_a.py": SLOW, "test_b.py": "import os\ndef test_3(): os._exit(7)\n"})

    assert ended.returncode == 3
    assert "test_b.py::test_3" in ended.stdout + ended.stderr


def test_an_interruption_ends_every_process(tmp_path: Path) -> None:
    stops = """
import os, signal, time
def test_3():
    time.sleep(0.5)
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(60)
"""
    sleeps = "import time\ndef test_4(): time.sleep(60)\n"

    ended, notes = _ran(tmp_path, {"test_a.py": stops, "test_b.py": sleeps})

    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert all(not Path(f"/proc/{note['pid']}").exists() for note in notes)


@pytest.mark.parametrize(
    ("checks", "pace", "least", "most"),
    [
        (1000, None, 2, 8),
        (1000, 5.0, 1, 1),
        (1000, 35.0, 2, 4),
        (30, None, 1, 1),
        (100, None, 1, 2),
        (0, None, 1, 1),
    ],
)
def test_a_run_that_was_told_no_number_is_given_what_pace_and_size_are_worth(
    checks: int, pace: float | None, least: int, most: int
) -> None:
    assert least <= side_by_side.sensible(checks, pace, tokens_meet=False) <= most


@pytest.mark.parametrize(
    "habit",
    [
        Habit.ENDS_EARLIER_TOKEN,
        Habit.ENDS_EARLIER_GRANT,
        Habit.REPLAY_ENDS_GRANTS,
        Habit.SAME_TOKEN,
    ],
)
def test_checks_run_one_after_another_where_their_tokens_would_meet(habit: Habit) -> None:
    assert Survey(habits={habit: True}).tokens_meet
    assert not Survey(habits={habit: False}).tokens_meet
    assert side_by_side.sensible(1000, None, tokens_meet=True) == 1


def _take_turns(pace: Pace, count: int) -> None:
    for _ in range(count):
        pace.wait_for_turn()


def test_processes_keep_to_one_pace() -> None:
    pace, each = Pace(100.0, shared=True), 10
    began = time.monotonic()
    forked = multiprocessing.get_context("fork")
    processes = [forked.Process(target=_take_turns, args=(pace, each)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert time.monotonic() - began >= (2 * each - 1) / 100.0


@pytest.mark.parametrize(("owners", "meets"), [("abcd", True), ("abc", False)])
def test_histories_meet_other_checks_where_two_owners_are_theirs_alone(
    request: pytest.FixtureRequest, owners: str, *, meets: bool
) -> None:
    item = pytest.Function.from_parent(request.node.parent, name="history", callobj=lambda: None)
    item.path = Path("checks/lifecycle/test_histories.py")
    found = {name: Owner(name=name, username=name, password="p") for name in owners}
    order.keep_apart([item], Target(name="t", issuer="https://as.example", source="t.toml", owners=found))

    assert (item.get_closest_marker("alone") is None) == meets
