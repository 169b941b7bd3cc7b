"""What befalls a run: a worker is killed, the master is killed, somebody interrupts, the server dies. Each is told."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.reference import Running, serve_in_process
from load.tests.starting import LONGEST, underway

pytestmark = [pytest.mark.takes(120), pytest.mark.apart]

RATE = 40
SLOW = (
    "--scenario",
    "token",
    "--shape",
    "constant",
    "--rate",
    str(RATE),
    "--connections",
    "4",
    "--most-lag",
    "1m",
)


@pytest.fixture
def server() -> Iterator[Running]:
    """A server that the run did not start, and does not end."""
    with serve_in_process() as running:
        yield running


def _at(running: Running) -> tuple[str, str]:
    return "--target", running.issuer


def _is_there(process: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_a_killed_worker_costs_its_last_second_and_the_run_is_not_valid(tmp_path: Path) -> None:
    with underway(tmp_path, "--workers", "2", "--for", "12s", *SLOW) as run:
        run.wait_until_answered()
        os.kill(run.workers()[0], signal.SIGKILL)
        ran = run.ended()

    lost, whole = ran.row("lost"), ran.row()
    assert ran.exit_code == 6, ran.output
    assert "went away (SIGKILL); at most its last second is missing, needed all" in ran.reasons
    assert f"{whole['not_started']:,} not started" in ran.output
    assert 0 < lost["planned"] == lost["not_started"] <= 6 * RATE
    assert (
        whole["planned"] == 12 * RATE == whole["done"] + sum(whole["failed"].values()) + whole["not_started"]
    )
    assert whole["done"] >= 6 * RATE  # the other worker went on to the end


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_workers_stop_when_the_master_is_gone(tmp_path: Path, how: signal.Signals) -> None:
    with underway(tmp_path, "--workers", "2", "--for", "60s", *SLOW) as run:
        run.wait_until_answered()
        workers = run.workers()
        run.process.send_signal(how)
        until = time.monotonic() + LONGEST
        while any(map(_is_there, workers)) and time.monotonic() < until:
            time.sleep(0.05)
        left = [worker for worker in workers if _is_there(worker)]
        for worker in left:
            os.kill(worker, signal.SIGKILL)

    assert len(workers) == 2
    assert left == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_run_reports_what_it_saw(tmp_path: Path, workers: str) -> None:
    with underway(tmp_path, "--workers", workers, "--for", "60s", *SLOW) as run:
        run.wait_until_answered()
        run.process.send_signal(signal.SIGINT)
        ran = run.ended()

    assert ran.exit_code == 2, ran.output
    assert ran.record["verdict"]["sentence"] == "Interrupted."
    assert 0 < ran.row()["done"] <= ran.row()["planned"] < 60 * RATE
    assert (
        ran.row()["planned"]
        == ran.row()["done"] + sum(ran.row()["failed"].values()) + ran.row()["not_started"]
    )


def test_a_server_that_dies_is_reported_as_such(tmp_path: Path, server: Running) -> None:
    with underway(tmp_path, *_at(server), "--for", "30s", *SLOW) as run:
        run.wait_until_answered()
        os.kill(server.pid or 0, signal.SIGKILL)
        ran = run.ended()

    assert ran.exit_code == 1, ran.output
    assert ran.record["verdict"]["sentence"] == "The server stopped answering."
    assert "The server stopped answering" in ran.reasons
    assert ran.row()["planned"] < 30 * RATE  # the rest was spared
