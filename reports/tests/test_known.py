"""`python3 -m reports known`: what it prints can be pasted, is taken by the target file, and covers each finding."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fixtures.target import KnownViolation, read_target
from reports import commands
from reports.forms.known import stanzas
from reports.journal import PlannedCheck, Result, Verdict, read_run
from reports.recording import Recording
from reports.tests.runs import HOSTILE, known, result, rich_run, run
from reports.tests.test_folder import keep

TODAY = dt.datetime.now(dt.UTC).date()


def entry(**changes: Any) -> KnownViolation:
    """An entry of a target file, as it is read."""
    members: dict[str, Any] = {
        "requirement": "7009-2.2-S02",
        "because": "The vendor mends it.",
        "where": "staging.toml, line 41",
    }
    return KnownViolation(**members | changes)


def judged(tmp_path: Path, tolerated: KnownViolation, verdict: Verdict) -> tuple[int, list[Result], Path]:
    """What a run comes to in which one check of 7009-2.2-S02 has that verdict and the file tolerates that."""
    template = result(verdict)
    planned = PlannedCheck(
        check=template.check,
        title=template.title,
        requirements=template.requirements,
        level=template.level,
        profile="core",
    )
    recording = Recording(
        tmp_path,
        secrets={},
        known=[tolerated],
        planned=[planned],
        ledger=[],
        profile="core",
        strict=False,
        target={"name": "Staging", "issuer": "https://as.example"},
        environment={},
    )
    recording.add(planned, verdict, exchanges=[], where="x.py:1", seconds=0.1)
    code = recording.finish(0)
    return code, list(read_run(recording.folder).results), recording.folder


def test_each_open_finding_has_a_table_that_the_target_file_takes(tmp_path: Path) -> None:
    text = stanzas(rich_run(), because="issue 12", owner="team login", link="https://tracker.example/12")
    file = tmp_path / "staging.toml"
    file.write_text(f'issuer = "https://as.example"\n{text}', encoding="utf-8")
    taken = read_target(file).known

    assert [item.requirement for item in taken] == ["6749-5.1-03", "7009-2.2-S02"]
    assert {(item.because, item.owner, item.link) for item in taken} == {
        ("issue 12", "team login", "https://tracker.example/12")
    }
    assert {item.until for item in taken} == {dt.date(2027, 2, 22)}


def test_one_table_is_enough_for_two_checks_of_one_requirement() -> None:
    made = run(
        result(Verdict.VIOLATES, "7009-2.2-S02", check="a"),
        result(Verdict.VIOLATES, "7009-2.1-05", "7009-2.2-S02", check="b"),
    )

    assert stanzas(made).count("[[known]]") == 1


def test_what_is_tolerated_or_outdated_has_its_line_already() -> None:
    made = run(result(Verdict.VIOLATES, known=known()), result(Verdict.VIOLATES, known=known("late")))

    assert stanzas(made) == ""


@pytest.mark.parametrize(("strict", "count"), [(False, 0), (True, 1)])
def test_advice_has_a_table_where_it_counts(strict: bool, count: int) -> None:  # noqa: FBT001 - a column
    assert stanzas(run(result(Verdict.ADVISES), strict=strict)).count("[[known]]") == count


def test_hostile_text_stays_in_its_string() -> None:
    made = run(result(Verdict.VIOLATES, title=HOSTILE + "\n[endpoints]"))
    read = tomllib.loads(stanzas(made, because=HOSTILE + '"\n\U0001f600', until=TODAY))

    assert list(read) == ["known"]
    assert "\U0001f600" in read["known"][0]["because"]


def test_a_reason_has_to_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(rich_run(), tmp_path)

    assert commands.main(["known", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out.count('because = ""') == 2
    assert "Write a reason" in told.err
    assert commands.main(["known", str(tmp_path), "--because", "issue 12", "--until", "2027-03-31"]) == 0
    told = capsys.readouterr()
    assert told.out.count("until = 2027-03-31") == 2
    assert told.err == ""


def test_nothing_open_prints_nothing_to_paste(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(run(result(Verdict.CONFORMS)), tmp_path)

    assert commands.main(["known", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "no open finding" in told.err


@pytest.mark.parametrize(
    ("tolerated", "verdict", "code", "told"),
    [
        (entry(), Verdict.VIOLATES, 0, None),
        (entry(until=TODAY), Verdict.VIOLATES, 0, None),
        (
            entry(until=TODAY - dt.timedelta(days=1)),
            Verdict.VIOLATES,
            1,
            f"staging.toml, line 41: past its last day, {TODAY - dt.timedelta(days=1)}",
        ),
        (entry(), Verdict.CONFORMS, 1, "staging.toml, line 41: mended, no check finds it any more"),
        (entry(), Verdict.INCONCLUSIVE, 6, None),
    ],
)
def test_an_entry_holds_while_it_is_true_and_names_its_line_when_not(
    tolerated: KnownViolation, verdict: Verdict, code: int, told: str | None, tmp_path: Path
) -> None:
    ended, _, folder = judged(tmp_path, tolerated, verdict)

    assert ended == code
    for name in ("report.html", "report.json", "junit.xml", "summary.md"):
        text = (folder / name).read_text(encoding="utf-8").replace("\\", "")
        assert (told or "past its last day") in text if told else "staging.toml, line 41: " not in text


def test_who_sees_to_it_and_where_is_in_the_reports(tmp_path: Path) -> None:
    tolerated = entry(owner="team login", link="https://tracker.example/12", until=TODAY)
    _, _, folder = judged(tmp_path, tolerated, Verdict.VIOLATES)

    for name in ("report.html", "report.json", "junit.xml"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "team login" in text
        assert "https://tracker.example/12" in text
