"""Profiles: named sets of checks with a date, each frozen by a file of this folder. What a check cites stands there.

A check that is newer than a set is run and told, and is no finding of that set. It joins a later set, which may
extend an older one: the older one stays as it is, to the check, for who names it (`--profile core`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "core-2026-11-30"
"""The set of a run that names none: the newest that extends `core`."""
PROFILES = (DEFAULT, "core", "security-bcp", "oauth-2.1", "mcp-2026-12-01", "mcp-2026-07-28", "extensions")
"""The sets, in the order in which a check of several of them is told apart."""
NEXT = "next"
"""What can be chosen beside the sets: the checks that none of them holds yet."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One set. date: the day on which it was frozen; text: what it holds; checks: folder, file and name of each.

    extends: the sets that it holds whole, the nearest first; the documents of these are its documents too.
    withdrawn: checks that were taken out of it because they were wrong, each with the day and the reason.
    """

    name: str
    date: str
    text: str
    checks: frozenset[str]
    extends: tuple[str, ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name, and those of the sets that it extends."""
        return (self.name, *self.extends)


@cache
def profiles(folder: Path = FOLDER) -> Mapping[str, Profile]:
    """Every set by name, in the order of PROFILES, and NEXT. OSError or ValueError when a file is missing or bad."""
    found = {name: _read(name, folder) for name in PROFILES}
    found[NEXT] = Profile(
        name=NEXT, date="", text="Checks that are newer than every set.", checks=frozenset()
    )
    return found


def _read(name: str, folder: Path) -> Profile:
    content = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    older = _read(content["extends"], folder) if "extends" in content else None
    return Profile(
        name=name,
        date=content["date"].isoformat(),
        text=content["text"],
        checks=frozenset(content["checks"]) | (older.checks if older else frozenset()),
        extends=older.names if older else (),
        withdrawn={
            entry["check"]: f"{entry['date'].isoformat()}: {entry['because']}"
            for entry in content.get("withdrawn", [])
        },
    )
