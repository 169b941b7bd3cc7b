"""otlp.json, on request: the run as traces in OTLP/JSON, for a collector's file receiver or POST to /v1/traces.

A span for the run, one for each check, below it one for each exchange. A check's spans carry the trace id that its
requests carried in `traceparent`, so that the harness's view and the server's own stand in one trace.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reports.conformance.results import Outcome, outcome, parts_of, trace_id, traceparent
from reports.conformance.tally import Tally
from reports.conformance.words import milliseconds
from reports.journal import Result, Run

_INTERNAL, _CLIENT = 1, 3
_OK, _ERROR = 1, 2
_SCOPE = {"name": "oauth-conformance"}


def render(run: Run) -> str:
    """The run as one ExportTraceServiceRequest in JSON (opentelemetry-proto 1)."""
    return json.dumps(document(run), indent=1, ensure_ascii=True) + "\n"


def document(run: Run) -> dict[str, Any]:
    """The JSON object, ids in hexadecimal and times in nanoseconds as texts, as OTLP/JSON wants them."""
    spans = [_of_run(run)]
    for result in run.results:
        spans += _of_check(result, run)
    about = {
        "service.name": "oauth-conformance",
        "service.version": run.header.environment.get("harness", ""),
        "oauth.issuer": str(run.header.target.get("issuer", "")),
    }
    resource = {"attributes": _attributes(about)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": _SCOPE, "spans": spans}]}]}


def _of_run(run: Run) -> dict[str, Any]:
    start = milliseconds(run.header.started) * 1_000_000
    ends = [_started(result, start) + round(1e9 * result.seconds) for result in run.results]
    finished = milliseconds(run.footer.finished) * 1_000_000 if run.footer else max(ends, default=start)
    tally = Tally(run)
    told = {
        "test.suite.name": "oauth-conformance",
        "test.suite.run.status": _suite_status(tally),
        "oauth_conformance.run": run.header.run,
        "oauth_conformance.exit_code": tally.exit_code,
    }
    return {
        "traceId": _id(run.header.run, 32),
        "spanId": _id(f"{run.header.run} run", 16),
        "name": f"conformance run {run.header.run}",
        "kind": _INTERNAL,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(max(start, finished)),
        "attributes": _attributes(told),
        "status": {"code": _OK if tally.exit_code == 0 else _ERROR, "message": tally.sentence},
    }


def _suite_status(tally: Tally) -> str:
    if tally.interrupted:
        return "aborted"
    return "success" if tally.exit_code == 0 else "failure"


def _of_check(result: Result, run: Run) -> list[dict[str, Any]]:
    first = milliseconds(run.header.started) * 1_000_000
    trace = trace_id(result) or _id(f"{run.header.run} {result.check}", 32)
    own = _id(f"{run.header.run} {result.check}", 16)
    start, status = _started(result, first), outcome(result, run)
    told = {
        "test.case.name": result.check,
        "test.case.result.status": "pass" if status is Outcome.PASSED else "fail",
        "oauth_conformance.verdict": str(result.verdict),
        "oauth_conformance.requirements": " ".join(result.requirements),
        **{f"oauth_conformance.{name}": text for name, text in parts_of(result)},
    }
    if status is Outcome.SKIPPED:
        del told["test.case.result.status"]
    span = {
        "traceId": trace,
        "spanId": own,
        "name": result.title,
        "kind": _INTERNAL,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + round(1e9 * result.seconds)),
        "attributes": _attributes({name: value for name, value in told.items() if value}),
        "links": [{"traceId": _id(run.header.run, 32), "spanId": _id(f"{run.header.run} run", 16)}],
        "status": {"code": _ERROR if status in (Outcome.FAILED, Outcome.BROKEN) else _OK},
    }
    return [span, *(_of_exchange(item, at, trace, own) for at, item in enumerate(result.exchanges))]


def _of_exchange(exchange: Mapping[str, Any], at: int, trace: str, parent: str) -> dict[str, Any]:
    request, answer = exchange["request"], exchange.get("answer")
    start = round(1e9 * exchange["started"])
    told: dict[str, Any] = {"http.request.method": request["method"], "url.full": request["url"]}
    if answer:
        told["http.response.status_code"] = answer["status"]
    else:
        told["error.type"] = str(exchange.get("failure") or "no answer")
    return {
        "traceId": trace,
        "spanId": (parts[2] if (parts := traceparent(exchange)) else "") or _id(f"{parent} {at}", 16),
        "parentSpanId": parent,
        "name": request["method"],
        "kind": _CLIENT,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + round(1e9 * exchange["seconds"])),
        "attributes": _attributes(told),
        "status": {"code": _OK if answer else _ERROR},
    }


def _started(result: Result, otherwise: int) -> int:
    return round(1e9 * result.exchanges[0]["started"]) if result.exchanges else otherwise


def _id(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:digits]


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)},
        }
        for key, value in values.items()
    ]
