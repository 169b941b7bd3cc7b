"""How counts, documents and instants are told in a report."""

from __future__ import annotations

import datetime as dt


def number(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: `1 check`, `2 checks`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def document_name(document: str) -> str:
    """How a reader names a document: `rfc7009` is RFC 7009."""
    return f"RFC {document[3:]}" if document[:3].lower() == "rfc" and document[3:].isdigit() else document


def milliseconds(time: str) -> int:
    """Milliseconds since 1970 of an ISO time; 0 where it is none."""
    try:
        return round(1000 * dt.datetime.fromisoformat(time).timestamp())
    except ValueError:
        return 0
