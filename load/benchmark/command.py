"""The command of the benchmark: measures ours and its peers in one run, and writes the figures to a file.

Generators share one core and the stand-in has another. Tools take turns of a second (A B C A B C), so that what else
the machine does meets them alike, and a ratio is that of two neighbours. A loop that only sends and reads stands among
them: what ours costs beyond `bare` is what checking and counting cost in Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from load.benchmark import goals, tools
from load.benchmark.runs import Bench, Cost
from load.benchmark.standin import standing_in
from load.benchmark.tools import Work

PARTS = ("token", "pair", "traces", "tls", "metrics", "processes", "memory", "open", "frozen")
WHOLE_SECONDS = 5.0
"""How long a run is measured that is not stopped in between."""

EXAMPLE = """example:
  python3 -m load.benchmark --out figures.json --peer k6=/opt/k6 --peer wrk2=/opt/wrk2
  python3 -m load.benchmark --out short.json --only token --rounds 1 --seconds 2
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write. Returns 0 when every goal that could be measured is met, 1 when not, 2 on misuse."""
    options = _options(arguments)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.stderr.write("The benchmark needs two cores: one for the stand-in, one for the generators.\n")
        return 2
    named = dict(item.split("=", 1) for item in options.peer)
    paths = tools.find(named)
    absent = [name for name in tools.PEERS if name not in paths]
    figures: dict[str, Any] = {
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()},
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("locust", "gevent", "msgspec")},
        "absent": absent,
        "costs": [],
        "paced": [],
        "troubles": [],
    }
    with standing_in(cores[0]) as server:
        bench = Bench(server, paths, cores[1])
        for part in options.only:
            _say(f"-- {part}")
            _measure(part, bench, paths, options, figures)
    figures["load_at_the_end"] = os.getloadavg()
    figures["goals"] = judged = goals.judge(figures)
    options.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    _say("")
    for goal in judged:
        _say(goals.line(goal))
    for name in absent:
        _say(f"{name} is absent: name it with --peer {name}=PATH")
    return 0 if all(goal["met"] is not False for goal in judged) else 1


def _measure(
    part: str, bench: Bench, paths: dict[str, str], options: argparse.Namespace, figures: dict[str, Any]
) -> None:
    there = [name for name in ("wrk", "hey", "k6", "k9") if name in paths]
    turns = {
        "token": [(tool, many) for many in (32, 256) for tool in ("ours", *there, "bare", "fast", "http")],
        "pair": [(tool, 32) for tool in ("ours pair", *(["wrk"] if "wrk" in paths else []))],
        "traces": [("ours", 32), ("ours traced", 32)],
        "tls": [(tool, 32) for tool in ("ours tls", *(["wrk tls"] if "wrk" in paths else []))],
        "metrics": [("plan", 32), ("plan with metrics", 32)],
        "processes": [("ours", 32), ("ours 2 processes", 32)],
        "memory": [("ours", 32), ("ours", 4000)],
    }
    if part in turns:
        costs = (
            _one_after_another(bench, turns[part], 1 if part == "memory" else options.rounds, figures)
            if part in {"metrics", "memory"}
            else bench.turns(
                turns[part], options.rounds, options.seconds, lambda problem: _trouble(figures, problem)
            )
        )
        for cost in costs:
            figures["costs"].append({"part": part, **cost.to_json()})
            _say(
                f"{cost.tool:18} {cost.connections:5} connections {cost.microseconds:8.2f} us/request"
                f" {cost.per_second:9.0f}/s {cost.core:5.2f} core {cost.resident / 1e6:6.0f} MB"
            )
        return
    rate, connections, freeze = (20_000, 256, 0.0) if part == "open" else (1_000, 32, 1.0)
    several = {
        "open": ["ours"],
        "frozen": ["ours", *(name for name in ("wrk2", "hey", "k6") if name in paths), "throughput"],
    }
    for _ in range(options.rounds if part == "open" else 1):
        for tool in several[part]:
            try:
                paced = bench.paced(tool, Work(bench.server.url, connections, 8, rate), freeze=freeze)
            except RuntimeError as problem:
                _trouble(figures, problem)
                continue
            figures["paced"].append({"part": part, **paced})
            times = " ".join(f"p{at} {value:.2f}" for at, value in paced["milliseconds"].items())
            _say(f"{tool:18} {rate:6}/s served {paced['served']:7} ms: {times}")


def _one_after_another(
    bench: Bench, tools: Sequence[tuple[str, int]], rounds: int, figures: dict[str, Any]
) -> Iterator[Cost]:
    """Costs of what cannot be stopped in between: a plan goes on meanwhile, and memory is looked at when it is new."""
    for _ in range(rounds):
        for tool, connections in tools:
            try:
                yield bench.cost(tool, connections, WHOLE_SECONDS)
            except RuntimeError as problem:
                _trouble(figures, problem)


def _trouble(figures: dict[str, Any], problem: RuntimeError) -> None:
    figures["troubles"].append(str(problem))
    _say(str(problem))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m load.benchmark",
        description="What a request costs the generator, and how true its clock is, beside other tools.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where the figures go, as JSON"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts")
    parser.add_argument("--rounds", type=int, default=9, help="how often each tool has its turn (9)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each turn is measured (1)")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH", help="where a peer is")
    options = parser.parse_args(arguments)
    if unknown := [
        item for item in options.peer if item.split("=", 1)[0] not in tools.PEERS or "=" not in item
    ]:
        parser.error(f"--peer {unknown[0]}: NAME=PATH is expected, NAME one of {', '.join(tools.PEERS)}")
    return options


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
