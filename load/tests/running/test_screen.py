"""The verdict in a few lines, from the record of a real run that is kept beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from load.measuring.record import LoadRecord, write
from load.running.screen import summary
from load.tests.starting import ROOT

SAMPLE = Path(__file__).parents[1] / "sample.json"


def _sample() -> LoadRecord:
    record: LoadRecord = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return record


def test_the_sample_has_the_published_shape() -> None:
    schema: dict[str, Any] = json.loads((ROOT / "reports/load.schema.json").read_text(encoding="utf-8"))

    jsonschema.validate(_sample(), schema)


def test_the_verdict_comes_first_and_its_reasons_follow() -> None:
    first, second, *_ = summary(_sample()).splitlines()

    assert first == "The server breaks 1 promise under load. Exit code 1."
    assert second.startswith("  Broken promise: No token is issued to two clients")


def test_the_counts_of_all_rows_are_told() -> None:
    record = _sample()
    (whole,) = [row for row in record["rows"] if row["name"] == "all"]

    assert f"{whole['planned']:,} requests planned: {whole['done']:,} done" in summary(record)
    assert f"{record['issued']['tokens']:,} tokens issued" in summary(record)


def test_what_is_written_is_what_is_read_back(tmp_path: Path) -> None:
    file = write(tmp_path, _sample())

    assert json.loads(file.read_text(encoding="utf-8")) == _sample()
    assert [item.name for item in tmp_path.iterdir()] == ["load.json"]
