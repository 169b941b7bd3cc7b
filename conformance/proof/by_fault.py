"""Proof: each check against the embedded server with each of its faults. A blind check is a failure.

A pytest plugin, loaded by --prove and --prove-all. The machinery is pytest's own: one parameter of the session's
server a fault, marked xfail(strict=True, raises=AssertionError). Proof runs are never recorded.

--prove      each check with the faults that it names, with the legal behaviours that it tolerates, and clean
--prove-all  each check with every fault and every legal behaviour; what a fault breaks beyond the checks that
             name it is listed, and a finding at a legal behaviour is a failure
--mixed N    each check at N servers that have many legal behaviours at once: a finding is a failure

A legal behaviour is a rule of the embedded server replaced like a fault is, whose name begins with "legal-": a server
that does so is compliant, so no check may have a finding there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.support import order
from conformance.ledger.requirement import citations, tolerated
from conformance.proof import mixing, words
from conformance.running import side_by_side
from conformance.running.arguments import CHECKS
from conformance.running.judging import judge
from conformance.running.selection import is_check
from conformance.running.telling import context_of, statement_at
from fixtures.discovery import discovered
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import Connection
from fixtures.making_targets.embedded import embedded_target
from fixtures.owner.without_browser import OwnerSession
from fixtures.reference import FAULTS, Config, serve_in_thread
from fixtures.survey import Survey, learn
from fixtures.target import Target

CLEAN = "clean"
LEGAL = "legal-"
"""What no check may have a finding at. A fault that only disputed statements forbid is tolerated by name."""
UNDER_LOAD = "under-load-"
"""Faults that show among many requests only: load/tests proves that a promise notices each."""


@dataclass(frozen=True)
class Server:
    """The embedded server that one proof needs: with one fault, clean, or legal in many ways; in a configuration."""

    fault: str
    config: tuple[tuple[str, Any], ...] = ()
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.fault

    @property
    def faults(self) -> Sequence[str]:
        """The names of what it is made to do."""
        return [] if self.fault == CLEAN else self.fault.split(mixing.JOINED)

    @property
    def is_compliant(self) -> bool:
        """Whether a finding at this server is a false alarm."""
        return self.fault == CLEAN or self.fault.startswith(LEGAL)

    def survey(self, target: Target) -> Survey:
        """What this server is like, where its habit is one that a run learns; empty else, for a fault is no habit."""
        if not any(FAULTS[name].is_habit for name in self.faults):
            return Survey()
        with closing(Connection(timeout=target.timeout)) as connection:
            found = discovered(target, connection.send)
            return learn(found, connection.send, lambda owner: OwnerSession(owner, connection.send))

    @contextmanager
    def opened(self) -> Iterator[Target]:
        """The server itself, as a Target. An exception inside the server fails the proof: a crash proves nothing."""
        config = Config(**dict(self.config))
        with serve_in_thread(config, faults=self.faults) as running:
            target = embedded_target(running, config)
            yield replace(target, intrusive=True, guesses=config.password_attempts)
            crashes = running.crashes()
        if crashes:
            raise RuntimeError(f"the embedded server crashed {crashes} times with {self.fault}")


@dataclass
class Proofs:
    """What the proofs came to."""

    proven: dict[tuple[str, str], str] = field(default_factory=dict)
    clean: list[str] = field(default_factory=list)
    tolerant: list[str] = field(default_factory=list)
    not_applicable: list[str] = field(default_factory=list)
    inconclusive: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    collateral: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[tuple[str, str], words.FindingWords] = field(default_factory=dict)

    def tell(self) -> Proofs:
        """What this process came to, for the one that began the proof."""
        return self

    def hear(self, others: Proofs) -> None:
        """Add what another process came to."""
        self.proven |= others.proven
        self.findings |= others.findings
        self.inconclusive |= others.inconclusive
        self.clean += others.clean
        self.tolerant += others.tolerant
        self.not_applicable += others.not_applicable
        self.problems += others.problems
        for fault, checks in others.collateral.items():
            self.collateral.setdefault(fault, []).extend(checks)

    def note(self, check: str, server: Server, call: pytest.CallInfo[None]) -> None:
        """Keep the line at which a check noticed a fault."""
        if call.excinfo is not None:
            entry = call.excinfo.traceback[-1]
            statement = statement_at(str(entry.path), entry.lineno + 1)
            self.proven[check, server.fault] = f"line {entry.lineno + 1}: {statement}".split("\n")[0]

    def note_unjudged(self, check: str, server: Server, problem: NotOffered | CannotTest) -> None:
        """Keep that a check judged nothing at a server, and why where it could not."""
        found = self.not_applicable if server.fault == CLEAN else self.tolerant
        found.append(f"{check} {server.fault}")
        if isinstance(problem, CannotTest):
            self.inconclusive[check, str(server)] = str(problem).split("\n")[0]


PROOFS = pytest.StashKey[Proofs]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    proofs = Proofs()
    config.stash[PROOFS] = proofs
    kept: list[side_by_side.Kept] = [proofs]
    config.stash[side_by_side.KEPT] = kept


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Prove side by side where asked for: the checks that need one server stay in one process."""
    if session.config.option.collectonly:
        return None
    return side_by_side.run(session, session.config.option.parallel)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each check the clean server and one server for each fault."""
    marks = _requirements(metafunc.definition)
    if not marks:
        return
    broken = list(dict.fromkeys(mark.kwargs["broken_by"] for mark in marks))
    legal = [name for mark in metafunc.definition.iter_markers("tolerates") for name in mark.args]
    declared = list(dict.fromkeys([*broken, *legal]))
    wanted = metafunc.definition.get_closest_marker("embedded")
    config = tuple(sorted(wanted.kwargs.items())) if wanted else ()
    option = metafunc.config.option
    if option.mixed:
        drawn = mixing.mixes(FAULTS, LEGAL, option.mixed, option.fuzz_seed)
        servers = [Server(joined, config, label) for label, joined in drawn.items()]
    else:
        others = [name for name in FAULTS if option.prove_all and name not in declared]
        servers = [Server(fault, config) for fault in (CLEAN, *declared, *others)]
    parameters = [pytest.param(server, id=str(server)) for server in servers]
    metafunc.parametrize("served", parameters, indirect=True, scope="session")


def _requirements(definition: pytest.Item) -> list[pytest.Mark]:
    """The requirement marks of a check, those of its parameters included."""
    marks = list(definition.iter_markers("requirement"))
    for parametrized in definition.iter_markers("parametrize"):
        for values in parametrized.args[1]:
            marks += [mark for mark in getattr(values, "marks", ()) if mark.name == "requirement"]
    return marks


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop what is no check, refuse unknown faults, and let one server serve all checks that need it.

    A check whose parameters cite requirements of their own meets, with each parameter, the faults of that one.
    """
    items[:] = [item for item in items if is_check(item)]
    unknown = [
        f"{item.location[0]}: {_unknown_fault(name)}"
        for item in items
        for name in [*(citation.broken_by for citation in citations(item)), *tolerated(item)]
        if name not in FAULTS
    ]
    if unknown:
        raise pytest.UsageError("\n".join(dict.fromkeys(unknown)))
    if not (config.option.prove_all or config.option.mixed):
        items[:] = [item for item in items if _server(item).fault in _declared(item)]
    order.weigh(items)
    must_notice = pytest.mark.xfail(strict=True, raises=AssertionError)
    for item in items:
        server = _server(item)
        # The clean server proves every check: file by file, so that it keeps no process busy long after the others.
        of_file = f" {item.path}" if server.fault == CLEAN else ""
        item.add_marker(pytest.mark.together(f"{server!r}{of_file}"))
        if _server(item).fault in {citation.broken_by for citation in citations(item)}:
            item.add_marker(must_notice)
    items.sort(key=lambda item: (_server(item).fault != CLEAN, repr(_server(item))))


