"""Several runs side by side: a row a requirement, a column a server or a release. Values only; no layout.

A column is one kept run. A row is there where some run has a finding; every requirement where all are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.conformance.tally import Requirement, Tally
from reports.conformance.words import document_name
from reports.journal import Run, Verdict

OPEN = frozenset({Verdict.VIOLATES, Verdict.ADVISES, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR})
"""Verdicts for which a row is shown."""
ABSENT = "no such row"
"""What stands for a requirement that the ledger of a run did not have yet."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One run. repeat: the command that was typed for it; sentence: what it came to."""

    name: str
    issuer: str
    started: str
    harness: str
    profile: str
    sentence: str
    repeat: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One requirement with a word for each column: a verdict, or why there is none."""

    requirement: str
    level: str
    text: str
    words: Sequence[str]

    @property
    def differs(self) -> bool:
        """Whether the runs do not all say the same of it."""
        return len(set(self.words)) > 1


@dataclass(frozen=True, kw_only=True)
class Group:
    """The rows of one document."""

    document: str
    rows: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Several runs side by side. considered: how many requirements were looked at for a row."""

    columns: Sequence[Column]
    groups: Sequence[Group]
    considered: int


def matrix(runs: Sequence[Run], *, every: bool = False) -> Matrix:
    """Put kept runs side by side. every: a row for each requirement, also where no run has a finding."""
    tallies = [Tally(run) for run in runs]
    found = [{item.row.id: item for item in tally.requirements} for tally in tallies]
    names = list(dict.fromkeys(name for of_run in found for name in of_run))
    groups: dict[str, list[Row]] = {}
    for name in names:
        items = [of_run.get(name) for of_run in found]
        if every or any(item is not None and item.verdict in OPEN for item in items):
            row = next(item.row for item in items if item is not None)
            groups.setdefault(document_name(row.document), []).append(
                Row(requirement=name, level=row.level, text=row.text, words=[_word(item) for item in items])
            )
    return Matrix(
        columns=[_column(tally, number) for number, tally in enumerate(tallies, start=1)],
        groups=[Group(document=document, rows=rows) for document, rows in groups.items()],
        considered=len(names),
    )


def _word(item: Requirement | None) -> str:
    return ABSENT if item is None else item.word


def _column(tally: Tally, number: int) -> Column:
    header = tally.run.header
    command = header.environment.get("command", "")
    return Column(
        name=str(header.target.get("name") or f"run {number}"),
        issuer=str(header.target.get("issuer", "")),
        started=header.started,
        harness=header.environment.get("harness", ""),
        profile=header.profile_told,
        sentence=tally.sentence,
        repeat=command or "python3 -m conformance",
    )
