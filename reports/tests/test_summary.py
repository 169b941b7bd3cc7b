"""What a run adds up to, and the one screen that says it: every row of the table of verdicts."""

from __future__ import annotations

import dataclasses

import pytest

from reports.conformance.summary import MOST_LINES, summary
from reports.conformance.tally import State, Tally
from reports.journal import Footer, Known, Result, Run, Verdict, exit_code
from reports.plain import columns
from reports.tests.runs import hostile_run, known, result, rich_run, row, run

OTHER = {"profile": "security-bcp"}
MENDED = Footer(finished="2026-11-24T10:16:10Z", exit_code=0, stale=[known("mended")])


@pytest.mark.parametrize(
    ("results", "strict", "code"),
    [
        ([result(Verdict.HARNESS_ERROR)], False, 3),
        ([result(Verdict.VIOLATES)], False, 1),
        ([result(Verdict.INCONCLUSIVE)], False, 6),
        ([result(Verdict.ADVISES)], False, 0),
        ([result(Verdict.ADVISES)], True, 1),
        ([result(Verdict.NOT_APPLICABLE)], False, 5),
        ([result(Verdict.NOT_APPLICABLE), result(Verdict.CONFORMS)], False, 0),
        ([result(Verdict.CONFORMS)], False, 0),
        ([], False, 5),
        ([result(verdict) for verdict in Verdict], False, 3),
        ([result(Verdict.VIOLATES), result(Verdict.INCONCLUSIVE)], False, 1),
        ([result(Verdict.VIOLATES, known=known())], False, 0),
        ([result(Verdict.VIOLATES, known=known())], True, 0),
        ([result(Verdict.ADVISES, known=known())], True, 0),
        ([result(Verdict.VIOLATES, known=known("past its last day"))], False, 1),
        ([result(Verdict.CONFORMS, known=known("mended"))], False, 1),
        ([result(Verdict.INCONCLUSIVE, known=known())], False, 6),
        ([result(Verdict.HARNESS_ERROR, known=known())], False, 3),
        ([result(Verdict.CONFORMS), result(Verdict.VIOLATES, **OTHER)], False, 0),
    ],
)
def test_the_exit_code_follows_the_table(results: list[Result], strict: bool, code: int) -> None:  # noqa: FBT001 - a column of the table
    assert exit_code(run(*results, strict=strict)) == code


def test_a_tolerated_violation_that_is_gone_fails_the_run() -> None:
    made = run(result(Verdict.CONFORMS))
    ended = Run(header=made.header, results=made.results, footer=MENDED)

    assert exit_code(ended) == 1
    assert [finding.requirements for finding in Tally(ended).findings] == [["7009-2.2-S02"]]
    assert "1 known entry that no longer holds" in Tally(ended).sentence


@pytest.mark.parametrize(
    ("results", "missing", "code"),
    [
        ([result(Verdict.CONFORMS)], 2, 2),
        ([result(Verdict.VIOLATES)], 2, 1),
        ([result(Verdict.HARNESS_ERROR)], 2, 3),
        ([result(Verdict.INCONCLUSIVE)], 2, 2),
        ([], 3, 2),
    ],
)
def test_an_interrupted_run_says_so_unless_something_worse_was_seen(
    results: list[Result], missing: int, code: int
) -> None:
    tally = Tally(run(*results, missing=missing, finished=False))

    assert tally.exit_code == code
    assert tally.interrupted
    assert f"Interrupted: {missing} planned checks not run." in tally.sentence
    assert "not run" in summary(tally.run)


def test_another_profile_is_reported_apart_and_fails_when_it_is_the_runs_own() -> None:
    results = [result(Verdict.CONFORMS), result(Verdict.VIOLATES, "9700-2.1-01", **OTHER)]
    core, bcp = Tally(run(*results)), Tally(run(*results, profile="security-bcp"))

    assert (core.exit_code, core.findings, list(core.other_findings)) == (0, [], ["security-bcp"])
    assert "1 finding of profile security-bcp: told, not counted." in summary(core.run)
    assert (bcp.exit_code, len(bcp.findings)) == (1, 1)


