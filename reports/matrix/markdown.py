"""A matrix of runs as Markdown: one table a document, and what each column is."""

from __future__ import annotations

from reports.forms.markdown import plain
from reports.matrix import Matrix


def render(matrix: Matrix) -> str:
    """The matrix as Markdown. Nothing that a server or a target file says can act in it."""
    lines = ["# Runs side by side", ""]
    lines += [
        f"{number}. **{plain(column.name)}**, {plain(column.issuer)}: {plain(column.sentence)} Profile "
        f"{plain(column.profile)}, harness {plain(column.harness)}, {plain(column.started)}. "
        f"Again: {plain(column.repeat)}"
        for number, column in enumerate(matrix.columns, start=1)
    ]
    for group in matrix.groups:
        names = " | ".join(plain(column.name) for column in matrix.columns)
        lines += ["", f"## {plain(group.document)}", "", f"| requirement | level | {names} |"]
        lines.append(f"|---|---|{'---|' * len(matrix.columns)}")
        lines += [
            f"| {plain(row.requirement)} | {plain(row.level)} | {' | '.join(map(plain, row.words))} |"
            for row in group.rows
        ]
    rows = sum(len(group.rows) for group in matrix.groups)
    return "\n".join([*lines, "", f"{rows} of {matrix.considered} requirements have a row."]) + "\n"
