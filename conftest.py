"""Wiring only: the target of a run, and its record. No OAuth and no HTTP belong here.

This is one of the few places that join the worlds: checks are judged in conformance, runs are kept in reports.
Options and the choice of checks are in conformance/running/options.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.checks.support import order
from conformance.checks.support.browsing import BROWSERS, BrowsersSeen
from conformance.checks.support.failures import FAILURES, noting
from conformance.checks.support.run_folder import (
    MOVED,
    PACE,
    PROCESSES,
    QUIET,
    RUN_FOLDER,
    evidence_folder,
)
from conformance.checks.support.surveyed import SURVEY
from conformance.ledger.clients import conforming
from conformance.ledger.profiles import profiles
from conformance.ledger.requirement import editions
from conformance.running import options, repeating, selection, shared_exchanges, side_by_side
from conformance.running.judging import Outcome, judge
from conformance.running.ledger_in_reports import ledger_in_reports
from conformance.running.options import CHOSEN, STOPPED
from conformance.running.signers import signer_in
from conformance.running.target_in_reports import clients_in_words, endpoints_in_reports, target_in_reports
from conformance.running.telling import RECORDED, context_of
from fixtures.errors import CannotTest, NotOffered, SteadyFailure
from fixtures.http.exchange import Exchange
from fixtures.http.pace import Pace
from fixtures.http.quiet import Quiet
from fixtures.http.recorder import Recorder
from fixtures.server_time import Moved
from fixtures.survey import lines
from fixtures.target import Target
from reports.conformance.tally import Tally
from reports.journal import CannotKeep, PlannedCheck, Verdict, read_run
from reports.plain import scrub
from reports.recording import Recording
from reports.redact import Redactor

RECORDING, TARGET = pytest.StashKey[Recording](), pytest.StashKey[Target]()
ENDS = pytest.StashKey[ExitStack]()
ENDINGS = pytest.StashKey[list[tuple[Outcome, float]]]()
RECORDER = Recorder()

pytest_addoption = options.pytest_addoption
pytest_configure = options.pytest_configure
pytest_ignore_collect = options.pytest_ignore_collect
pytest_collection_modifyitems = options.pytest_collection_modifyitems


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """What one check came to, as it is kept. evidence: the folder of files that may have come of it."""

    check: PlannedCheck
    outcome: Outcome
    exchanges: list[Exchange]
    where: str
    seconds: float
    reason: str
    evidence: Path


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """Start or reach the target, and write the run's plan, before the first check; run side by side where asked for."""
    config, chosen = session.config, session.config.option
    checks = [item for item in session.items if selection.is_check(item)]
    if chosen.collectonly or chosen.prove or chosen.prove_all or session.testsfailed:
        return None
    if not checks:  # the harness's own tests
        return side_by_side.run(session, chosen.parallel or 1)
    config.stash[ENDS] = ends = ExitStack()
    config.stash[TARGET] = target = ends.enter_context(config.stash[CHOSEN].opened())
    if faults := config.stash[CHOSEN].certain_faults(target):
        ends.close()
        raise pytest.UsageError("\n".join(scrub(Redactor(target.secrets).text(line)) for line in faults))
    survey = config.stash[CHOSEN].survey(target, replays=True)
    config.stash[SURVEY], config.stash[TARGET] = survey, survey.amended(target)
    with options.told_as_bad_usage(CannotKeep):
        config.stash[RECORDING] = recording = Recording(
            chosen.out,
            secrets=target.secrets,
            known=target.known,
            planned=[_planned(item) for item in checks],
            ledger=ledger_in_reports(profiles()[chosen.profile]),
            editions=editions(),
            conforming=conforming(),
            profile=chosen.profile,
            profile_date=profiles()[chosen.profile].date,
            profile_extends=profiles()[chosen.profile].extends,
            strict=chosen.advice_counts,
            target=target_in_reports(target),
            clients=clients_in_words(target),
            signer=signer_in(target.clients),
            survey={**survey.document(), "told": lines(survey)},
            endpoints=endpoints_in_reports(target),
            environment={
                "command": repeating.command(config),
                "selection": repeating.selection(config),
                "fuzz": chosen.fuzz,
                "fuzz seed": str(chosen.fuzz_seed),
            },
        )
    config.stash[RUN_FOLDER] = recording.folder
    config.stash[BROWSERS] = seen = BrowsersSeen()
    gathered: list[side_by_side.Kept] = [seen]
    config.stash[side_by_side.KEPT] = gathered
    config.stash[FAILURES] = ends.enter_context(noting())

    def keep(ended: Ended) -> None:
        recording.add(
            ended.check,
            Verdict(ended.outcome.verdict),
            exchanges=ended.exchanges,
            where=ended.where,
            seconds=ended.seconds,
            reason=ended.reason,
            expected=ended.outcome.expected,
            actual=ended.outcome.actual,
            judged=ended.outcome.judged,
            before=ended.outcome.before,
            about=ended.outcome.requirement,
            fix=ended.outcome.fix,
            evidence=ended.evidence,
        )
        session.shouldstop = recording.problem or session.shouldstop

    config.stash[side_by_side.ENDED] = keep
    pace = config.stash[TARGET].requests_per_second
    count = chosen.parallel or side_by_side.sensible(len(checks), pace, tokens_meet=survey.tokens_meet)
    order.keep_apart(checks, target)
    if count > 1:
        config.stash[QUIET], config.stash[MOVED] = Quiet(), Moved(shared=True)
        config.stash[PROCESSES] = count
    if pace and count > 1:
        config.stash[PACE] = Pace(pace, shared=True)
    return side_by_side.run(session, count)


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
    if problem is not None and not isinstance(problem, Exception):
        return report  # Ctrl-C and the like: the check stays unjudged
    outcome = judge(problem, context_of(item, call), in_body=call.when == "call")
    item.stash[ENDINGS].append((outcome, call.duration))
    if isinstance(problem, NotOffered):
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1] or 0, outcome.reason)
    elif isinstance(problem, CannotTest):
        report.longrepr = f"inconclusive: {outcome.reason}"
    if isinstance(problem, SteadyFailure):
        item.config.stash[FAILURES].note(problem, item.nodeid)
    if call.when == "teardown":
        endings = item.stash[ENDINGS]
        worst = min(
            (found for found, _ in endings), key=lambda found: list(Verdict).index(Verdict(found.verdict))
        )
        ended = Ended(
            check=_planned(item),
            outcome=worst,
            exchanges=RECORDER.exchanges,
            where=selection.describe(item).where,
            seconds=sum(seconds for _, seconds in endings),
            reason=worst.reason or (" ".join(RECORDER.remarks) if worst.verdict == "conforms" else ""),
            evidence=evidence_folder(item.config) or recording.folder,
        )
        side_by_side.hand_over(item.config, ended)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin the next check's evidence, unless the session was told to stop and has not heard it."""
    if item.config.stash.get(STOPPED, False):
        raise KeyboardInterrupt
    item.config.stash[RECORDED] = RECORDER
    RECORDER.begin()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Stop the target, close the journal, render the reports, and set the exit code of the verdicts."""
    if ends := session.config.stash.get(ENDS, None):
        ends.close()
    if recording := session.config.stash.get(RECORDING, None):
        browsers = session.config.stash[BROWSERS].names
        session.exitstatus = recording.finish(int(exitstatus), browsers=browsers)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in one sentence what the run came to, and where its report is."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is not None and terminalreporter.verbosity > -2:  # -qq prints its own summary, or wants none
        terminalreporter.write_line(f"{Tally(read_run(folder)).sentence} Report: {folder / 'report.html'}")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Keep what was exchanged for fixtures that checks share: it belongs to the findings of each of them."""
    return (yield from shared_exchanges.noted(fixturedef, request.config, RECORDER))


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
    return PlannedCheck(**{field.name: info[field.name] for field in dataclasses.fields(PlannedCheck)})
