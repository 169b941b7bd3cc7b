"""Products side by side: what a cell says, what is withheld, and that the kept table is what the kept file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports import commands
from reports.journal import UnreadableJournal
from reports.matrix import page, products, products_markdown
from reports.tests.runs import HOSTILE

SERVERS = Path(__file__).parents[2] / "fixtures" / "servers"
KEPT = SERVERS / "matrix.json"


def written(folder: Path, **changes: Any) -> Path:
    """A small file of two products."""
    columns = [
        {"name": name, "product": f"{name} 1.0", "listed": "2026-11-30", "repeat": f"calibrate {name}"}
        | {"counts": {"violates": 2, "advises": 1}, "withheld": withheld}
        for name, withheld in (("one", 0), ("two", 1))
    ]
    groups = [
        {
            "group": "Repeated parameters are taken.",
            "requirements": ["6749-3.1-08"],
            "cells": {"one": {"advises": 1, "violates": 2}, "two": {"advises": 1}},
        },
        {"group": "It is late.", "requirements": ["7009-2-01"], "cells": {"two": {"inconclusive": 1}}},
    ]
    file = folder / "matrix.json"
    file.write_text(
        json.dumps({"schema": 1, "columns": columns, "groups": groups} | changes), encoding="utf-8"
    )
    return file


def test_a_cell_tells_the_weightiest_verdict_and_how_many_checks(tmp_path: Path) -> None:
    rows = products.read(written(tmp_path)).rows

    assert [list(row.words) for row in rows] == [["violates, 3 checks", "advises"], ["", "inconclusive"]]


def test_a_column_tells_what_it_came_to_and_the_command_that_makes_it_again(tmp_path: Path) -> None:
    text = products_markdown.render(products.read(written(tmp_path))).replace("\\", "")

    assert "1. **one 1.0**: 2 violates, 1 advises; listed 2026-11-30. Again: calibrate one" in text
    assert "2 violates, 1 advises, 1 finding of them not described; listed" in text


def test_it_is_rendered_by_the_command_of_the_matrix(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "m.md"), "--html", str(tmp_path / "m.html")]

    assert commands.main(["matrix", str(written(tmp_path)), *out]) == 0
    assert "| findings | one 1.0 | two 1.0 |" in (tmp_path / "m.md").read_text(encoding="utf-8")
    assert "It is late." in (tmp_path / "m.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("changes", [{"schema": 2}, {"columns": 3}, {"groups": [{}]}])
def test_what_is_no_such_file_is_told_with_what_to_do(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UnreadableJournal, match=r"calibrate --keep|Update the harness"):
        products.read(written(tmp_path, **changes))


def test_nothing_in_it_acts(tmp_path: Path) -> None:
    group = {"group": HOSTILE, "requirements": [HOSTILE], "cells": {"one": {"violates": 1}}}
    made = products.read(written(tmp_path, groups=[group]))

    assert "<img" not in page.render_products(made)
    assert "<img" not in products_markdown.render(made)


def test_the_kept_table_is_what_the_kept_file_says() -> None:
    made = products.read(KEPT)

    renewed = "python3 -m conformance calibrate --keep tells how both are written again"
    assert (SERVERS / "MATRIX.md").read_text(encoding="utf-8") == products_markdown.render(made), renewed
    assert (SERVERS / "matrix.html").read_text(encoding="utf-8") == page.render_products(made), renewed
    assert len(made.columns) == len([*SERVERS.glob("*/findings.toml")])
