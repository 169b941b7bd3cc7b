"""GitLab's forms, read by what is not ours: a schema of what its documentation asks for, and Code Climate's types.

GitLab itself reads them in Ruby, inside its server: no package brings that reader. What it looks at is small, and
stands here as a schema.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.forms import gitlab
from reports.journal import Run, Verdict
from reports.tests.runs import hostile_run, result, rich_run, run

RUNS = [rich_run(), hostile_run(), run(), run(result(Verdict.CONFORMS), finished=False, missing=3)]
TYPES = os.environ.get("OAUTH_HARNESS_CODECLIMATE")
"""The node_modules that hold npm's codeclimate-types and typescript, for those who have them."""

CODE_QUALITY: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""A code quality report, as docs.gitlab.com describes it under "Code Quality", "Code Quality report format"."""
ANNOTATIONS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "maxItems": 1_000,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["external_link"],
            "properties": {
                "external_link": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["label", "url"],
                    "properties": {
                        "label": {"type": "string", "minLength": 1},
                        "url": {"type": "string", "minLength": 1},
                    },
                }
            },
        },
    },
}
"""A report for artifacts:reports:annotations, as docs.gitlab.com describes it: lists by a name, of links alone."""


def _wrong(schema: dict[str, Any], text: str) -> list[str]:
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(text))]


@pytest.mark.parametrize("made", RUNS)
def test_what_is_written_is_what_gitlab_reads(made: Run) -> None:
    job = {"CI_JOB_URL": "https://gitlab.example/p/-/jobs/7"}

    assert _wrong(CODE_QUALITY, gitlab.code_quality(made)) == []
    assert _wrong(CODE_QUALITY, gitlab.code_quality(made, location="staging.toml")) == []
    assert _wrong(ANNOTATIONS, gitlab.job_links(made, job)) == []
    assert _wrong(ANNOTATIONS, gitlab.job_links(made, {})) == []


@pytest.mark.parametrize("made", RUNS)
def test_each_finding_has_a_fingerprint_of_its_own(made: Run) -> None:
    prints = [issue["fingerprint"] for issue in json.loads(gitlab.code_quality(made))]

    assert len(prints) == len(set(prints))


@pytest.mark.skipif(TYPES is None, reason="OAUTH_HARNESS_CODECLIMATE names no folder: .ci/readers brings it")
def test_the_types_of_code_climate_take_it(tmp_path: Path) -> None:
    found = [json.loads(gitlab.code_quality(made)) for made in RUNS]

    assert _by_types(found, tmp_path) == ""
    assert '"awful"' in _by_types([[{**found[0][0], "severity": "awful"}]], tmp_path)


def _by_types(reports: list[Any], folder: Path) -> str:
    """What the compiler of TypeScript says of reports that are declared to be lists of Code Climate's issues."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(Path(TYPES or ""), target_is_directory=True)
    lines = [f"export const report{at}: Issue[] = {json.dumps(each)}" for at, each in enumerate(reports)]
    script = "\n".join(["import { Issue } from 'codeclimate-types'", *lines])
    (folder / "report.ts").write_text(f"{script}\n", encoding="utf-8")
    return subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "report.ts"],  # noqa: S607 - wherever it is
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    ).stdout
