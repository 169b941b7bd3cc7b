"""From how a check ended to its verdict: one test for each row of the table of verdicts."""

from __future__ import annotations

import pytest

from conformance.running.judging import judge
from conformance.running.selection import matches
from fixtures.errors import CannotTest, NotOffered, Unreachable


@pytest.mark.parametrize(
    ("problem", "in_body", "level", "verdict"),
    [
        (None, True, "must", "conforms"),
        (AssertionError("assert 1 == 2"), True, "must", "violates"),
        (AssertionError("assert 1 == 2"), True, "structure", "violates"),
        (AssertionError("assert 1 == 2"), True, "should", "advises"),
        (AssertionError("in a fixture"), False, "must", "harness-error"),
        (CannotTest("no token", "Look at the secret."), True, "must", "inconclusive"),
        (CannotTest("no token"), False, "must", "inconclusive"),
        (Unreachable("down"), False, "should", "inconclusive"),
        (NotOffered("No introspection.", "[endpoints]"), False, "must", "not-applicable"),
        (KeyError("x"), True, "must", "harness-error"),
        (ZeroDivisionError(), False, "should", "harness-error"),
    ],
)
def test_a_verdict_names_who_acts(problem: Exception | None, in_body: bool, level: str, verdict: str) -> None:  # noqa: FBT001 - a column of the table
    assert judge(problem, in_body=in_body, level=level).verdict == verdict


def test_an_assertion_tells_what_was_expected_and_what_came() -> None:
    outcome = judge(
        AssertionError("assert 401 == 200\n +  where 401 = <Answer 401>.status"),
        in_body=True,
        level="must",
        statement="    assert answer.status == 200",
    )

    assert outcome.expected == "answer.status == 200"
    assert outcome.actual == "401 == 200\n +  where 401 = <Answer 401>.status"


def test_a_sentence_beside_an_assertion_is_its_reason() -> None:
    outcome = judge(AssertionError("the scope grew\nassert 1 == 2"), in_body=True, level="must")

    assert (outcome.reason, outcome.actual) == ("the scope grew", "1 == 2")


def test_what_turns_a_check_on_is_said() -> None:
    outcome = judge(NotOffered("No resource.", '[resource] url = ".."'), in_body=False, level="must")

    assert outcome.reason == 'No resource. To turn this on: [resource] url = ".."'


@pytest.mark.parametrize(
    ("prefix", "selected"),
    [
        ("6749", True),
        ("6749-5.2", True),
        ("6749-5.2-S06", True),
        ("6749-5", True),
        ("6749-5.", True),
        ("674", False),
    ],
)
def test_a_prefix_selects_whole_parts_of_an_id(prefix: str, selected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches("6749-5.2-S06", prefix) is selected


def test_a_section_does_not_select_its_longer_namesake() -> None:
    assert not matches("6749-10.1-01", "6749-1")
