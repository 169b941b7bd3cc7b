"""load.json as reports read it: found, loaded, and refused with a sentence where it is something else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.folder import run_folder
from reports.journal import UnreadableJournal

FILE = "load.json"
VERSION = 3
"""The newest version of load.schema.json that is understood.

In version 1 every latency was a whole number; before version 3 failed calls were among latencies.
"""

Record = Mapping[str, Any]
"""A load.json, as reports/load.schema.json describes it."""

_SCHEMA = Path(__file__).parents[1] / "load.schema.json"


def load_file(path: Path) -> Path:
    """The load.json that path means (itself, a run's folder, or a pointer to one), there or not."""
    return path if path.name.endswith(".json") else run_folder(path) / FILE


def read_load(path: Path) -> dict[str, Any]:
    """The load run kept in a file, in a run's folder, or where `latest` points.

    UnreadableJournal when there is none, it is not a load.json, or its schema is newer.
    """
    file = load_file(path)
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UnreadableJournal(
            f"{file}: {problem.strerror or problem}. Name the folder of a load run."
        ) from None
    except (ValueError, RecursionError):
        raise UnreadableJournal(f"{file}: not valid JSON, so it is not the record of a load run.") from None
    if not isinstance(record, dict) or not isinstance(record.get("schema"), int):
        raise UnreadableJournal(f"{file}: no member `schema`, so it is not the record of a load run.")
    if record["schema"] > VERSION:
        raise UnreadableJournal(
            f"{file}: written by a newer version (schema {record['schema']}). Update the harness."
        )
    missing = [
        name for name in json.loads(_SCHEMA.read_text(encoding="utf-8"))["required"] if name not in record
    ]
    if missing:
        raise UnreadableJournal(f"{file}: lacks {', '.join(missing)}, so it is not the record of a load run.")
    return record
