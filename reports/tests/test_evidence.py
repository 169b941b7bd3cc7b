"""What a check leaves in the folder of evidence is kept with its result, and shown in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.journal import PlannedCheck, Verdict, read_run
from reports.recording import Recording

PNG = b"\x89PNG\r\n\x1a\n" + b"of a page" * 10


def _planned(name: str) -> PlannedCheck:
    return PlannedCheck(
        check=f"conformance/checks/pages/test_x.py::{name}",
        title=f"The page of {name} is framed by nobody.",
        requirements=["6749-10.13-01"],
        level="must",
        profile="core",
    )


def _leaves(folder: Path, name: str) -> None:
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / name).write_bytes(PNG)


def test_each_check_keeps_the_evidence_that_came_while_it_ran(tmp_path: Path) -> None:
    checks = [_planned("test_first"), _planned("test_second"), _planned("test_third")]
    recording = Recording(
        tmp_path,
        secrets={},
        known=(),
        planned=checks,
        ledger=(),
        profile="core",
        strict=False,
        target={"name": "Staging", "issuer": "https://as.example"},
        environment={"command": "python3 -m conformance --fuzz-seed 7"},
    )
    for check, names in zip(checks, (["a.png", "a.trace.zip"], [], ["b.png"]), strict=True):
        for name in names:
            _leaves(recording.folder, name)
        recording.add(check, Verdict.VIOLATES, exchanges=(), where="test_x.py:1", seconds=0.1)
    recording.finish(1)

    kept = [list(result.kept) for result in read_run(recording.folder).results]
    report = (recording.folder / "report.html").read_text(encoding="utf-8")
    assert kept == [["evidence/a.png", "evidence/a.trace.zip"], [], ["evidence/b.png"]]
    told = read_run(recording.folder).header.environment
    assert {"harness", "packages", "python", "platform", "command"} <= set(told)
    assert f"pytest {pytest.__version__}" in told["packages"]
    assert report.count('<img src="data:image/png;base64,') == 2
