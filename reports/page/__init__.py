"""Pages of ours beside report.html: one file each, a strict policy, no script. Templates here, words elsewhere.

They look like report.html, whose style they carry.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.forms.html import templates

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The Content-Security-Policy of these pages: they have no script at all."""

_FOLDER = Path(__file__).parent
_STYLES = (_FOLDER.parent / "forms" / "html" / "report.css", _FOLDER / "page.css")


def render_page(template: str, **values: Any) -> str:
    """A template of this folder with those values, every one of them escaped."""
    style = "\n".join(file.read_text(encoding="utf-8") for file in _STYLES)
    # Both files are ours and hold nothing of the run.
    styled = Markup(style)  # noqa: S704 - our own files
    return templates(_FOLDER).get_template(template).render(policy=POLICY, style=styled, **values)
