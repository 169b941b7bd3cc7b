"""A browser for the checks of pages: found on this machine, or installed where that can be done without a question.

Standard library only. Which browsers there may be is in fixtures/browser_programs.py; it is started elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from conformance.running.environment import environment_folder
from conformance.running.installing import NO_NETWORK, Progress, do
from fixtures import browser_programs

SETUP = "OAUTH_HARNESS_SETUP"
"""`packages` leaves the browser out of set-up."""
FOUND, MISSED = ".browser", ".no-browser"
"""Notes in the folder of the packages: which browser worked, and why none could be installed."""
TRY_AGAIN = 3600.0
"""Seconds until an installation that failed is tried again."""
LONGEST = 30.0
"""Seconds that a program may take to tell its version."""
LEFT_OUT = "Without a browser (%s) nothing is judged of rendered pages: their checks end as not-applicable."
SHELL = "chromium-headless-shell"
OF_THE_DRIVER = "libatomic1"
"""What Playwright's driver needs of a small Debian or Ubuntu, and Playwright itself does not bring."""


def provide(*, without: bool = False) -> str:
    """Have a browser that works, installing one where none does. Why there is none by the user's own choice, or "".

    without: whether the command line asks to do without. What could not be installed is told on standard error, as
    one sentence with the command to type; the checks that need a browser are then inconclusive.
    """
    if without:
        return LEFT_OUT % "--no-browser"
    folder = environment_folder()
    if browser_programs.VARIABLE in os.environ or _noted(folder / FOUND):
        return ""
    driver, browser = driver_works(), working_browser()
    if driver and browser:
        _note(folder / FOUND, browser)
        return ""
    if os.environ.get(SETUP) == "packages":
        return LEFT_OUT % f"{SETUP}=packages"
    problem = _recent(folder / MISSED) or _install(driver=driver, browser=browser)
    if problem:
        _note(folder / MISSED, problem)
        sys.stderr.write(f"{problem}\n")
    return ""


def driver_works() -> bool:
    """Whether Playwright's driver starts: a Node of its own, which needs libatomic1 on Linux."""
    found = importlib.util.find_spec("playwright")
    if found is None or found.origin is None:
        return False
    node = Path(found.origin).parent / "driver" / ("node.exe" if sys.platform == "win32" else "node")
    return _answers(os.environ.get("PLAYWRIGHT_NODEJS_PATH") or str(node))


def working_browser() -> str:
    """The path of the first browser that starts, or nothing."""
    for path in browser_programs.candidates():
        program = path or kept_by_playwright()
        if program and _answers(program):
            return program
    return ""


def kept_by_playwright() -> str:
    """The headless Chromium of the revision that this Playwright drives, or nothing where it was not installed."""
    found = importlib.util.find_spec("playwright")
    if found is None or found.origin is None:
        return ""
    told = Path(found.origin).parent / "driver" / "package" / "browsers.json"
    with contextlib.suppress(OSError, ValueError, KeyError, StopIteration):
        browsers = json.loads(told.read_text(encoding="utf-8"))["browsers"]
        revision = next(each["revision"] for each in browsers if each["name"] == SHELL)
        for program in sorted(
            _folder_of_playwright().glob(f"chromium_headless_shell-{revision}/*/*headless*shell*")
        ):
            if program.suffix in {"", ".exe"} and os.access(program, os.X_OK):
                return str(program)
    return ""


