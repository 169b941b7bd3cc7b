"""report.json: the run and what it adds up to, for scripts. report.schema.json beside this file describes it.

A member may be added within one version of the schema; none is renamed or removed without a new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from reports.conformance.conforming import breaking
from reports.conformance.head import left_out
from reports.conformance.results import tolerated, trace_id
from reports.conformance.tally import Coverage, Requirement, State, Tally
from reports.journal import Known, PlannedCheck, Result, Run, Verdict

VERSION = 1
"""The version of report.schema.json."""
PIECES = 10_000
"""What is joined at once: each piece is a word or two, and all of them side by side take five times the text."""


def render(run: Run) -> str:
    """The run as JSON text in ASCII, so that no reader can stumble over what a server sent."""
    pieces = json.JSONEncoder(indent=1, ensure_ascii=True).iterencode(document(run))
    return "".join(iter(lambda: "".join(islice(pieces, PIECES)), "")) + "\n"


def document(run: Run) -> dict[str, Any]:
    """The run as the JSON object that report.schema.json describes."""
    tally, header = Tally(run), run.header
    return {
        "schema": VERSION,
        "run": header.run,
        "complete": run.complete and not run.missing,
        "profile": header.profile,
        "profile_date": header.profile_date,
        "strict": header.strict,
        "target": {"name": "", "issuer": "", "capabilities": []} | dict(header.target),
        "started": header.started,
        "finished": run.footer.finished if run.footer is not None else None,
        "exit_code": tally.exit_code,
        "sentence": tally.sentence,
        "counts": {str(verdict): tally.counts[verdict] for verdict in Verdict} | {"known": len(tally.known)},
        "environment": dict(header.environment),
        "editions": dict(header.editions),
        "browsers": list(run.footer.browsers) if run.footer is not None else [],
        "left_out": [{"what": item.what, "why": item.why} for item in left_out(tally)],
        "conforming_that_break_clients": [
            {"answer": each.answer, "clients": list(each.told), "seen": each.seen, "check": each.first.check}
            for each in breaking(run)
        ],
        "journal_sha256": run.digest,
        "survey": dict(header.survey),
        "results": [_result(result) for result in run.results],
        "not_run": [_planned(check) for check in run.missing],
        "stale_known": [_known(result.known) for result in tally.stale if result.known is not None],
        "requirements": [_requirement(item) for item in tally.requirements],
        "coverage": [_coverage(item) for item in tally.coverage],
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "check": result.check,
        "title": result.title,
        "requirements": list(result.requirements),
        "level": result.level,
        "profile": result.profile,
        "levels": dict(result.levels),
        "verdict": str(result.verdict),
        "tolerated": tolerated(result),
        "known": None if result.known is None else _known(result.known),
        "where": result.where,
        "reason": result.reason,
        "expected": result.expected,
        "actual": result.actual,
        "done": result.done,
        "group": result.group,
        "fix": result.fix,
        "disputed": result.disputed,
        "noticed": list(result.noticed),
        "reproduce": result.reproduce,
        "trace": trace_id(result),
        "seconds": result.seconds,
        "exchanges": [dict(exchange) for exchange in result.exchanges],
        "kept": list(result.kept),
    }


def _planned(check: PlannedCheck) -> dict[str, Any]:
    return {
        "check": check.check,
        "title": check.title,
        "requirements": list(check.requirements),
        "level": check.level,
        "profile": check.profile,
        "levels": dict(check.levels),
    }


def _known(known: Known) -> Mapping[str, Any]:
    return asdict(known)


def _requirement(item: Requirement) -> dict[str, Any]:
    row = item.row
    return {
        "id": row.id,
        "document": row.document,
        "section": row.section,
        "level": row.level,
        "profile": row.profile,
        "endpoint": list(row.endpoints),
        "binds": list(row.binds),
        "text": row.text,
        "verdict": None if item.verdict is None else str(item.verdict),
        "known": item.known,
        "state": str(item.state),
        "checks": [result.check for result in item.results],
        "excluded": row.excluded,
        "disputed": row.disputed,
    }


def _coverage(item: Coverage) -> dict[str, Any]:
    states = {str(state): item.states[state] for state in State}
    return {
        "document": item.document,
        "profile": item.profile,
        "states": states,
        "total": item.total,
        "partial": item.partial,
    }
