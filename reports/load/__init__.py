"""What a load run leaves behind, for people and machines: load.html, junit.xml and summary.md, made from load.json."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import UndefinedError

from reports.folder import write_atomically
from reports.forms import step_summary
from reports.journal import UnreadableJournal
from reports.load import junit, markdown, page
from reports.load.record import Record, load_file, read_load

FORMS: Mapping[str, tuple[str, Callable[[Record], str]]] = {
    "html": ("load.html", page.render),
    "junit": ("junit.xml", junit.render),
    "markdown": ("summary.md", markdown.render),
}
"""The name of each form on the command line, its file in the run's folder, and what renders it."""


def render(folder: Path) -> list[Path]:
    """Write every report of a load run beside its load.json, each whole or not at all; gives what was written.

    The summary goes to the page of the CI job too, where there is one.

    UnreadableJournal when load.json is not what load.schema.json describes; OSError when the folder cannot be written.
    """
    record = read_load(folder)
    written = []
    for file, form in FORMS.values():
        write_atomically(folder / file, shown(record, form, folder))
        written.append(folder / file)
    step_summary.append((folder / FORMS["markdown"][0]).read_text(encoding="utf-8"), os.environ)
    return written


def shown(record: Record, form: Callable[[Record], str], path: Path) -> str:
    """A form of a load run. UnreadableJournal when a member is missing or is not what the schema says."""
    try:
        return form(record)
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as problem:
        raise UnreadableJournal(f"{load_file(path)}: lacks or misnames a member: {problem}.") from None
