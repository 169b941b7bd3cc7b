"""What the results of a run add up to: per requirement, per document, in all; and the summary for a terminal.

Pure: a Run goes in, values and text come out. How a page looks belongs to reports.forms.html, what is secret to
reports.redact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from reports.journal import LedgerRow, PlannedCheck, Result, Run, Verdict, exit_code
from reports.plain import columns, cut, scrub

WHO_ACTS = {
    Verdict.HARNESS_ERROR: "the harness's maintainers",
    Verdict.VIOLATES: "the server's author",
    Verdict.INCONCLUSIVE: "whoever wrote the target file, or the operator",
    Verdict.ADVISES: "the server's author, perhaps",
    Verdict.NOT_APPLICABLE: "nobody",
    Verdict.CONFORMS: "nobody",
}
"""Who has to act on a verdict."""

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


def tolerated(result: Result) -> bool:
    """Whether the target file excuses this result: something broken, with a known entry that still holds."""
    broken = result.verdict in (Verdict.VIOLATES, Verdict.ADVISES)
    return broken and result.known is not None and result.known.problem is None


def outdated(result: Result) -> bool:
    """Whether a known entry of the target file no longer excuses anything, which is a finding by itself."""
    return result.known is not None and result.known.problem is not None


def is_finding(result: Result) -> bool:
    """Whether somebody has to act, or has agreed not to."""
    return result.verdict not in (Verdict.CONFORMS, Verdict.NOT_APPLICABLE) or outdated(result)


def weight(result: Result) -> tuple[int, str]:
    """Sorts findings: violations, outdated entries, our own errors, undecided, advice, tolerated."""
    if tolerated(result):
        return 5, result.check
    if result.verdict is Verdict.VIOLATES:
        return 0, result.check
    order = {Verdict.HARNESS_ERROR: 2, Verdict.INCONCLUSIVE: 3, Verdict.ADVISES: 4}
    return order.get(result.verdict, 1), result.check


def word(result: Result) -> str:
    """A result's verdict as a reader sees it."""
    if tolerated(result):
        return f"{result.verdict} (known)"
    return "outdated known" if stale(result) else str(result.verdict)


def stale(result: Result) -> bool:
    """Whether nothing but an outdated known entry makes this result a finding: the server itself is right."""
    return outdated(result) and result.verdict in (Verdict.CONFORMS, Verdict.NOT_APPLICABLE)


class Outcome(StrEnum):
    """What a result is to tools that know tests only: junit.xml and Allure.

    A violation that sets no exit code (tolerated, or of another profile) is skipped there, and says so.
    """

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    SKIPPED = "skipped"


def outcome(result: Result, run: Run) -> Outcome:
    """What a result is to a tool that knows tests only; failed and broken are what sets the exit code."""
    verdict = result.verdict
    breaks = verdict in (Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE)
    advice = verdict is Verdict.ADVISES and run.header.strict
    fails = outdated(result) or verdict is Verdict.VIOLATES or advice
    if verdict is Verdict.NOT_APPLICABLE and not fails:
        return Outcome.SKIPPED
    if (fails or breaks) and (tolerated(result) or result.profile != run.header.profile):
        return Outcome.SKIPPED
    if verdict is Verdict.HARNESS_ERROR:
        return Outcome.BROKEN
    if fails:
        return Outcome.FAILED
    return Outcome.BROKEN if breaks else Outcome.PASSED


def who_acts(result: Result) -> str:
    """Who has to act on a finding."""
    return "whoever wrote the target file" if stale(result) else WHO_ACTS[result.verdict]


def cause(result: Result) -> str:
    """Why a result is what it is, in the words of its evidence."""
    if result.known is None or result.known.problem is None:
        return result.reason
    told = f"The target file tolerates {result.known.requirement}, but the entry is outdated"
    return f"{told}: {result.known.problem.rstrip('.')}. {result.reason}".strip()


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


