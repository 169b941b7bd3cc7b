"""What checks say in the table of requirements: each sentence once, and elsewhere where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.conformance.tally import Requirement
from reports.journal import Result, Verdict


@dataclass(frozen=True, kw_only=True)
class First:
    """Where the sentence of a check stands that several requirements have: the first of them, and an anchor."""

    row: str
    anchor: str


def repeated(requirements: Sequence[Requirement]) -> dict[str, First]:
    """By the sentence of a check, where it stands, for those that would be told with several requirements."""
    rows: dict[str, list[str]] = {}
    for item in requirements:
        for result in () if _nothing_judged(item) else item.results:
            rows.setdefault(result.title, []).append(item.row.id)
    several = {title: found[0] for title, found in rows.items() if len(found) > 1}
    return {title: First(row=row, anchor=f"t{at}") for at, (title, row) in enumerate(several.items())}


def _nothing_judged(item: Requirement) -> bool:
    """Whether no check of a requirement applied: what they say is then no evidence of anything."""
    return all(result.verdict is Verdict.NOT_APPLICABLE for result in item.results)


def told_with_its_finding(item: Requirement, anchors: Mapping[str, str]) -> bool:
    """Whether why a requirement could not be judged stands with a finding of the page, to which its check leads."""
    return item.verdict is Verdict.INCONCLUSIVE and any(
        result.check in anchors for result in item.results if result.verdict is Verdict.INCONCLUSIVE
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a check says in the row of a requirement: here, with an anchor where others say the same, or elsewhere."""

    result: Result
    anchor: str = ""
    elsewhere: First | None = None


def lines(item: Requirement, titles: Mapping[str, First], anchors: Mapping[str, str]) -> list[Line]:
    """What the checks of a requirement say, each sentence once for each verdict; nothing where none applied."""
    found: list[Line] = []
    told: set[tuple[str, str]] = set()
    for result in () if _nothing_judged(item) else item.results:
        first = titles.get(result.title)
        here = first is not None and first.row == item.row.id
        if (result.title, result.verdict) in told and result.check not in anchors:
            continue
        is_first = here and result.title not in {title for title, _ in told}
        told.add((result.title, result.verdict))
        found.append(
            Line(
                result=result,
                anchor=first.anchor if first and is_first else "",
                elsewhere=None if here else first,
            )
        )
    return found
