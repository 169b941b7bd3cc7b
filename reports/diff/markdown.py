"""A difference as Markdown for a pull request, and as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from reports.diff.changes import Change, Difference
from reports.forms.markdown import plain
from reports.plain import columns, cut, scrub

MOST_CHANGES = 60
_MOST_LINES = 12
_WIDTH = 100


def render(difference: Difference) -> str:
    """The difference as Markdown. Nothing that a server or a target file says can act in it."""
    old, new = difference.runs
    lines = [f"# What changed: {plain(difference.title)}", "", f"**{plain(difference.sentence)}**", ""]
    lines += [
        f"- old: {plain(old)}",
        f"- new: {plain(new)}",
        *(f"- {plain(note)}" for note in difference.notes),
    ]
    for group in difference.groups:
        lines += ["", f"## {plain(group.title)}", "", *([plain(group.note), ""] if group.note else [])]
        lines += ["| what | old | new | | about |", "|---|---|---|---|---|"]
        for change in group.changes[:MOST_CHANGES]:
            cells = (change.name, change.old, change.new, change.weight, _about(change))
            lines.append(f"| {' | '.join(plain(cell) for cell in cells)} |")
        lines += _left(group.changes, MOST_CHANGES)
    return "\n".join(lines) + "\n"


def text(difference: Difference) -> str:
    """The difference for a terminal, in lines of at most 100 columns; a name, which is for copying, is never cut."""
    lines = [
        difference.sentence,
        f"old: {difference.runs[0]}",
        f"new: {difference.runs[1]}",
        *difference.notes,
    ]
    lines = [_fit(line) for line in lines]
    for group in difference.groups:
        lines += ["", _fit(group.title)]
        for change in group.changes[:_MOST_LINES]:
            lines += _told(change)
            lines += [_fit(f"    {detail}") for detail in change.details[:3]]
        lines += _left(group.changes, _MOST_LINES)
    return "\n".join(lines) + "\n"


def _told(change: Change) -> list[str]:
    """A change on one line; where that has too few columns, its name stands above the rest."""
    name, told = f"  {scrub(change.name)}:", f"{change.old} -> {change.new} ({change.weight})"
    if columns(f"{name} {scrub(told)}") <= _WIDTH:
        return [_fit(f"{name} {told} {change.text}".rstrip())]
    return [name, _fit(f"    {told} {change.text}".rstrip())]


def _fit(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return " " * indent + cut(scrub(line), _WIDTH - indent)


def _about(change: Change) -> str:
    return " ".join([change.text, *change.details[:1]]).strip()


def _left(changes: Sequence[Change], shown: int) -> list[str]:
    return ["", f"and {len(changes) - shown} more; the HTML form has all"] if len(changes) > shown else []
