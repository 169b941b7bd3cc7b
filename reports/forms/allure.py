"""allure-results: the run for Allure 2 and 3. Document, section and requirement are epic, feature and story.

Exchanges are attached as Allure's own HTTP exchanges, redacted when they were recorded. No generator is
needed here.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reports.conformance.results import Outcome, cause, outcome, word
from reports.conformance.tally import Tally
from reports.conformance.words import document_name, milliseconds
from reports.folder import write_atomically
from reports.journal import LedgerRow, Result, Run, Verdict

FOLDER = "allure-results"
MOST_EXCHANGES = 20
"""Exchanges attached to one check, the last ones."""

_EXCHANGE = "application/vnd.allure.http+json"
_NAMESPACE = uuid.UUID("7b1d2f0a-6c0e-5b52-9a34-674970097662")
_SEVERITY = {"must": "critical", "structure": "normal", "should": "minor"}
_CATEGORIES = (
    ("Known issues: tolerated by the target file", r"(?s)(violates|advises) \(known\).*", ["skipped"]),
    ("Violations: the server's author", r"(?s)violates.*", ["failed"]),
    ("Outdated exceptions: whoever wrote the target file", r"(?s)outdated known.*", ["failed"]),
    ("Advice: the server's author, perhaps", r"(?s)advises.*", ["failed", "passed"]),
    ("Inconclusive: whoever wrote the target file, or the operator", r"(?s)inconclusive.*", ["broken"]),
    ("Harness errors: the harness's maintainers", r"(?s)harness-error.*", ["broken"]),
    ("Not run: interrupted", r"(?s)not run.*", ["broken", "unknown"]),
    (
        "Of another profile, or newer than all: told, not counted",
        r"(?s)(violates|advises|inconclusive|harness-error):.*",
        ["skipped"],
    ),
    ("Not applicable", r"(?s)not-applicable.*", ["skipped"]),
)


def write(run: Run, folder: Path) -> Path:
    """Write allure-results into folder, over those of an earlier rendering of this run; gives their folder.

    OSError when it cannot be written.
    """
    results = folder / FOLDER
    results.mkdir(parents=True, exist_ok=True)
    tally, rows = Tally(run), {row.id: row for row in run.header.ledger}
    for result in [*run.results, *tally.stale]:
        name = str(uuid.uuid5(_NAMESPACE, f"{run.header.run}\n{result.check}"))
        attachments = []
        for at, exchange in enumerate(result.exchanges[-MOST_EXCHANGES:]):
            source = f"{name}-{at}-attachment.httpexchange"
            write_atomically(results / source, _dump(_exchange(exchange)), durable=False)
            request = exchange["request"]
            title = f"{request['method']} {urlsplit_path(request['url'])}"
            attachments.append({"name": title, "source": source, "type": _EXCHANGE})
        write_atomically(
            results / f"{name}-result.json",
            _dump(_result(result, run, rows, name, attachments)),
            durable=False,
        )
    for check in run.missing:
        name = str(uuid.uuid5(_NAMESPACE, f"{run.header.run}\n{check.check}"))
        missing = Result(
            check=check.check,
            title=check.title,
            requirements=check.requirements,
            level=check.level,
            profile=check.profile,
            verdict=Verdict.INCONCLUSIVE,
        )
        entry = _result(missing, run, rows, name, [])
        entry |= {"status": "unknown", "statusDetails": {"message": "not run: interrupted"}}
        write_atomically(results / f"{name}-result.json", _dump(entry))
    write_atomically(results / "environment.properties", _environment(run))
    categories = [
        {"name": name, "messageRegex": pattern, "matchedStatuses": statuses}
        for name, pattern, statuses in _CATEGORIES
    ]
    write_atomically(results / "categories.json", _dump(categories))
    write_atomically(results / "executor.json", _dump(_executor(run)))
    return results


def urlsplit_path(url: str) -> str:
    """The path of a URL, for a title; the URL as it is when it cannot be split."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


