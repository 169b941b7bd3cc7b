"""What may be typed after `python3 -m conformance`, its help, and how a mistake is answered.

Standard library only: --help and mistakes need nothing installed. What a command then does is in
conformance.running.commands.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.checks.support import draws
from conformance.running.browser_setup import SETUP
from conformance.running.environment import ROOT, VARIABLE
from fixtures.browser_programs import VARIABLE as BROWSER
from fixtures.command_line import BAD_USAGE, Parser, duration

CHECKS = ROOT / "conformance" / "checks"
DEFAULT_PROFILE = "core-2026-11-30"
PROFILES = (
    *(DEFAULT_PROFILE, "core", "security-bcp", "oauth-2.1", "mcp-2026-12-01", "mcp-2026-07-28", "extensions"),
    "next",
)

_EXIT_CODES = """\
exit codes:
  0  nothing to act on
  1  the server violates
  2  interrupted
  3  the harness itself failed
  4  bad usage, a bad target file, no place to keep a run in, or a Python older than 3.11
  5  nothing was judged
  6  inconclusive: the target or its file hindered a check;
     or set-up stopped (no network, no venv module, no place for the packages)"""

_TOP = f"""\
Judges an OAuth 2.0 authorization server by the RFCs. Without a command it runs the checks.

commands:
  run       run the checks against a target (the default; `run --help` lists its options)
  init      write a target file to start from, from what a server publishes
  doctor    look whether a target is as its file says, line by line, before any check
  selftest  run the tests of the harness itself
  prove     show that each check notices the fault that it names, and finds nothing at a server without one

for those who work on the harness:
  --version tells the version and the commit, for a report of a fault
  calibrate judge the real servers of fixtures/servers, and compare with what is listed of each
  mutate    change the embedded server in one place after another, and list what no check notices
  bench     measure run, selftest or prove beside another checkout, or one way to run beside another

examples:
  python3 -m conformance                          the embedded server: nothing else is needed
  python3 -m conformance --target staging.toml    your server
  python3 -m conformance --list                   every check with its requirements

The first use installs the packages of requirements.lock into .venv of the checkout ({VARIABLE} names another
folder), unless the Python that runs has them, and a browser where none works: by apt-get on Debian as root, else by
Playwright for this user. {SETUP}=packages leaves the browser out; {BROWSER}=PATH names one.

{_EXIT_CODES}
"""
_RUN = f"""\
examples:
  python3 -m conformance run --target staging.toml --requirement 7009
  python3 -m conformance run -k refresh --strict
  python3 -m conformance revocation token/test_scope.py
  python3 -m conformance run --target staging.toml -- --maxfail=1

What follows -- goes to pytest as it is.

{_EXIT_CODES}
"""
_INIT = """\
examples:
  python3 -m conformance init https://as.example/ap4 --out staging.toml
  python3 -m conformance init https://as.example/ap4 --out staging.toml --register

At a terminal it asks for what is not published. A secret is never asked for and never in the file, which names an
environment variable, or the file where the secret of a registered client was put.

exit codes: 0 written; 4 bad usage, or the file is there already; 6 the server did not answer
"""
_DOCTOR = """\
example:
  python3 -m conformance doctor --target staging.toml

exit codes:
  0  everything is as the target file says
  4  the target file is wrong: each such line names the key to change
  6  the server could not be reached, or something is in doubt
"""
_SELFTEST = """\
example:
  python3 -m conformance selftest -k revocation
  python3 -m conformance selftest fixtures -- --durations=5

What follows -- goes to pytest as it is. The exit code is pytest's.
"""
_PROVE = """\
example:
  python3 -m conformance prove -k revok
  python3 -m conformance prove --all
  python3 -m conformance prove --mixed 4 --seed 7
  python3 -m conformance prove token --words told.jsonl
  python3 -m conformance prove --words told.txt --draw 50 --seed 7

Exit code 0 when everything was proven, 1 when not. Proofs are never part of a report.
"""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What was asked for. name: one of the commands that --help lists; passed_on: what goes to pytest as it is."""

    name: str
    options: argparse.Namespace
    passed_on: Sequence[str]


