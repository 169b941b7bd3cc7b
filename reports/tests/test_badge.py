"""badge.json says in a few words what the exit code means, in the members that a shields endpoint has."""

from __future__ import annotations

import json

import pytest

from reports.forms.badge import render
from reports.journal import Run, Verdict
from reports.tests.runs import hostile_run, known, result, rich_run, run


@pytest.mark.parametrize(
    ("made", "message", "colour"),
    [
        (run(result(Verdict.CONFORMS), result(Verdict.ADVISES)), "2 checks fine", "brightgreen"),
        (
            run(result(Verdict.CONFORMS), result(Verdict.VIOLATES, known=known())),
            "1 check fine, 1 known",
            "yellow",
        ),
        (run(result(Verdict.VIOLATES)), "1 requirement violated", "red"),
        (run(result(Verdict.VIOLATES, known=known("late"))), "1 requirement violated", "red"),
        (run(result(Verdict.ADVISES), strict=True), "advice counts", "orange"),
        (run(result(Verdict.HARNESS_ERROR), result(Verdict.VIOLATES)), "the harness failed", "lightgrey"),
        (run(result(Verdict.INCONCLUSIVE)), "inconclusive", "lightgrey"),
        (run(result(Verdict.NOT_APPLICABLE)), "not judged", "lightgrey"),
        (run(result(Verdict.CONFORMS), finished=False, missing=1), "interrupted", "lightgrey"),
    ],
)
def test_the_badge_says_what_the_exit_code_means(made: Run, message: str, colour: str) -> None:
    told = json.loads(render(made))

    assert (told["message"], told["color"]) == (message, colour)
    assert told["label"] == "OAuth 2.0 core"


@pytest.mark.parametrize("made", [rich_run(), hostile_run()])
def test_the_badge_has_the_members_of_an_endpoint_and_stays_short(made: Run) -> None:
    told = json.loads(render(made))

    assert set(told) == {"schemaVersion", "label", "message", "color", "isError"}
    assert told["schemaVersion"] == 1
    assert max(len(told["label"]), len(told["message"])) <= 40
