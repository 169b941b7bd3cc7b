"""A difference as one HTML file that works offline and asks the network for nothing."""

from __future__ import annotations

from reports.diff.changes import Difference
from reports.page import render_page


def render(difference: Difference) -> str:
    """The whole page, as HTML. What a server or a target file says is escaped, and cannot act."""
    tone = "bad" if difference.worse else "good"
    return render_page("difference.html.j2", difference=difference, tone=tone)
