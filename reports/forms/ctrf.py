"""ctrf.json, on request: the run in the Common Test Report Format (0.0), for what draws dashboards from test reports.

The format knows tests only. What a check came to stands in `rawStatus`, and what sets no exit code is `skipped`.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

from reports.conformance.results import Outcome, cause, outcome, parts_of, word
from reports.conformance.tally import Tally
from reports.conformance.words import milliseconds
from reports.journal import Result, Run

VERSION = "0.0.0"
_NAMESPACE = uuid.UUID("0ed12f0f-9d3c-5c47-8f0a-2f0c4b1c9a1e")
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.BROKEN: "failed",
    Outcome.SKIPPED: "skipped",
}


def render(run: Run) -> str:
    """The run as CTRF in JSON: a test for each check, for each outdated entry, and for each check that was not run."""
    return json.dumps(document(run), indent=1, ensure_ascii=True) + "\n"


def document(run: Run) -> dict[str, Any]:
    """The JSON object that CTRF's schema describes."""
    header, tally = run.header, Tally(run)
    tests = [_test(result, run) for result in [*run.results, *tally.stale]]
    tests += [
        {"name": check.title, "status": "pending", "duration": 0, "rawStatus": "not run: interrupted"}
        | _place(check.check)
        for check in run.missing
    ]
    counts = Counter(test["status"] for test in tests)
    start = milliseconds(header.started)
    stop = milliseconds(run.footer.finished) if run.footer else start + round(1000 * _seconds(run))
    return {
        "reportFormat": "CTRF",
        "specVersion": VERSION,
        "reportId": str(uuid.uuid5(_NAMESPACE, header.run)),
        "runId": header.run,
        "timestamp": header.started,
        "generatedBy": "oauth-conformance",
        "results": {
            "tool": {"name": "oauth-conformance", "version": header.environment.get("harness", "")},
            "summary": {
                "tests": len(tests),
                **{name: counts[name] for name in ("passed", "failed", "skipped", "pending", "other")},
                "start": start,
                "stop": max(start, stop),
                "extra": {"sentence": tally.sentence, "exitCode": tally.exit_code},
            },
            "tests": tests,
            "environment": _environment(run),
        },
    }


def _seconds(run: Run) -> float:
    return sum(result.seconds for result in run.results)


def _place(check: str) -> dict[str, Any]:
    file, _, _ = check.partition("::")
    return {"suite": file.removesuffix(".py").split("/"), "filePath": file}


def _test(result: Result, run: Run) -> dict[str, Any]:
    told = [f"{word(result)}: {result.title if result.expected else cause(result) or result.title}"]
    told += [f"{name}: {text}" for name, text in parts_of(result)] if result.expected else []
    status = outcome(result, run)
    shown = {} if status is Outcome.PASSED else {"message": "\n".join(told)}
    return {
        "name": result.title,
        "status": _STATUS[status],
        "duration": round(1000 * result.seconds),
        **_place(result.check),
        **shown,
        **({"trace": result.reproduce} if result.reproduce else {}),
        "rawStatus": str(result.verdict),
        "tags": [*result.requirements, result.level, result.profile],
        "type": "conformance",
    }


def _environment(run: Run) -> dict[str, Any]:
    told = run.header.environment
    names = {"buildName": "build", "buildUrl": "build url", "osPlatform": "platform"}
    target = run.header.target
    return {
        "appName": str(target.get("name", "")),
        "testEnvironment": str(target.get("issuer", "")),
        **{name: told[key] for name, key in names.items() if told.get(key)},
    }
