"""What the results of a run add up to: per requirement, per document, in all, and in one sentence.

Pure: a Run goes in, values come out. What one result is, results.py beside it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from reports.conformance.results import is_finding, outdated, tolerated, weight
from reports.conformance.words import number
from reports.journal import LedgerRow, PlannedCheck, Result, Run, Verdict, exit_code

SERVER = "authorization server"
_JUDGED = frozenset({Verdict.VIOLATES, Verdict.ADVISES, Verdict.CONFORMS})


class State(StrEnum):
    """How far a requirement has come, when no verdict speaks for it."""

    JUDGED = "judged"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not run: interrupted"
    OPEN = "open"
    EXCLUDED = "excluded"


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One row of the ledger with what the run says about it.

    verdict: the dominant one of its results, None without results. known: a tolerated violation is all there
    is.
    """

    row: LedgerRow
    state: State
    verdict: Verdict | None
    known: bool
    results: Sequence[Result]

    @property
    def word(self) -> str:
        """The verdict as a reader sees it, or the state where there is none."""
        if self.verdict is None:
            return str(self.state)
        return f"{self.verdict} (known)" if self.known else str(self.verdict)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many requirements of one document, of those that bind the server, are in each state.

    partial: whether the ledger holds only some statements of the document.
    """

    document: str
    profile: str
    states: Counter[State]
    partial: bool = False

    @property
    def total(self) -> int:
        """All rows that bind the server."""
        return self.states.total()

    @property
    def judged(self) -> int:
        """Rows for which a verdict about the server was reached."""
        return self.states[State.JUDGED]


@dataclass(frozen=True)
class Tally:
    """A run, added up. Everything that a report shows is read from here."""

    run: Run

    @property
    def own(self) -> list[Result]:
        """The results of the profile that the run was made for."""
        return [result for result in self.run.results if result.profile == self.run.header.profile]

    @property
    def exit_code(self) -> int:
        """The code that the run ended with, or that its verdicts ask for when it never ended."""
        return self.run.footer.exit_code if self.run.footer is not None else exit_code(self.run)

    @property
    def interrupted(self) -> bool:
        """Whether the run stopped before its end: it has no footer, or planned checks have no result."""
        return not self.run.complete or bool(self.run.missing)

    @property
    def missing(self) -> list[PlannedCheck]:
        """The planned checks that were not run."""
        return self.run.missing

    @cached_property
    def counts(self) -> Counter[Verdict]:
        """Results of the run's own profile per verdict; tolerated violations are counted in `known` only."""
        return Counter(result.verdict for result in self.own if not tolerated(result))

    @cached_property
    def known(self) -> list[Result]:
        """The tolerated violations of the run's own profile."""
        return [result for result in self.own if tolerated(result)]

    @cached_property
    def findings(self) -> list[Result]:
        """What somebody has to act on in the run's own profile, the weightiest first; tolerated ones last."""
        return sorted([*filter(is_finding, self.own), *self.stale], key=weight)

    @cached_property
    def stale(self) -> list[Result]:
        """A finding for each tolerated violation that no check finds any more."""
        entries = self.run.footer.stale if self.run.footer is not None else ()
        return [
            Result(
                check=f"known/{entry.requirement}",
                title=f"What the target file tolerates of {entry.requirement} is still there.",
                requirements=[entry.requirement],
                level="must",
                profile=self.run.header.profile,
                verdict=Verdict.CONFORMS,
                known=entry,
            )
            for entry in entries
        ]

    @cached_property
    def apart(self) -> Counter[str]:
        """How many results belong to each other profile: they stand in no count of verdicts."""
        return Counter(
            result.profile for result in self.run.results if result.profile != self.run.header.profile
        )

    @cached_property
    def other_findings(self) -> dict[str, list[Result]]:
        """Findings of other profiles, by profile. They never set the exit code."""
        profiles = sorted({result.profile for result in self.run.results} - {self.run.header.profile})
        found = {name: [item for item in self.run.results if item.profile == name] for name in profiles}
        return {
            name: sorted(filter(is_finding, results), key=weight)
            for name, results in found.items()
            if any(map(is_finding, results))
        }

    @cached_property
    def requirements(self) -> list[Requirement]:
        """Every row of the ledger with its verdict, in the ledger's order."""
        cited: dict[str, list[Result]] = {}
        for result in self.run.results:
            for name in result.requirements:
                cited.setdefault(name, []).append(result)
        missing = {name for check in self.run.missing for name in check.requirements}
        return [_requirement(row, cited.get(row.id, []), missing) for row in self.run.header.ledger]

    @cached_property
    def coverage(self) -> list[Coverage]:
        """Per document, the run's own profile first, how many rows that bind the server are in each state."""
        states: dict[str, Counter[State]] = {}
        profiles: dict[str, str] = {}
        for requirement in self.requirements:
            row = requirement.row
            if row.excluded is None or not row.binds or SERVER in row.binds:
                states.setdefault(row.document, Counter())[requirement.state] += 1
                profiles.setdefault(row.document, row.profile)
        own = self.run.header.profile
        ordered = sorted(states, key=lambda document: profiles[document] != own)
        partial = {row.document for row in self.run.header.ledger if row.partial}
        return [
            Coverage(document=name, profile=profiles[name], states=states[name], partial=name in partial)
            for name in ordered
        ]

    @cached_property
    def violated(self) -> set[str]:
        """The ids of the requirements that are violated and not tolerated."""
        ours = (item for item in self.own if item.verdict is Verdict.VIOLATES and not tolerated(item))
        return {name for result in ours for name in result.requirements}

    @property
    def sentence(self) -> str:
        """The verdict of the run in one sentence."""
        return _sentence(self)


