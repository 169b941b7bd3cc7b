"""The environment of the harness: a folder .venv in the checkout, made from requirements.lock when it is first needed.

Standard library only, for this runs before anything is installed. What the harness then does belongs elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import IO

from conformance.running.installing import NO_NETWORK, Progress, do

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
VARIABLE = "OAUTH_HARNESS_VENV"
STAMP = ".made-from"
UNFINISHED = "unfinished"
MEGABYTES = 400
"""What the packages of the lock take on the disk, about."""

_OF_THE_CALLER = ("PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONINSPECT")
"""What would put other modules before those of the environment, take the asserts out, or hide the exit code."""

_BOUND = re.compile(r"(>=|<)\s*([0-9.]+)")


class SetUpFailed(Exception):
    """The environment could not be made. The text says what happened and what to do, in one line."""


def enter(arguments: Sequence[str], *, development: bool = False, module: str = "conformance") -> None:
    """Return when this interpreter has every package; else make the environment and start over inside it.

    arguments: of `-m module`, for the start inside. development: whether the project's own tests are to run,
    which need more packages. SetUpFailed when the environment cannot be made.
    """
    lacking = lacking_packages(development=development)
    if not lacking:
        return
    folder = environment_folder()
    if Path(sys.prefix).resolve() == folder.resolve():
        raise SetUpFailed(
            f"{folder} lacks {', '.join(lacking)}. Remove that folder and run the command again."
        )
    make(folder, development=development)
    python = str(python_in(folder))
    inside = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [python, "-m", module, *arguments], inside)  # noqa: S606 - our own interpreter, no shell


def environment_folder() -> Path:
    """Where the environment is: .venv in the checkout, or what the variable OAUTH_HARNESS_VENV names."""
    return Path(os.environ.get(VARIABLE) or ROOT / ".venv").absolute()


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def lacking_packages(*, development: bool = False) -> list[str]:
    """What pyproject.toml asks for and this interpreter lacks or has in another version, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted: list[str] = list(project["project"]["dependencies"])
    if development:
        wanted += project["dependency-groups"]["dev"]
    here = [entry for entry in wanted if not (sys.platform == "win32" and "!= 'win32'" in entry)]
    named = {re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0]: entry for entry in here}
    return [name for name, entry in named.items() if not _is_met(name, entry)]


def _is_met(name: str, entry: str) -> bool:
    try:
        found = _numbers(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
    bounds = _BOUND.findall(entry.split(";", maxsplit=1)[0])
    return all((found >= _numbers(to)) if sign == ">=" else (found < _numbers(to)) for sign, to in bounds)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0])[:3])


def make(folder: Path, *, development: bool = False) -> None:
    """Make the environment unless it is there and made from this lock by this Python.

    What an interrupted set-up left is made anew; of two set-ups at once the second waits for the first. A folder that
    was made by other means is used where it is complete, and never removed. SetUpFailed as for `enter`.
    """
    if _is_made(folder):
        return
    try:
        import fcntl  # noqa: PLC0415 - Windows has none, and this is where that matters
    except ImportError:
        raise SetUpFailed(
            "The harness sets itself up on Linux and macOS. Here, install uv and run: uv run python -m conformance"
        ) from None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        note = folder.with_name(f"{folder.name}.lock").open("a+", encoding="utf-8")
    except OSError as problem:
        raise SetUpFailed(_unwritable(folder, problem)) from None
    with note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"Another set-up is making {folder}; waiting for it.\n")
            fcntl.flock(note, fcntl.LOCK_EX)
        _make_alone(folder, note, development=development)


def _make_alone(folder: Path, note: IO[str], *, development: bool) -> None:
    """Make the environment while no other set-up can. note: the open lock file; it tells of an interrupted one."""
    note.seek(0)
    ours = (folder / STAMP).is_file() or note.read().strip() == UNFINISHED
    if _is_made(folder):
        return
    if folder.exists() and not ours:
        if _is_complete(folder, development=development):
            return
        raise SetUpFailed(
            f"{folder} was made by other means and lacks packages. Remove it, or complete it with: uv sync"
        )
    try:
        brought = _is_of_this_python(folder) and (shutil.which("uv") or _own_uv(folder))
        _write(note, UNFINISHED)
        if not brought:
            shutil.rmtree(folder, ignore_errors=True)
        text = LOCK.read_text(encoding="utf-8")
        packages = len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE))
        with Progress(
            f"{packages} packages, {MEGABYTES} MB, into {folder}", str(folder), of=packages
        ) as progress:
            # Another lock changes a few packages: who uses the others meanwhile keeps them.
            if not brought or not _sync(str(brought), str(python_in(folder)), progress, note.fileno())[0]:
                shutil.rmtree(folder, ignore_errors=True)
                _install(folder, progress, keep_open=note.fileno())
        (folder / STAMP).write_text(_stamp(), encoding="utf-8")
        _write(note, "")
    except OSError as problem:
        raise SetUpFailed(_unwritable(folder, problem)) from None


