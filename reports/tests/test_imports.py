"""Recording a run must start fast: the template engine is loaded by what renders, and by nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.tests.pace import limit


@pytest.mark.parametrize(
    "module", ["reports.redact", "reports.journal", "reports.curl", "reports.conformance.summary"]
)
def test_recording_does_not_load_the_template_engine(module: str) -> None:
    code = f"import sys, {module}; print('jinja2' in sys.modules)"
    root = Path(__file__).parents[2]
    told = subprocess.run(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=limit(60)
    )

    assert told.stdout.strip() == "False"