def _folder_of_playwright() -> Path:
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _answers(program: str) -> bool:
    """Whether a program tells its version: one that lacks a library does not."""
    if sys.platform == "win32":
        return Path(program).exists()  # Chrome opens a window there instead
    try:
        told = subprocess.run(  # noqa: S603 - a browser or Node by its path, no shell
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def _install(*, driver: bool, browser: str) -> str:
    """Install what is missing. Empty when it then works, else one sentence: what happened, and what to type."""
    told, tried = "", False
    wanted = [] if driver else [OF_THE_DRIVER]
    wanted += [SHELL] if is_debian() and not browser else []
    if wanted and _is_linux_with_apt() and os.geteuid() == 0:
        tried, told = True, _by_apt(wanted)
    if driver_works() and not working_browser():
        tried, told = True, _by_playwright() or told
    driver, browser = driver_works(), working_browser()
    if driver and browser:
        return ""
    lacks = (
        "no browser"
        if driver
        else f"no browser that can be driven: Playwright's driver lacks {OF_THE_DRIVER}"
    )
    reason = found.group(0) if (found := NO_NETWORK.search(told)) else _last(told)
    why = f", and none could be installed ({reason})" if tried else ""
    return (
        f"There is {lacks}{why}. Checks of rendered pages will be inconclusive. Type: {command_to_type()}; "
        f"or leave a browser out: {SETUP}=packages, or --no-browser."
    )


def command_to_type() -> str:
    """What somebody may type who can install what was not installed here."""
    first = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    if is_debian():
        return f"{first}apt-get install -y --no-install-recommends {SHELL} {OF_THE_DRIVER}"
    if _is_linux_with_apt():
        before = "" if driver_works() else f"{first}apt-get install -y {OF_THE_DRIVER} && "
        return f"{before}{first}{sys.executable} -m playwright install --with-deps --only-shell chromium"
    return f"{sys.executable} -m playwright install --only-shell chromium"


def is_debian() -> bool:
    """Whether this is Debian itself: on Ubuntu the package chromium is none."""
    with contextlib.suppress(OSError):
        return bool(
            re.search(r"^ID=\"?debian", Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
        )
    return False


def _is_linux_with_apt() -> bool:
    return sys.platform == "linux" and shutil.which("apt-get") is not None


def _by_apt(packages: Sequence[str]) -> str:
    """Install by the system's own means, as root. What was said."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    wait = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
    wanted = list(packages)
    began = f"{' and '.join(wanted)} by apt-get; {SETUP}=packages leaves a browser out"
    with Progress(began, "a browser for the checks of pages") as progress:
        _, told = do([*wait, "update"], progress, more=quiet)
        if SHELL in wanted and not _apt_knows(SHELL):
            wanted[wanted.index(SHELL)] = "chromium"
        install = ["install", "--no-install-recommends", *wanted]
        _, asked = do([*wait, *install, "--assume-no"], progress, more=quiet)
        if size := re.search(r"Need to get ([0-9.,]+ .?B).*?\n.*?([0-9.,]+ .?B) of additional", asked):
            progress.tell(f"{' and '.join(wanted)}: {size.group(1)} to fetch, {size.group(2)} on the disk")
        _, said = do([*wait, *install, "-y"], progress, more=quiet)
    return told + said


def _apt_knows(package: str) -> bool:
    told = subprocess.run(  # noqa: S603 - a name of ours, no shell
        ["apt-cache", "policy", package],  # noqa: S607 - apt is where the PATH says
        capture_output=True,
        text=True,
        check=False,
    )
    return "Candidate: " in told.stdout and "Candidate: (none)" not in told.stdout


def _by_playwright() -> str:
    """Let Playwright install its headless Chromium into the user's cache. What was said on failure."""
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    if _is_linux_with_apt() and os.geteuid() == 0:
        command.insert(-2, "--with-deps")
    what = f"a headless Chromium by Playwright, about 110 MB to fetch; {SETUP}=packages leaves it out"
    with Progress(what, "a browser for the checks of pages") as progress:
        made, told = do(command, progress)
    return "" if made else told


def _last(told: str) -> str:
    """The last line that names an error, or the last line."""
    lines: Sequence[str] = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"error|^E:|fail", line, re.IGNORECASE)]
    return (errors or lines or ["no reason was given"])[-1][:200].rstrip(".")


def _noted(path: Path) -> bool:
    """Whether a browser worked before and is still there."""
    with contextlib.suppress(OSError):
        return Path(path.read_text(encoding="utf-8")).exists()
    return False


def _recent(path: Path) -> str:
    """What could not be installed a short while ago, or nothing."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime < TRY_AGAIN:
            return path.read_text(encoding="utf-8")
    return ""


def _note(path: Path, text: str) -> None:
    with contextlib.suppress(OSError):  # an environment that cannot be written to is looked at anew each time
        path.write_text(text, encoding="utf-8")


__all__ = ["SETUP", "command_to_type", "provide"]
