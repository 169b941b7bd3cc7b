"""Run, Result and Verdict, and the journal they are kept in: JSON lines, a header, results, a footer.

The journal is the only record of a run; every report is rendered from it. Each line is forced to the disk
before the next check begins, so a killed run keeps what it had judged, and its plan says what is missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from reports.folder import journal_file

SCHEMA = 1
OF_METADATA = "8414-"
"""How the ids of the statements on a server's metadata begin."""


class Verdict(StrEnum):
    """What a check came to, in order of dominance: the first of them speaks for the run."""

    HARNESS_ERROR = "harness-error"
    VIOLATES = "violates"
    INCONCLUSIVE = "inconclusive"
    ADVISES = "advises"
    NOT_APPLICABLE = "not-applicable"
    CONFORMS = "conforms"


class CannotKeep(Exception):
    """A run can no longer be kept, or cannot begin to be; the message says what, where, and what to do."""


class UnreadableJournal(Exception):
    """The file is not a journal of ours; the message says what, where, and what to do."""


@dataclass(frozen=True, kw_only=True)
class PlannedCheck:
    """A check that the run set out to judge. check is its pytest node id, title its one sentence.

    profile: the set as a check of which it is judged; level: its level there; levels: its level in each set.
    """

    check: str
    title: str
    requirements: Sequence[str]
    level: str
    profile: str
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One normative statement, as the ledger has it.

    excluded: why no check can judge it, or None.
    binds: whose duty it is (`authorization server`, ...); empty when the ledger does not say.
    partial: whether the ledger holds only some statements of its document.
    fix: what a fix looks like, in one sentence. habit: what a server does that departs from several such statements at
    once. disputed: why it may be read otherwise. noticed: which clients are known to notice, `told` in a sentence each,
    and `when`: what came has to match it. url: where its document stands, where the name does not tell.
    """

    id: str
    document: str
    section: str
    level: str
    profile: str
    endpoints: Sequence[str]
    text: str
    excluded: str | None = None
    binds: Sequence[str] = ()
    partial: bool = False
    fix: str = ""
    habit: str = ""
    disputed: str = ""
    noticed: Sequence[Mapping[str, str]] = ()
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A violation that the target file tolerates, or that a policy of it sees otherwise.

    until: the last day (ISO date), or None.
    level: what the policy makes of it, "advises" or "ignored"; empty where it is merely tolerated.

    problem: why the entry no longer excuses anything (mended, past its date), or None; then it is a finding.
    owner: who sees to it; link: where that is tracked. where: file and line of the entry.
    """

    requirement: str
    because: str
    until: str | None = None
    problem: str | None = None
    owner: str = ""
    link: str = ""
    where: str = ""
    level: str = ""

    @property
    def told(self) -> str:
        """The reason with what else the entry says, for a reader."""
        more = [f"policy: {self.level}"] if self.level else []
        more += [f"owner: {self.owner}"] if self.owner else []
        more += [self.link] if self.link else []
        more += [f"tolerated until {self.until}"] if self.until else []
        return f"{self.because} ({', '.join(more)})" if more else self.because


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check came to, with its evidence.

    level: must, structure or should, in `profile`; levels: in each set.
    reason: one or a few sentences for inconclusive, not-applicable and harness-error; how it was shown, where a check
    that conforms tells; what the assertion said otherwise.
    expected, actual: what was expected of the server, and what came. done: the request that was judged, in words.
    group: the cause that it shares with other findings. fix, disputed, noticed: what the ledger says of its
    requirements: what a fix looks like, why they may be read otherwise, which clients notice.
    reproduce: the curl lines that lead to it, numbered, secrets as shell variables. where: file:line of the check.
    seconds: wall time.
    exchanges: what went over the wire, already redacted, as JSON objects.
    kept: files of evidence in the run's folder.
    """

    check: str
    title: str
    requirements: Sequence[str]
    level: str
    profile: str
    verdict: Verdict
    where: str = ""
    known: Known | None = None
    reason: str = ""
    expected: str = ""
    actual: str = ""
    done: str = ""
    group: str = ""
    fix: str = ""
    disputed: str = ""
    noticed: Sequence[str] = ()
    reproduce: str = ""
    seconds: float = 0.0
    exchanges: Sequence[Mapping[str, Any]] = ()
    kept: Sequence[str] = ()
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a run set out to do: to whom, with what, and all it planned.

    profile_date: when its set was frozen; profile_extends: the older sets that it holds whole, the nearest first;
    editions: by document, when the text that the ledger knows was published;
    conforming: which answers that conform are known to break clients, and how each is known;
    survey: what the target was seen to be like before the first check; its member `told` has it in pairs for readers.
    """

    run: str
    started: str
    profile: str
    strict: bool
    target: Mapping[str, Any]
    environment: Mapping[str, str]
    planned: Sequence[PlannedCheck]
    ledger: Sequence[LedgerRow]
    profile_date: str = ""
    profile_extends: Sequence[str] = ()
    editions: Mapping[str, str] = field(default_factory=dict)
    conforming: Sequence[Mapping[str, Any]] = ()
    survey: Mapping[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def profile_told(self) -> str:
        """The run's set with its date, for a reader."""
        is_dated = self.profile.endswith(self.profile_date)
        return self.profile if is_dated else f"{self.profile} of {self.profile_date}"

    @property
    def profile_family(self) -> str:
        """The oldest of the sets that the run's extends, or its own: what does not change with an update."""
        return self.profile_extends[-1] if self.profile_extends else self.profile


@dataclass(frozen=True, kw_only=True)
class Footer:
    """How a run ended. Its absence means that the run was interrupted.

    stale: tolerated violations that no check finds any more; each must leave the target file. requests: how many the
    checks sent; 0 in journals from before it was counted. browsers: in which pages were judged, each with its version.
    """

    finished: str
    exit_code: int
    stale: Sequence[Known] = ()
    requests: int = 0
    browsers: Sequence[str] = ()


@dataclass(frozen=True)
class Run:
    """A run as it was journalled. footer is None when the run was interrupted.

    folder: where its evidence lies. digest: SHA-256 of the journal's bytes, by which a reader finds out whether a
    report was made from it; empty where it was not read from a file.
    """

    header: Header
    results: Sequence[Result] = field(default_factory=list)
    footer: Footer | None = None
    folder: Path | None = field(default=None, compare=False)
    digest: str = field(default="", compare=False)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.footer is not None

    @property
    def missing(self) -> list[PlannedCheck]:
        """The planned checks that have no result: not run, because the run was interrupted."""
        judged = {result.check for result in self.results}
        return [planned for planned in self.header.planned if planned.check not in judged]


class Journal:
    """An open journal. Every line is on the disk when the call returns. Use as a context manager.

    CannotKeep when the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as problem:
            raise CannotKeep(_why(path, problem, kept=False)) from None
        self.path = path

    def write(self, entry: Header | Result | Footer) -> None:
        """Append one entry, flushed and synced. CannotKeep when there is no room: the journal is as it was before."""
        line = {"type": type(entry).__name__.lower(), **asdict(entry)}
        data = (json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n").encode("ascii")
        before = self._file.tell()
        try:
            while data:
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as problem:
            with contextlib.suppress(OSError):
                self._file.seek(before)
                self._file.truncate()
            raise CannotKeep(_why(self.path, problem, kept=before > 0)) from None

    def close(self) -> None:
        """Close the file; what was written stays."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _why(path: Path, problem: OSError, *, kept: bool) -> str:
    """What to do about a journal that cannot be written. kept: whether something of the run stands in it."""
    told = f"{path}: {problem.strerror or problem}. Free some space, or name another folder with --out."
    judged = f" What was judged until then is kept: python3 -m reports summary {path.parent}"
    return f"{told}{judged}" if kept else f"{told} Nothing was judged, and nothing is left there."


def read_run(path: Path) -> Run:
    """The run kept in a journal, in the folder of a run, or where `latest` points.

    A torn last line (the process was killed while writing) is passed over. UnreadableJournal when there is no
    such file, it does not begin with a header, a line in the middle is broken, or its schema is newer.
    """
    file = journal_file(path)
    try:
        with file.open("rb") as stream:
            entries, digest = _entries(file, stream)
    except OSError as problem:
        raise UnreadableJournal(
            f"{file}: {problem.strerror or problem}. Name the folder of a run, such as reports/out/latest."
        ) from None
    if not entries or entries[0].get("type") != "header":
        raise UnreadableJournal(f"{file}: no header in the first line, so it is not a journal of a run.")
    if entries[0].get("schema", 0) > SCHEMA:
        raise UnreadableJournal(
            f"{file}: written by a newer version (schema {entries[0]['schema']}). Update the harness."
        )
    try:
        return replace(_run(entries), folder=file.parent, digest=digest)
    except (KeyError, TypeError, ValueError) as problem:
        raise UnreadableJournal(f"{file}: an entry lacks or misnames a member: {problem}.") from None


def _entries(file: Path, stream: Iterable[bytes]) -> tuple[list[dict[str, Any]], str]:
    """The entries of a journal, line by line, and the digest of all of it."""
    entries: list[dict[str, Any]] = []
    digest, broken = hashlib.sha256(), 0
    for number, line in enumerate(stream, start=1):
        digest.update(line)
        if broken:
            break
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict):
                raise ValueError  # noqa: TRY004 - the same problem as a line that is no JSON at all
        except (ValueError, RecursionError):
            broken = number
            continue
        entries.append(entry)
    else:
        return entries, digest.hexdigest()
    raise UnreadableJournal(f"{file}, line {broken}: not a journal entry.")


