"""A run being kept: the journal while it goes on, every report when it ends. It hears results and judges nothing."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fixtures.http.exchange import Exchange
from fixtures.target import KnownViolation
from reports import ci
from reports.finding import Finding, Teller
from reports.folder import new_run_folder, point_latest
from reports.forms import step_summary
from reports.journal import (
    CannotKeep,
    Footer,
    Header,
    Journal,
    Known,
    LedgerRow,
    PlannedCheck,
    Result,
    Verdict,
    exit_code,
    read_run,
)
from reports.own_version import own_version
from reports.redact import Redactor

PACKAGES = ("pytest", "requests", "urllib3", "hypothesis", "playwright", "cryptography")
"""The packages whose version may change what a check sees."""
FINDINGS = frozenset({Verdict.VIOLATES, Verdict.ADVISES})


_GONE = {False: "mended, no check finds it any more", True: "the policy matches nothing any more"}


class Recording:
    """Keeps one run. Everything is redacted before it is written.

    root: the folder that holds runs; secrets: values, by name, that never leave the process; known: what is
    tolerated; endpoints: their names, by URL; environment: what a reader needs to repeat the run (`command`, and
    `selection` where checks were left out), beside what every run tells; survey: what the target is like; editions:
    when each document of the ledger was published; conforming: which conforming answers break clients; clients: the
    words for each client of the target, by its client_id; signer: tells who signed a JWT, in words.
    """

    def __init__(
        self,
        root: Path,
        *,
        secrets: Mapping[str, str],
        known: Sequence[KnownViolation],
        planned: Sequence[PlannedCheck],
        ledger: Sequence[LedgerRow],
        profile: str,
        profile_date: str = "",
        profile_extends: Sequence[str] = (),
        strict: bool,
        target: Mapping[str, Any],
        environment: Mapping[str, str],
        survey: Mapping[str, Any] | None = None,
        editions: Mapping[str, str] | None = None,
        conforming: Sequence[Mapping[str, Any]] = (),
        endpoints: Mapping[str, str] | None = None,
        clients: Mapping[str, str] | None = None,
        signer: Callable[[str], str] | None = None,
    ) -> None:
        now = dt.datetime.now(dt.UTC)
        try:
            self.folder = new_run_folder(root, now)
        except OSError as problem:
            why = problem.strerror or str(problem)
            raise CannotKeep(
                f"Runs cannot be kept in {root}: {why}. Name another folder: --out FOLDER"
            ) from None
        self.problem = ""
        self.redactor = Redactor(secrets)
        self._known = known
        self._teller = Teller(
            redactor=self.redactor,
            rows={row.id: row for row in ledger},
            endpoints=endpoints or {},
            clients={name: self.redactor.text(words) for name, words in (clients or {}).items()},
            signer=signer or (lambda _: ""),
        )
        self._today = now.date()
        self._results: list[Result] = []
        self._sent: set[tuple[float, str, str]] = (
            set()
        )  # a check may tell again what was sent for an earlier one
        self._evidence: set[str] = set()
        header = Header(
            run=self.folder.name,
            started=now.isoformat(timespec="seconds"),
            profile=profile,
            profile_date=profile_date,
            profile_extends=profile_extends,
            strict=strict,
            target={
                **self._cleaned(target),
                **{key: target[key] for key in ("name", "issuer") if key in target},
            },
            environment={
                "harness": own_version(),
                "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
                "python": platform.python_version(),
                "platform": platform.platform(),
                "run by": _who(),
                **ci.build(os.environ),
                **{name: self.redactor.text(value) for name, value in environment.items() if value},
            },
            planned=planned,
            ledger=ledger,
            editions=editions or {},
            conforming=conforming,
            survey=self._cleaned(survey or {}),
        )
        self._journal = _begun(self.folder, header)
        point_latest(self.folder)

    def add(
        self,
        check: PlannedCheck,
        verdict: Verdict,
        *,
        exchanges: Sequence[Exchange],
        where: str,
        seconds: float,
        reason: str = "",
        expected: str = "",
        actual: str = "",
        evidence: Path | None = None,
        judged: Mapping[int, str] | None = None,
        before: Sequence[int] = (),
        about: str = "",
        fix: str = "",
    ) -> Result:
        """Keep what one check came to, as a policy of the target file sees it.

        evidence: the folder in which files of it may have come, below the run's. judged: the places of the exchanges
        that its finding is about, each with the words for its case, where there are several; else it is about the last.
        before: the places of those that decide it without being judged. about: which of its requirements is not met,
        where that is known; fix: what a fix looks like, where that is not what the ledger says.
        """
        self._sent.update((each.started, each.request.method, each.request.url) for each in exchanges)
        kept = self.redactor.exchanges(exchanges)
        finding = Finding(requirements=check.requirements)
        if verdict in FINDINGS:
            finding = self._teller.tell(
                kept,
                check.requirements,
                expected=expected,
                actual=actual,
                judged=judged or {},
                before=before,
                about=about,
                fix=fix,
            )
        excuse = self._excuse(check, verdict)
        if excuse is not None and excuse.level == "advises" and excuse.problem is None:
            verdict = Verdict.ADVISES
        result = Result(
            check=check.check,
            title=check.title,
            level=check.level,
            profile=check.profile,
            levels=check.levels,
            verdict=verdict,
            where=where,
            known=excuse,
            reason=self.redactor.text(reason),
            seconds=round(seconds, 4),
            exchanges=kept,
            kept=self._new_evidence(evidence or self.folder / "evidence"),
            **vars(finding),
        )
        self._results.append(result)
        self._keep(result)
        return result

    def _cleaned(self, value: Any) -> Any:
        """A value of JSON whose every text is redacted."""
        if isinstance(value, str):
            return self.redactor.text(value)
        if isinstance(value, Mapping):
            return {self.redactor.text(str(name)): self._cleaned(item) for name, item in value.items()}
        return [self._cleaned(item) for item in value] if isinstance(value, list | tuple) else value

    def _new_evidence(self, folder: Path) -> list[str]:
        """The files that came to a folder of evidence since they were looked for last, from the run's folder on."""
        found = {str(file.relative_to(self.folder)) for file in folder.glob("**/*") if file.is_file()}
        new = sorted(found - self._evidence)
        self._evidence |= found
        return new

    def _keep(self, entry: Result | Footer) -> None:
        """Write an entry unless an earlier one had no room: a gap would be read as a check that was not run."""
        if self.problem:
            return
        try:
            self._journal.write(entry)
        except CannotKeep as problem:
            self.problem = str(problem)

    def _excuse(self, check: PlannedCheck, verdict: Verdict) -> Known | None:
        if verdict not in FINDINGS:
            return None
        for entry in self._known:
            if entry.requirement in check.requirements:
                late = entry.until is not None and self._today > entry.until
                problem = f"past its last day, {entry.until}; mend it, or take the entry out"
                return _known(entry, _outdated(entry, problem) if late else None)
        return None

    def finish(self, outcome: int, *, browsers: Sequence[str] = ()) -> int:
        """End the run and render every report. Gives back the exit code of the run.

        outcome: pytest's exit code; browsers: in which pages were judged, each with its version.

        pytest's own 2 (interrupted) and 4 (usage) stand; otherwise the verdicts decide. What cannot be written is
        told on standard error. A run whose results could not be kept is interrupted; where only a report has no room,
        every result is kept, and the verdicts stand.
        """
        stale = [
            _known(entry, _outdated(entry, f"{_GONE[bool(entry.level)]}; take the entry out"))
            for entry in self._known
            if self._is_mended(entry)
        ]
        finished = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        run = read_run(self.folder)
        footer = Footer(
            finished=finished, exit_code=0, stale=stale, requests=len(self._sent), browsers=browsers
        )
        code = outcome if outcome in {2, 4} else exit_code(replace(run, footer=footer))
        if outcome != 2:
            self._keep(replace(footer, exit_code=code))
        self._journal.close()
        kept = not self.problem
        self._render()
        if self.problem:
            sys.stderr.write(f"{self.problem}\n")
        return code if kept or code in {1, 3} else 2

    def _render(self) -> None:
        """Write every report, and the summary where a CI job shows one."""
        from reports.forms import markdown  # noqa: PLC0415 - what renders is loaded when it is needed
        from reports.rendering import FORMS, render_all  # noqa: PLC0415 - the template engine above all

        run = read_run(self.folder)
        step_summary.append(markdown.render(run), os.environ)
        try:
            render_all(run, self.folder)
        except OSError as problem:
            self.problem = self.problem or (
                f"{problem.filename or self.folder}: {problem.strerror or problem}. Every result is kept. Free some "
                f"space, then: python3 -m reports html {self.folder} (or {', '.join(list(FORMS)[1:])})"
            )

    def _is_mended(self, entry: KnownViolation) -> bool:
        citing = [result for result in self._results if entry.requirement in result.requirements]
        found = any(result.verdict in FINDINGS for result in citing)
        return not found and any(result.verdict is Verdict.CONFORMS for result in citing)


def _begun(folder: Path, header: Header) -> Journal:
    """The journal of a run, with its header. CannotKeep where there is no room: then the folder is gone again."""
    try:
        journal = Journal(folder / "journal.jsonl")
        try:
            journal.write(header)
        except CannotKeep:
            journal.close()
            raise
    except CannotKeep:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return journal


def _who() -> str:
    """Who started the run, and on which machine, as far as the machine tells."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without a name, as in a container
        user = "a user without a name"
    return f"{user} at {platform.node() or 'a machine without a name'}"


def _known(entry: KnownViolation, problem: str | None) -> Known:
    return Known(
        requirement=entry.requirement,
        because=entry.because,
        until=entry.until.isoformat() if entry.until else None,
        problem=problem,
        owner=entry.owner,
        link=entry.link,
        where=entry.where,
        level=entry.level,
    )


def _outdated(entry: KnownViolation, problem: str) -> str:
    """Why an entry no longer holds, after the line that has to change."""
    return f"{entry.where}: {problem}" if entry.where else problem