def _write(note: IO[str], text: str) -> None:
    note.truncate(0)
    note.write(text)
    note.flush()


def _unwritable(folder: Path, problem: OSError) -> str:
    return (
        f"{folder} cannot be made: {problem.strerror or problem}. Run from a checkout that you can write to, or name "
        f"another folder for the packages: {VARIABLE}=/some/folder python3 -m conformance"
    )


def _stamp() -> str:
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return f"{lock} {sys.version.split()[0]} {sysconfig.get_platform()}"


def _is_made(folder: Path) -> bool:
    try:
        made_from = (folder / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return made_from == _stamp() and python_in(folder).exists()


def _is_of_this_python(folder: Path) -> bool:
    """Whether an environment was made whole by this Python, from whatever lock."""
    try:
        made_from = (folder / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return made_from.partition(" ")[2] == _stamp().partition(" ")[2] and python_in(folder).exists()


def _own_uv(folder: Path) -> str:
    """The uv that was brought into an environment, or nothing."""
    uv = folder / "bin" / "uv"
    return str(uv) if uv.exists() else ""


def _is_complete(folder: Path, *, development: bool) -> bool:
    question = f"from conformance.running.environment import *; exit(bool(lacking_packages(development={development})))"
    try:
        asked = subprocess.run(  # noqa: S603 - the environment's own interpreter, no shell
            [str(python_in(folder)), "-c", question], cwd=ROOT, capture_output=True, check=False
        )
    except OSError:
        return False
    return asked.returncode == 0


def _install(folder: Path, progress: Progress, *, keep_open: int) -> None:
    """Install with the uv of the PATH, else with the one that the lock names, else, and where uv fails, with pip."""
    uv = shutil.which("uv")
    python = str(python_in(folder))
    if uv is not None:
        made, told = do([uv, "venv", "--python", sys.executable, str(folder)], progress, keep_open)
        if made:
            made, told = _sync(uv, python, progress, keep_open)
        if made:
            return
        _raise_without_network(told)
        shutil.rmtree(folder, ignore_errors=True)
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetUpFailed(
            "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv "
            f"(or python{sys.version_info.major}.{sys.version_info.minor}-venv), then run the command again."
        )
    made, told = do([sys.executable, "-Im", "venv", str(folder)], progress, keep_open)
    if made and _brought_uv(folder, progress, keep_open):
        made, told = _sync(str(folder / "bin" / "uv"), python, progress, keep_open)
        if made:
            return
        made = True
    if made:
        made, told = do([*_pip(folder), "-r", str(LOCK)], progress, keep_open)
    if not made:
        _raise_without_network(told)
        errors = (
            [line for line in told.splitlines() if "error" in line.lower()]
            or told.splitlines()
            or ["no word"]
        )
        raise SetUpFailed(f"The packages could not be installed: {errors[-1].strip()[:300]}")


def _pip(folder: Path) -> list[str]:
    # Byte code is made on first use: compiling all packages takes longer than the checks.
    pip = [str(python_in(folder)), "-Im", "pip", "install", "--disable-pip-version-check", "--no-input"]
    return [*pip, "--no-compile", "--require-hashes"]


def _brought_uv(folder: Path, progress: Progress, keep_open: int) -> bool:
    """Install the uv of the lock by pip: it brings all packages in a fraction of the time that pip needs."""
    entry = re.search(r"^uv==.*\n(?: .*\n)*", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if entry is None:
        return False
    alone = folder / "uv.lock"
    alone.write_text(entry.group(0), encoding="utf-8")
    brought, _ = do([*_pip(folder), "--no-deps", "-r", str(alone)], progress, keep_open)
    return brought


def _sync(uv: str, python: str, progress: Progress, keep_open: int) -> tuple[bool, str]:
    sync = [uv, "pip", "sync", "--python", python, "--require-hashes", str(LOCK)]
    return do(sync, progress, keep_open)


def _raise_without_network(told: str) -> None:
    if found := NO_NETWORK.search(told):
        raise SetUpFailed(
            f"The packages could not be fetched ({found.group(0)}). Connect this machine to a package index, or name "
            "one that it reaches: PIP_INDEX_URL for pip, UV_DEFAULT_INDEX for uv. Then run the command again."
        )
