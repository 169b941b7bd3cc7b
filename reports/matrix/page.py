"""A matrix of runs, or of products, as one HTML file that works offline and asks the network for nothing."""

from __future__ import annotations

from reports.matrix import Matrix
from reports.matrix.products import Products
from reports.matrix.products_markdown import NOTE
from reports.page import render_page


def render(matrix: Matrix) -> str:
    """The whole page, as HTML. What a server or a target file says is escaped, and cannot act."""
    rows = sum(len(group.rows) for group in matrix.groups)
    return render_page("matrix.html.j2", matrix=matrix, rows=rows)


def render_products(products: Products) -> str:
    """The same of products."""
    return render_page("products.html.j2", products=products, note=NOTE)
