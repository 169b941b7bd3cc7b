"""A plan shared by workers which come from elsewhere: one begin whatever their clocks say, one sum, one verdict.

All of them are on this machine; `python3 -m load.benchmark.two_hosts` shows the same over a network.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from fixtures.errors import CannotTest
from fixtures.survey import Habit, Sight, Survey
from fixtures.target import read_target
from load.running.clocks import Reading, nearest
from load.running.messages import GeneratorSettings, settings_from_json, settings_to_json
from load.scenarios.catalogue import find
from load.tests.starting import Ran, Underway, reachable, run, underway

pytestmark = [pytest.mark.takes(80), pytest.mark.apart]

SHIFTED = "import time\n_real = time.time\ntime.time = lambda: _real() + 2.0\n"
SURVEY = Survey(
    sights=(Sight(witness="web", client="web", grant="client_credentials", alive=True),),
    habits={Habit.SAME_TOKEN: False},
)
LAG = ("--most-lag", "1m")


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def _shared(
    folder: Path, *arguments: str, shifted: bool = False
) -> Iterator[tuple[Underway, list[Underway]]]:
    """A run of two workers under way. shifted: whether the clock of the second is two seconds ahead."""
    port = _free_port()
    (folder / "sitecustomize.py").write_text(SHIFTED, encoding="utf-8")
    with reachable(folder) as (file, secrets), ExitStack() as stack:
        common = ("--target", str(file), "--scenario", "token")
        leading = ("--expect-workers", "2", "--listen", f"127.0.0.1:{port}", "--shape", "constant")
        leader = stack.enter_context(
            underway(folder / "out", *common, *leading, "--rate", "40", *LAG, *arguments, **secrets)
        )
        workers = []
        for number in range(2):
            ahead = {"PYTHONPATH": str(folder)} if shifted and number else {}
            joining = ("--target", str(file), "--worker-of", f"127.0.0.1:{port}")
            workers.append(
                stack.enter_context(underway(folder / f"worker-{number}", *joining, **secrets, **ahead))
            )
        yield leader, workers


def _is_accounted_for(ran: Ran) -> bool:
    row = ran.row()
    return bool(row["planned"] == row["done"] + sum(row["failed"].values()) + row["not_started"])


def test_two_workers_share_one_plan_and_begin_together_though_one_clock_is_ahead(tmp_path: Path) -> None:
    with _shared(tmp_path, "--for", "2s", shifted=True) as (leader, workers):
        ran = leader.ended()
        ended = [worker.ended() for worker in workers]

    row = ran.row("token")
    assert ran.exit_code == 0, ran.output
    assert [each.exit_code for each in ended] == [0, 0], ended[0].output + ended[1].output
    assert (row["planned"], row["done"]) == (80, 80)
    assert sum(count for _, count in row["from_plan"]["histogram"]) == 80
    # were one of them two seconds late, as many seconds would have arrivals as both plans together
    busy = [each["second"] for each in ran.record["seconds_by_second"] if each["planned"]]
    assert len(busy) == 2
    hosts = ran.record["locust"]["hosts"]
    assert sorted(round(each["clock_ahead"]) for each in hosts) == [0, 2]
    assert all(each["known_within"] < 0.5 for each in hosts)
    assert "s ahead of the master's, known to " in ran.output


def test_a_worker_that_is_killed_makes_the_measurement_invalid_and_its_arrivals_are_accounted_for(
    tmp_path: Path,
) -> None:
    with _shared(tmp_path, "--for", "10s") as (leader, workers):
        leader.wait_until_answered()
        os.kill(workers[1].process.pid, signal.SIGKILL)
        ran = leader.ended()

    assert ran.exit_code == 6, ran.output
    assert "went away (nothing is heard of it any more)" in ran.reasons
    assert _is_accounted_for(ran)


def test_a_worker_that_is_interrupted_says_so(tmp_path: Path) -> None:
    with _shared(tmp_path, "--for", "4s") as (leader, workers):
        leader.wait_until_answered()
        workers[0].process.send_signal(signal.SIGTERM)
        left = workers[0].ended()
        ran = leader.ended()

    assert left.exit_code == 2, left.output
    assert ran.exit_code == 6, ran.output
    assert "went away (it was interrupted)" in ran.reasons


def test_workers_stop_when_nothing_is_heard_of_the_master(tmp_path: Path) -> None:
    with _shared(tmp_path, "--for", "30s") as (leader, workers):
        leader.wait_until_answered()
        leader.process.kill()
        ended = [worker.ended() for worker in workers]

    assert [each.exit_code for each in ended] == [6, 6]
    assert "Nothing is heard of the master any more" in ended[0].output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--worker-of", "127.0.0.1", "--rate", "5"], "--rate is said where the run is led"),
        (["--worker-of", "127.0.0.1"], "The embedded server answers one process alone"),
        (["--expect-workers", "2"], "The embedded server answers one process alone"),
        (["--expect-workers", "2", "--workers", "2"], "one of both"),
        (["--listen", "9000"], "say how many, --expect-workers N"),
        (["--worker-of", "a b"], "'a b' is not a host, a port, or host:port"),
    ],
)
def test_roles_that_do_not_go_together_are_a_mistake(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    mistaken = run(tmp_path, *arguments)

    assert mistaken.exit_code == 4, mistaken.output
    assert expected in mistaken.output


def test_a_clock_is_known_as_exactly_as_its_quickest_answer_was_quick() -> None:
    slow, quick = Reading(10.0, 13.0, 10.4), Reading(20.0, 22.05, 20.1)

    assert nearest([slow, quick]) is quick
    assert quick.ahead == pytest.approx(2.0)
    assert quick.within == pytest.approx(0.05)
    assert slow.ahead - slow.within <= 2.8 <= slow.ahead + slow.within


def test_what_a_worker_is_told_holds_no_secret_and_fits_its_own_target_only(tmp_path: Path) -> None:
    with reachable(tmp_path) as (file, secrets):
        target = read_target(file, environ=secrets)
    settings = GeneratorSettings(
        scenario=find("token"), targets=[target], surveys=[SURVEY], count=10, seconds=1.0, seed=7
    )

    told = settings_to_json(settings, share=1, of=2)
    again = settings_from_json(told, scenario=settings.scenario, targets=[target], redact=str)

    assert secrets["LOAD_TEST_SECRET"] not in str(told)
    assert again.surveys == [SURVEY]
    assert (again.share, again.of, again.seed, again.count) == (1, 2, 7, 10)
    with pytest.raises(CannotTest, match="this worker at"):
        settings_from_json(
            {**told, "issuers": ["https://other.example"]},
            scenario=settings.scenario,
            targets=[target],
            redact=str,
        )
    with pytest.raises(CannotTest, match="different versions"):
        settings_from_json({**told, "protocol": 0}, scenario=settings.scenario, targets=[target], redact=str)
