"""A pytest plugin: the options of the harness, and which checks they choose. Nothing here speaks to a server."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.checks.support import draws
from conformance.checks.support.waiting import LONGEST_WAIT
from conformance.ledger.profiles import DEFAULT, NEXT, PROFILES
from conformance.ledger.requirement import BadLedger
from conformance.running import selection
from fixtures.command_line import duration
from fixtures.errors import BadTarget
from fixtures.making_targets.typed import Chosen, choose

CHOSEN = pytest.StashKey[Chosen]()
STOPPED = pytest.StashKey[bool]()
"""Set once a signal told the session to stop."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the harness, each with an example in its help."""
    add = parser.getgroup("oauth harness").addoption
    add("--target", default="reference", help="a target's name, file or issuer URL: --target staging.toml")
    add(
        "--requirement",
        action="append",
        default=[],
        type=selection.prefix_of,
        help="only these ids: --requirement 6749-5.2",
    )
    add("--profile", choices=(*PROFILES, NEXT), default=DEFAULT, help="whose findings set the exit code")
    add("--advice-counts", action="store_true", help="let `advises` set the exit code, as 1")
    add("--out", type=Path, default=Path("reports/out"), help="where runs are kept: --out /tmp/runs")
    add("--fuzz", choices=tuple(draws.PROFILES), default="quick", help="how much is drawn: --fuzz night")
    add("--fuzz-seed", type=draws.seed, help="draw what the run with this seed drew: --fuzz-seed 1234")
    add(
        "--max-expiry-wait",
        type=duration,
        default=LONGEST_WAIT,
        metavar="DURATION",
        help="what a run waits for expiry: --max-expiry-wait 0",
    )
    add("--parallel", type=int, default=0, metavar="N", help="so many checks side by side: --parallel 4")
    add("--no-browser", action="store_true", help="leave out what needs a browser: it ends as not-applicable")
    add("--prove", action="store_true", help="run each check against each of its own faults")
    add("--words", default="", help="where a proof writes what its findings say: --words told.jsonl")
    add("--draw", type=int, default=0, help="write there so many, drawn at random, as a report tells them")
    add("--prove-all", action="store_true", help="run each check against every fault (long)")
    add(
        "--mixed", type=int, default=0, metavar="N", help="prove at N servers with many legal behaviours each"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let SIGTERM, which a cancelled CI job sends, end a run as Ctrl-C does; load the proof where it is wanted.

    That it was told to stop is noted as well: what a signal raises is lost where it meets a destructor.

    A run that was given no seed draws one.
    """
    if config.option.fuzz_seed is None:
        config.option.fuzz_seed = draws.fresh_seed()

    def stop(_number: int, _frame: object) -> None:
        config.stash[STOPPED] = True
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, stop)
    if config.option.prove or config.option.prove_all:
        config.pluginmanager.import_plugin("conformance.proof.by_fault")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Keep the harness's own tests out of `pytest conformance`, which judges a server; they run where named."""
    named = any("tests" in Path(argument).parts for argument in config.args)
    inside = collection_path.name == "tests" and collection_path.parent.name == "conformance"
    return True if inside and not named else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a bad target and unknown ids before any request, and keep the checks that were asked for."""
    checks = [item for item in items if selection.is_check(item)]
    if not checks:
        return
    prefixes: list[str] = config.option.requirement
    try:
        config.stash[CHOSEN] = chosen = choose(config.option.target)
        wrong = selection.mistakes(checks, prefixes, chosen.known)
    except (BadLedger, BadTarget) as problem:
        raise pytest.UsageError("\n".join(problem.problems)) from None
    if wrong:
        raise pytest.UsageError("\n".join(wrong))
    dropped = [item for item in checks if not selection.selected(item, prefixes)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@contextlib.contextmanager
def told_as_bad_usage(*problems: type[Exception]) -> Iterator[None]:
    """Turn a problem that the operator can mend into pytest's usage error: one message and exit code 4."""
    try:
        yield
    except problems as problem:
        raise pytest.UsageError(str(problem)) from None
