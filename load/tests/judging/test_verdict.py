"""The verdict of a run, a row for each way in which it can end: what outranks what, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.target.load_terms import Budget
from load.judging.budgets import Judged
from load.judging.verdict import BrokenPromise, Validity, reach

KEPT = Judged(budget=Budget(row="token", measure="p99", limit=1_000), measured=900)
MISSED = Judged(budget=Budget(row="token", measure="p99", limit=1_000), measured=2_000)
UNEXERCISED = Judged(budget=Budget(row="refresh", measure="p99", limit=1_000), measured=None)
TWICE = BrokenPromise(name="issued-once", text="no token is issued twice", times=3)
LAGGED = Validity(what="start lag p99", limit="at most 50 ms", measured="80 ms", kept=False)
IN_TIME = Validity(what="start lag p99", limit="at most 50 ms", measured="1 ms", kept=True)
GONE = "The server stopped answering in second 4: connect."


@pytest.mark.parametrize(
    ("seen", "exit_code", "sentence"),
    [
        ({}, 0, "Every promise was kept. No budget was stated"),
        ({"budgets": [KEPT], "validity": [IN_TIME]}, 0, "Every promise and the budget kept."),
        ({"budgets": [KEPT, KEPT]}, 0, "Every promise and all 2 budgets kept."),
        ({"budgets": [KEPT, MISSED]}, 1, "1 budget of 2 missed; every promise was kept."),
        ({"budgets": [UNEXERCISED]}, 1, "1 budget of 1 missed; every promise was kept."),
        ({"broken": [TWICE]}, 1, "The server breaks 1 promise under load."),
        ({"broken": [TWICE], "budgets": [MISSED]}, 1, "The server breaks 1 promise under load."),
        ({"broken": [TWICE], "validity": [LAGGED]}, 1, "The server breaks 1 promise under load."),
        ({"broken": [TWICE], "interrupted": True}, 1, "The server breaks 1 promise under load."),
        ({"server_gone": GONE}, 1, "The server stopped answering."),
        ({"server_gone": GONE, "validity": [LAGGED]}, 1, "The server stopped answering."),
        ({"validity": [LAGGED]}, 6, "The measurement is not valid"),
        ({"validity": [LAGGED], "budgets": [MISSED]}, 6, "The measurement is not valid"),
        ({"validity": [LAGGED], "interrupted": True}, 6, "The measurement is not valid"),
        ({"unserved": 0.009}, 0, "Every promise was kept."),
        ({"unserved": 0.47}, 1, "47 % of the calls failed or never began."),
        ({"unserved": 0.47, "budgets": [KEPT]}, 1, "47 % of the calls failed or never began."),
        ({"unserved": 0.47, "budgets": [KEPT, MISSED]}, 1, "1 budget of 2 missed"),
        ({"unserved": 0.47, "validity": [LAGGED]}, 6, "The measurement is not valid"),
        ({"unserved": 0.47, "interrupted": True}, 2, "Interrupted."),
        ({"refused_revocations": "Not revoked: 3"}, 1, "The server did not take back all tokens"),
        ({"interrupted": True}, 2, "Interrupted."),
        ({"interrupted": True, "budgets": [MISSED]}, 2, "Interrupted."),
        ({"errors": ["a worker failed"], "broken": [TWICE]}, 3, "The harness itself failed."),
    ],
)
def test_what_a_run_comes_to(seen: dict[str, Any], exit_code: int, sentence: str) -> None:
    verdict = reach(**seen)

    assert verdict.exit_code == exit_code
    assert verdict.sentence.startswith(sentence)


def test_the_reasons_name_everything_with_promises_first() -> None:
    verdict = reach(budgets=[MISSED], validity=[LAGGED], broken=[TWICE], server_gone=GONE, interrupted=True)

    assert [reason.split(":")[0] for reason in verdict.reasons] == [
        "Broken promise",
        "The server stopped answering in second 4",
        "Not valid",
        "Not judged",
        "The run was interrupted; what was measured until then is reported.",
    ]


def test_what_was_kept_is_no_reason() -> None:
    assert reach(budgets=[KEPT], validity=[IN_TIME]).reasons == ()
