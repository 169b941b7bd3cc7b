"""Products side by side by groups of findings, from the small file that `calibrate --keep` writes. Values only.

The runs behind it are not kept: each column has the command that makes its run again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.conformance.words import number
from reports.journal import UnreadableJournal, Verdict

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Product:
    """One column. listed: the day of its list; told: what its findings add up to; withheld: findings not described."""

    product: str
    listed: str
    repeat: str
    told: str
    withheld: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """One row: a group of findings, the requirements, and a word for each column; empty where nothing was found."""

    group: str
    requirements: Sequence[str]
    words: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Products:
    """Several products side by side."""

    columns: Sequence[Product]
    rows: Sequence[Findings]


def is_kept(path: Path) -> bool:
    """Whether a path is such a file, and no run."""
    return path.is_file() and path.suffix == ".json"


def read(path: Path) -> Products:
    """The products of a file. UnreadableJournal when it is none of ours, or newer than this harness."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] > SCHEMA:
            raise UnreadableJournal(f"{path}: written by a newer version. Update the harness.")
        columns = content["columns"]
        return Products(
            columns=[_product(column) for column in columns],
            rows=[_row(group, [column["name"] for column in columns]) for group in content["groups"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        what = f"{type(problem).__name__}: {problem}"
        raise UnreadableJournal(
            f"{path}: not a file of products ({what}). python3 -m conformance calibrate --keep writes one."
        ) from None


def _product(column: Mapping[str, Any]) -> Product:
    counts = column["counts"]
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts.get(verdict))
    return Product(
        product=column["product"],
        listed=column["listed"],
        repeat=column["repeat"],
        told=told or "no finding",
        withheld=column["withheld"],
    )


def _row(group: Mapping[str, Any], names: Sequence[str]) -> Findings:
    return Findings(
        group=group["group"],
        requirements=group["requirements"],
        words=[_cell(group["cells"].get(name, {})) for name in names],
    )


def _cell(found: Mapping[str, int]) -> str:
    """What one product has of one group: the weightiest verdict, and how many checks in all where there are several."""
    verdicts = [verdict for verdict in Verdict if found.get(verdict)]
    if not verdicts:
        return ""
    total = sum(found.values())
    return f"{verdicts[0]}, {number(total, 'check')}" if total > 1 else str(verdicts[0])
