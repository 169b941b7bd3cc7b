"""Which harness this is: its version, and the commit of its checkout. Standard library only."""

from __future__ import annotations

import platform
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def told_version() -> str:
    """The line that --version of each command writes: the harness, its commit, and the Python that runs it."""
    return f"oauth-conformance {own_version()}; Python {platform.python_version()}\n"


def own_version(root: Path = ROOT) -> str:
    """Version and commit, such as `0.1.0, commit 1a2b3c4d5e`: the project is run from its checkout.

    A checkout with changes is `1a2b3c4d5e and changes`; what is no checkout has no commit, and says so.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return f"{project['project']['version']}, {_commit(root)}"


def _commit(root: Path) -> str:
    if not (root / ".git").exists():
        return "no checkout of git"
    try:
        commit = _git(root, "rev-parse", "--short=10", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "commit unknown: git does not say"
    return f"commit {commit} and changes" if changed else f"commit {commit}"


def _git(root: Path, *words: str) -> str:
    asked = subprocess.run(  # noqa: S603 - fixed words, no shell
        ["git", "-C", str(root), *words],  # noqa: S607 - git is where the PATH says
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=20,
    )
    return asked.stdout.strip()
