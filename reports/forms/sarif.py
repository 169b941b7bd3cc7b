"""SARIF 2.1.0, on request, for code scanning: each finding under its requirement, tolerated ones as suppressed.

A finding at a server has no source file. Where a reader insists on one, it is the check's, or the file that is named.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from reports.conformance.results import is_finding, parts_of, tolerated, word
from reports.conformance.tally import Tally
from reports.conformance.words import document_name
from reports.journal import LedgerRow, Result, Run, Verdict
from reports.plain import scrub

VERSION = "2.1.0"
MOST_RESULTS = 5_000
"""Results of one run; code scanning shows no more."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Verdict.VIOLATES: "error", Verdict.ADVISES: "warning"}
_MOST_TEXT = 4_000


def render(run: Run, *, location: str = "") -> str:
    """The findings of every profile as SARIF text in ASCII.

    location: the file that every finding is shown at, relative to the repository; by default its check's own.
    """
    return json.dumps(document(run, location=location), indent=1, ensure_ascii=True) + "\n"


def document(run: Run, *, location: str = "") -> dict[str, Any]:
    """The findings as the JSON object that SARIF's schema describes."""
    header, tally = run.header, Tally(run)
    rows = {row.id: row for row in header.ledger}
    found = [result for result in [*run.results, *tally.stale] if is_finding(result)]
    results = [result for result in found if result.verdict not in _UNJUDGED][:MOST_RESULTS]
    rules = list(dict.fromkeys(_rule_id(result) for result in results))
    return {
        "$schema": _SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "oauth-conformance",
                        "rules": [_rule(name, rows.get(name)) for name in rules],
                    }
                },
                "automationDetails": {
                    "id": _plain(f"oauth-conformance/{header.profile_family}/{_name(run)}/")
                },
                "invocations": [_invocation(run, tally, found)],
                "results": [_result(result, run, rules, location) for result in results],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


_UNJUDGED = frozenset({Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE})


def _name(run: Run) -> str:
    return str(run.header.target.get("name", ""))


def _rule_id(result: Result) -> str:
    return result.requirements[0] if result.requirements else result.check


def _rule(name: str, row: LedgerRow | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": _plain(name)}
    if row is None:
        return rule
    rule["shortDescription"] = {"text": _plain(row.text)}
    document = document_name(row.document)
    rule["properties"] = {"tags": [_plain(document), _plain(row.level), _plain(row.profile)]}
    if re.fullmatch(r"rfc[0-9]+", row.document) and re.fullmatch(r"[0-9.]+", row.section):
        rule["helpUri"] = f"https://www.rfc-editor.org/rfc/{row.document}#section-{row.section}"
    return rule


def _result(result: Result, run: Run, rules: Sequence[str], location: str) -> dict[str, Any]:
    rule = _rule_id(result)
    parts = [f"{word(result)}: {result.title}"]
    parts += [f"{name}: {text}" for name, text in parts_of(result)]
    parts += ["how to repeat:", *result.reproduce.split("\n")] if result.reproduce else []
    file, line = _place(result, location)
    told: dict[str, Any] = {
        "ruleId": _plain(rule),
        "ruleIndex": rules.index(rule),
        "kind": "fail",
        "level": _LEVELS.get(result.verdict, "error"),
        "message": {"text": "\n".join(_plain(part) for part in parts)},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}
        ],
        "partialFingerprints": {"requirementAtTarget/v1": _fingerprint(result, run)},
        **_last_exchange(result),
        "properties": {"verdict": str(result.verdict), "profile": _plain(result.profile)},
    }
    if result.known is not None and result.known.level == "advises":
        told["message"]["text"] += f"\n{_plain(result.known.told)}"
    if tolerated(result) and result.known is not None:
        told["suppressions"] = [{"kind": "external", "justification": _plain(result.known.told)}]
    return told


def _last_exchange(result: Result) -> dict[str, Any]:
    """The exchange that the finding is about, as SARIF has it for what is found over the network; the last one."""
    if not result.exchanges:
        return {}
    exchange = result.exchanges[-1]
    request, answer = exchange["request"], exchange.get("answer")
    asked = {
        "protocol": "http",
        "method": _plain(request["method"]),
        "target": _plain(request["url"]),
        "headers": _headers(request["headers"]),
        **_body(request.get("body")),
    }
    if not answer:
        return {"webRequest": asked, "webResponse": {"noResponseReceived": True}}
    told = {
        "protocol": "http",
        "statusCode": answer["status"],
        "headers": _headers(answer["headers"]),
        **_body(answer.get("body")),
    }
    return {"webRequest": asked, "webResponse": told}


def _headers(fields: Sequence[Sequence[str]]) -> dict[str, str]:
    """Header fields by name; those of one name are joined, as RFC 9110 section 5.3 lets a reader do."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return {name: ", ".join(values)[:_MOST_TEXT] for name, values in found.items()}


def _body(body: Mapping[str, Any] | None) -> dict[str, Any]:
    if not body:
        return {}
    member = "text" if body.get("encoding") == "utf8" else "binary"
    return {"body": {member: body["text"][:_MOST_TEXT]}}


def _place(result: Result, location: str) -> tuple[str, int]:
    """File and line, as code scanning takes them: relative, forward slashes, the line from 1."""
    match = re.fullmatch(r"([\w./-]+\.py):([0-9]+)", result.where)
    if location or match is None:
        return quote(str(PurePosixPath(location or "README.md"))), 1
    return match[1], max(1, int(match[2]))


def _fingerprint(result: Result, run: Run) -> str:
    """Equal in two runs for one finding at one target, wherever the check's file moved."""
    text = f"{_rule_id(result)}\n{result.check.rpartition('::')[2]}\n{_name(run)}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _invocation(run: Run, tally: Tally, found: Sequence[Result]) -> dict[str, Any]:
    """How the run went; what could not be judged is told here, since it is no result about the server."""
    told: dict[str, Any] = {
        "executionSuccessful": not tally.interrupted and not tally.counts[Verdict.HARNESS_ERROR],
        "exitCode": tally.exit_code,
        "exitCodeDescription": _plain(tally.sentence),
        "toolExecutionNotifications": [
            {
                "level": "error" if result.verdict is Verdict.HARNESS_ERROR else "warning",
                "message": {"text": _plain(f"{result.verdict}: {result.title} {result.reason}")},
            }
            for result in found
            if result.verdict in _UNJUDGED
        ],
    }
    times = (("startTimeUtc", run.header.started), ("endTimeUtc", run.footer.finished if run.footer else ""))
    return told | {name: stamp for name, time in times if (stamp := _utc(time))}


def _utc(time: str) -> str:
    try:
        return dt.datetime.fromisoformat(time).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """One line in which nothing acts: SARIF reads `[words](target)` in plain text as a link."""
    return re.sub(r"([\[\]\\])", r"\\\1", scrub(text[:_MOST_TEXT]))
