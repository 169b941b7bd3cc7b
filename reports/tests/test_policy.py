"""What a policy of the target file makes of findings: shown with its reason, and never silent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.target import KnownViolation
from reports.conformance.results import outcome, tolerated, word
from reports.forms import html, json, junit, sarif
from reports.journal import PlannedCheck, Run, Verdict, read_run
from reports.recording import Recording
from reports.tests.runs import row

CHECK = PlannedCheck(
    check="conformance/checks/token/test_x.py::test_it",
    title="A sentence.",
    requirements=["6749-5.1-07"],
    level="must",
    profile="core",
)
POLICY = KnownViolation(
    requirement="6749-5.1-07", because="No such caches here.", owner="team login", level="ignored"
)


def judged(
    folder: Path, policy: KnownViolation, verdict: Verdict = Verdict.VIOLATES, *, strict: bool = False
) -> Run:
    """A run of one check that came to that verdict, under that policy."""
    recording = Recording(
        folder,
        secrets={},
        known=[policy],
        planned=[CHECK],
        ledger=[row("6749-5.1-07")],
        profile="core",
        strict=strict,
        target={"name": "x", "issuer": "https://as.example", "capabilities": []},
        environment={},
    )
    recording.add(CHECK, verdict, exchanges=[], where="", seconds=0.0)
    recording.finish(0)
    return read_run(recording.folder)


def test_an_ignored_finding_is_shown_and_sets_no_exit_code(tmp_path: Path) -> None:
    made = judged(tmp_path, POLICY)
    (only,) = made.results

    assert made.footer is not None
    assert made.footer.exit_code == 0
    assert word(only) == "violates (policy)"
    assert only.known is not None
    assert only.known.told == "No such caches here. (policy: ignored, owner: team login)"
    assert tolerated(only)


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_a_finding_that_is_advice_by_policy_counts_as_advice(strict: bool, code: int, tmp_path: Path) -> None:  # noqa: FBT001 - a case of the table
    made = judged(tmp_path, dataclasses.replace(POLICY, level="advises"), strict=strict)
    (only,) = made.results

    assert made.footer is not None
    assert (only.verdict, word(only), made.footer.exit_code) == (Verdict.ADVISES, "advises (policy)", code)
    assert str(outcome(only, made)) == ("failed" if strict else "passed")


def test_a_policy_that_matches_nothing_is_reported(tmp_path: Path) -> None:
    made = judged(tmp_path, POLICY, Verdict.CONFORMS)

    assert made.footer is not None
    assert [entry.problem for entry in made.footer.stale] == [
        "the policy matches nothing any more; take the entry out"
    ]
    assert made.footer.exit_code == 1


@pytest.mark.parametrize("level", ["advises", "ignored"])
@pytest.mark.parametrize("render", [html.render, json.render, junit.render, sarif.render])
def test_every_form_gives_the_reason(level: str, render: Callable[[Run], str], tmp_path: Path) -> None:
    made = judged(tmp_path, dataclasses.replace(POLICY, level=level))

    assert "No such caches here." in render(made)