def _declared(item: pytest.Item) -> set[str]:
    """The servers that a check speaks of: clean, with a fault that it notices, legal but unusual."""
    return {CLEAN, *tolerated(item), *(citation.broken_by for citation in citations(item))}


def _unknown_fault(name: str) -> str:
    near = difflib.get_close_matches(name, list(FAULTS), n=1)
    hint = (
        f" Did you mean {near[0]!r}?" if near else " python3 -m fixtures.reference --list-faults lists them."
    )
    return f"the embedded server has no fault {name!r}.{hint}"


def _server(item: pytest.Item) -> Server:
    found: Server = item.callspec.params["served"]  # type: ignore[attr-defined]
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what each proof came to, in words that say which rule was broken."""
    report = yield
    if not is_check(item):
        return report
    server, proofs = _server(item), item.config.stash[PROOFS]
    check = re.sub(r"\[[^\]]*\]$", "", item.nodeid)
    problem = call.excinfo.value if call.excinfo else None
    declared = _declared(item)
    if server.fault not in declared and _proves_nothing(item, call, server):
        if call.when == "call" and isinstance(problem, AssertionError):
            proofs.collateral.setdefault(str(server), []).append(check)
        report.outcome, report.longrepr = "passed", None
        return report
    innocent = server.is_compliant or server.fault in tolerated(item)
    trouble = _trouble(call, problem, innocent=innocent, named=server.fault in declared)
    if trouble is None and call.when == "call" and isinstance(problem, AssertionError):
        proofs.findings[item.nodeid, server.fault] = words_of = _words_of(item, call, problem, check, server)
        trouble = words_of.trouble
    if trouble is not None:
        report.outcome = "failed"
        if hasattr(report, "wasxfail"):
            del report.wasxfail
        report.longrepr = f"{check} with {server}: {trouble}"
        proofs.problems.append(report.longrepr)
    elif isinstance(problem, NotOffered | CannotTest):
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, str(problem))
        proofs.note_unjudged(check, server, problem)
    elif call.when == "call" and innocent:
        (proofs.clean if server.fault == CLEAN else proofs.tolerant).append(f"{check} {server.fault}")
    elif call.when == "call":
        proofs.note(check, server, call)
    return report


def _proves_nothing(item: pytest.Item, call: pytest.CallInfo[None], server: Server) -> bool:
    """Whether a finding is only listed: at a fault that the check does not name, of a SHOULD at a drawn server."""
    if not server.is_compliant:
        return True
    problem = call.excinfo.value if call.excinfo else None
    is_finding = call.when == "call" and isinstance(problem, AssertionError)
    return (
        bool(server.label)
        and is_finding
        and judge(problem, context_of(item, call), in_body=True).verdict == "advises"
    )


def _words_of(
    item: pytest.Item, call: pytest.CallInfo[None], problem: AssertionError, check: str, server: Server
) -> words.FindingWords:
    """What a run would say of this finding."""
    context = context_of(item, call)
    outcome = judge(problem, context, in_body=True)
    told = words.as_reported(item, outcome) if item.config.option.words else {}
    return words.FindingWords(
        check=check,
        fault=server.fault,
        demand=context.demand,
        expected=outcome.expected,
        actual=outcome.actual,
        reason=outcome.reason,
        by_facts=bool(context.facts),
        requirement=context.requirement or citations(item)[0].id,
        own=[each.id for each in citations(item) if each.broken_by == server.fault],
        assertion=" ".join(str(entry.lineno) for entry in call.excinfo.traceback) if call.excinfo else "",
        verdict=outcome.verdict,
        **told,
    )


def _trouble(
    call: pytest.CallInfo[None], problem: BaseException | None, *, innocent: bool, named: bool
) -> str | None:
    """Why a proof failed, or None when it did not.

    innocent: whether the check finds nothing at this server. named: whether the check itself names its behaviour.
    """
    told = str(problem).split("\n")[0][:300] if problem is not None else ""
    if isinstance(problem, AssertionError):
        if call.when != "call":
            return f"an assertion outside the body of the check, which proves nothing: {told}"
        return f"a false alarm, for this server is compliant: {told}" if innocent else None
    if problem is None:
        blind = call.when == "call" and not innocent
        return "the check is blind: it passes although the server has the fault" if blind else None
    if isinstance(problem, CannotTest) and innocent and not named:
        return None
    if isinstance(problem, NotOffered):
        return None if innocent else f"the fault makes the check not applicable: {told}"
    if isinstance(problem, CannotTest):
        return f"the set-up broke, so nothing was shown: {told}"
    return f"{type(problem).__name__}: {told}"


def _unnoticed(config: pytest.Config) -> list[str]:
    """The faults that no check notices and the legal behaviours that none tolerates, where all checks were run."""
    proofs = config.stash[PROOFS]
    every = [str(Path(argument)) for argument in config.args] == [str(CHECKS)]
    if (
        config.option.mixed
        or config.option.keyword
        or config.option.requirement
        or not every
        or not proofs.clean
    ):
        return []
    seen = {fault for _, fault in proofs.proven} | {entry.rsplit(" ", 1)[1] for entry in proofs.tolerant}
    return [
        f"{name}: no check names it, so nothing notices it"
        for name in FAULTS
        if name not in seen and not name.startswith(UNDER_LOAD)
    ]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say in a few lines what was proven, and list what was not."""
    proofs = config.stash[PROOFS]
    write = terminalreporter.write_line
    write("")
    troubles = list(dict.fromkeys([*proofs.problems, *_unnoticed(config), *words.misplaced(proofs.findings)]))
    for trouble in troubles:
        write(f"NOT PROVEN  {trouble}")
    for fault, checks in sorted(proofs.collateral.items()):
        write(f"collateral  {fault} also breaks {len(checks)}: {', '.join(sorted(checks))[:2000]}")
    if config.option.verbose > 0:
        for (check, fault), line in sorted(proofs.proven.items()):
            write(f"proven      {check} with {fault}: {line}")
        for (check, server), reason in sorted(proofs.inconclusive.items()):
            write(f"undecided   {check} with {server}: {reason}")
    if config.option.mixed:
        _tell_mixes(config, len(troubles))
        return
    write(
        f"{len(proofs.proven)} proofs: {len({check for check, _ in proofs.proven})} checks fail as they say, at "
        f"{len({fault for _, fault in proofs.proven})} faults; {len(set(proofs.clean))} find nothing at the clean "
        f"server, {len(set(proofs.tolerant))} times nothing at a legal but unusual one; "
        f"{len(set(proofs.not_applicable))} not applicable there; {len(troubles)} not proven"
    )


def _tell_mixes(config: pytest.Config, troubles: int) -> None:
    """Say what the drawn servers did, and what all checks came to at them."""
    proofs, option = config.stash[PROOFS], config.option
    write = config.pluginmanager.getplugin("terminalreporter").write_line
    for label, joined in mixing.mixes(FAULTS, LEGAL, option.mixed, option.fuzz_seed).items():
        write(f"{label}: {joined.replace(mixing.JOINED, ' ')}")
    write(
        f"{len(proofs.tolerant)} times nothing at {option.mixed} compliant servers with many unusual ways each, "
        f"{len(proofs.inconclusive)} of them undecided (-- -vv lists them); {troubles} false alarms; "
        f"the same again: --mixed {option.mixed} --seed {option.fuzz_seed}"
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A fault that nothing notices fails the proof as a blind check does. What was told is written where asked for."""
    if file := session.config.option.words:
        findings, option = session.config.stash[PROOFS].findings, session.config.option
        words.write(Path(file), findings, draw=option.draw, seed=option.fuzz_seed)
    told = words.misplaced(session.config.stash[PROOFS].findings)
    if session.exitstatus == 0 and (told or _unnoticed(session.config)):
        session.exitstatus = 1