def _parser(name: str, description: str, epilog: str) -> Parser:
    return Parser(
        prog=f"python3 -m conformance {name}".rstrip(),
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _selection(parser: Parser) -> None:
    """The options that choose, which are pytest's own."""
    add = parser.add_argument
    add(
        "checks",
        nargs="*",
        metavar="FOLDER|FILE[::CHECK]",
        help="only these: revocation, a file, or one check of it",
    )
    add("-k", metavar="WORDS", help="only those whose name matches: -k 'refresh and not scope'")
    add("-m", metavar="MARKERS", help="only those with these markers")
    add("--lf", action="store_true", help="only those that failed last time")
    add("-x", action="store_true", help="stop at the first finding")


def _side_by_side(parser: Parser, noun: str, *, a_processor: int) -> None:
    """a_processor: how many at once keep one processor busy, which is more than one where most of them wait."""
    parser.add_argument(
        "--parallel",
        metavar="N",
        type=int,
        default=a_processor * (os.cpu_count() or 1),
        help=f"so many {noun} side by side; default: {a_processor} a processor",
    )


MANY = (
    "run so many checks side by side, 1 for one after another; default: by requests_per_second of the target, "
    "this machine and how many checks there are, 8 at most; 1 where tokens of a client end each other"
)


def _run_parser() -> Parser:
    parser = _parser("run", "Run the checks against a target, and report.", _RUN)
    add = parser.add_argument
    add("--target", metavar="NAME|FILE|URL", help="the server to judge; default: the embedded one")
    add(
        "--requirement",
        metavar="ID",
        action="append",
        default=[],
        help="only the checks of these requirements: 7009 (or rfc7009), 6749-5.2 or 6749-5.2-S06; repeatable",
    )
    add("--profile", choices=PROFILES, help=f"whose findings set the exit code; default: {DEFAULT_PROFILE}")
    add("--strict", action="store_true", help="let `advises` set the exit code too, as 1")
    add(
        "--fuzz",
        choices=tuple(draws.PROFILES),
        help="how much is drawn at random; default: quick, for seconds",
    )
    add(
        "--fuzz-seed",
        metavar="NUMBER",
        type=draws.seed,
        help="draw what the run with this seed drew; the report tells the seed",
    )
    add(
        "--max-expiry-wait",
        metavar="DURATION",
        type=duration,
        help="what a run waits for something to expire, beside other checks; default: 30s",
    )
    add("--parallel", metavar="N", type=int, help=MANY)
    add("--no-browser", action="store_true", help="leave out what needs a browser: it ends as not-applicable")
    add("--out", metavar="FOLDER", help="where runs are kept; default: reports/out")
    add("--list", action="store_true", help="list the checks with their requirements, and run none")
    add("--quiet", action="store_true", help="show no progress, only the summary")
    _selection(parser)
    return parser


def _init_parser() -> Parser:
    parser = _parser("init", "Write a target file to start from.", _INIT)
    add = parser.add_argument
    add("issuer", metavar="URL", help="the issuer: what is before /.well-known/")
    add("--out", metavar="FILE", default="target.toml", help="the file to write; default: target.toml")
    add("--register", action="store_true", help="register clients of the harness's own (RFC 7591), for good")
    return parser


def _doctor_parser() -> Parser:
    parser = _parser("doctor", "Look whether a target is as its file says, and change nothing.", _DOCTOR)
    add = parser.add_argument
    add("--target", metavar="NAME|FILE|URL", help="the server to look at; default: the embedded one")
    add("--out", metavar="FOLDER", help="where screenshots are kept; default: reports/out/doctor")
    return parser


def _selftest_parser() -> Parser:
    parser = _parser("selftest", "Run the tests of the harness itself.", _SELFTEST)
    _side_by_side(parser, "tests", a_processor=2)
    parser.add_argument(
        "--no-browser", action="store_true", help="install none; tests that need one are skipped"
    )
    _selection(parser)
    return parser


def _prove_parser() -> Parser:
    parser = _parser(
        "prove", "Run each check against the embedded server with the faults that it names.", _PROVE
    )
    add = parser.add_argument
    add(
        "--all",
        action="store_true",
        help="every check against every fault: long, and shows what else a fault breaks",
    )
    add(
        "--mixed",
        metavar="N",
        type=int,
        help="instead: every check at N compliant servers, each unusual in twenty ways at once, which no finding fits",
    )
    add(
        "--seed",
        metavar="N",
        type=draws.seed,
        help="draw what --mixed, or --draw, drew with this seed",
    )
    add("--words", metavar="FILE", help="write there, a line each, what the finding of each proof says")
    add(
        "--draw",
        metavar="N",
        type=int,
        default=0,
        help="with --words: N of them, at random, as a report tells them",
    )
    _side_by_side(parser, "proofs", a_processor=2)
    add(
        "--requirement",
        metavar="ID",
        action="append",
        default=[],
        help="only the checks of these requirements",
    )
    add("--quiet", action="store_true", help="show no progress, only the outcome")
    _selection(parser)
    return parser


_PARSERS = {
    "run": _run_parser,
    "init": _init_parser,
    "doctor": _doctor_parser,
    "selftest": _selftest_parser,
    "prove": _prove_parser,
}


TOOLS = ("calibrate", "mutate", "bench")
"""Commands for those who work on the harness: each reads its own arguments, once the environment is there."""


def parse(arguments: Sequence[str]) -> Command:
    """What the arguments ask for. --help ends the program with 0, a mistake with 4 and one line."""
    if arguments and arguments[0] in TOOLS:
        return Command(name=arguments[0], options=argparse.Namespace(), passed_on=arguments[1:])
    ours, passed_on = list(arguments), []
    if "--" in ours:
        cut = ours.index("--")
        ours, passed_on = ours[:cut], ours[cut + 1 :]
    first = ours[0] if ours else ""
    if first in {"-h", "--help"}:
        sys.stdout.write(
            f"usage: python3 -m conformance [{' | '.join([*_PARSERS, *TOOLS])}] [options]\n\n{_TOP}"
        )
        sys.exit(0)
    name = first if first in _PARSERS else "run"
    if first and name != first and not first.startswith("-") and not _is_a_check(first):
        commands = [*_PARSERS, *TOOLS]
        near = difflib.get_close_matches(first, [*commands, *folders_of_checks()], n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(commands)}."
        sys.stderr.write(f"There is no command and no folder of checks {first!r}. {hint}\n")
        sys.exit(BAD_USAGE)
    rest = ours[1:] if name == first else ours
    target = next(
        (word for word, before in zip(rest, ["", *rest], strict=False) if _is_a_target(word, before)), ""
    )
    if target and name != "init":
        sys.stderr.write(f"{target} is a target, and no check. Did you mean --target {target}?\n")
        sys.exit(BAD_USAGE)
    return Command(name=name, options=_PARSERS[name]().parse_known(rest), passed_on=passed_on)


def _is_a_target(word: str, before: str) -> bool:
    """Whether a word names a server or its file, and is no value of an option before it."""
    return not before.startswith("-") and (word.startswith(("http://", "https://")) or word.endswith(".toml"))


def _is_a_check(word: str) -> bool:
    """Whether a word names a file, a folder or one check of a file rather than a command."""
    return "::" in word or os.sep in word or Path(word).exists() or word in folders_of_checks()


def folders_of_checks() -> list[str]:
    """The short names by which folders of checks are selected: revocation, token, ..."""
    return sorted(path.name for path in CHECKS.iterdir() if any(path.glob("**/test_*.py")))


def located(word: str) -> str:
    """A folder, file or check as pytest finds it: `revocation` is short for conformance/checks/revocation."""
    path, colons, check = word.partition("::")
    if not Path(path).exists() and (CHECKS / path).exists():
        path = str(CHECKS / path)
    return f"{path}{colons}{check}"
