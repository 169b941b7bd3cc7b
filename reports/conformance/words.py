"""How counts, documents, sets of checks and instants are told in a report."""

from __future__ import annotations

import datetime as dt


def number(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: `1 check`, `2 checks`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def document_name(document: str) -> str:
    """How a reader names a document: `rfc7009` is RFC 7009."""
    return f"RFC {document[3:]}" if document[:3].lower() == "rfc" and document[3:].isdigit() else document


NEXT = "next"
"""The set of the checks that no profile holds yet."""


def set_name(profile: str) -> str:
    """How a reader names a set of checks that is not the run's own."""
    return "newer checks" if profile == NEXT else profile


def set_apart(profile: str) -> str:
    """What it means that a result belongs to a set that is not the run's own."""
    return "in no profile yet: told, not counted" if profile == NEXT else "another profile: told, not counted"


def found_apart(findings: int, undecided: int, profile: str) -> str:
    """What a set came to that is not the run's own, in a sentence. undecided: its inconclusive checks."""
    whose = "newer checks, which no profile holds yet" if profile == NEXT else f"profile {profile}"
    told = [number(findings, "finding")] if findings or not undecided else []
    told += [f"{undecided} inconclusive"] if undecided else []
    return f"{' and '.join(told)} of {whose}: told, not counted."


def milliseconds(time: str) -> int:
    """Milliseconds since 1970 of an ISO time; 0 where it is none."""
    try:
        return round(1000 * dt.datetime.fromisoformat(time).timestamp())
    except ValueError:
        return 0