def number(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: `1 check`, `2 checks`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


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


# The summary for a terminal --------------------

MOST_LINES = 40
_FINDINGS = 8
_DOCUMENTS = 12
_WIDTHS = (1, 14, 17)  # of a finding's sign, verdict and requirement
_SIGNS = {
    Verdict.HARNESS_ERROR: ("\u2691", "!"),
    Verdict.VIOLATES: ("\u2717", "x"),
    Verdict.INCONCLUSIVE: ("?", "?"),
    Verdict.ADVISES: ("\u25b3", "-"),
    Verdict.NOT_APPLICABLE: ("\u2013", "."),
    Verdict.CONFORMS: ("\u2713", "+"),
}
_COLOURS = {
    Verdict.HARNESS_ERROR: "35",
    Verdict.VIOLATES: "31",
    Verdict.INCONCLUSIVE: "33",
    Verdict.ADVISES: "36",
    Verdict.NOT_APPLICABLE: "2",
    Verdict.CONFORMS: "32",
}


def summary(
    run: Run, *, width: int = 100, colour: bool = False, unicode: bool = True, folder: str = ""
) -> str:
    """The run on one screen: at most 40 lines, each at most width columns, without a trailing newline.

    colour: whether ANSI colours may be used; unicode: whether signs outside ASCII may. The caller asks the
    terminal and NO_COLOR. folder: where the reports are, as the reader would type it.
    """
    tally = Tally(run)
    screen = _Screen(width=max(width, 40), colour=colour, unicode=unicode)
    folder = folder or f"reports/out/{run.header.run}"
    above = [*_title(tally, screen), "", *_counts(tally, screen), "", *_documents(tally, screen)]
    below = ["", *_next(tally, screen, folder)]
    room = MOST_LINES - len(above) - len(below) - 1
    findings = _findings(tally, screen, room)
    return "\n".join([*above, *(["", *findings] if findings else []), *below])


@dataclass(frozen=True, kw_only=True)
class _Screen:
    """What a terminal can show."""

    width: int
    colour: bool
    unicode: bool

    def line(self, text: str, style: str = "", *, indent: int = 0) -> str:
        """One line that fits, in ASCII where the terminal asks for it."""
        shown = cut(" " * indent + scrub(text), self.width)
        if not self.unicode:
            shown = shown.encode("ascii", "replace").decode()
        return f"\x1b[{style}m{shown}\x1b[0m" if self.colour and style else shown

    def table(self, cells: Sequence[str], widths: Sequence[int], style: str = "") -> str:
        """One line of a table; the last cell takes what is left."""
        text = ""
        for cell, wide in zip(cells, [*widths, self.width], strict=False):
            shown = cut(scrub(cell), wide)
            text += shown + " " * max(0, wide - columns(shown)) + " "
        shown = cut(" " + text.rstrip(), self.width)
        if not self.unicode:
            shown = shown.encode("ascii", "replace").decode()
        return f"\x1b[{style}m{shown}\x1b[0m" if self.colour and style else shown

    def sign(self, verdict: Verdict) -> str:
        """The sign of a verdict; its word always stands beside it."""
        return _SIGNS[verdict][0 if self.unicode else 1]


def _title(tally: Tally, screen: _Screen) -> list[str]:
    header = tally.run.header
    name, issuer = str(header.target.get("name", "")), str(header.target.get("issuer", ""))
    style = "1;32" if tally.exit_code == 0 else "1;33" if tally.exit_code in (2, 5, 6) else "1;31"
    strict = ", strict" if header.strict else ""
    judged = f"{len(tally.run.results)} of {len(header.planned)} planned checks"
    return [
        screen.line(f"{name}, {issuer}" if name else issuer or "no target", "1"),
        screen.line(f"profile {header.profile}{strict}; started {header.started}; {judged}"),
        *(
            screen.line(piece, style)
            for piece in _wrapped(f"{tally.sentence} Exit code {tally.exit_code}.", screen.width)[:3]
        ),
    ]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for piece in scrub(text).split(" "):
        if lines[-1] and columns(lines[-1]) + 1 + columns(piece) > width:
            lines.append(piece)
        else:
            lines[-1] = f"{lines[-1]} {piece}".strip()
    return lines


def _counts(tally: Tally, screen: _Screen) -> list[str]:
    lines = []
    for verdict in Verdict:
        count = tally.counts[verdict]
        cells = [f"{count:5}".strip().rjust(5), screen.sign(verdict), str(verdict), _acts(verdict, count)]
        lines.append(_count_line(cells, screen, _COLOURS[verdict] if count else "2"))
    if tally.known:
        cells = [str(len(tally.known)).rjust(5), " ", "known", "tolerated by the target file"]
        lines.append(_count_line(cells, screen, "2"))
    for profile, count in sorted(tally.apart.items()):
        cells = [str(count).rjust(5), " ", scrub(profile), "another profile, reported apart"]
        lines.append(_count_line(cells, screen, "2"))
    if tally.missing:
        cells = [str(len(tally.missing)).rjust(5), " ", "not run", "the run was interrupted"]
        lines.append(_count_line(cells, screen, "33"))
    return lines


def _acts(verdict: Verdict, count: int) -> str:
    return f"to act: {WHO_ACTS[verdict]}" if count and WHO_ACTS[verdict] != "nobody" else ""


def _count_line(cells: Sequence[str], screen: _Screen, style: str) -> str:
    count, sign, name, note = cells
    shown = cut(f"{count} {sign} {name.ljust(15)} {note}".rstrip(), screen.width)
    return f"\x1b[{style}m{shown}\x1b[0m" if screen.colour else shown


_HEADS = ("judged", "open", "n/a", "undecided", "not run", "excluded", "total")


def _documents(tally: Tally, screen: _Screen) -> list[str]:
    rows = tally.coverage
    if not rows:
        return [screen.line("Coverage: the journal names no requirements.")]
    lines = [_coverage_line("Coverage", _HEADS, screen, "1")]
    shown = rows if len(rows) <= _DOCUMENTS else rows[: _DOCUMENTS - 1]
    lines += [
        _coverage_line(document_name(row.document) + "*" * row.partial, _cells(row.states), screen)
        for row in shown
    ]
    if len(shown) < len(rows):
        rest: Counter[State] = Counter()
        for row in rows[len(shown) :]:
            rest.update(row.states)
        lines.append(_coverage_line(f"{len(rows) - len(shown)} more", _cells(rest), screen))
    if any(row.partial for row in shown):
        lines.append(screen.line("* only those statements of the document that are judged"))
    return lines


def _cells(states: Counter[State]) -> list[str]:
    order = (
        State.JUDGED,
        State.OPEN,
        State.NOT_APPLICABLE,
        State.UNDECIDED,
        State.NOT_RUN,
        State.EXCLUDED,
    )
    return [*(str(states[state]) for state in order), str(states.total())]


def _coverage_line(name: str, cells: Sequence[str], screen: _Screen, style: str = "") -> str:
    text = "".join(cell.rjust(len(head) + 2) for cell, head in zip(cells, _HEADS, strict=True))
    shown = cut(cut(scrub(name), 11).ljust(11) + text, screen.width)
    return f"\x1b[{style}m{shown}\x1b[0m" if screen.colour and style else shown


def document_name(document: str) -> str:
    """How a reader names a document: `rfc7009` is RFC 7009."""
    return f"RFC {document[3:]}" if document[:3].lower() == "rfc" and document[3:].isdigit() else document


def grouped(findings: Sequence[Result]) -> list[list[Result]]:
    """Findings with the undecided ones of the same reason put together, where the first of them stands."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in findings:
        by_reason = result.verdict is Verdict.INCONCLUSIVE and result.reason
        key = ("reason", scrub(result.reason)) if by_reason else ("check", result.check)
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def _findings(tally: Tally, screen: _Screen, room: int) -> list[str]:
    groups = grouped([result for result in tally.findings if not tolerated(result)])
    others = {
        profile: len([item for item in items if not tolerated(item)])
        for profile, items in tally.other_findings.items()
    }
    tail = [
        screen.line(f"{number(count, 'finding')} of profile {profile}, reported apart.")
        for profile, count in others.items()
        if count
    ]
    room -= len(tail[:2])
    most = min(_FINDINGS, room - 2)
    lines = [screen.line("Findings", "1")] if groups else []
    lines += [_finding(group, screen) for group in groups[:most]]
    if len(groups) > most:
        lines.append(screen.line(f"and {len(groups) - most} more in the report", indent=1))
    return lines + tail[:2]


def _finding(group: Sequence[Result], screen: _Screen) -> str:
    result = group[0]
    verdict = Verdict.VIOLATES if stale(result) else result.verdict
    cells = [screen.sign(verdict), word(result)]
    if len(group) > 1:
        return screen.table([*cells, f"{len(group)} checks", result.reason], _WIDTHS, _COLOURS[verdict])
    first = result.requirements[0] if result.requirements else ""
    more = f" +{len(result.requirements) - 1}" if len(result.requirements) > 1 else ""
    return screen.table([*cells, first + more, _short(result)], _WIDTHS, _COLOURS[verdict])


def _short(result: Result) -> str:
    """What a finding is about, the telling words first: a line has room for few."""
    if stale(result) and result.known is not None:
        return result.known.problem or result.title
    if result.verdict in (Verdict.VIOLATES, Verdict.ADVISES):
        return result.title
    return result.reason or result.title


def _next(tally: Tally, screen: _Screen, folder: str) -> list[str]:
    counts = tally.counts
    if counts[Verdict.VIOLATES]:
        example = min((item for item in tally.findings if item.verdict is Verdict.VIOLATES), key=weight)
        name = next(iter(example.requirements), "")
        what = f"open the report; repeat one alone: --requirement {name}"
    elif counts[Verdict.HARNESS_ERROR]:
        what = "send the maintainers report.json; it holds no secret."
    elif counts[Verdict.INCONCLUSIVE]:
        what = "mend what the reasons above name in the target file, then run again."
    elif any(outdated(item) for item in tally.findings):
        what = "take the outdated [[known]] entries out of the target file."
    elif tally.interrupted:
        what = "run again; what is missing is listed in the report."
    elif tally.exit_code == 5:
        what = "widen the selection, or add to the target file the keys that the report names."
    else:
        what = "see in the report what was not applicable, and which key turns it on."
    return [screen.line(f"Report: {folder}/report.html"), screen.line(f"Next: {what}")]
