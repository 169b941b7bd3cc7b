"""In which order a run judges its checks, and which of them meet no other."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

import pytest

from conformance.checks.support import brute_force
from conformance.checks.support.waiting import waits_for
from fixtures.target import Target
from fixtures.target.clients import owners_apart

TELLS_OF_ALL = "test_steady_failures.py"
"""The file of the checks that tell what the others met."""
MEET_NO_OTHER = frozenset({"test_guessing.py", TELLS_OF_ALL})
"""Files of checks that lock an owner out, or tell of all others."""
HISTORIES, SIGN_IN = 0, 1
WITH_OWNERS_APART: Mapping[str, int] = {
    "lifecycle": HISTORIES,
    "test_signing_in.py": SIGN_IN,
    "test_taking_access_back.py": SIGN_IN,
}
"""Folders and files of checks that change whatever an owner allowed or try her password, and which pair of owners is
theirs. They meet no other check where the target has no owners for them alone.
"""

AT_A_BROWSER = ("pages", "test_pages.py")
"""The folder, and files, whose checks look at rendered pages: each takes as long as dozens of others."""
WITH_A_BROWSER = 2
"""How many processes start a browser for them."""
TAKES: Mapping[str, tuple[float, float, int | None]] = {
    **dict.fromkeys(AT_A_BROWSER, (30.0, 4.0, WITH_A_BROWSER)),
    "fuzzing": (20.0, 2.0, None),
    "lifecycle": (20.0, 3.0, 1),
}
"""How many usual checks a check of a folder takes the time of, where that is many; the seconds that it takes beyond one
(about the mean at nine servers); how many of the folder run at once at most, None for as many as there are processes.
"""


def arrange(items: list[pytest.Item]) -> None:
    """Judge last what has to expire first, so that the waiting passes while other checks run, and guess after all.

    What tells of the failures that the others met comes behind them. Files that take a browser share some processes.
    """
    for item in items:
        if lets_time_pass(item) or brute_force.guesses(item) or MEET_NO_OTHER.intersection(item.path.parts):
            item.add_marker(pytest.mark.alone)
    files = list(dict.fromkeys(item.path for item in items if set(AT_A_BROWSER) & set(item.path.parts)))
    for item in items:
        if item.path in files and not item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.together(f"browser {files.index(item.path) % WITH_A_BROWSER}"))
        elif "lifecycle" in item.path.parts:  # they judge the same histories
            item.add_marker(pytest.mark.together("lifecycle"))
    weigh(items)
    items.sort(
        key=lambda item: (item.path.name == TELLS_OF_ALL, brute_force.guesses(item), bool(waits_for(item)))
    )


def keep_apart(items: Sequence[pytest.Item], target: Target) -> None:
    """Let what needs owners to itself meet no other check where the target has none for it."""
    for item in items:
        pairs = [pair for place, pair in WITH_OWNERS_APART.items() if place in item.path.parts]
        if any(not owners_apart(target, pair=pair) for pair in pairs):
            item.add_marker(pytest.mark.alone)


def lets_time_pass(item: pytest.Item) -> bool:
    """Whether a check may move the server's clock: what another process signs meanwhile would have expired."""
    if "lifecycle" in item.path.parts:
        return False  # by so little that what others date does not grow stale
    named = inspect.signature(getattr(item, "function", lets_time_pass)).parameters
    return bool(waits_for(item)) or "patience" in getattr(item, "fixturenames", ()) or "server_time" in named


def weigh(items: Sequence[pytest.Item]) -> None:
    """Mark the checks that take long, so that they are begun in time."""
    for item in items:
        for folder, takes in TAKES.items():
            if folder in item.path.parts:
                item.add_marker(pytest.mark.takes(*takes))