@pytest.mark.parametrize(
    ("results", "verdict", "word"),
    [
        ([Verdict.CONFORMS, Verdict.VIOLATES], Verdict.VIOLATES, "violates"),
        ([Verdict.CONFORMS, Verdict.INCONCLUSIVE], Verdict.INCONCLUSIVE, "inconclusive"),
        ([Verdict.VIOLATES, Verdict.HARNESS_ERROR], Verdict.HARNESS_ERROR, "harness-error"),
        ([Verdict.CONFORMS, Verdict.NOT_APPLICABLE], Verdict.NOT_APPLICABLE, "not-applicable"),
        ([], None, "open"),
    ],
)
def test_the_dominant_verdict_speaks_for_a_requirement(
    results: list[Verdict], verdict: Verdict | None, word: str
) -> None:
    tally = Tally(run(*map(result, results), ledger=[row("7009-2.2-S02")]))

    assert (tally.requirements[0].verdict, tally.requirements[0].word) == (verdict, word)


def test_a_tolerated_violation_is_shown_as_known_and_hides_no_other() -> None:
    tolerated = result(Verdict.VIOLATES, known=known())
    both = run(tolerated, result(Verdict.VIOLATES, "7009-2.2-S02", "7009-2.1-01"))

    assert Tally(run(tolerated, result(Verdict.CONFORMS))).requirements[0].word == "violates (known)"
    assert Tally(both).requirements[0].word == "violates"
    assert "apart from the known ones" in Tally(run(tolerated)).sentence


def test_coverage_counts_the_rows_that_bind_the_server() -> None:
    ledger = [
        row("7009-2.2-S02"),
        row("7009-2.1-01"),
        row("7009-2.1-02"),
        row("7009-2.1-03", excluded="Cannot be seen from outside."),
        row("7009-2.1-04", excluded="The client's duty.", binds=["client"]),
        row("7009-2.1-05", binds=["resource server"]),
        row("6749-5.1-01"),
    ]
    tally = Tally(run(result(Verdict.CONFORMS), ledger=ledger, missing=1, finished=False))
    revocation, framework = tally.coverage

    assert (revocation.judged, revocation.total) == (1, 5)
    assert revocation.states == {State.JUDGED: 1, State.OPEN: 3, State.EXCLUDED: 1}
    assert framework.states == {State.NOT_RUN: 1}


@pytest.mark.parametrize("made", [rich_run(), hostile_run(), run(), run(finished=False, missing=3)])
@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_summary_fits_one_screen(made: Run, width: int) -> None:
    lines = summary(made, width=width, unicode=False).splitlines()

    assert len(lines) <= MOST_LINES
    assert max(columns(line) for line in lines if not line.startswith("Report: ")) <= width
    assert all(line.isascii() and "\x1b" not in line for line in lines)


def test_nothing_is_cut_off_where_there_is_no_terminal() -> None:
    title = (
        "A refresh token that was rotated is dead, and whoever shows it again ends what was issued since. "
        * 3
    )
    made = run(result(Verdict.VIOLATES, "6749-4.1.2.1-S03", title=title.strip()))

    assert title.strip() in summary(made, width=None)
    assert max(map(columns, summary(made, width=80).splitlines())) <= 80


def test_an_id_is_whole_and_told_once_however_narrow_the_screen() -> None:
    twice = result(Verdict.VIOLATES, "6749-4.1.2.1-S03", "6749-4.1.2.1-S03")
    made = run(twice, result(Verdict.VIOLATES, "6749-4.1.2.1-S14", "6749-4.1-01"))

    told = summary(made, width=60)
    assert "6749-4.1.2.1-S03 " in told
    assert "S03 +1" not in told
    assert "6749-4.1.2.1-S14 +1 " in told


def test_the_reason_of_what_could_not_be_judged_is_told_whole_and_next_names_who_mends_it() -> None:
    reason = (
        "Playwright's driver did not start: Connection closed. Install one: python3 -m playwright install "
        "--only-shell chromium, or on Debian: apt-get install -y chromium-headless-shell libatomic1. "
        "OAUTH_HARNESS_BROWSER=PATH names another."
    )
    results = [result(Verdict.INCONCLUSIVE, check=f"check {number}", reason=reason) for number in range(31)]

    told = summary(run(result(Verdict.CONFORMS), *results), width=80)
    assert " ".join(reason.split()) in " ".join(told.split())
    assert "Next: install a browser on this machine" in told
    assert "target file, then run again" not in told


