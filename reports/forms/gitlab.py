"""For GitLab, on request: gl-annotations.json (links on the job's page) and gl-code-quality.json (the merge request).

`artifacts:reports:annotations` and `artifacts:reports:codequality` read them. A finding at a server has no line of the
repository: it is shown at the target file where one is named, else at its check. What Code Climate asks for beside
what GitLab reads (a type, a category, where the lines end) is there too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reports.conformance.results import is_finding, parts_of, tolerated, word
from reports.conformance.tally import Tally
from reports.journal import Result, Run, Verdict
from reports.plain import scrub

_SEVERITY = {
    Verdict.VIOLATES: "critical",
    Verdict.ADVISES: "minor",
    Verdict.INCONCLUSIVE: "info",
    Verdict.HARNESS_ERROR: "blocker",
}
_MOST_TEXT = 1_000


def job_links(run: Run, environ: Mapping[str, str]) -> str:
    """Links for the job's page, in JSON: the report among the job's artifacts, and the server that was judged.

    environ: where GitLab says which job this is (CI_JOB_URL); without it there is no link to the report.
    """
    job = environ.get("CI_JOB_URL", "")
    folder = environ.get("OAUTH_HARNESS_ARTIFACTS") or f"reports/out/{run.header.run}"
    label = scrub(Tally(run).sentence)
    links = (
        [{"external_link": {"label": label, "url": f"{job}/artifacts/file/{folder}/report.html"}}]
        if job
        else []
    )
    issuer = str(run.header.target.get("issuer", ""))
    links += [{"external_link": {"label": f"Judged: {scrub(issuer)}", "url": issuer}}] if issuer else []
    return json.dumps({"oauth-conformance": links}, indent=1, ensure_ascii=True) + "\n"


def code_quality(run: Run, *, location: str = "") -> str:
    """The open findings in the form of GitLab's code quality report, in JSON.

    location: the file that findings are shown at, relative to the repository; by default each check's own.
    """
    found = [
        result for result in [*run.results, *Tally(run).stale] if is_finding(result) and not tolerated(result)
    ]
    return json.dumps([_issue(result, run, location) for result in found], indent=1, ensure_ascii=True) + "\n"


def _issue(result: Result, run: Run, location: str) -> dict[str, Any]:
    file, _, line = result.where.rpartition(":")
    name = result.requirements[0] if result.requirements else result.check
    told = [f"{word(result)} {name}: {result.title}"]
    told += [f"{part.capitalize()}: {text.rstrip('.')}." for part, text in parts_of(result)]
    identity = f"{name}\n{result.check.rpartition('::')[2]}\n{run.header.target.get('name', '')}"
    begin = 1 if location or not line.isdigit() else max(1, int(line))
    return {
        "type": "issue",
        "categories": ["Compatibility"],
        "description": scrub(" ".join(part for part in told if part))[:_MOST_TEXT],
        "check_name": name,
        "fingerprint": hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest(),
        "severity": _SEVERITY.get(result.verdict, "major"),
        "location": {
            "path": location or file or "README.md",
            "lines": {"begin": begin, "end": begin},
        },
    }
