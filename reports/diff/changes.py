"""A difference as values that every form shows: what changed, in which group, and whether it is worse. No layout."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LOOPBACK = re.compile(r"(https?://(?:127(?:\.[0-9]+){3}|localhost|\[::1\])):[0-9]+")


class Weight(StrEnum):
    """What a change means. Worse sets exit code 1; what is noted is for the reader to weigh."""

    WORSE = "worse"
    UNDECIDED = "undecided"
    BETTER = "better"
    SAME = "same"
    NOTED = "noted"


class Incomparable(Exception):
    """The two runs cannot be compared; the message says why, and what to compare instead."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that differs. name: a requirement's id or a measure; old, new: its words or figures in both runs.

    text: what it is about. details: a line each, such as a check and why it came out so.
    """

    name: str
    old: str
    new: str
    weight: Weight
    text: str = ""
    details: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """Changes of one kind. title: `newly violated` and the like; note: how to read them."""

    title: str
    changes: Sequence[Change]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two runs compared. title: of what; runs: the old and the new one in words; sentence: the outcome in one.

    notes: what a reader has to know about the comparison itself.
    """

    title: str
    runs: tuple[str, str]
    sentence: str
    groups: Sequence[Group]
    notes: Sequence[str] = ()

    @property
    def worse(self) -> bool:
        """Whether something got worse."""
        return any(change.weight is Weight.WORSE for group in self.groups for change in group.changes)

    @property
    def exit_code(self) -> int:
        """1 when something got worse, else 0."""
        return int(self.worse)


def same_target(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Raise Incomparable unless both are one target: one name, one issuer.

    The port does not count on this machine: the embedded server has its own at every start, and keeps its name.
    """
    first, second = (str(target.get("name", "")) for target in (old, new))
    here, there = (str(target.get("issuer", "")) for target in (old, new))
    if first != second or _LOOPBACK.sub(r"\1", here) != _LOOPBACK.sub(r"\1", there):
        raise Incomparable(
            f"The old run is of {first} ({here}), the new one of {second} ({there}). "
            "Compare two runs of one target."
        )