def test_a_target_whose_name_is_its_issuer_is_named_once() -> None:
    made = run(result(Verdict.CONFORMS))
    same = dataclasses.replace(
        made.header, target={"name": "https://as.example", "issuer": "https://as.example"}
    )

    assert summary(dataclasses.replace(made, header=same)).splitlines()[0] == "https://as.example"


def test_a_very_large_run_still_fits_one_screen() -> None:
    results = [
        result(Verdict.VIOLATES, f"{number}-1-01", check=f"check {number}") for number in range(9000, 9040)
    ]
    made = run(*results, result(Verdict.VIOLATES, "1-1-1", **OTHER), missing=3, finished=False)
    lines = summary(made).splitlines()

    assert len(lines) <= MOST_LINES
    assert sum("violates" in line and "-1-01" in line for line in lines) >= 5
    assert any("more in the report" in line for line in lines)


def test_the_summary_names_who_acts_the_report_and_the_next_step() -> None:
    told = summary(rich_run(), folder="reports/out/latest")

    assert "to act: the server's author" in told
    assert "to act: whoever wrote the target file, or the operator" in told
    assert "reports/out/latest/report.html" in told
    assert "--requirement 6749-5.1-03" in told


def test_no_report_is_named_that_a_full_disk_had_no_room_for() -> None:
    told = summary(rich_run(), folder="reports/out/latest", written=False)

    assert "report.html" not in told
    assert "Report: not written. Once there is room: python3 -m reports html reports/out/latest" in told


def test_undecided_checks_of_one_reason_take_one_line() -> None:
    results = [
        result(Verdict.INCONCLUSIVE, check=f"check {number}", reason="The server is away.")
        for number in range(20)
    ]

    assert summary(run(*results)).count("The server is away.") == 1
    assert "20 checks" in summary(run(*results))


def test_colour_comes_only_when_it_is_asked_for() -> None:
    assert "\x1b[31m" in summary(rich_run(), colour=True)
    assert "\x1b" not in summary(rich_run(), colour=False)


def test_an_outdated_entry_past_its_date_is_told_with_its_reason() -> None:
    late = Known(
        requirement="7009-2.2-S02",
        because="issue 12",
        until="2026-01-01",
        problem="past its last day, 2026-01-01",
    )
    tally = Tally(run(result(Verdict.VIOLATES, known=late)))

    assert tally.exit_code == 1
    assert "1 known entry that no longer holds" in tally.sentence


def test_newer_checks_are_told_in_words_that_need_no_explanation() -> None:
    made = run(result(Verdict.CONFORMS), result(Verdict.VIOLATES, "9700-2.1-01", profile="next"))
    told = summary(made)

    assert "    1   newer checks    in no profile yet: told, not counted" in told
    assert "1 finding of newer checks, which no profile holds yet: told, not counted." in told


def test_what_could_not_be_judged_is_no_finding_of_another_profile() -> None:
    undecided = result(Verdict.INCONCLUSIVE, "9700-2.1-01", **OTHER)
    found = result(Verdict.VIOLATES, "9700-2.1-02", **OTHER)

    alone = summary(run(result(Verdict.CONFORMS), undecided))
    both = summary(run(result(Verdict.CONFORMS), undecided, found))

    assert "1 inconclusive of profile security-bcp: told, not counted." in alone
    assert "1 finding and 1 inconclusive of profile security-bcp: told, not counted." in both


def test_the_word_for_what_a_policy_sees_otherwise_is_never_cut() -> None:
    entry = Known(requirement="7009-2.2-S02", because="issue 12", level="advises")

    assert "advises (policy) 7009-2.2-S02" in summary(run(result(Verdict.ADVISES, known=entry)), width=60)


