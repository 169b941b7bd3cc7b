"""How counts and documents are named in a report."""

from __future__ import annotations


def number(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: `1 check`, `2 checks`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def document_name(document: str) -> str:
    """How a reader names a document: `rfc7009` is RFC 7009."""
    return f"RFC {document[3:]}" if document[:3].lower() == "rfc" and document[3:].isdigit() else document
