"""Locust's statistics say what ours say, in one process, over workers, and for listeners of every request."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(50), pytest.mark.apart]

ROOT = Path(__file__).parents[3]


def in_a_process_of_locust(what: str) -> Any:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "load.tests.locust.locust_process", what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit(300),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_what_was_measured_is_in_locusts_tables_once() -> None:
    reported = in_a_process_of_locust("exported")

    assert (reported["first"]["requests"], reported["first"]["failures"]) == (5, 2)
    assert reported["first"]["entries"] == {"token": 3, "introspect": 2}
    assert reported["first"]["errors"] == {"status: 503 for an introspection": 2}
    assert (reported["second"]["requests"], reported["second"]["failures"], reported["planned"]) == (
        10,
        4,
        10,
    )


def test_times_below_a_millisecond_are_not_rounded_to_nothing() -> None:
    reported = in_a_process_of_locust("exported")["first"]

    assert reported["token_times"] == pytest.approx([0.4, 1.5, 12.34], rel=0.01)
    assert 0.39 <= reported["lowest"] <= 0.41


def test_a_master_has_what_its_workers_measured() -> None:
    reported = in_a_process_of_locust("distributed")

    assert reported["keys"] == [True, True, True]
    assert (reported["planned"], reported["done"], reported["failed"]) == (15, 9, {"status": 6})
    assert (reported["requests"], reported["failures"]) == (15, 6)
    assert reported["errors"] == {"status: 503 for an introspection": 6}


def test_listeners_of_every_request_hear_of_every_one() -> None:
    reported = in_a_process_of_locust("fired")

    assert reported["times"] == [1.5, 1000.0]
    assert reported["exceptions"] == ["None", "status: 503 for a token"]
    assert (reported["requests"], reported["failures"]) == (2, 1)


def test_the_engine_works_beside_what_locust_replaces_over_tls_too() -> None:
    reported = in_a_process_of_locust("over_tls")

    assert reported["trusted"] == [["200"] * 4] * 3
    assert reported["unknown"] == [["tls"] * 4] * 3
