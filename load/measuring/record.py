"""The shape of load.json: what a load run leaves behind, for reports and for whoever reads it by machine.

Types and the writing of the file only. The published form is reports/load.schema.json. Every latency is in microseconds
with up to three decimals; seconds_by_second counts from the first planned instant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

SCHEMA = 3
FILE = "load.json"

Histogram = Sequence[tuple[float, int]]
"""Pairs of microseconds and how many, in order."""


class TargetRecord(TypedDict):
    """The server: what reports call it, and its issuer."""

    name: str
    issuer: str


class VerdictRecord(TypedDict):
    """Verdict of load/judging/verdict.py."""

    exit_code: int
    sentence: str
    reasons: Sequence[str]


class BudgetRecord(TypedDict):
    """A budget and what was measured, in its unit: us, share or 1/s.

    measured: null where nothing exercised it, or where a percentile falls among the calls that failed or never began,
    which are slower than any limit; unserved: the share of such calls.
    """

    row: str
    measure: str
    limit: float
    measured: float | None
    unserved: float
    unit: str
    kept: bool


class EvidenceRecord(TypedDict):
    """One breach. at: seconds from the first planned instant; exchanges: redacted, as text."""

    at: float
    what: str
    exchanges: Sequence[str]


class _PromiseRecord(TypedDict):
    name: str
    text: str
    requirement: str
    checked: int
    broken: int
    evidence: Sequence[EvidenceRecord]


class PromiseRecord(_PromiseRecord, total=False):
    """A promise: how often it was checked and broken, the first breaches; delay: how long it took to come true."""

    delay: LatencyRecord


class ValidityRecord(TypedDict):
    """One condition of a valid measurement. advice: what to do where it was not kept."""

    what: str
    limit: str
    measured: str
    kept: bool
    advice: str


class LatencyRecord(TypedDict):
    """Percentiles in microseconds, and the histogram behind them."""

    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    histogram: Histogram


class ShortLatencyRecord(TypedDict):
    """Percentiles of one second."""

    p50: float
    p90: float
    p99: float


class RowRecord(TypedDict):
    """One kind of request over the run. planned = done + the sum of failed + not_started; "all" is the sum of rows.

    A row "lost" holds the arrivals of workers that went away before they told what became of them: not started.

    from_plan counts from the planned instant, from_send from the first byte sent, both of what was done, and not of
    what failed; start_lag is their difference.
    """

    name: str
    planned: int
    started: int
    done: int
    failed: dict[str, int]
    not_started: int
    from_plan: LatencyRecord
    from_send: LatencyRecord
    start_lag: LatencyRecord


class SecondRecord(TypedDict):
    """One second of the run, all rows together."""

    second: int
    planned: int
    started: int
    done: int
    failed: dict[str, int]
    in_flight: int
    from_plan: ShortLatencyRecord
    from_send: ShortLatencyRecord
    start_lag_p99: float


class StepRecord(TypedDict):
    """One rate of a ramp or a search: arrivals a second planned and answered well; p99 from the plan."""

    rate: float
    reached: float
    p99: float
    kept: bool


class IssuedRecord(TypedDict):
    """Tokens that the server issued to this run, and how many of them were revoked at its end.

    again: how often a client was given a token that it had already. revoke: whether the end was asked for, by [load]
    revoke of the target file.
    """

    tokens: int
    again: int
    revoked: int
    revoke: bool


class LoadRecord(TypedDict):
    """A load run. complete: whether the end of the run was written, rather than a state on the way.

    held: the highest rate of the steps that was kept, as were all below it; knee: the one above which p99 turns upward.
    """

    schema: int
    complete: bool
    name: str
    target: TargetRecord
    scenario: str
    arrivals: dict[str, Any]
    started: str
    finished: str | None
    seconds: float
    environment: dict[str, str]
    verdict: VerdictRecord
    budgets: Sequence[BudgetRecord]
    promises: Sequence[PromiseRecord]
    validity: Sequence[ValidityRecord]
    rows: Sequence[RowRecord]
    seconds_by_second: Sequence[SecondRecord]
    steps: Sequence[StepRecord]
    held: float | None
    knee: float | None
    notes: Sequence[str]
    issued: IssuedRecord
    locust: dict[str, Any]


def write(folder: Path, record: LoadRecord) -> Path:
    """Write load.json into a folder; a reader finds the old file or the whole new one. OSError when it cannot be."""
    file = folder / FILE
    temporary = folder / f".{FILE}.{os.getpid()}"
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            json.dump(record, stream, ensure_ascii=False, separators=(",", ":"))
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return file
