"""Several runs side by side: what has a row, what stands in a cell, and nothing of a server acts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports import commands
from reports.journal import Run, Verdict
from reports.matrix import ABSENT, markdown, matrix, page
from reports.tests.runs import HOSTILE, hostile_run, known, result, row, run
from reports.tests.test_folder import keep


def named(made: Run, name: str, command: str = "") -> Run:
    """The same run of another target."""
    target = {**made.header.target, "name": name}
    environment = {**made.header.environment, "command": command}
    return replace(made, header=replace(made.header, target=target, environment=environment))


OLD = named(run(result(Verdict.VIOLATES, "7009-2.2-S02"), result(Verdict.CONFORMS, "7009-2.1-S05")), "1.0")
NEW = named(
    run(
        result(Verdict.CONFORMS, "7009-2.2-S02"),
        result(Verdict.CONFORMS, "7009-2.1-S05"),
        result(Verdict.VIOLATES, "6749-5.1-01", known=known()),
    ),
    "2.0",
    "python3 -m conformance --target staging.toml",
)


def test_a_requirement_has_a_row_where_some_run_has_a_finding() -> None:
    made = matrix([OLD, NEW])

    assert {item.requirement: list(item.words) for group in made.groups for item in group.rows} == {
        "7009-2.2-S02": ["violates", "conforms"],
        "6749-5.1-01": [ABSENT, "violates (known)"],
    }
    assert made.considered == 3
    assert [group.document for group in made.groups] == ["RFC 7009", "RFC 6749"]


def test_every_requirement_has_a_row_where_that_is_asked_for() -> None:
    made = matrix([OLD, NEW], every=True)

    assert sum(len(group.rows) for group in made.groups) == 3


def test_a_column_tells_how_to_repeat_it() -> None:
    text = markdown.render(matrix([OLD, NEW]))

    assert "python3 -m conformance --target staging.toml" in text.replace("\\", "")
    assert "| requirement | level | 1.0 | 2.0 |" in text


@pytest.mark.parametrize("render", [markdown.render, page.render])
def test_nothing_of_a_server_acts(render: object) -> None:
    assert callable(render)
    made = named(hostile_run(), HOSTILE)
    hostile = replace(
        made, header=replace(made.header, ledger=[*made.header.ledger, row("7009-2.2-S09", text=HOSTILE)])
    )
    text = render(matrix([OLD, hostile], every=True))

    assert "<img" not in text
    assert "\x1b" not in text


def test_the_command_writes_both_forms(tmp_path: Path) -> None:
    for name, made in (("old", OLD), ("new", NEW)):
        (tmp_path / name).mkdir()
        keep(made, tmp_path / name)

    code = commands.main(
        [
            *("matrix", str(tmp_path / "old"), str(tmp_path / "new")),
            *("--html", str(tmp_path / "m.html"), "--out", str(tmp_path / "m.md")),
        ]
    )

    assert code == 0
    assert "violates" in (tmp_path / "m.md").read_text(encoding="utf-8")
    assert (tmp_path / "m.html").read_text(encoding="utf-8").count("<tr") == 7
