"""A matrix of runs as one HTML file that works offline and asks the network for nothing."""

from __future__ import annotations

from reports.matrix import Matrix
from reports.page import render_page


def render(matrix: Matrix) -> str:
    """The whole page, as HTML. What a server or a target file says is escaped, and cannot act."""
    rows = sum(len(group.rows) for group in matrix.groups)
    return render_page("matrix.html.j2", matrix=matrix, rows=rows)
