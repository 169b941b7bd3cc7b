"""ctrf.json, otlp.json and GitLab's two files: taken by readers that are not ours, where those are here."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reports import commands
from reports.forms import ctrf, gitlab, otlp
from reports.journal import Run, Verdict
from reports.redact import Redactor
from reports.tests.runs import exchange, hostile_run, known, result, rich_run, run
from reports.tests.test_folder import keep

RUNS = [rich_run(), hostile_run(), run(), run(result(Verdict.CONFORMS), finished=False, missing=3)]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def traced() -> Run:
    """A finding with one exchange that carried a trace."""
    seen = Redactor({}).exchange(exchange(headers={"traceparent": TRACEPARENT}))
    return run(result(Verdict.VIOLATES, exchanges=[seen], expected="an error", actual="200"))


def spans(made: Run) -> list[dict[str, Any]]:
    """The spans of a run."""
    (only,) = json.loads(otlp.render(made))["resourceSpans"]
    return list(only["scopeSpans"][0]["spans"])


def value(span: dict[str, Any], key: str) -> str:
    """An attribute of a span."""
    found = {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}
    return str(found.get(key, ""))


@pytest.mark.parametrize("made", RUNS)
def test_the_reference_implementation_of_ctrf_takes_it(made: Run, tmp_path: Path) -> None:
    module = os.environ.get("OAUTH_HARNESS_CTRF")
    if not module:
        pytest.skip("OAUTH_HARNESS_CTRF names no folder of npm's ctrf")
    file = tmp_path / "ctrf.json"
    file.write_text(ctrf.render(made), encoding="utf-8")
    script = (
        f"import('{Path(module).resolve()}/dist/index.js').then(m => process.stdout.write(JSON.stringify("
        f"m.validate(JSON.parse(require('fs').readFileSync('{file}'))))))"
    )

    ended = subprocess.run(  # noqa: S603 - node, with a script of our own
        ["node", "-e", script],  # noqa: S607 - wherever it is
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )

    assert json.loads(ended.stdout) == {"valid": True, "errors": []}, ended.stderr


def test_what_sets_no_exit_code_is_skipped_in_ctrf() -> None:
    made = run(
        result(Verdict.VIOLATES, "7009-2.2-S02"),
        result(Verdict.VIOLATES, "7009-2.1-S05", known=known()),
        result(Verdict.INCONCLUSIVE, "7009-2.1-04"),
        result(Verdict.CONFORMS, "7009-2.2-S04"),
        missing=1,
    )
    document = ctrf.document(made)["results"]

    assert [test["status"] for test in document["tests"]] == [
        *("failed", "skipped", "failed", "passed", "pending"),
    ]
    assert {
        name: document["summary"][name] for name in ("tests", "passed", "failed", "skipped", "pending")
    } == {
        "tests": 5,
        "passed": 1,
        "failed": 2,
        "skipped": 1,
        "pending": 1,
    }
    assert document["tests"][2]["rawStatus"] == "inconclusive"


def test_a_span_of_an_exchange_is_the_one_that_the_server_was_told_of() -> None:
    run_span, check, asked = spans(traced())

    assert check["traceId"] == asked["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert asked["spanId"] == "b7ad6b7169203331"
    assert asked["parentSpanId"] == check["spanId"]
    assert check["links"][0]["spanId"] == run_span["spanId"]
    assert value(check, "oauth_conformance.verdict") == "violates"
    assert value(asked, "http.response.status_code") == "200"


@pytest.mark.parametrize("made", RUNS)
def test_every_span_has_its_ids_and_does_not_end_before_it_starts(made: Run) -> None:
    for span in spans(made):
        assert (len(span["traceId"]), len(span["spanId"])) == (32, 16)
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])


@pytest.mark.parametrize("made", RUNS)
def test_the_models_of_opentelemetry_take_it(made: Run) -> None:
    service = pytest.importorskip(
        "opentelemetry.proto.collector.trace.v1.trace_service_pb2",
        reason="opentelemetry-proto is not installed",
    )
    formats = pytest.importorskip("google.protobuf.json_format")

    read = formats.Parse(otlp.render(made), service.ExportTraceServiceRequest())

    assert len(read.resource_spans[0].scope_spans[0].spans) == len(spans(made))


def test_gitlab_is_given_open_findings_with_a_place_and_a_lasting_fingerprint() -> None:
    made = run(
        result(Verdict.VIOLATES, expected="an error", actual="200"), result(Verdict.ADVISES, known=known())
    )
    (issue,) = json.loads(gitlab.code_quality(made))
    (elsewhere,) = json.loads(gitlab.code_quality(made, location="staging.toml"))

    assert issue["severity"] == "critical"
    assert issue["location"] == {
        "path": "conformance/checks/revocation/test_x.py",
        "lines": {"begin": 12, "end": 12},
    }
    assert elsewhere["location"] == {"path": "staging.toml", "lines": {"begin": 1, "end": 1}}
    assert elsewhere["fingerprint"] == issue["fingerprint"]
    assert "Expected: an error. Actual: 200." in issue["description"]


def test_a_job_of_gitlab_links_to_the_report_among_its_artifacts() -> None:
    made = run(result(Verdict.CONFORMS))
    links = json.loads(gitlab.job_links(made, {"CI_JOB_URL": "https://gitlab.example/p/-/jobs/7"}))

    assert [each["external_link"]["url"] for each in links["oauth-conformance"]] == [
        f"https://gitlab.example/p/-/jobs/7/artifacts/file/reports/out/{made.header.run}/report.html",
        "https://as.example/ap4",
    ]
    assert len(json.loads(gitlab.job_links(made, {}))["oauth-conformance"]) == 1


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("ctrf", "ctrf.json"),
        ("otlp", "otlp.json"),
        ("gitlab-annotations", "gl-annotations.json"),
        ("gitlab-code-quality", "gl-code-quality.json"),
    ],
)
def test_each_is_written_when_it_is_asked_for(form: str, file: str, tmp_path: Path) -> None:
    keep(hostile_run(), tmp_path)

    assert commands.main([form, str(tmp_path)]) == 0
    assert (tmp_path / file).read_text(encoding="utf-8").isascii()
