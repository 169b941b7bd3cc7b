"""The environment is made once, whole, by one set-up at a time; what stops it is told in one line."""

from __future__ import annotations

import ast
import importlib.util
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from conformance.running import environment
from conformance.running.environment import ROOT, SetUpFailed, lacking_packages, make, python_in
from fixtures.tests.pace import limit

UV = f"""#!/bin/sh
echo "$1 $2" >> "$0.calls"
for last; do :; done
if [ "$1" = venv ]; then mkdir -p "$last/bin" && ln -s "{sys.executable}" "$last/bin/python"; fi
"""
Calls = Callable[[], list[str]]


def _install_uv(folder: Path, script: str) -> Calls:
    folder.mkdir(exist_ok=True)
    uv = folder / "uv"
    uv.write_text(script, encoding="utf-8")
    uv.chmod(0o755)
    calls = folder / "uv.calls"
    calls.touch()
    return lambda: calls.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the head of the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path / "bin"


@pytest.fixture
def uv(bin_folder: Path) -> Calls:
    """A uv that makes an environment without packages, and what it was called with."""
    return _install_uv(bin_folder, UV)


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_as_far_as_the_check_of_its_version(name: str) -> None:
    text = (ROOT / "conformance" / name).read_text(encoding="utf-8")

    ast.parse(text, feature_version=(3, 6))

    assert "from __future__ import annotations" not in text  # Python 3.6 does not know it


@pytest.mark.parametrize("package", ["conformance", "load"])
def test_what_runs_before_set_up_needs_the_standard_library_alone(package: str) -> None:
    bare = [sys.executable, "-S", "-m", package, "--help"]  # -S: nothing that was installed is found
    ended = subprocess.run(  # noqa: S603 - our own interpreter, no shell
        bare, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=limit(60)
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("usage: python3 -m")


def test_an_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("conformance", run_name="__main__")

    told = capsys.readouterr().err
    assert ended.value.code == 4
    assert told.startswith("Python 3.11 or newer is needed; this is ")
    assert told.count("\n") == 1


def test_an_interpreter_that_has_everything_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execve", pytest.fail)

    environment.enter(["--list"], development=True)

    assert lacking_packages(development=True) == []


@pytest.mark.parametrize("version", ["8.4.2", "10.0.0"])
def test_another_version_than_asked_for_is_lacking(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    have = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: version if name == "pytest" else have(name))

    assert lacking_packages() == ["pytest"]


def test_the_command_starts_over_inside_the_environment(
    tmp_path: Path, uv: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    folder = tmp_path / "venv"
    monkeypatch.setenv(environment.VARIABLE, str(folder))
    monkeypatch.setattr(environment, "lacking_packages", lambda **_: ["pytest"])
    monkeypatch.setattr(os, "execve", lambda *arguments: started.extend(arguments))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")

    environment.enter(["--target", "staging.toml"])

    python, inside = str(python_in(folder)), dict(os.environ)
    assert uv() == ["venv --python", "pip sync"]
    # The modules are the environment's own, and asserts are executed.
    del inside["PYTHONPATH"], inside["PYTHONOPTIMIZE"]
    assert started == [python, [python, "-m", "conformance", "--target", "staging.toml"], inside]


def test_an_environment_is_made_once(tmp_path: Path, uv: Calls) -> None:
    make(tmp_path / "venv")
    make(tmp_path / "venv")

    assert uv() == ["venv --python", "pip sync"]


def test_another_lock_changes_it_in_place(tmp_path: Path, uv: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "venv")
    other = tmp_path / "requirements.lock"
    other.write_text("pytest==9.2.0\n", encoding="utf-8")
    monkeypatch.setattr(environment, "LOCK", other)

    (tmp_path / "venv" / "in-use").touch()
    make(tmp_path / "venv")

    assert uv() == ["venv --python", "pip sync", "pip sync"]
    assert (tmp_path / "venv" / "in-use").exists()


def test_another_python_makes_it_anew(tmp_path: Path, uv: Calls) -> None:
    make(tmp_path / "venv")
    (tmp_path / "venv" / environment.STAMP).write_text("lock 3.8.1 elsewhere", encoding="utf-8")
    (tmp_path / "venv" / "old").touch()
    make(tmp_path / "venv")

    assert uv() == ["venv --python", "pip sync"] * 2
    assert not (tmp_path / "venv" / "old").exists()


@pytest.fixture
def interrupted_as_by_itself() -> Iterator[None]:
    """An interruption is this test's alone: the run of the tests would end at it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupted_as_by_itself")
def test_what_an_interrupted_set_up_left_is_made_anew(tmp_path: Path, bin_folder: Path) -> None:
    _install_uv(bin_folder, f"{UV}kill -INT $PPID\n")
    folder = tmp_path / "venv"
    with pytest.raises(KeyboardInterrupt):
        make(folder)
    (folder / "half").touch()
    calls = _install_uv(bin_folder, UV)

    make(folder)

    assert calls()[-2:] == ["venv --python", "pip sync"]
    assert not (folder / "half").exists()


def test_of_two_set_ups_at_once_one_does_the_work(tmp_path: Path, uv: Calls) -> None:
    both = [threading.Thread(target=make, args=[tmp_path / "venv"]) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert uv() == ["venv --python", "pip sync"]


def test_an_environment_made_by_other_means_is_used_and_not_removed(tmp_path: Path, uv: Calls) -> None:
    python = python_in(tmp_path / "venv")
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)

    make(tmp_path / "venv")

    assert uv() == []
    assert python.is_file()


def test_one_made_by_other_means_that_lacks_packages_is_not_removed_either(tmp_path: Path, uv: Calls) -> None:
    mine = tmp_path / "venv" / "mine"
    mine.parent.mkdir()
    mine.touch()

    with pytest.raises(SetUpFailed, match="made by other means"):
        make(tmp_path / "venv")

    assert uv() == []
    assert mine.exists()


def test_a_missing_network_is_told_in_one_line(tmp_path: Path, bin_folder: Path) -> None:
    _install_uv(bin_folder, "#!/bin/sh\necho 'error: dns error: failed to lookup address' >&2; exit 2\n")

    with pytest.raises(SetUpFailed, match=r"could not be fetched \(dns error\)") as caught:
        make(tmp_path / "venv")

    assert "\n" not in str(caught.value)


def test_where_uv_fails_and_there_is_no_venv_module_the_package_is_named(
    tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install_uv(bin_folder, "#!/bin/sh\nexit 127\n")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(SetUpFailed, match="apt-get install python3-venv"):
        make(tmp_path / "venv")


def test_a_place_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path, uv: Calls) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SetUpFailed, match=environment.VARIABLE):
        make(tmp_path / "file" / "venv")

    assert uv() == []
