"""Locust's statistics say what ours say, in one process, over workers, and for listeners of every request."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def in_a_process_of_locust(what: str) -> Any:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "load.tests.locust.locust_process", what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_what_was_measured_is_in_locusts_tables_once() -> None:
    told = in_a_process_of_locust("poured")

    assert (told["first"]["requests"], told["first"]["failures"]) == (5, 2)
    assert told["first"]["entries"] == {"token": 3, "introspect": 2}
    assert told["first"]["errors"] == {"status: 503 for an introspection": 2}
    assert (told["second"]["requests"], told["second"]["failures"], told["planned"]) == (10, 4, 10)


def test_times_below_a_millisecond_are_not_rounded_to_nothing() -> None:
    told = in_a_process_of_locust("poured")["first"]

    assert told["token_times"] == pytest.approx([0.4, 1.5, 12.34], rel=0.01)
    assert 0.39 <= told["lowest"] <= 0.41


def test_a_master_has_what_its_workers_measured() -> None:
    told = in_a_process_of_locust("distributed")

    assert told["keys"] == [True, True, True]
    assert (told["planned"], told["done"], told["failed"]) == (15, 9, {"status": 6})
    assert (told["requests"], told["failures"]) == (15, 6)
    assert told["errors"] == {"status: 503 for an introspection": 6}


def test_listeners_of_every_request_hear_of_every_one() -> None:
    told = in_a_process_of_locust("fired")

    assert told["times"] == [1.5, 1000.0]
    assert told["exceptions"] == ["None", "status: 503 for a token"]
    assert (told["requests"], told["failures"]) == (2, 1)


def test_the_engine_works_beside_what_locust_replaces_over_tls_too() -> None:
    told = in_a_process_of_locust("over_tls")

    assert told["trusted"] == [["200"] * 4] * 3
    assert told["unknown"] == [["tls"] * 4] * 3
