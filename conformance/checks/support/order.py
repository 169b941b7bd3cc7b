"""In which order a run judges its checks, and which of them meet no other."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

import pytest

from conformance.checks.support import brute_force
from conformance.checks.support.waiting import waits_for

TELLS_OF_ALL = "test_steady_failures.py"
"""The file of the checks that tell what the others met."""
MEET_NO_OTHER = frozenset(
    {
        *(
            "races",
            "test_races.py",
            "lifecycle",
            "test_guessing.py",
            "test_signing_in.py",
            "test_taking_access_back.py",
        ),
        TELLS_OF_ALL,
    }
)
"""Folders and files of checks that time requests, move the server's clock, or change what an owner shares."""


AT_A_BROWSER = ("pages", "test_pages.py")
"""The folder, and files, whose checks look at rendered pages: each takes as long as dozens of others."""
WITH_A_BROWSER = 2
"""How many processes start a browser for them."""
TAKES: Mapping[str, tuple[float, float, int | None]] = {
    **dict.fromkeys(AT_A_BROWSER, (30.0, 4.0, WITH_A_BROWSER)),
    "fuzzing": (20.0, 2.0, None),
    "lifecycle": (10.0, 3.0, None),
}
"""How many usual checks a check of a folder takes the time of, where that is many; the seconds that it takes beyond one
(about the mean at nine servers); how many of the folder run at once at most, None for as many as there are processes.
"""


def arrange(items: list[pytest.Item]) -> None:
    """Judge last what has to expire first, so that the waiting passes while other checks run, and guess after all.

    What tells of the failures that the others met comes behind them.
    """
    for item in items:
        if lets_time_pass(item) or brute_force.guesses(item) or MEET_NO_OTHER.intersection(item.path.parts):
            item.add_marker(pytest.mark.alone)
    files = list(dict.fromkeys(item.path for item in items if set(AT_A_BROWSER) & set(item.path.parts)))
    for item in items:
        if item.path in files and not item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.together(f"browser {files.index(item.path) % WITH_A_BROWSER}"))
    weigh(items)
    items.sort(
        key=lambda item: (item.path.name == TELLS_OF_ALL, brute_force.guesses(item), bool(waits_for(item)))
    )


def lets_time_pass(item: pytest.Item) -> bool:
    """Whether a check may move the server's clock: what another process signs meanwhile would have expired."""
    named = inspect.signature(getattr(item, "function", lets_time_pass)).parameters
    return bool(waits_for(item)) or "patience" in getattr(item, "fixturenames", ()) or "server_time" in named


def weigh(items: Sequence[pytest.Item]) -> None:
    """Mark the checks that take long, so that they are begun in time."""
    for item in items:
        for folder, takes in TAKES.items():
            if folder in item.path.parts:
                item.add_marker(pytest.mark.takes(*takes))
