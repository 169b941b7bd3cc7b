"""`python3 -m reports diff`: what changed between two runs of checks, what of it is worse, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports import commands
from reports.diff import page
from reports.diff.changes import Difference, Incomparable, Weight
from reports.diff.conformance import compare
from reports.diff.markdown import render, text
from reports.journal import Result, Run, Verdict
from reports.tests.runs import HOSTILE, known, result, row, run
from reports.tests.test_folder import keep
from reports.tests.test_html import Elements

ONE = "7009-2.2-S02"
LEDGER = [row(ONE), row("7009-2.1-05")]


def judged(*results: Result, **changes: Any) -> Run:
    """A run over two requirements of which results judge some."""
    return run(*results, ledger=LEDGER, **changes)


def found(difference: Difference) -> list[tuple[str, str, Weight]]:
    """Group, name and weight of each change."""
    return [
        (group.title, change.name, change.weight) for group in difference.groups for change in group.changes
    ]


def timed(seconds: float) -> Result:
    """A conforming check for which the server took so long, in two exchanges."""
    return result(Verdict.CONFORMS, exchanges=[{"seconds": seconds / 2}, {"seconds": seconds / 2}])


@pytest.mark.parametrize(
    ("old", "new", "group", "code"),
    [
        (Verdict.CONFORMS, Verdict.VIOLATES, "newly violated", 1),
        (Verdict.ADVISES, Verdict.VIOLATES, "newly violated", 1),
        (Verdict.NOT_APPLICABLE, Verdict.VIOLATES, "newly violated", 1),
        (None, Verdict.VIOLATES, "newly violated", 1),
        (Verdict.CONFORMS, Verdict.INCONCLUSIVE, "newly not tested", 1),
        (Verdict.VIOLATES, Verdict.NOT_APPLICABLE, "newly not tested", 1),
        (Verdict.CONFORMS, Verdict.HARNESS_ERROR, "newly not tested", 1),
        (Verdict.CONFORMS, None, "newly not tested", 1),
        (Verdict.CONFORMS, Verdict.ADVISES, "newly advised", 0),
        (Verdict.VIOLATES, Verdict.CONFORMS, "mended", 0),
        (Verdict.ADVISES, Verdict.CONFORMS, "mended", 0),
        (None, Verdict.CONFORMS, "newly tested", 0),
        (Verdict.VIOLATES, Verdict.VIOLATES, None, 0),
        (Verdict.CONFORMS, Verdict.CONFORMS, None, 0),
        (Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, None, 0),
    ],
)
def test_each_change_of_a_verdict_has_its_group_and_its_weight(
    old: Verdict | None, new: Verdict | None, group: str | None, code: int
) -> None:
    before, after = (judged(*([result(item)] if item else [])) for item in (old, new))
    difference = compare(before, after)

    assert [(title, name) for title, name, _ in found(difference)] == ([(group, ONE)] if group else [])
    assert difference.exit_code == code


def test_what_is_tolerated_is_told_and_is_not_worse_until_the_entry_goes() -> None:
    fine, tolerated, open_ = (
        judged(item)
        for item in (
            result(Verdict.CONFORMS),
            result(Verdict.VIOLATES, known=known()),
            result(Verdict.VIOLATES),
        )
    )

    assert found(compare(fine, tolerated)) == [("newly tolerated", ONE, Weight.NOTED)]
    assert found(compare(tolerated, open_)) == [("newly violated", ONE, Weight.WORSE)]
    assert found(compare(tolerated, fine)) == [("mended", ONE, Weight.BETTER)]


def test_advice_and_slowness_are_worse_where_that_is_asked_for() -> None:
    advised = compare(judged(result(Verdict.CONFORMS)), judged(result(Verdict.ADVISES)), strict=True)

    assert advised.exit_code == 1
    assert compare(judged(timed(0.2)), judged(timed(0.8)), strict=True).exit_code == 1
    assert compare(judged(timed(0.2)), judged(timed(0.8))).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [(0.2, 0.8, [("slower", ONE, Weight.NOTED)]), (0.01, 0.2, []), (1.0, 1.9, []), (0.8, 0.2, [])],
)
def test_a_check_is_slower_only_far_above_the_noise(
    old: float, new: float, told: list[tuple[str, str, Weight]]
) -> None:
    assert found(compare(judged(timed(old)), judged(timed(new)))) == told


def test_a_row_that_left_the_ledger_is_no_longer_tested() -> None:
    difference = compare(
        judged(result(Verdict.CONFORMS)), run(result(Verdict.CONFORMS, "7009-2.1-05"), ledger=LEDGER[1:])
    )

    assert ("newly not tested", ONE, Weight.WORSE) in found(difference)


def test_findings_of_another_profile_are_left_out() -> None:
    other = result(Verdict.VIOLATES, "9700-2.1-01", profile="security-bcp")

    assert found(compare(run(ledger=[row("9700-2.1-01")]), run(other))) == []


def test_an_interrupted_run_says_so() -> None:
    difference = compare(
        judged(result(Verdict.CONFORMS)), judged(result(Verdict.CONFORMS), missing=2, finished=False)
    )

    assert difference.notes == ["The new run was interrupted: 2 planned checks not run."]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "security-bcp"}, "Compare two runs of one profile."),
        ({"target": {"name": "Production", "issuer": "https://as.example/ap4"}}, "one target"),
        ({"target": {"name": "Staging", "issuer": "https://as.example/ap3"}}, "one target"),
    ],
)
def test_runs_of_different_targets_or_profiles_are_refused(
    changes: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = keep(judged(result(Verdict.CONFORMS)), tmp_path / "one")
    other = keep(judged(result(Verdict.CONFORMS), **changes), tmp_path / "other")

    assert commands.main(["diff", str(one), str(other)]) == 4
    refused = capsys.readouterr()
    assert told in refused.err
    assert refused.err.count("\n") == 1
    assert refused.out == ""


def test_the_embedded_server_is_one_target_on_whatever_port() -> None:
    def at(port: int) -> Run:
        name = "Embedded"
        return judged(result(Verdict.CONFORMS), target={"name": name, "issuer": f"http://127.0.0.1:{port}"})

    assert compare(at(9000), at(40_123)).exit_code == 0
    moved = replace(at(9000), header=replace(at(9000).header, target={"name": "http://127.0.0.1:9000"}))
    with pytest.raises(Incomparable):
        compare(at(9000), moved)


def test_a_run_of_a_profile_is_compared_with_one_of_a_profile_that_extends_it() -> None:
    def later(verdict: Verdict) -> Run:
        own: dict[str, Any] = {"profile": "core-2027", "profile_extends": ["core"]}
        return run(result(verdict, profile="core-2027"), ledger=[row(ONE, profile="core-2027")], **own)

    difference = compare(judged(result(Verdict.CONFORMS)), later(Verdict.VIOLATES))

    assert found(difference) == [("newly violated", ONE, Weight.WORSE)]
    assert difference.notes == ["The old run is of profile core; core-2027 extends it by later checks."]
    with pytest.raises(Incomparable):
        compare(later(Verdict.CONFORMS), judged(result(Verdict.CONFORMS)))


def test_the_command_writes_every_form_and_ends_with_1_when_something_got_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = keep(judged(result(Verdict.CONFORMS)), tmp_path / "old")
    new = keep(judged(result(Verdict.VIOLATES, expected="status = 200")), tmp_path / "new")
    forms = ["--markdown", str(tmp_path / "d.md"), "--html", str(tmp_path / "d.html")]

    assert commands.main(["diff", str(old), str(new / "journal.jsonl"), *forms]) == 1
    told = capsys.readouterr().out
    assert f"  {ONE}: conforms -> violates (worse)" in told
    assert "expected status = 200" in told
    assert "newly violated" in (tmp_path / "d.md").read_text(encoding="utf-8")
    assert ONE in Elements((tmp_path / "d.html").read_text(encoding="utf-8")).text
    assert commands.main(["diff", str(new), str(old)]) == 0
    capsys.readouterr()
    assert commands.main(["diff", str(old), str(old), "--markdown", "-"]) == 0
    assert capsys.readouterr().out.startswith("# What changed: Staging, profile core\n\n**Nothing changed.**")


def test_no_text_of_a_server_acts_in_any_form() -> None:
    hostile: dict[str, Any] = {
        "target": {"name": HOSTILE, "issuer": HOSTILE},
        "ledger": [row(ONE, text=HOSTILE)],
    }
    fine = run(result(Verdict.CONFORMS), **hostile)
    broken = run(result(Verdict.VIOLATES, expected=HOSTILE, actual=HOSTILE, title=HOSTILE), **hostile)
    difference = compare(fine, broken)
    shown = page.render(difference)

    assert difference.worse
    assert {tag for tag, _ in Elements(shown).found}.isdisjoint({"img", "script", "iframe", "link"})
    policies = [
        attributes["content"] for _, attributes in Elements(shown).found if "http-equiv" in attributes
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<" not in render(difference)
    for told in (shown, render(difference), text(difference)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", told)
    assert max(map(len, text(difference).splitlines())) <= 100


def test_every_class_of_the_page_has_its_style() -> None:
    shown = page.render(compare(judged(result(Verdict.CONFORMS)), judged(result(Verdict.VIOLATES))))
    style = re.search(r"<style>(.*)</style>", shown, re.DOTALL)
    assert style is not None
    used = {
        name for _, attributes in Elements(shown).found for name in (attributes.get("class") or "").split()
    }

    assert {name for name in used if f".{name}" not in style[1]} == set()


def test_a_long_list_says_what_is_left() -> None:
    ledger = [row(f"7009-2.{number}-01") for number in range(80)]
    broken = run(*(result(Verdict.VIOLATES, item.id, check=item.id) for item in ledger), ledger=ledger)
    difference = compare(run(ledger=ledger), broken)

    assert "and 20 more; the HTML form has all" in render(difference)
    assert "and 68 more; the HTML form has all" in text(difference)
    assert page.render(difference).count("7009-2.79-01") >= 1


def test_a_name_is_whole_on_a_terminal_however_long() -> None:
    name = f"conformance/checks/{'a_folder/' * 9}test_file.py::test_{'of_something_' * 6}"
    old = judged(result(Verdict.CONFORMS, check=name))
    new = judged(result(Verdict.VIOLATES, check=name))
    told = text(compare(old, new))

    assert all(change.name in told for group in compare(old, new).groups for change in group.changes)
    assert any(name in line or len(line) <= 100 for line in told.splitlines())
