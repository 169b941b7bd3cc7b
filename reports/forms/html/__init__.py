"""report.html: the run as one file that works offline, prints, and asks the network for nothing.

What a server sent is hostile: the template escapes everything, and nothing of it is ever put into a script.
What a run adds up to is reports.conformance's business.
"""

from __future__ import annotations

import functools
import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.conformance.conforming import breaking
from reports.conformance.head import left_out, texts
from reports.conformance.results import (
    WHO_ACTS,
    cause,
    grouped,
    heading,
    named,
    stale,
    trace_id,
    who_acts,
    word,
)
from reports.conformance.tally import Requirement, State, Tally
from reports.conformance.words import NEXT, document_name, number, set_apart, set_name
from reports.curl import curl
from reports.forms.html.lines import lines, repeated, told_with_its_finding
from reports.forms.html.pictures import Pictures
from reports.journal import LedgerRow, Result, Run, Verdict
from reports.plain import scrub

MOST_EXCHANGES = 12
"""Exchanges shown for one finding, the last ones; report.json holds all that were kept."""

MOST_TEXT = 8_192
"""Characters shown of one body; report.json holds all that was kept."""

LONG_TEXT = 300
"""Characters from which on a body is shown once, however many exchanges have it."""

SIGNS = {
    Verdict.HARNESS_ERROR: "\u2691",
    Verdict.VIOLATES: "\u2717",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ADVISES: "\u25b3",
    Verdict.NOT_APPLICABLE: "\u2013",
    Verdict.CONFORMS: "\u2713",
}
MOST_FIRST = 4
"""Findings that the first screen names."""

_TURNS_ON = "To turn this on:"
_WHY = {
    State.OPEN: "No check of this run cites it.",
    State.NOT_RUN: "The run was interrupted before its check.",
}
Section = tuple[str, list[Requirement]]
"""A section's number and its requirements."""

_FOLDER = Path(__file__).parent
_SAFE_PATH = re.compile(r"(?!/)(?!.*\.\.)[\w./-]+", re.ASCII)
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the template shows of one finding.

    heading: its sentence, or that of its group; names: the requirements of all its checks; others: checks that see the
    same cause.
    """

    anchor: str
    kind: Verdict
    result: Result
    word: str
    heading: str
    names: Sequence[str]
    cause: str
    who_acts: str
    rows: Sequence[LedgerRow]
    others: Sequence[Result]
    exchanges: Sequence[Mapping[str, Any]]
    left_out: int
    reproduce: str
    pictures: Sequence[str] = ()


@functools.cache
def templates(folder: Path) -> Environment:
    """The templates of a folder, compiled once. Every value is escaped; `visible` writes out what could hide in it."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.filters["inline"] = inline
    return environment


@functools.cache
def template() -> Template:
    """The template of the page."""
    environment = templates(_FOLDER)
    environment.filters.update(
        document=document_name,
        path=_path,
        anchor=_anchor,
        statute=_statute,
        why=_why,
        lines=lines,
        told_with_its_finding=told_with_its_finding,
        number=number,
        trace=trace_id,
        set_name=set_name,
        set_apart=set_apart,
    )
    return environment.get_template("report.html.j2")


