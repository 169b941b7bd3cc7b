"""In which CI job a run was made, from the environment that the job sets. Names and addresses only, no secret."""

from __future__ import annotations

from collections.abc import Mapping


def build(environ: Mapping[str, str]) -> dict[str, str]:
    """The CI, the build and its address, as a run's environment has them; empty outside of CI.

    GitHub Actions, GitLab CI and Jenkins are known.
    """
    get = environ.get
    if get("GITHUB_ACTIONS") == "true":
        place = f"{get('GITHUB_SERVER_URL', '')}/{get('GITHUB_REPOSITORY', '')}/actions/runs/{get('GITHUB_RUN_ID', '')}"
        return _told("GitHub", f"{get('GITHUB_WORKFLOW', '')} #{get('GITHUB_RUN_NUMBER', '')}", place)
    if get("GITLAB_CI") == "true":
        return _told(
            "GitLab", f"{get('CI_JOB_NAME', '')} #{get('CI_PIPELINE_IID', '')}", get("CI_JOB_URL", "")
        )
    if get("JENKINS_URL"):
        return _told("Jenkins", get("BUILD_TAG", ""), get("BUILD_URL", ""))
    return {}


def _told(name: str, number: str, url: str) -> dict[str, str]:
    return {"ci": name, "build": number} | ({"build url": url} if url else {})
