"""`python3 -m conformance bench`: what it makes of what was measured, and how one command is measured."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.proof.bench.command import differences, main, medians, ratios
from conformance.proof.bench.measuring import Measured, Side, embedded, measure
from conformance.running.environment import ROOT
from fixtures.errors import CannotTest
from fixtures.http.connection import Connection
from fixtures.http.exchange import Request
from fixtures.target import read_target

LONG = 300.0
"""Seconds of processor that no such command takes."""


def _measured(wall: float, verdict: str = "conforms", requests: int | None = 10) -> Measured:
    verdicts = {"a": (verdict, "", ""), "b": ("violates", "200", "400")}
    return Measured(code=0, wall=wall, cpu=1.0, peak=1_000_000, requests=requests, verdicts=verdicts)


def test_the_median_of_each_number_is_compared() -> None:
    here = medians([_measured(1.0), _measured(9.0), _measured(2.0)])
    there = medians([_measured(4.0), _measured(4.0), _measured(400.0)])

    assert here == {"wall": 2.0, "cpu": 1.0, "peak": 1_000_000, "requests": 10}
    assert ratios(here, there) == {"wall": 0.5, "cpu": 1.0, "peak": 1.0, "requests": 1.0}
    assert "requests" not in ratios(medians([_measured(1.0, requests=None)]), there)


def test_what_not_all_rounds_say_alike_is_listed() -> None:
    assert differences({"here": [_measured(1.0)], "there": [_measured(2.0)]}) == {}
    assert differences({"here": [_measured(1.0), _measured(1.0, "violates")], "there": [_measured(2.0)]}) == {
        "a": ["conforms", "violates"]
    }


def test_a_check_that_only_one_side_has_is_not_compared() -> None:
    other = Measured(code=0, wall=1.0, cpu=1.0, peak=1, verdicts={"b": ("violates", "200", "400")})

    assert differences({"here": [_measured(1.0, "violates")], "there": [other]}) == {}


@pytest.mark.parametrize("typed", [["run"], ["walk", "--against", "."], ["--against", "/nowhere"]])
def test_bad_usage_is_exit_code_4(typed: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(typed)

    assert ended.value.code == 4


@pytest.fixture
def side() -> Side:
    return Side(name="here", checkout=ROOT, python=Path(sys.executable), options=["--version"])


def test_a_command_is_measured_to_its_end(side: Side) -> None:
    found = measure(side, [])

    assert found.code == 0
    assert found.wall > 0
    assert 0 < found.cpu < LONG
    assert found.peak > 5_000_000


def test_the_embedded_server_of_a_checkout_is_described_where_it_seems_to_be(
    side: Side, tmp_path: Path
) -> None:
    with embedded(side, tmp_path, 0.0) as (file, secrets, count), closing(Connection()) as connection:
        target = read_target(file, environ=secrets)
        answer = connection.send(Request(method="GET", url=f"{target.issuer}/health"))

        assert (answer.status, count()) == (200, 1)
        assert target.clients["web"].secret == secrets["WEB_SECRET"]


def test_a_command_that_did_not_do_its_work_is_no_measurement(side: Side) -> None:
    with pytest.raises(CannotTest, match=r"here: it ended with 4\. There is no option --nonsense"):
        measure(side, ["--nonsense"])


def test_who_is_interrupted_leaves_no_command_behind(
    side: Side, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conformance").mkdir()
    (tmp_path / "conformance" / "__main__.py").write_text("import time\ntime.sleep(600)\n", encoding="utf-8")
    waited: list[int] = []

    def interrupted(pid: int, _options: int) -> None:
        waited.append(pid)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("conformance.proof.bench.measuring.os.wait4", interrupted)
        with pytest.raises(KeyboardInterrupt):
            measure(replace(side, checkout=tmp_path, options=[]), [])

    with pytest.raises(ProcessLookupError):
        os.kill(waited[0], 0)