def render(run: Run) -> str:
    """The whole page, as HTML in UTF-8. Raises nothing that a server's text could provoke."""
    tally = Tally(run)
    rows = {row.id: row for row in run.header.ledger}
    pictures = Pictures(run.folder)
    findings = _findings(tally.findings, rows, pictures)
    others = {name: _findings(found, rows, pictures) for name, found in tally.other_findings.items()}
    documents = _documents(tally.requirements, run.header.profile)
    missing = _not_applicable(run.results)
    every = [*findings, *(finding for found in others.values() for finding in found)]
    return template().render(
        run=run,
        tally=tally,
        verdicts=list(Verdict),
        signs=SIGNS,
        who_acts=WHO_ACTS,
        states=list(State),
        tone=_tone(tally),
        findings=findings,
        first=findings[:MOST_FIRST],
        others=others,
        bodies=Bodies(),
        left_out=left_out(tally),
        texts=texts(run),
        breaking=breaking(run),
        next=NEXT,
        anchors={
            each.check: finding.anchor for finding in every for each in (finding.result, *finding.others)
        },
        documents=documents,
        titles=repeated([item for *_, sections, _ in documents for _, items in sections for item in items]),
        disputed=[row for row in run.header.ledger if row.disputed],
        linked={row.id for row in run.header.ledger if row.disputed}.union(*(each.names for each in every)),
        not_applicable=missing,
        reasons={each.results[0].reason: f"na{at}" for at, each in enumerate(missing)},
        # Both files are ours and hold nothing of the run.
        style=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        script=Markup((_FOLDER / "report.js").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def visible(text: object) -> str:
    """Text whose control, zero-width and bidirectional characters are written out, so that none acts."""
    return _UNSEEN.sub(lambda match: f"\\x{ord(match[0]):02x}", str(text).replace("\r\n", "\n"))


def inline(text: object) -> Markup:
    """The same for text between tags, never in an attribute: quotation marks need no escape there."""
    return Markup(html.escape(visible(text), quote=False))  # noqa: S704 - escaped on the line


def shown(body: Mapping[str, Any]) -> str:
    """A recorded body for reading: its text, or its base64, cut to a readable size with a note."""
    text = str(body["text"])
    head = "(base64, the body is not UTF-8)\n" if body["encoding"] == "base64" else ""
    cut = len(text) > MOST_TEXT or body["cut"]
    tail = f"\n[cut here: {body['size']} bytes in all]" if cut else ""
    return visible(head + text[:MOST_TEXT] + tail)


@dataclass(frozen=True, kw_only=True)
class Body:
    """One body for reading. anchor: where it is shown, empty where it is short; is_first: whether that is here."""

    text: str
    anchor: str
    is_first: bool


class Bodies:
    """The messages and bodies that a page shows: one that several exchanges have is shown with the first of them."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._messages: dict[str, str] = {}

    def message(self, title: str, headers: Sequence[tuple[str, str]], body: Mapping[str, Any] | None) -> Body:
        """Where a whole message is shown: with the first exchange that has it, headers, body and all."""
        text = repr((title, [tuple(each) for each in headers], body and body["text"]))
        is_first = text not in self._messages
        anchor = self._messages.setdefault(text, f"m{len(self._messages)}")
        return Body(text=text, anchor=anchor, is_first=is_first)

    def keep(self, body: Mapping[str, Any]) -> Body:
        """What is shown of a recorded body, and where."""
        text = shown(body)
        if len(text) < LONG_TEXT:
            return Body(text=text, anchor="", is_first=True)
        is_first = text not in self._places
        anchor = self._places.setdefault(text, f"body-{len(self._places)}")
        return Body(text=text, anchor=anchor, is_first=is_first)


def _path(text: str) -> str:
    """A kept file's name when it may be a link, else nothing."""
    return text if _SAFE_PATH.fullmatch(text) else ""


def _anchor(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text)


def _statute(row: LedgerRow) -> str:
    """Where the text of a requirement stands, or nothing when that is no RFC."""
    number_ = row.document[3:]
    if not (row.document[:3].lower() == "rfc" and number_.isdigit()):
        return ""
    section = f"#section-{row.section}" if re.fullmatch(r"[0-9.]+", row.section) else ""
    return f"https://www.rfc-editor.org/rfc/rfc{number_}{section}"


def _tone(tally: Tally) -> str:
    """The class of the headline: what the exit code means."""
    return {0: "good", 1: "bad", 3: "bad"}.get(tally.exit_code, "unsure")


def _findings(results: Sequence[Result], rows: Mapping[str, LedgerRow], pictures: Pictures) -> list[Finding]:
    return [_finding(group, rows, pictures) for group in grouped(results)]


def _finding(group: Sequence[Result], rows: Mapping[str, LedgerRow], pictures: Pictures) -> Finding:
    result = group[0]
    return Finding(
        anchor=f"finding-{_anchor(result.check.removeprefix('conformance/'))}",
        kind=Verdict.VIOLATES if stale(result) else result.verdict,
        result=result,
        word=word(result),
        heading=heading(group),
        names=named(group),
        cause=cause(result),
        who_acts=who_acts(result),
        rows=[rows[name] for name in result.requirements if name in rows],
        others=group[1:],
        exchanges=result.exchanges[-MOST_EXCHANGES:],
        left_out=max(0, len(result.exchanges) - MOST_EXCHANGES),
        reproduce=result.reproduce or _curl(result),
        pictures=pictures.of(result.kept),
    )


def _curl(result: Result) -> str:
    """The line that repeats the last exchange of a result, where one was recorded."""
    return curl(result.exchanges[-1]) if result.exchanges else ""


def _documents(requirements: Sequence[Requirement], own: str) -> list[tuple[str, str, list[Section], bool]]:
    """Documents, each with its counts in words, all of its requirements by section, and whether any of them was judged.

    own: the run's profile, whose documents come first.
    """
    documents: dict[str, list[Requirement]] = {}
    for item in sorted(requirements, key=lambda each: each.row.profile != own):
        documents.setdefault(item.row.document, []).append(item)
    return [
        (
            document,
            _told(found),
            [(section, list(items)) for section, items in groupby(found, key=lambda item: item.row.section)],
            any(item.verdict not in {None, Verdict.NOT_APPLICABLE} for item in found),
        )
        for document, found in documents.items()
    ]


def _why(item: Requirement) -> str:
    """Why a requirement was not judged; nothing where it was."""
    if item.state is State.EXCLUDED:
        return item.row.excluded or ""
    if item.verdict in {Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR}:
        reasons = [result.reason for result in item.results if result.verdict is item.verdict]
        return reasons[0] if reasons else ""
    return _WHY.get(item.state, "") if item.verdict is None else ""


def _told(found: Sequence[Requirement]) -> str:
    """How many requirements came to what, in words."""
    counts = Counter(item.word for item in found)
    order = dict.fromkeys([*map(str, Verdict), f"{Verdict.VIOLATES} (known)", *map(str, State)])
    return ", ".join(f"{counts[name]} {name}" for name in order if counts[name])


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What did not apply for one reason. key: what to add to the target file, empty where nothing would turn it on."""

    reason: str
    key: str
    results: Sequence[Result]

    @property
    def names(self) -> Sequence[str]:
        """The requirements of its checks, each once: what a check says stands with them."""
        return list(dict.fromkeys(name for result in self.results for name in result.requirements))


def _not_applicable(results: Sequence[Result]) -> list[Missing]:
    """The checks that did not apply, by reason: what is missing, and the key that turns them on."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        if result.verdict is Verdict.NOT_APPLICABLE:
            groups.setdefault(scrub(result.reason) or "No reason was recorded.", []).append(result)
    cut = [(*reason.partition(_TURNS_ON), found) for reason, found in groups.items()]
    ordered = sorted(cut, key=lambda item: -len(item[3]))
    return [Missing(reason=what.strip(), key=key.strip(), results=found) for what, _, key, found in ordered]