def test_the_counts_of_a_screen_add_up_to_the_checks_that_ran() -> None:
    made = run(result(Verdict.CONFORMS), result(Verdict.CONFORMS, **OTHER), result(Verdict.CONFORMS, **OTHER))

    tally = Tally(made)
    assert tally.counts.total() + tally.apart.total() == len(made.results)
    assert any(line.split()[:2] == ["2", "security-bcp"] for line in summary(made).splitlines())


LONGEST = ("mcp-2026-07-28-discovery-02", "7009-2.2-S02")


@pytest.mark.parametrize("width", [None, 20, 40, 48, 60, 80, 200])
@pytest.mark.parametrize("verdict", [Verdict.VIOLATES, Verdict.ADVISES, Verdict.INCONCLUSIVE])
def test_ids_are_whole_on_every_screen_and_on_none(width: int | None, verdict: Verdict) -> None:
    tolerable = Known(requirement="7009-2.2-S02", because="issue 12", problem="past its last day, 2026-01-01")
    made = run(
        result(verdict, *LONGEST, check="one"),
        result(verdict, "6749-4.1.2.1-S03", check="two"),
        result(Verdict.VIOLATES, "6749-2.3.1-08a", check="three", known=tolerable),
        ledger=[row("6749-2.3.1-08a", id=LONGEST[0], document="mcp-2026-07-28"), row("6749-2.3.1-08a")],
    )
    told = summary(made, width=width)

    if verdict is not Verdict.INCONCLUSIVE:
        assert f"{LONGEST[0]} +1" in told
        assert "6749-4.1.2.1-S03" in told
    assert "6749-2.3.1-08a" in told
    assert "mcp-2026-07-28" in told
    assert len(told.splitlines()) <= MOST_LINES


def test_the_commonest_reason_of_what_is_undecided_stands_among_the_findings_with_its_key() -> None:
    broken = [result(Verdict.VIOLATES, f"{number}-1-01", check=f"v{number}") for number in range(9000, 9020)]
    reason = "The token that was just issued is not alive. Name a client under [introspection] client that sees it."
    undecided = [result(Verdict.INCONCLUSIVE, check=f"u{number}", reason=reason) for number in range(17)]
    rare = [result(Verdict.INCONCLUSIVE, check="rare", reason="A time-out.")]
    told = " ".join(summary(run(*broken, *rare, *undecided), width=80).split())

    assert f"17 checks {reason}" in told


def test_the_key_that_most_of_what_did_not_apply_would_take_is_told_with_its_count() -> None:
    def missing(number: int, what: str, key: str) -> Result:
        why = f"{what} To turn this on: {key}"
        return result(Verdict.NOT_APPLICABLE, check=f"{key} {number}", reason=why)

    most = [
        missing(number, f"No owner signs in for {number}.", '[owners.alice] username = ".."')
        for number in range(5)
    ]
    others = [missing(number, "No metadata.", "[endpoints] metadata") for number in range(4)]
    told = summary(run(result(Verdict.CONFORMS), *others, *most), width=60)

    assert "5 of 9" in told
    assert '[owners.alice] username = ".."' in " ".join(told.split())
    assert "No metadata." not in told


def test_of_what_applies_no_key_is_told() -> None:
    assert "To turn this on" not in summary(run(result(Verdict.CONFORMS)))


def test_violations_are_named_however_many_documents_and_reasons_there_are() -> None:
    broken = [result(Verdict.VIOLATES, f"{number}-1-01", check=f"v{number}") for number in range(9000, 9012)]
    reason = "A token was refused to the client for its scope. " * 6
    undecided = [result(Verdict.INCONCLUSIVE, check=f"u{number}", reason=reason) for number in range(6)]
    key = "The target file has no client with the grant implicit. To turn this on: " + "[clients.spa] " * 12
    absent = [result(Verdict.NOT_APPLICABLE, check=f"n{number}", reason=key) for number in range(9)]
    ledger = [row(f"{number}-1-01", document=f"rfc{number}") for number in range(9000, 9020)]
    lines = summary(run(*broken, *undecided, *absent, ledger=ledger), width=100).splitlines()

    assert len(lines) <= MOST_LINES
    assert sum("violates" in line and "-1-01" in line for line in lines) >= 3
    assert any("inconclusive" in line and "6 checks" in line for line in lines)
