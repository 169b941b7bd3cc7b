"""The run on one screen of a terminal: verdicts, coverage, the weightiest findings, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reports.conformance.results import WHO_ACTS, grouped, heading, outdated, stale, tolerated, weight, word
from reports.conformance.tally import State, Tally
from reports.conformance.words import document_name, found_apart, set_apart, set_name
from reports.journal import Result, Run, Verdict
from reports.plain import columns, cut, scrub

MOST_LINES = 40
_FINDINGS = 8
_DOCUMENTS = 12
_FEWEST_DOCUMENTS = 4
_FOR_FINDINGS = 12
"""Lines that findings are given, if need be at the cost of rows of the coverage."""
_ENDLESS = 10_000
"""Columns of what is no terminal: nothing is cut off there."""
_TEXT = 100
"""Columns of running text where there is no terminal."""
_FEW = 12
"""Columns that the words of a finding have beside its id at least; where they have not, they stand below it."""
_TURNS_ON = "To turn this on:"
"""What stands in a reason before the key that would make the check apply."""
_MOST_OF_A_REASON = 320
"""Columns of a reason that is told whole."""
_REASON_LINES = 3
"""Lines beyond the first that are kept for the reason of what is undecided."""
_MACHINE = "OAUTH_HARNESS_BROWSER"
"""What a reason names that the machine has to mend, and no target file."""
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
    run: Run,
    *,
    width: int | None = 100,
    colour: bool = False,
    unicode: bool = True,
    folder: str = "",
    written: bool = True,
) -> str:
    """The run on one screen: at most 40 lines, each at most width columns, without a trailing newline.

    width: None where there is no terminal: then nothing is cut off. Where the report is stands whole in any case.
    colour: whether ANSI colours may be used; unicode: whether signs outside ASCII may. The caller asks the
    terminal and NO_COLOR. folder: where the reports are, as the reader would type it; written: whether report.html
    is there, for which a full disk had no room.
    """
    tally = Tally(run)
    screen = _Screen(width=_ENDLESS if width is None else max(width, 40), colour=colour, unicode=unicode)
    folder = folder or f"reports/out/{run.header.run}"
    head = [*_title(tally, screen), "", *_counts(tally, screen), ""]
    below = [*_commonest_key(tally, screen), "", *_next(tally, screen, _place(folder, written=written))]
    spare = MOST_LINES - len(head) - len(below) - 1
    documents = _documents(tally, screen, _DOCUMENTS)
    if tally.findings and spare - len(documents) < _FOR_FINDINGS:
        rows = _DOCUMENTS + spare - len(documents) - _FOR_FINDINGS
        documents = _documents(tally, screen, max(rows, _FEWEST_DOCUMENTS))
    above = [*head, *documents]
    findings = _findings(tally, screen, spare - len(documents))
    return "\n".join([*above, *(["", *findings] if findings else []), *below])


@dataclass(frozen=True, kw_only=True)
class _Screen:
    """What a terminal can show."""

    width: int
    colour: bool
    unicode: bool

    @property
    def text(self) -> int:
        """Columns of running text."""
        return min(self.width, _TEXT) if self.width == _ENDLESS else self.width

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
        screen.line(f"{name}, {issuer}" if name not in {"", issuer} else issuer or "no target", "1"),
        screen.line(f"profile {header.profile_told}{strict}; started {header.started}; {judged}"),
        *(
            screen.line(piece, style)
            for piece in _wrapped(f"{tally.sentence} Exit code {tally.exit_code}.", screen.text)[:3]
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
        cells = [str(count).rjust(5), " ", scrub(set_name(profile)), set_apart(profile)]
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


def _documents(tally: Tally, screen: _Screen, most: int) -> list[str]:
    rows = tally.coverage
    if not rows:
        return [screen.line("Coverage: the journal names no requirements.")]
    shown = rows if len(rows) <= most else rows[: most - 1]
    names = [document_name(row.document) + "*" * row.partial for row in shown]
    wide = max(11, *(columns(scrub(name)) for name in names))
    lines = [_coverage_line("Coverage", _HEADS, screen, wide=wide, style="1")]
    lines += [
        _coverage_line(name, _cells(row.states), screen, wide=wide)
        for name, row in zip(names, shown, strict=True)
    ]
    if len(shown) < len(rows):
        rest: Counter[State] = Counter()
        for row in rows[len(shown) :]:
            rest.update(row.states)
        lines.append(_coverage_line(f"{len(rows) - len(shown)} more", _cells(rest), screen, wide=wide))
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


def _coverage_line(name: str, cells: Sequence[str], screen: _Screen, *, wide: int, style: str = "") -> str:
    text = "".join(cell.rjust(len(head) + 2) for cell, head in zip(cells, _HEADS, strict=True))
    shown = cut(scrub(name).ljust(wide) + text, screen.width)
    return f"\x1b[{style}m{shown}\x1b[0m" if screen.colour and style else shown


def _findings(tally: Tally, screen: _Screen, room: int) -> list[str]:
    groups = grouped([result for result in tally.findings if not tolerated(result)])
    tail = []
    for profile, items in tally.other_findings.items():
        counts = Counter(item.verdict is Verdict.INCONCLUSIVE for item in items if not tolerated(item))
        if counts:
            tail.append(screen.line(found_apart(counts[False], counts[True], profile)))
    room -= len(tail[:2])
    # An id is for copying, and a word for telling apart what is tolerated: neither is ever cut.
    widths = (
        1,
        max((len(word(group[0])) for group in groups), default=0),
        max((len(_which(group)) for group in groups), default=0),
    )
    if sum(widths) + len(widths) + _FEW > screen.width:
        widths = (1, screen.width, 0)
    tall = 1 if widths[2] else 2
    wrapped = _REASON_LINES if any(group[0].verdict is Verdict.INCONCLUSIVE for group in groups) else 0
    most = max(1, min(_FINDINGS, (room - 2 - wrapped) // tall))
    shown = _weightiest(groups, most)
    lines = [screen.line("Findings", "1")] if groups else []
    spare = room - 1 - len(groups[: most + 1]) * tall
    for group in shown:
        told = _finding(group, screen, widths, spare)
        spare -= len(told) - 1
        lines += told
    if len(groups) > len(shown):
        lines.append(screen.line(f"and {len(groups) - len(shown)} more in the report", indent=1))
    return lines + tail[:2]


def _weightiest(groups: Sequence[list[Result]], most: int) -> list[list[Result]]:
    """The first of the groups; the commonest reason of what is undecided is one of them, be it the last."""
    undecided = [group for group in groups if group[0].verdict is Verdict.INCONCLUSIVE]
    commonest = max(undecided, key=len, default=None)
    if commonest is None or commonest in groups[:most] or most < 2:
        return list(groups[:most])
    return [*groups[: most - 1], commonest]


def _commonest_key(tally: Tally, screen: _Screen) -> list[str]:
    """What most of what did not apply would take: the key, how many checks it is of, and why."""
    found: dict[str, list[Result]] = {}
    for result in tally.own:
        if result.verdict is Verdict.NOT_APPLICABLE:
            found.setdefault(scrub(result.reason).partition(_TURNS_ON)[2].strip(), []).append(result)
    found.pop("", None)
    if not found:
        return []
    key, results = max(found.items(), key=lambda item: len(item[1]))
    told = (
        f"Not applicable for want of one key, {len(results)} of {tally.counts[Verdict.NOT_APPLICABLE]}: "
        f"{scrub(results[0].reason)}"
    )
    if columns(told) > _MOST_OF_A_REASON:
        told = f"{told.partition(': ')[0]}. {_TURNS_ON} {key}"
    return ["", *(screen.line(piece) for piece in _wrapped(told, screen.text))]


def _which(group: Sequence[Result]) -> str:
    """What a line of findings is of: the requirement of a check, or how many checks have one reason."""
    if len(group) > 1:
        return f"{len(group)} checks"
    names = list(dict.fromkeys(group[0].requirements))
    return f"{names[0]} +{len(names) - 1}" if len(names) > 1 else "".join(names)


def _finding(group: Sequence[Result], screen: _Screen, widths: tuple[int, int, int], spare: int) -> list[str]:
    """A finding on one line; the reason of an undecided one on as many more as it takes, where there is room.

    widths: columns that sign, verdict and requirements take; spare: lines that are left.
    """
    result = group[0]
    verdict = Verdict.VIOLATES if stale(result) else result.verdict
    told = heading(group) if len(group) > 1 else _short(result)
    cells = [screen.sign(verdict), word(result), _which(group)]
    if not widths[2]:
        first = screen.line(" ".join(cells[:2]), _COLOURS[verdict], indent=1)
        return [first, screen.line(f"{cells[2]} {told}", _COLOURS[verdict], indent=3)]
    if verdict is not Verdict.INCONCLUSIVE:
        return [screen.table([*cells, told], widths, _COLOURS[verdict])]
    indent = sum(widths) + len(widths) + 1
    pieces = _wrapped(told, max(screen.text - indent, 20))
    if len(pieces) - 1 > spare:
        pieces = [told]
    first = screen.table([*cells, pieces[0]], widths, _COLOURS[verdict])
    return [first, *(screen.line(piece, _COLOURS[verdict], indent=indent) for piece in pieces[1:])]


def _short(result: Result) -> str:
    """What a finding is about, the telling words first: a line has room for few."""
    if stale(result) and result.known is not None:
        return result.known.problem or result.title
    if result.verdict in (Verdict.VIOLATES, Verdict.ADVISES):
        return result.title
    return result.reason or result.title


def _place(folder: str, *, written: bool) -> str:
    """Where the report is, or how it is made where it is not."""
    if written:
        return f"Report: {scrub(folder)}/report.html"
    return f"Report: not written. Once there is room: python3 -m reports html {scrub(folder)}"


def _next(tally: Tally, screen: _Screen, place: str) -> list[str]:
    counts = tally.counts
    if counts[Verdict.VIOLATES]:
        example = min((item for item in tally.findings if item.verdict is Verdict.VIOLATES), key=weight)
        name = next(iter(example.requirements), "")
        what = f"open the report; repeat one alone: --requirement {name}"
    elif counts[Verdict.HARNESS_ERROR]:
        what = "send the maintainers report.json; it holds no secret."
    elif counts[Verdict.INCONCLUSIVE]:
        reasons = [item.reason for item in tally.findings if item.verdict is Verdict.INCONCLUSIVE]
        what = "mend what the reasons above name in the target file, then run again."
        if all(_MACHINE in reason for reason in reasons):
            what = "install a browser on this machine, as the reason says, or leave it out: --no-browser."
    elif any(outdated(item) for item in tally.findings):
        what = "take the outdated [[known]] entries out of the target file."
    elif tally.interrupted:
        what = "run again; what is missing is listed in the report."
    elif tally.exit_code == 5:
        what = "widen the selection, or add to the target file the keys that the report names."
    else:
        what = "see in the report what was not applicable, and which key turns it on."
    told = [screen.line(piece) for piece in _wrapped(f"Next: {what}", screen.text)]
    return [place, *told]
