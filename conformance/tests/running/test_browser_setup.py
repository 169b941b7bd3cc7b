"""A browser is found, or installed where that can be done without a question; what cannot is one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from conformance.running import browser_setup
from conformance.running.browser_setup import SETUP, provide
from conformance.running.installing import Progress
from fixtures import browser_programs

WORKS = "#!/bin/sh\necho Version 1\n"
BROKEN = "#!/bin/sh\necho 'error while loading shared libraries: libatomic.so.1' >&2\nexit 127\n"
Run = Callable[[str], None]
"""What a machine does when a command is given, told by its first two words."""


class Machine:
    """A machine of a test: which programs it has, and what becomes of the commands that set-up gives."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.given: list[str] = []
        self.does: Run = lambda _: None
        self.says = ""
        (folder / "bin").mkdir()
        monkeypatch.setattr(browser_setup, "environment_folder", lambda: folder)
        monkeypatch.setattr(browser_setup, "do", self._do)
        monkeypatch.setattr(browser_setup, "_apt_knows", lambda package: package == "chromium-headless-shell")
        monkeypatch.setattr(browser_programs, "APPLICATIONS", ())
        monkeypatch.setenv("PATH", str(folder / "bin"))
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(folder / "playwright"))
        monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(folder / "bin" / "node"))
        for name in (SETUP, browser_programs.VARIABLE):
            monkeypatch.delenv(name, raising=False)
        self.monkeypatch = monkeypatch

    def has(self, name: str, script: str = WORKS) -> None:
        """Put a program there."""
        program = self.folder / "bin" / name
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)

    def is_ubuntu(self, *, root: bool) -> None:
        """Make it an Ubuntu, run as root or not."""
        self.is_debian(root=root)
        self.monkeypatch.setattr(browser_setup, "is_debian", lambda: False)

    def is_debian(self, *, root: bool) -> None:
        """Make it a Debian, run as root or not."""
        self.monkeypatch.setattr(browser_setup, "is_debian", lambda: True)
        self.monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        self.has("apt-get")

    def _do(
        self, command: Sequence[str], _progress: Progress, *, more: Mapping[str, str] | None = None
    ) -> tuple[bool, str]:
        words = " ".join([*map(os.path.basename, command[:1]), *command[1:]])
        self.given.append(words + ("" if more is None else " quietly"))
        self.does(words)
        return not self.says, self.says


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_a_browser_that_works_is_looked_for_once(machine: Machine) -> None:
    machine.has("node")
    machine.has("google-chrome")

    assert provide() == ""
    machine.has("node", BROKEN)  # a second look would see it
    assert provide() == ""
    assert machine.given == []


def test_a_browser_that_is_named_is_taken_at_its_word(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(browser_programs.VARIABLE, "/no/such/browser")

    assert provide() == ""
    assert machine.given == []


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_browser_that_is_left_out_is_not_installed_and_one_line_says_what_is_missed(
    how: str, machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_debian(root=True)
    if how == "variable":
        monkeypatch.setenv(SETUP, "packages")

    told = provide(without=how == "option")

    assert "nothing is judged of rendered pages" in told
    assert ("--no-browser" in told) is (how == "option")
    assert machine.given == []
    assert capsys.readouterr().err == ""


def test_debian_gives_root_its_own_browser_and_what_the_driver_needs(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_debian(root=True)
    machine.has("node", BROKEN)

    def install(words: str) -> None:
        if words.endswith("-y"):
            machine.has("node")
            machine.has("chromium-headless-shell")

    machine.does = install

    assert provide() == ""
    assert [words.split("Timeout=120 ")[1] for words in machine.given] == [
        "update quietly",
        "install --no-install-recommends libatomic1 chromium-headless-shell --assume-no quietly",
        "install --no-install-recommends libatomic1 chromium-headless-shell -y quietly",
    ]
    assert "Setting up (once): libatomic1 and chromium-headless-shell by apt-get" in capsys.readouterr().err


def test_ubuntu_gives_root_what_the_driver_needs_and_playwright_brings_the_browser(machine: Machine) -> None:
    machine.is_ubuntu(root=True)
    machine.has("node", BROKEN)

    def install(words: str) -> None:
        if words.endswith("-y"):
            machine.has("node")
        if "playwright install" in words:
            machine.has("chromium")

    machine.does = install

    assert provide() == ""
    assert [words.split("Timeout=120 ")[-1] for words in machine.given[:3]] == [
        "update quietly",
        "install --no-install-recommends libatomic1 --assume-no quietly",
        "install --no-install-recommends libatomic1 -y quietly",
    ]
    assert "playwright install --with-deps --only-shell chromium" in machine.given[3]


def test_ubuntu_tells_a_user_both_commands(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.is_ubuntu(root=False)
    machine.has("node", BROKEN)

    provide()

    told = capsys.readouterr().err
    assert "Type: sudo apt-get install -y libatomic1 && sudo " in told
    assert "-m playwright install --with-deps --only-shell chromium;" in told


def test_playwright_brings_one_where_the_system_does_not(machine: Machine) -> None:
    machine.has("node")
    machine.does = lambda words: machine.has("chromium") if "playwright install" in words else None

    assert provide() == ""
    assert len(machine.given) == 1
    assert "playwright install" in machine.given[0]


def test_what_cannot_be_installed_is_one_sentence_with_the_command_and_is_not_tried_each_time(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_debian(root=False)
    machine.has("node")
    machine.says = "Error: getaddrinfo ENOTFOUND somewhere.example\n"

    assert provide() == ""
    told = capsys.readouterr().err.splitlines()[-1]
    provide()

    assert told == (
        "There is no browser, and none could be installed (ENOTFOUND). Checks of rendered pages will be inconclusive. "
        "Type: sudo apt-get install -y --no-install-recommends chromium-headless-shell libatomic1; "
        "or leave a browser out: OAUTH_HARNESS_SETUP=packages, or --no-browser."
    )
    assert capsys.readouterr().err.splitlines() == [told]
    assert len(machine.given) == 1


def test_a_driver_that_cannot_start_is_told_with_its_library(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_debian(root=False)
    machine.has("node", BROKEN)
    machine.has("chromium")

    provide()

    told = capsys.readouterr().err
    assert told.startswith("There is no browser that can be driven: Playwright's driver lacks libatomic1.")
    assert "libatomic1; or leave" in told
    assert machine.given == []
