"""Which checks a run holds: by requirement prefix and profile; and every mistake in ids told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from conformance.ledger.requirement import Requirement, citations, ledger, levels_of, places, unknown_id
from fixtures.target import KnownViolation


@dataclass(frozen=True, kw_only=True)
class CheckInfo:
    """What is known of a check before it runs. title: the first sentence of its docstring; where: file:line.

    profile: the set as a check of which it is judged in this run; level: its level there; levels: in each set.
    sentence: where what it demands is written: `RFC 6749 section 5.2`.
    """

    check: str
    title: str
    requirements: tuple[str, ...]
    level: str
    profile: str
    levels: Mapping[str, str]
    where: str
    sentence: str


def is_check(item: pytest.Item) -> bool:
    """Whether a test is a check of a server: it cites the ledger. Tests of the harness itself do not."""
    return item.get_closest_marker("requirement") is not None


def describe(item: pytest.Item) -> CheckInfo:
    """What is known of one check."""
    rows = [ledger()[citation.id] for citation in citations(item)]
    function = getattr(item, "function", None)
    title = " ".join((getattr(function, "__doc__", None) or item.name).split("\n\n")[0].split())
    file, line, _ = item.location
    levels = levels_of(key_of(item), rows)
    chosen: str = item.config.option.profile
    profile = chosen if chosen in levels else next(iter(levels))
    return CheckInfo(
        check=item.nodeid,
        title=title,
        requirements=tuple(dict.fromkeys(row.id for row in rows)),
        level=levels[profile],
        profile=profile,
        levels=levels,
        where=f"{file}:{(line or 0) + 1}",
        sentence=places(rows),
    )


def key_of(item: pytest.Item) -> str:
    """How a set names a check: its file below conformance/checks and its function, whatever its parameters."""
    return item.nodeid.partition("[")[0].removeprefix("conformance/checks/")


def mistakes(
    items: Sequence[pytest.Item], prefixes: Sequence[str], known: Sequence[KnownViolation]
) -> list[str]:
    """Everything wrong with the ids of markers, of --requirement and of the target file's [[known]]."""
    rows = ledger()
    found = [
        f"{item.location[0]}: {unknown_id(citation.id, list(rows))}"
        for item in items
        for citation in citations(item)
        if citation.id not in rows
    ]
    found += [
        f"--requirement {prefix}: {unknown_id(prefix, list(rows))}"
        for prefix in prefixes
        if not any(matches(row, prefix) for row in rows)
    ]
    found += [
        f"{entry.where}: [[known]] requirement: {unknown_id(entry.requirement, list(rows))}"
        for entry in known
        if entry.requirement not in rows
    ]
    return list(dict.fromkeys(found))


def prefix_of(typed: str) -> str:
    """The prefix of ids that was typed: rfc7009 and "RFC 7009" mean 7009."""
    return re.sub(r"^rfc[ -]?(?=\d)", "", typed.strip(), flags=re.IGNORECASE)


def matches(identifier: str, prefix: str) -> bool:
    """Whether a prefix selects an id: whole parts only, so that 6749-5 selects 6749-5.2-S06 and not 6749-51."""
    rest = identifier.removeprefix(prefix)
    return identifier.startswith(prefix) and (not rest or prefix.endswith(("-", ".")) or rest[0] in "-.")


def selected(item: pytest.Item, prefixes: Sequence[str]) -> bool:
    """Whether a check is wanted."""
    return not prefixes or any(
        matches(citation.id, prefix) for citation in citations(item) for prefix in prefixes
    )


def cited(items: Sequence[pytest.Item]) -> Mapping[str, list[str]]:
    """The checks that cite each requirement, by its id."""
    found: dict[str, list[str]] = {}
    for item in items:
        for citation in citations(item):
            found.setdefault(citation.id, []).append(item.nodeid)
    return found


__all__ = [
    "CheckInfo",
    "Requirement",
    "cited",
    "describe",
    "is_check",
    "key_of",
    "matches",
    "mistakes",
    "prefix_of",
    "selected",
]
