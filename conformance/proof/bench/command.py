"""`python3 -m conformance bench`: what this build takes beside another one, in turns, and whether both judge alike."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from conformance.proof.bench.measuring import Measured, Side, measure, measure_run
from conformance.running.environment import ROOT
from fixtures.command_line import Parser, duration
from fixtures.errors import CannotTest

ALIKE, DIFFERENT, CANNOT = 0, 1, 6
WHAT = ("run", "selftest", "prove")
HELP = """\
examples:
  python3 -m conformance bench --against ../harness-of-yesterday --delay 50ms --out bench.json
  python3 -m conformance bench prove --against ../harness-of-yesterday --rounds 3
  python3 -m conformance bench --against . --here "--parallel 8" --there "--parallel 1" --rounds 10

The last one compares two ways to run this build. Both sides take turns; medians are told. A run is made at the embedded
server of its checkout, behind a proxy that counts requests and makes it seem --delay away; --server names a real one.
Each check whose verdict, expectation or finding differs between rounds or sides is listed, as far as both have it.

exit codes: 0 measured, and no verdict differs; 1 one does; 2 interrupted; 4 bad usage; 6 a server could not be started
"""


def main(arguments: Sequence[str]) -> int:
    """Measure what the arguments ask for, tell it, write it down, and return the exit code."""
    parser = Parser(
        prog="python3 -m conformance bench",
        description="Measures a command of this build beside that of another checkout.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", nargs="?", choices=WHAT, default="run", help="the command; default: run")
    add("--against", type=Path, required=True, metavar="CHECKOUT", help="the other checkout; . for this one")
    add(
        "--python",
        type=Path,
        metavar="PATH",
        help="the other one's interpreter; default: of its .venv, or ours",
    )
    add("--rounds", type=int, default=5, metavar="N", help="how often each side is measured; default: 5")
    add("--delay", type=duration, default=0.0, metavar="DURATION", help="a round trip: 50ms; default: none")
    add(
        "--server",
        default="",
        metavar="NAME",
        help="a server of fixtures/servers in place of the embedded one",
    )
    add("--here", default="", metavar="OPTIONS", help='what is typed here as well: "--parallel 8"')
    add("--there", default="", metavar="OPTIONS", help="what is typed there as well")
    add("--out", type=Path, default=Path("bench.json"), metavar="FILE", help="default: bench.json")
    options = parser.parse_known(arguments)
    there = options.against.resolve()
    if not (there / "conformance" / "__main__.py").is_file():
        parser.error(f"{options.against} is no checkout of the harness.")
    own = there / ".venv" / "bin" / "python"
    python = options.python or (own if own.exists() else Path(sys.executable))
    sides = [
        Side(name="here", checkout=ROOT, python=Path(sys.executable), options=shlex.split(options.here)),
        Side(name="there", checkout=there, python=python.absolute(), options=shlex.split(options.there)),
    ]

    def once(side: Side) -> Measured:
        if options.what == "run":
            return measure_run(side, [], round_trip=options.delay, server=options.server)
        return measure(side, [options.what])

    try:
        found = _in_turns(sides, options.rounds, once)
    except CannotTest as problem:
        sys.stderr.write(f"{problem}\n")
        return CANNOT
    differing = differences(found)
    median = {name: medians(rounds) for name, rounds in found.items()}
    ratio = ratios(median["here"], median["there"])
    told = {
        "command": ["python3", "-m", "conformance", "bench", *arguments],
        "machine": {
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "rounds": {name: [_numbers(each) for each in rounds] for name, rounds in found.items()},
        "median": median,
        "ratio": ratio,
        "differing": differing,
    }
    options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    _tell(median, ratio, differing)
    sys.stdout.write(f"Written: {options.out}\n")
    return DIFFERENT if differing else ALIKE


def _in_turns(
    sides: Sequence[Side], rounds: int, once: Callable[[Side], Measured]
) -> dict[str, list[Measured]]:
    """Each side so many times, the one that goes first changing from round to round."""
    found: dict[str, list[Measured]] = {side.name: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            measured = once(side)
            found[side.name].append(measured)
            sys.stderr.write(f"{number + 1}/{rounds} {side.name}: {_line(_numbers(measured))}\n")
    return found


def _numbers(measured: Measured) -> dict[str, float]:
    """What was measured, as it is written down."""
    kept = {
        name: value for name, value in asdict(measured).items() if name != "verdicts" and value is not None
    }
    return {name: round(value, 2) for name, value in kept.items()}


def medians(rounds: Sequence[Measured]) -> dict[str, float]:
    """The median of each number."""
    numbers = [_numbers(each) for each in rounds]
    return {name: statistics.median(each[name] for each in numbers) for name in numbers[0] if name != "code"}


def ratios(here: Mapping[str, float], there: Mapping[str, float]) -> dict[str, float]:
    """What of the other side's each number here is."""
    return {name: round(here[name] / there[name], 3) for name in here if there.get(name)}


def differences(found: Mapping[str, Sequence[Measured]]) -> dict[str, list[str]]:
    """What was said of each check of which not all rounds of both sides say the same; each thing once."""
    runs = [each.verdicts for rounds in found.values() for each in rounds]
    common = set.intersection(*(set(run) for run in runs)) if runs else set()
    said = {check: {run[check] for run in runs} for check in sorted(common)}
    return {
        check: sorted(" | ".join(filter(None, one)) for one in told)
        for check, told in said.items()
        if len(told) > 1
    }


def _line(numbers: Mapping[str, float]) -> str:
    parts = [
        f"{numbers['wall']:.1f} s",
        f"{numbers['cpu']:.1f} s of processor",
        f"{numbers['peak'] / 1e6:.0f} MB",
    ]
    parts += [f"{numbers['requests']:.0f} requests"] if "requests" in numbers else []
    parts += [f"exit code {numbers['code']:.0f}"] if "code" in numbers else []
    return ", ".join(parts)


def _tell(
    median: Mapping[str, Mapping[str, float]],
    ratio: Mapping[str, float],
    differing: Mapping[str, Sequence[str]],
) -> None:
    for name, numbers in median.items():
        sys.stdout.write(f"{name:6} {_line(numbers)}\n")
    sys.stdout.write("ratio  " + ", ".join(f"{name} {value:g}" for name, value in ratio.items()) + "\n")
    for check, told in differing.items():
        sys.stdout.write(f"differs: {check}\n" + "".join(f"  {one}\n" for one in told))
