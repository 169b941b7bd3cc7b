"""The benchmark reads what tools say, and holds figures to the goals; measuring itself is a command and no test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from load.benchmark.goals import judge, line, truth
from load.benchmark.runs import reported
from load.benchmark.tools import PEERS, Work, command, find

WORK = Work("http://127.0.0.1:1", 32, 8, 1000)

SAID = {
    "wrk2": "  Latency Distribution (HdrHistogram - Recorded Latency)\n 50.000%  803.00us\n 90.000%  212.22ms\n"
    " 99.000%    1.02s\n",
    "hey": "Latency distribution:\n  50%% in 0.0002 secs\n  90%% in 0.0035 secs\n  99%% in 0.0100 secs\n",
    "k6": "http_req_duration..............: med=145.2µs p(90)=1.5ms p(99)=1.02s p(99.9)=1.1s max=1.2s\n",
    "ours": 'text before\nmeasured {"percents": [50, 99.9], "from_plan_ms": [0.1, 5.5], "done": 7}\n',
}


@pytest.mark.parametrize(
    ("tool", "percent", "milliseconds"),
    [
        ("wrk2", "50", 0.803),
        ("wrk2", "90", 212.22),
        ("wrk2", "99", 1020.0),
        ("hey", "90", 3.5),
        ("k6", "50", 0.1452),
        ("k6", "99", 1020.0),
        ("ours", "99.9", 5.5),
    ],
)
def test_what_a_tool_says_is_read_as_milliseconds(tool: str, percent: str, milliseconds: float) -> None:
    assert reported(tool, SAID[tool])["milliseconds"][percent] == pytest.approx(milliseconds)


def test_a_tool_that_says_nothing_has_no_percentiles() -> None:
    assert reported("hey", "Segmentation fault") == {"milliseconds": {}}


@pytest.mark.parametrize(
    "tool",
    [
        *PEERS,
        "bare",
        "ours",
        "ours pair",
        "ours tls",
        "ours 2 processes",
        "plan",
        "fast",
        "http",
        "throughput",
    ],
)
def test_every_tool_is_told_where_how_many_and_how_long(tool: str, tmp_path: Path) -> None:
    reported = command(tool, dict.fromkeys(PEERS, "/peer"), WORK, tmp_path)
    scripts = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
    words = " ".join([*reported.line, *reported.environment.values(), *scripts])

    assert WORK.url in words
    assert "8" in words
    assert "32" in words


def test_a_peer_is_where_it_was_said_to_be_or_left_out() -> None:
    assert find({"hey": "/somewhere/hey"})["hey"] == "/somewhere/hey"
    assert all(find({}).values())


def test_the_truth_about_a_frozen_server_is_arithmetic() -> None:
    reported = {"frozen_seconds": 1.0}

    assert truth(reported, 90) == pytest.approx(200)
    assert truth(reported, 99) == pytest.approx(920)


def cost(
    tool: str, microseconds: float, *, part: str = "token", connections: int = 32, resident: int = 0
) -> dict[str, Any]:
    return {
        "part": part,
        "tool": tool,
        "connections": connections,
        "microseconds": microseconds,
        "resident": resident,
    }


def goal(figures: dict[str, Any], what: str) -> dict[str, Any]:
    [found] = [one for one in judge(figures) if what in one["what"]]
    return found


def test_a_ratio_is_the_median_of_those_of_neighbours() -> None:
    costs = [
        cost("ours", 8),
        cost("wrk", 5),
        cost("ours", 16),
        cost("wrk", 8),
        cost("ours", 9),
        cost("wrk", 5),
    ]
    judged = goal({"costs": costs, "paced": []}, "32 connections: ours over wrk")

    assert (judged["measured"], judged["met"]) == (pytest.approx(1.8), False)
    assert line(judged).startswith("MISSED")


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    judged = judge({"costs": [], "paced": []})

    assert {one["met"] for one in judged} == {None}
    assert all(line(one).startswith("not measured") for one in judged)


def test_memory_is_what_many_connections_need_more_than_few() -> None:
    costs = [
        cost("ours", 8, part="memory", resident=50_000_000),
        cost("ours", 8, part="memory", connections=4032, resident=130_000_000),
    ]

    assert goal({"costs": costs, "paced": []}, "memory")["measured"] == 20_000


def test_a_frozen_server_is_judged_by_the_truth_and_by_what_is_missing() -> None:
    reported = {
        "part": "frozen",
        "tool": "ours",
        "frozen_seconds": 1.0,
        "milliseconds": {"90": 210.0, "99": 960.0},
        "planned": 8000,
        "done": 7990,
        "failed": {"timeout": 8},
        "not_started": 1,
    }
    figures = {"costs": [], "paced": [reported]}

    assert goal(figures, "frozen server: p90")["met"] is True
    assert goal(figures, "frozen server: p99")["met"] is False
    assert goal(figures, "not accounted for")["measured"] == 1