def _requirement(row: LedgerRow, results: Sequence[Result], missing: set[str]) -> Requirement:
    order = list(Verdict)
    ranked = sorted(results, key=lambda item: (tolerated(item), order.index(item.verdict)))
    # A tolerated violation weighs more than conformity, less than a finding that nobody tolerates.
    open_findings = [item for item in ranked if not tolerated(item) and order.index(item.verdict) <= 3]
    excused = [item for item in ranked if tolerated(item)]
    chosen = next(iter(open_findings or excused or ranked), None)
    verdict = chosen.verdict if chosen is not None else None
    return Requirement(
        row=row,
        state=_state(row, verdict, missing),
        verdict=verdict,
        known=chosen is not None and tolerated(chosen),
        results=results,
    )


def _state(row: LedgerRow, verdict: Verdict | None, missing: set[str]) -> State:
    if verdict in _JUDGED:
        return State.JUDGED
    if verdict is Verdict.NOT_APPLICABLE:
        return State.NOT_APPLICABLE
    if verdict is not None:
        return State.UNDECIDED
    if row.id in missing:
        return State.NOT_RUN
    if row.excluded is not None:
        return State.EXCLUDED
    return State.OPEN


def _sentence(tally: Tally) -> str:
    counts, violated = tally.counts, len(tally.violated)
    entries = sum(outdated(result) for result in tally.findings)
    checks = number(counts[Verdict.VIOLATES], "check")
    parts = []
    if violated or counts[Verdict.VIOLATES]:
        parts.append(f"The server violates {number(violated, 'requirement')} ({checks}).")
    if entries:
        parts.append(
            f"The target file has {number(entries, 'known entry', 'known entries')} that no longer holds."
        )
    if counts[Verdict.HARNESS_ERROR]:
        parts.append(f"The harness itself failed in {number(counts[Verdict.HARNESS_ERROR], 'check')}.")
    if counts[Verdict.INCONCLUSIVE]:
        parts.append(f"{number(counts[Verdict.INCONCLUSIVE], 'check')} could not be judged.")
    if tally.run.header.strict and counts[Verdict.ADVISES]:
        parts.append(f"The run is strict, and {number(counts[Verdict.ADVISES], 'piece')} of advice counts.")
    if tally.interrupted:
        parts.append(f"Interrupted: {number(len(tally.missing), 'planned check')} not run.")
    if not any(counts[verdict] for verdict in _JUDGED) and not tally.known:
        parts.append("Nothing was judged.")
    elif not violated and not counts[Verdict.VIOLATES]:
        apart = " apart from the known ones" if tally.known else ""
        parts.insert(0, f"No violation was found{apart} in {number(_judged(tally), 'requirement')} judged.")
    return " ".join(parts)


def _judged(tally: Tally) -> int:
    own = tally.run.header.profile
    names = {name for item in tally.own if item.verdict in _JUDGED for name in item.requirements}
    rows = {item.row.id for item in tally.requirements if item.row.profile == own or item.row.id in names}
    return len(names & rows) if rows else len(names)
