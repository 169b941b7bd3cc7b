"""Products side by side as Markdown: what each column is, and one table of groups of findings."""

from __future__ import annotations

from reports.conformance.words import number
from reports.forms.markdown import plain
from reports.matrix.products import Product, Products

NOTE = (
    "An empty cell: no check of that group has a finding there; it is met, or not offered. A cell tells the weightiest "
    "verdict of a group, and the number of checks. Findings that would tell how somebody gets past a security check of "
    "a product are counted at its head, and described nowhere."
)


def render(products: Products) -> str:
    """The whole table as Markdown. Nothing in it can act."""
    lines = ["# What the checks find at real servers", "", NOTE, ""]
    lines += [f"{at}. {_column(column)}" for at, column in enumerate(products.columns, start=1)]
    heads = " | ".join(plain(column.product) for column in products.columns)
    lines += ["", f"| findings | {heads} |", f"|---|{'---|' * len(products.columns)}"]
    lines += [
        f"| {plain(row.group)} ({plain(', '.join(row.requirements))}) | {' | '.join(map(plain, row.words))} |"
        for row in products.rows
    ]
    return "\n".join(lines) + "\n"


def _column(column: Product) -> str:
    withheld = f", {number(column.withheld, 'finding')} of them not described" if column.withheld else ""
    told = f"{column.told}{withheld}; listed {column.listed}."
    return f"**{plain(column.product)}**: {plain(told)} Again: {plain(column.repeat)}"
