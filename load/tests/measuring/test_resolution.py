"""What a run leaves behind is true to 1 % from 10 us to 1000 s: load.json and .hgrm, read back from their files."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.judging.summary import row_record, second_records
from load.measuring.hgrm import export
from load.measuring.histogram import Histogram
from load.measuring.measurement import Measurement
from load.measuring.record import write
from load.measuring.row import Row
from load.tests.starting import ROOT

SAMPLE = json.loads((Path(__file__).parents[1] / "sample.json").read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "reports/load.schema.json").read_text(encoding="utf-8"))
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
DURATIONS = st.floats(math.log(10e-6), math.log(1000.0)).map(math.exp)

Kept = tuple[dict[str, Any], list[list[str]]]
"""load.json, and the lines of the .hgrm from the plan."""


def kept(durations: Sequence[float], workers: int = 1) -> Kept:
    """What is left of a run whose answers took so long, each worker having measured its part of them."""
    whole = Measurement(0.0)
    for worker in range(workers):
        part, row = Measurement(0.0), Row()
        for seconds in durations[worker::workers]:
            Histogram(row.plan).add(seconds)
        row.arrived = row.begun = len(durations[worker::workers])
        part.second(0)["token"] = row
        whole.merge(Measurement.from_json(json.loads(json.dumps(part.to_json()))))
    record: Any = SAMPLE | {
        "schema": 2,
        "rows": [row_record("token", whole.row("token"))],
        "seconds_by_second": second_records(whole, 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), record)
        (hgrm, _) = export(Path(folder), record)
        lines = [line.split() for line in hgrm.read_text(encoding="ascii").splitlines()[2:]]
        return json.loads(file.read_text(encoding="utf-8")), [line for line in lines if line[0][0] != "#"]


def exact(durations: Sequence[float], share: float) -> float:
    """The duration, in microseconds, that this share does not exceed."""
    rank = max(1, math.ceil(round(share * len(durations), 6)))
    return sorted(durations)[rank - 1] * 1e6


def is_true(reported: float, truth: float) -> bool:
    return abs(reported - truth) <= 0.01 * truth


@settings(deadline=None)
@given(st.lists(DURATIONS, min_size=1, max_size=60))
def test_every_percentile_of_both_files_is_within_one_percent(durations: list[float]) -> None:
    record, lines = kept(durations)
    latency, second = record["rows"][0]["from_plan"], record["seconds_by_second"][0]["from_plan"]

    assert all(is_true(latency[name], exact(durations, share)) for name, share in SHARES.items())
    assert all(is_true(second[name], exact(durations, SHARES[name])) for name in ("p50", "p90", "p99"))
    assert all(is_true(float(line[0]) * 1e3, exact(durations, float(line[1]))) for line in lines)
    assert int(lines[-1][2]) == sum(count for _, count in latency["histogram"]) == len(durations)


@pytest.mark.parametrize(
    "seconds", [digit * 10.0**power for power in range(-5, 3) for digit in (1, 1.04, 3, 9.96)]
)
def test_one_duration_is_told_within_one_percent_wherever_it_stands(seconds: float) -> None:
    record, lines = kept([seconds])
    latency = record["rows"][0]["from_plan"]

    assert all(is_true(latency[name], seconds * 1e6) for name in SHARES)
    assert is_true(latency["histogram"][0][0], seconds * 1e6)
    assert is_true(float(lines[-1][0]) * 1e3, seconds * 1e6)


@settings(deadline=None)
@given(st.lists(DURATIONS, min_size=1, max_size=40), st.integers(2, 4))
def test_what_workers_measured_apart_is_the_same_to_the_last_digit(
    durations: list[float], workers: int
) -> None:
    assert kept(durations, workers) == kept(durations)


def test_fractions_of_microseconds_follow_the_published_schema() -> None:
    record, _ = kept([12.3456e-6, 9.87])

    assert record["rows"][0]["from_plan"]["p50"] == pytest.approx(12.35, abs=0.1)
    jsonschema.validate(record, SCHEMA)


@pytest.mark.parametrize(("version", "valid"), [(1, True), (2, True), (3, True), (4, False)])
def test_the_schema_holds_for_the_versions_that_there_are(version: int, *, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(SAMPLE | {"schema": version}) is valid