def _run(entries: Sequence[dict[str, Any]]) -> Run:
    bare = [{key: value for key, value in entry.items() if key != "type"} for entry in entries]
    first = bare[0]
    first["planned"] = [PlannedCheck(**row) for row in first["planned"]]
    first["ledger"] = [LedgerRow(**row) for row in first["ledger"]]
    results: list[Result] = []
    footer: Footer | None = None
    for entry, members in zip(entries[1:], bare[1:], strict=True):
        if entry.get("type") == "result":
            known = members.get("known")
            members["known"] = Known(**known) if known else None
            members["verdict"] = Verdict(members["verdict"])
            results.append(Result(**members))
        elif entry.get("type") == "footer":
            members["stale"] = [Known(**entry) for entry in members.get("stale", [])]
            members["browsers"] = tuple(members.get("browsers", ()))
            footer = Footer(**members)
    return Run(header=Header(**first), results=results, footer=footer)


def exit_code(run: Run) -> int:
    """The exit code that the verdicts of a run ask for: 3 over 1 over 6, 5 when nothing was judged, else 0.

    Only findings of the run's own profile count; a known violation does not, unless its entry has a problem.
    `advises` counts as 1 with strict. An interrupted run is 2 unless something worse was seen.
    """
    ours = [result for result in run.results if result.profile == run.header.profile]
    codes = {_code(result, strict=run.header.strict) for result in ours}
    if run.footer is not None and run.footer.stale:
        codes.add(1)
    if 3 in codes or 1 in codes:
        return 3 if 3 in codes else 1
    if not run.complete and run.missing:
        return 2
    if 6 in codes:
        return 6
    judged = any(result.verdict is not Verdict.NOT_APPLICABLE for result in ours)
    return 0 if judged else 5


def _code(result: Result, *, strict: bool) -> int:
    """What one result asks for by itself."""
    if result.known is not None and result.verdict is not Verdict.HARNESS_ERROR:
        if result.known.problem is not None:
            return 1
        if result.verdict in (Verdict.VIOLATES, Verdict.ADVISES) and result.known.level != "advises":
            return 0  # what is tolerated is a violation, never that nothing could be judged
    by_verdict = {Verdict.HARNESS_ERROR: 3, Verdict.VIOLATES: 1, Verdict.INCONCLUSIVE: 6}
    if strict:
        by_verdict[Verdict.ADVISES] = 1
    return by_verdict.get(result.verdict, 0)
