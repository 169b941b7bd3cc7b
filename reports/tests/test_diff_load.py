"""Two load runs compared: better, same, worse or undecided, each from an interval and none from noise alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports import commands
from reports.diff.changes import Difference, Weight
from reports.diff.load import compare, interval, judge
from reports.journal import Verdict
from reports.tests.loads import broken, keep_load, record
from reports.tests.runs import result, run
from reports.tests.test_folder import keep


def weights(difference: Difference) -> dict[str, Weight]:
    """The weight of each change by its name."""
    return {change.name: change.weight for group in difference.groups for change in group.changes}


@pytest.mark.parametrize(
    ("low", "high", "weight"),
    [
        (1.06, 1.4, Weight.WORSE),
        (0.5, 0.9, Weight.BETTER),
        (0.97, 1.04, Weight.SAME),
        (0.99, 1.2, Weight.UNDECIDED),
        (0.8, 1.0, Weight.UNDECIDED),
        (0.5, 2.0, Weight.UNDECIDED),
    ],
)
def test_an_interval_says_what_it_can(low: float, high: float, weight: Weight) -> None:
    assert judge(low, high) is weight
    turned = {Weight.WORSE: Weight.BETTER, Weight.BETTER: Weight.WORSE}
    assert judge(low, high, more_is_better=True) is turned.get(weight, weight)


def test_the_interval_holds_the_middle_of_what_was_drawn() -> None:
    assert interval([float(at) for at in range(1000)]) == (25.0, 975.0)


@pytest.mark.parametrize("seed", range(2, 7))
def test_two_runs_of_one_thing_are_not_called_worse(seed: int) -> None:
    assert Weight.WORSE not in weights(compare(record(seed=1), record(seed=seed))).values()


def test_many_seconds_of_one_thing_are_the_same() -> None:
    difference = compare(record(seconds=200), record(seconds=200, seed=2))

    assert weights(difference)["token p50"] is Weight.SAME
    assert weights(difference)["token rate"] is Weight.SAME


@pytest.mark.parametrize(("slow", "weight", "code"), [(1.5, Weight.WORSE, 1), (0.6, Weight.BETTER, 0)])
def test_what_is_much_slower_is_worse_and_the_other_way_better(
    slow: float, weight: Weight, code: int
) -> None:
    difference = compare(record(), record(slow=slow, seed=2))

    assert {weights(difference)[f"{row} p50"] for row in ("token", "introspection")} == {weight}
    assert difference.exit_code == code


def test_a_second_that_stands_still_leaves_the_tail_undecided_rather_than_worse() -> None:
    frozen = record(seed=2, slow_at=lambda second: 40.0 if second == 7 else 1.0)
    told = weights(compare(record(), frozen))

    assert told["token p99"] is Weight.UNDECIDED
    assert told["token p50"] is not Weight.WORSE


def test_failures_are_compared_by_their_share() -> None:
    assert weights(compare(record(), record(seed=2)))["failures"] is Weight.SAME
    assert weights(compare(record(), record(seed=2, failing=0.05)))["failures"] is Weight.WORSE
    assert weights(compare(record(failing=0.05), record(seed=2)))["failures"] is Weight.BETTER


def test_a_newly_broken_promise_is_worse_whatever_the_times_say() -> None:
    made = broken()
    made["arrivals"] = record()["arrivals"]
    told = weights(compare(record(), made))

    assert told["no-token-twice"] is Weight.WORSE
    assert told["token p99"] is not Weight.SAME
    assert weights(compare(made, record()))["no-token-twice"] is Weight.BETTER
    unchecked = record()
    unchecked["promises"][0]["checked"] = 0
    assert weights(compare(made, unchecked))["no-token-twice"] is Weight.UNDECIDED


def test_a_budget_that_changed_is_noted() -> None:
    made = record(seed=2)
    made["budgets"][0]["kept"] = False

    assert weights(compare(record(), made)).get("token p99") is not None
    assert any(group.title == "budgets" for group in compare(record(), made).groups)


@pytest.mark.parametrize("which", ["old", "new"])
def test_an_invalid_measurement_decides_nothing(which: str) -> None:
    invalid = record(slow=3.0, seed=2)
    invalid["validity"][0]["kept"] = False
    pair = (invalid, record()) if which == "old" else (record(), invalid)
    difference = compare(*pair)

    assert difference.exit_code == 0
    assert difference.sentence.startswith("Undecided")
    assert which in difference.notes[0]


def test_too_short_a_run_decides_nothing() -> None:
    assert compare(record(), record(seconds=4, slow=3.0)).sentence.startswith("Undecided")


def test_a_row_of_one_run_only_is_told() -> None:
    made = record(seed=2)
    made["rows"][0]["name"] = "revocation"

    assert weights(compare(record(), made))["revocation"] is Weight.UNDECIDED


def test_the_same_two_runs_give_the_same_words() -> None:
    assert compare(record(), record(seed=2)) == compare(record(), record(seed=2))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scenario": "token"}, "one scenario"),
        ({"arrivals": {"kind": "constant", "rate": 200}}, "constant at 200/s"),
        ({"target": {"name": "Other", "issuer": "https://other.example"}}, "one target"),
        ({"schema": 99}, "newer version"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(
    changes: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = keep_load(record(), tmp_path / "old"), keep_load(record(**changes), tmp_path / "new")

    assert commands.main(["diff", str(old), str(new)]) == 4
    assert told in capsys.readouterr().err


def test_a_load_run_and_a_run_of_checks_are_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = keep(run(result(Verdict.CONFORMS)), tmp_path / "checks")

    assert commands.main(["diff", str(checks), str(keep_load(record(), tmp_path / "load"))]) == 4
    assert "Compare two of a kind." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "not valid JSON"), ("[]", "no member `schema`"), (json.dumps({"schema": 1}), "lacks arrivals")],
)
def test_what_is_no_load_run_is_refused(
    content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "load.json").write_text(content, encoding="utf-8")

    assert commands.main(["diff", str(tmp_path), str(tmp_path)]) == 4
    assert told in capsys.readouterr().err
