"""A run's latencies leave it in the form of HdrHistogram too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from load.judging.summary import row_record
from load.measuring.hgrm import export
from load.measuring.histogram import Histogram
from load.measuring.row import Row


def test_each_row_has_its_distribution_from_the_plan_and_from_the_send(tmp_path: Path) -> None:
    row = Row()
    for milliseconds in range(1, 101):
        Histogram(row.plan).add(milliseconds / 1e3)
        Histogram(row.send).add(milliseconds / 2e3)
    record: Any = {"rows": [row_record("token by Basic/1", row)]}

    files = export(tmp_path, record)
    [plan, send] = [file.read_text("ascii") for file in files]

    assert [file.name for file in files] == [
        "from-plan-token-by-Basic-1.hgrm",
        "from-send-token-by-Basic-1.hgrm",
    ]
    assert "Total count    =          100" in plan
    assert 99 <= float(plan.split("Max     =")[1].split(",")[0]) <= 101
    assert 49 <= float(send.split("Max     =")[1].split(",")[0]) <= 51
