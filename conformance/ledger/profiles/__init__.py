"""Profiles: named sets of checks with a date, each frozen by a file of this folder. What a check cites stands there.

A check that is newer than a set is run and told, and is no finding of that set: it joins when the set gets a new date.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
PROFILES = ("core", "security-bcp", "oauth-2.1", "mcp-2026-07-28", "extensions")
"""The sets, in the order in which a check of several of them is told apart."""
NEXT = "next"
"""What can be chosen beside the sets: the checks that none of them holds yet."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One set. date: the day on which it was frozen; text: what it holds; checks: folder, file and name of each."""

    name: str
    date: str
    text: str
    checks: frozenset[str]


@cache
def profiles(folder: Path = FOLDER) -> Mapping[str, Profile]:
    """Every set by name, in the order of PROFILES, and NEXT. OSError or ValueError when a file is missing or bad."""
    found = {}
    for name in PROFILES:
        content = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        found[name] = Profile(
            name=name,
            date=content["date"].isoformat(),
            text=content["text"],
            checks=frozenset(content["checks"]),
        )
    found[NEXT] = Profile(
        name=NEXT, date="", text="Checks that are newer than every set.", checks=frozenset()
    )
    return found
