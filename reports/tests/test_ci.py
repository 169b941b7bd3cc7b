"""The CI job of a run is known from what each CI sets, and Allure shows it as the executor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reports.ci import build
from reports.forms import allure
from reports.tests.runs import HOSTILE, rich_run, run

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "org/as",
    "GITHUB_RUN_ID": "77",
    "GITHUB_WORKFLOW": "conformance",
    "GITHUB_RUN_NUMBER": "12",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_JOB_NAME": "conformance",
    "CI_PIPELINE_IID": "12",
    "CI_JOB_URL": "https://gl.example/7",
}
JENKINS = {
    "JENKINS_URL": "https://j.example/",
    "BUILD_TAG": "as-12",
    "BUILD_URL": "https://j.example/job/as/12/",
}


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, {}),
        (
            GITHUB,
            {
                "ci": "GitHub",
                "build": "conformance #12",
                "build url": "https://github.example/org/as/actions/runs/77",
            },
        ),
        (GITLAB, {"ci": "GitLab", "build": "conformance #12", "build url": "https://gl.example/7"}),
        (JENKINS, {"ci": "Jenkins", "build": "as-12", "build url": "https://j.example/job/as/12/"}),
        ({"JENKINS_URL": "x", "BUILD_TAG": "as-12"}, {"ci": "Jenkins", "build": "as-12"}),
    ],
)
def test_each_ci_is_known(environ: Mapping[str, str], told: Mapping[str, str]) -> None:
    assert build(environ) == told


def test_allure_shows_the_job_or_the_harness_as_the_executor(tmp_path: Path) -> None:
    ran = [
        run(environment=build(GITHUB)),
        rich_run(),
        run(environment={"ci": "GitHub", "build url": HOSTILE}),
    ]
    told = [
        json.loads((allure.write(made, tmp_path / str(at)) / "executor.json").read_text(encoding="utf-8"))
        for at, made in enumerate(ran)
    ]

    assert (told[0]["type"], told[0]["buildName"]) == ("github", "conformance #12")
    assert told[0]["buildUrl"] == "https://github.example/org/as/actions/runs/77"
    assert (told[1]["name"], told[1]["type"]) == ("oauth-conformance", "local")
    assert ["buildUrl" in each for each in told] == [True, False, False]


def test_a_check_keeps_its_history_when_the_server_moves(tmp_path: Path) -> None:
    moved = run(*rich_run().results, target={"name": "Staging", "issuer": "http://127.0.0.1:40123"})
    ids = [
        {
            json.loads(file.read_text(encoding="utf-8"))["historyId"]
            for file in allure.write(made, tmp_path / str(at)).glob("*-result.json")
        }
        for at, made in enumerate((rich_run(), moved))
    ]

    assert ids[0] == ids[1]
    assert len(ids[0]) == len(rich_run().results)
