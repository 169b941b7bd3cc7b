"""Wiring only: options, the target of a run, and its record. No OAuth and no HTTP belong here.

This is one of the few places that join the worlds: checks are judged in conformance, runs are kept in reports.
"""

from __future__ import annotations

import dataclasses
import signal
import threading
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance import selection
from conformance.judging import Outcome, judge
from conformance.progress import RUN_FOLDER
from conformance.requirement import PROFILES, BadLedger, Requirement, ledger
from fixtures.errors import BadTarget, CannotTest, NotOffered
from fixtures.opening import Chosen, choose
from fixtures.recorder import Recorder
from fixtures.target import Target
from reports.conformance import Tally
from reports.journal import LedgerRow, PlannedCheck, Verdict, read_run
from reports.recording import Recording

RECORDING, TARGET, ENDS = (
    pytest.StashKey[Recording](),
    pytest.StashKey[Target](),
    pytest.StashKey[ExitStack](),
)
CHOSEN, ENDINGS = pytest.StashKey[Chosen](), pytest.StashKey[list[tuple[Outcome, float]]]()
RECORDER = Recorder()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the harness, each with an example in its help."""
    add = parser.getgroup("oauth harness").addoption
    add("--target", default="reference", help="a target's name, file or issuer URL: --target staging.toml")
    add("--requirement", action="append", default=[], help="only these ids: --requirement 6749-5.2")
    add("--profile", choices=PROFILES, default="core", help="whose findings set the exit code")
    add("--advice-counts", action="store_true", help="let `advises` set the exit code, as 1")
    add("--out", type=Path, default=Path("reports/out"), help="where runs are kept: --out /tmp/runs")
    add("--prove", action="store_true", help="run each check against each of its own faults")
    add("--prove-all", action="store_true", help="run each check against every fault (long)")


def pytest_configure(config: pytest.Config) -> None:
    """Let SIGTERM, which a cancelled CI job sends, end a run as Ctrl-C does; load the proof where it is wanted."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if config.option.prove or config.option.prove_all:
        config.pluginmanager.import_plugin("conformance.proof")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Keep the harness's own tests out of `pytest conformance`, which judges a server; they run where named."""
    ours = {"selfcheck", "tests"}
    named = any(ours & set(Path(argument).parts) for argument in config.args)
    inside = collection_path.name in ours and collection_path.parent.name == "conformance"
    return True if inside and not named else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a bad target and unknown ids before any request, and keep the checks that were asked for."""
    checks = [item for item in items if selection.is_check(item)]
    if not checks:
        return
    prefixes: list[str] = config.option.requirement
    try:
        config.stash[CHOSEN] = chosen = choose(config.option.target)
        wrong = selection.mistakes(checks, prefixes, [entry.requirement for entry in chosen.known])
    except (BadLedger, BadTarget) as problem:
        raise pytest.UsageError("\n".join(problem.problems)) from None
    if wrong:
        raise pytest.UsageError("\n".join(wrong))
    dropped = [item for item in checks if not selection.selected(item, prefixes)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start or reach the target, and write the run's plan, before the first check."""
    config, options = session.config, session.config.option
    checks = [item for item in session.items if selection.is_check(item)]
    if not checks or options.collectonly or options.prove or options.prove_all or session.testsfailed:
        return
    config.stash[ENDS] = ends = ExitStack()
    config.stash[TARGET] = target = ends.enter_context(config.stash[CHOSEN].opened())
    offered = sorted(name for name in target.endpoints if target.endpoint(name))
    config.stash[RECORDING] = recording = Recording(
        options.out,
        secrets=target.secrets,
        known=target.known,
        planned=[_planned(item) for item in checks],
        ledger=[_row(row) for row in ledger().values()],
        profile=options.profile,
        strict=options.advice_counts,
        target={"name": target.name, "issuer": target.issuer, "capabilities": offered},
    )
    config.stash[RUN_FOLDER] = recording.folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn how a check ended into a verdict; let pytest's own report say the same without a traceback."""
    report = yield
    recording = item.config.stash.get(RECORDING, None)
    if recording is None or not selection.is_check(item):
        return report
    if call.when == "setup":
        item.stash[ENDINGS] = []
    problem = call.excinfo.value if call.excinfo else None
    statement = str(call.excinfo.traceback[-1].statement) if call.excinfo else ""
    if problem is not None and not isinstance(problem, Exception):
        return report  # Ctrl-C and the like: the check stays unjudged
    outcome = judge(problem, in_body=call.when == "call", level=_planned(item).level, statement=statement)
    item.stash[ENDINGS].append((outcome, call.duration))
    if isinstance(problem, NotOffered):
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1] or 0, outcome.reason)
    elif isinstance(problem, CannotTest):
        report.longrepr = f"inconclusive: {outcome.reason}"
    if call.when == "teardown":
        endings = item.stash[ENDINGS]
        worst = min(
            (found for found, _ in endings), key=lambda found: list(Verdict).index(Verdict(found.verdict))
        )
        recording.add(
            _planned(item),
            Verdict(worst.verdict),
            exchanges=RECORDER.exchanges,
            where=selection.describe(item).where,
            seconds=sum(seconds for _, seconds in endings),
            reason=worst.reason,
            expected=worst.expected,
            actual=worst.actual,
        )
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin the next check's evidence."""
    RECORDER.begin()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Stop the target, close the journal, render the reports, and set the exit code of the verdicts."""
    if ends := session.config.stash.get(ENDS, None):
        ends.close()
    if recording := session.config.stash.get(RECORDING, None):
        session.exitstatus = recording.finish(int(exitstatus))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in one sentence what the run came to, and where its report is."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is not None and terminalreporter.verbosity > -2:  # -qq prints its own summary, or wants none
        terminalreporter.write_line(f"{Tally(read_run(folder)).sentence} Report: {folder / 'report.html'}")


@pytest.fixture(scope="session")
def recorder() -> Recorder:
    """Keeps the exchanges of the check that is running."""
    return RECORDER


@pytest.fixture(scope="session")
def run_target(pytestconfig: pytest.Config) -> Target:
    """The target that this run judges."""
    return pytestconfig.stash[TARGET]


def _planned(item: pytest.Item) -> PlannedCheck:
    info = dataclasses.asdict(selection.describe(item))
    return PlannedCheck(**{key: value for key, value in info.items() if key != "where"})


def _row(row: Requirement) -> LedgerRow:
    values = dataclasses.asdict(row)
    return LedgerRow(**{key: value for key, value in values.items() if key != "needs"})
