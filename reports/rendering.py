"""Every report of a run, written into its folder. The forms themselves have their own modules."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from reports.folder import write_atomically
from reports.forms import badge, ctrf, gitlab, html, json, junit, markdown, otlp, sarif
from reports.journal import Run

FORMS: Mapping[str, tuple[str, Callable[[Run], str]]] = {
    "html": ("report.html", html.render),
    "json": ("report.json", json.render),
    "junit": ("junit.xml", junit.render),
    "markdown": ("summary.md", markdown.render),
    "badge": ("badge.json", badge.render),
}
"""The name of each form on the command line, its file in the run's folder, and what renders it."""
ON_REQUEST: Mapping[str, tuple[str, Callable[[Run], str]]] = {
    "sarif": ("report.sarif", sarif.render),
    "ctrf": ("ctrf.json", ctrf.render),
    "otlp": ("otlp.json", otlp.render),
    "gitlab-annotations": ("gl-annotations.json", lambda run: gitlab.job_links(run, os.environ)),
    "gitlab-code-quality": ("gl-code-quality.json", gitlab.code_quality),
}
"""The same of forms that no run writes by itself; allure-results are a folder, and come on request too."""


def render_all(run: Run, folder: Path) -> list[Path]:
    """Write every report that a run writes by itself into folder, each whole or not at all; gives what was written.

    OSError when one cannot be written, the first of them, once the others that have room are there.
    """
    written, problems = [], []
    for file, render in FORMS.values():
        try:
            write_atomically(folder / file, render(run))
            written.append(folder / file)
        except OSError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return written