def _dump(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def _result(
    result: Result,
    run: Run,
    rows: Mapping[str, LedgerRow],
    name: str,
    attachments: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    start = _start(result, run)
    status = outcome(result, run)
    told = [f"{word(result)}: {cause(result) or result.title}"]
    told += [
        f"{side}: {text}"
        for side, text in (("done", result.done), ("expected", result.expected), ("actual", result.actual))
        if text
    ]
    return {
        "uuid": name,
        # The name and not the issuer: the embedded server has a port of its own at every start.
        "historyId": _digest(f"{run.header.target.get('name', '')}\n{result.check}"),
        "testCaseId": _digest(result.check),
        "fullName": result.check,
        "name": result.title,
        "status": str(status),
        "statusDetails": {
            "message": "\n".join(told)
            if result.verdict is not Verdict.CONFORMS or status is Outcome.FAILED
            else "",
            "trace": "\n".join(text for text in (result.where, result.reproduce) if text),
            "known": result.known is not None,
        },
        "stage": "finished",
        "description": _description(result, rows),
        "start": start,
        "stop": start + round(1000 * result.seconds),
        "labels": _labels(result, rows),
        "links": _links(result, rows),
        "attachments": list(attachments),
    }


def _start(result: Result, run: Run) -> int:
    """When a check began, in milliseconds since the epoch: its first exchange, else the run's beginning."""
    if result.exchanges and result.exchanges[0].get("started"):
        return round(1000 * float(result.exchanges[0]["started"]))
    return milliseconds(run.header.started)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _description(result: Result, rows: Mapping[str, LedgerRow]) -> str:
    """What the requirements demand, as text: backquotes and angle brackets would be markup in Allure."""
    cited = [f"{name}: {rows[name].text}" for name in result.requirements if name in rows]
    left = max(0, len(result.exchanges) - MOST_EXCHANGES)
    notes = [f"The last {MOST_EXCHANGES} of {len(result.exchanges)} exchanges are attached."] if left else []
    return "\n\n".join(re.sub(r"[`<>]", " ", text) for text in [*cited, *notes])


def _labels(result: Result, rows: Mapping[str, LedgerRow]) -> list[dict[str, str]]:
    pairs = [
        ("parentSuite", f"profile {result.profile}"),
        ("severity", _SEVERITY.get(result.level, "normal")),
        ("tag", str(result.verdict)),
        ("tag", result.level),
        ("framework", "pytest"),
        ("language", "python"),
    ]
    for name in result.requirements:
        row = rows.get(name)
        if row is not None:
            document = document_name(row.document)
            pairs += [("epic", document), ("feature", f"{document} section {row.section}")]
        pairs += [("story", name), ("requirement", name)]
    unique = dict.fromkeys(pairs)
    return [{"name": name, "value": value} for name, value in unique]


def _links(result: Result, rows: Mapping[str, LedgerRow]) -> list[dict[str, str]]:
    found = [rows[name] for name in result.requirements if name in rows]
    links = {}
    for row in found:
        match = re.fullmatch(r"rfc([0-9]+)", row.document)
        if match and re.fullmatch(r"[0-9.]+", row.section):
            url = f"https://www.rfc-editor.org/rfc/rfc{match[1]}#section-{row.section}"
            links[url] = f"{document_name(row.document)} section {row.section}"
    return [{"type": "link", "url": url, "name": name} for url, name in links.items()]


def _exchange(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """A redacted exchange as an HTTP exchange of Allure, version 1."""
    start = round(1000 * float(exchange.get("started") or 0))
    request, answer = exchange["request"], exchange["answer"]
    written: dict[str, Any] = {
        "schemaVersion": 1,
        "start": start,
        "stop": start + round(1000 * float(exchange.get("seconds") or 0)),
        "request": {
            "method": request["method"],
            "url": request["url"],
            "headers": _pairs(request["headers"]),
            "query": _pairs([pair.partition("=")[::2] for pair in _query(request["url"])]),
        },
    }
    _put_body(written["request"], request)
    if answer is not None:
        written["response"] = {"status": answer["status"], "headers": _pairs(answer["headers"])}
        _put_body(written["response"], answer)
    if exchange.get("failure"):
        written["error"] = {"name": "no complete answer", "message": exchange["failure"]}
    return written


def _query(url: str) -> list[str]:
    query = url.partition("#")[0].partition("?")[2]
    return query.split("&") if query else []


def _pairs(pairs: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _put_body(written: dict[str, Any], message: Mapping[str, Any]) -> None:
    body = message.get("body")
    if body is None:
        return
    media_type = next((value for name, value in message["headers"] if name.lower() == "content-type"), "")
    written["body"] = {
        "contentType": media_type,
        "encoding": body["encoding"],
        "value": body["text"],
        "size": body["size"],
        "truncated": body["cut"],
    }
    if "form-urlencoded" in media_type.lower() and body["encoding"] == "utf8":
        written["body"]["form"] = _pairs([pair.partition("=")[::2] for pair in body["text"].split("&")])


def _environment(run: Run) -> str:
    """environment.properties: a Java properties file, so what is special there is escaped."""
    header = run.header
    entries = {"target": header.target.get("name", ""), "issuer": header.target.get("issuer", "")}
    entries |= {"profile": header.profile, "run": header.run, **header.environment}
    return "".join(
        f"{_property(str(name), key=True)} = {_property(str(value))}\n" for name, value in entries.items()
    )


def _executor(run: Run) -> dict[str, Any]:
    """Who ran it, as Allure shows it: the CI job that the run was made in, or the harness itself."""
    environment = run.header.environment
    told = {
        "name": environment.get("ci", "oauth-conformance"),
        "type": environment.get("ci", "local").lower(),
    }
    told |= {"reportName": f"{run.header.target.get('name', '')}, profile {run.header.profile}"}
    told |= {"buildName": environment.get("build", run.header.run)}
    url = environment.get("build url", "")
    return told | ({"buildUrl": url} if re.match(r"https?://", url) else {})


def _property(text: str, *, key: bool = False) -> str:
    escaped = "".join(
        f"\\{item}" if item == "\\" or (key and item in " =:#!") else _unicode_escape(item) for item in text
    )
    return escaped.lstrip() if not key else escaped


def _unicode_escape(item: str) -> str:
    if " " <= item <= "~":
        return item
    data = item.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(data[at : at + 2]):04x}" for at in range(0, len(data), 2))
