"""Hostile text made fit for one line of a terminal, of XML or of Markdown. No colour, no layout."""

from __future__ import annotations

import unicodedata


def scrub(text: str) -> str:
    """Text on one line, its control, zero-width, bidirectional and surrogate characters written out."""
    kept = (" " if character.isspace() else character for character in text)
    shown = (
        f"\\x{ord(item):02x}" if unicodedata.category(item) in ("Cc", "Cf", "Cs", "Co") else item
        for item in kept
    )
    return " ".join("".join(shown).split())


def columns(text: str) -> int:
    """How many columns of a terminal a scrubbed text takes."""
    return sum(
        0 if unicodedata.combining(item) else 2 if unicodedata.east_asian_width(item) in "WF" else 1
        for item in text
    )


def cut(text: str, width: int, *, ellipsis: str = "...") -> str:
    """The text, or as much of it as fits into width columns, with an ellipsis at its end."""
    if columns(text) <= width:
        return text
    room = max(0, width - len(ellipsis))
    while columns(text) > room:
        text = text[: min(len(text) - 1, room)] if len(text) > room else text[:-1]
    return text.rstrip() + ellipsis
