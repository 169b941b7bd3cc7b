"""@requirement: which normative statement a check is evidence for, and which fault it notices.

The ledger holds every statement; an id that is not in it is an error that names the nearest.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.ledger.profiles import NEXT, profiles

LEDGER = Path(__file__).parent
LEVELS = ("must", "structure", "should", "may")

Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One row of the ledger: what a document demands of whom, in our own words.

    partial: whether the ledger holds only some statements of its document.
    excluded: why no check can judge it, or None. fix: what a fix looks like, in one sentence. habit: what a server
    does that departs from several statements at once, in words that name the group of such findings. disputed: why the
    sentence may be read otherwise; what departs from it is advice. url: where the document stands, where its name does
    not tell.
    """

    id: str
    document: str
    section: str
    level: str
    profile: str
    binds: Sequence[str]
    endpoints: Sequence[str]
    text: str
    excluded: str | None = None
    needs: Sequence[str] = ()
    partial: bool = False
    fix: str = ""
    habit: str = ""
    disputed: str = ""
    url: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """The document and the part of it where the statement stands: `RFC 6749`, `section 5.2`."""
        part = "appendix" if re.match(r"[A-Z](\.|$)", self.section) else "section"
        name = re.sub(r"^(rfc|oauth-|mcp-)", lambda kind: f"{_SHORT[kind[1]]} ", self.document)
        return f"{name} ({self.url})" if self.url else name, f"{part} {self.section}"


_SHORT = {"rfc": "RFC", "oauth-": "OAuth", "mcp-": "MCP"}
"""How the name of a document begins for a reader."""


@dataclass(frozen=True, kw_only=True)
class Citation:
    """What one @requirement says: the row's id, and the fault of the embedded server that the check notices."""

    id: str
    broken_by: str


class BadLedger(Exception):
    """A row of the ledger, or an id that cites one, is wrong. problems: all of them, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def requirement(identifier: str, *, broken_by: str) -> Callable[[Check], Check]:
    """Mark a check as evidence for a row of the ledger, and name a fault that makes it fail."""

    def mark(check: Check) -> Check:
        marked: Check = pytest.mark.requirement(identifier, broken_by=broken_by)(check)
        return marked

    return mark


def tolerates(*names: str) -> Callable[[Check], Check]:
    """Name legal but unusual behaviours of the embedded server (`legal-..`) with which the check must still pass."""

    def mark(check: Check) -> Check:
        marked: Check = pytest.mark.tolerates(*names)(check)
        return marked

    return mark


def tolerated(item: pytest.Item) -> list[str]:
    """The legal behaviours that the check says it passes with."""
    return [name for mark in item.iter_markers("tolerates") for name in mark.args]


def citations(item: pytest.Item) -> list[Citation]:
    """What the @requirement marks of a check say, in the order in which they are written."""
    marks = list(item.iter_markers("requirement"))
    return [Citation(id=mark.args[0], broken_by=mark.kwargs["broken_by"]) for mark in reversed(marks)]


@cache
def ledger(folder: Path = LEDGER) -> Mapping[str, Requirement]:
    """Every row of every document, by id, documents in the order of their file names. BadLedger lists all problems."""
    rows: dict[str, Requirement] = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            problems.append(f"{file}: not valid TOML: {problem}.")
            continue
        document = content.get("document", {})
        for number, row in enumerate(content.get("requirement", []), start=1):
            where = f"{file}, row {number} ({row.get('id', 'no id')})"
            wrong = _problems(row)
            problems += [f"{where}: {sentence}" for sentence in wrong]
            if wrong:
                continue
            if row["id"] in rows:
                problems.append(f"{where}: this id stands in the ledger twice.")
            rows[row["id"]] = Requirement(
                **row,
                document=document.get("id", file.stem),
                profile=document.get("profile", "core"),
                partial=document.get("partial", False),
                url=document.get("url", ""),
            )
    if problems:
        raise BadLedger(problems)
    return rows


@cache
def editions(folder: Path = LEDGER) -> Mapping[str, str]:
    """By document, when the text that the ledger was made from was published: `rfc6749`: `October 2012`.

    Errata are not taken into account.
    """
    found = {}
    for file in sorted(folder.glob("*.toml")):
        document = tomllib.loads(file.read_text(encoding="utf-8")).get("document", {})
        found[document.get("id", file.stem)] = document.get("published", "")
    return found


_KEYS = {
    "id": str,
    "section": str,
    "level": str,
    "binds": list,
    "endpoints": list,
    "text": str,
    "excluded": str,
    "needs": list,
    "fix": str,
    "habit": str,
    "disputed": str,
}
_OPTIONAL = {"excluded", "needs", "fix", "habit", "disputed"}


def _problems(row: Mapping[str, Any]) -> list[str]:
    found = []
    for key, value in row.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, list(_KEYS), n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"A row holds: {', '.join(_KEYS)}."
            found.append(f'no key "{key}" is known. {hint}')
        elif not isinstance(value, _KEYS[key]) or not value:
            found.append(f"{key} is empty or of the wrong kind.")
    found += [f"{key} is missing." for key in _KEYS if key not in row and key not in _OPTIONAL]
    if row.get("level") not in LEVELS:
        found.append(f"level is one of {', '.join(LEVELS)}.")
    return found


def unknown_id(identifier: str, ids: Sequence[str]) -> str:
    """The sentence for an id that is not in the ledger."""
    near = difflib.get_close_matches(identifier, ids, n=1, cutoff=0.4)
    hint = f" Nearest: {near[0]}." if near else ""
    return f'no requirement "{identifier}" in the ledger.{hint}'


def level_of(rows: Sequence[Requirement]) -> str:
    """The level at which a check of these rows judges: must, structure or should, the strongest of them.

    Of disputed rows it is should: who reads the sentence otherwise has not violated it.
    """
    strongest = min((row.level for row in rows), key=LEVELS.index)
    is_disputed = any(row.disputed for row in rows)
    return max(strongest, "should", key=LEVELS.index) if is_disputed else strongest


def levels_of(key: str, rows: Sequence[Requirement]) -> Mapping[str, str]:
    """The level of a check in each set that holds it: that of its rows whose documents belong to the set.

    key: the check as a set names it; rows: what it cites. A check that is newer than every set is of NEXT alone.
    """
    found = {}
    for name, profile in profiles().items():
        own = [row for row in rows if row.profile in profile.names]
        if own and key in profile.checks:
            found[name] = level_of(own)
    return found or {NEXT: level_of(rows)}


def places(rows: Sequence[Requirement]) -> str:
    """Where statements stand, each place once: `RFC 6749 section 4.1.3, section 5.2 and RFC 7636 section 4.6`.

    Of more than two documents the first two are named.
    """
    parts: dict[str, dict[str, None]] = {}
    for document, part in (row.place for row in rows):
        parts.setdefault(document, {})[part] = None
    told = [f"{document} {', '.join(found)}" for document, found in parts.items()]
    return " and ".join(told[:2]) + (" and others" if len(told) > 2 else "")
