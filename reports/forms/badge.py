"""badge.json: the run in a few words, in the form that shields endpoints and others draw a badge from."""

from __future__ import annotations

import json
from typing import Any

from reports.conformance.tally import Tally
from reports.conformance.words import number
from reports.journal import Run, Verdict
from reports.plain import cut, scrub

_MOST = 40


def render(run: Run) -> str:
    """The badge as JSON text in ASCII."""
    return json.dumps(document(run), indent=1, ensure_ascii=True) + "\n"


def document(run: Run) -> dict[str, Any]:
    """The badge: the label names the profile, the message what the exit code means."""
    message, colour = _message(Tally(run))
    return {
        "schemaVersion": 1,
        "label": cut(scrub(f"OAuth 2.0 {run.header.profile}"), _MOST),
        "message": cut(message, _MOST),
        "color": colour,
        "isError": colour == "red",
    }


def _message(tally: Tally) -> tuple[str, str]:
    counts = tally.counts
    if counts[Verdict.HARNESS_ERROR]:
        return "the harness failed", "lightgrey"
    if counts[Verdict.VIOLATES]:
        return f"{number(len(tally.violated), 'requirement')} violated", "red"
    if tally.exit_code == 1:
        return "an outdated exception" if tally.stale else "advice counts", "orange"
    if tally.interrupted:
        return "interrupted", "lightgrey"
    if tally.exit_code:
        return "not judged" if tally.exit_code == 5 else "inconclusive", "lightgrey"
    judged = sum(item.verdict in {Verdict.CONFORMS, Verdict.ADVISES} for item in tally.own)
    known = f", {len(tally.known)} known" if tally.known else ""
    return f"{number(judged, 'check')} fine{known}", "yellow" if tally.known else "brightgreen"
