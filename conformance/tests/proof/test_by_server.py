"""What is listed of the real servers is well formed, and held against a run as it should be. No server is started."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.proof.by_server.command import main
from conformance.proof.by_server.findings import NAME, Found, Listed, compare, digest, read, stanzas
from fixtures.errors import BadTarget
from fixtures.servers.folder import find, names
from fixtures.tests import forked
from fixtures.tests.pace import limit

ENTRY = '[[finding]]\nbecause = "It does so (RFC 7009 section 2.1)."\nverdict = "violates"\nchecks = ["a"]\n'
WITHHELD = f'[[withheld]]\nverdict = "violates"\ndigests = ["{digest("a")}"]\n'


def _listed(check: str = "a", verdict: str = "violates", *, may_pass: bool = False) -> Listed:
    return Listed(check=check, verdict=verdict, because="It does so.", may_pass=may_pass)


def _found(verdict: str, check: str = "a") -> Found:
    return Found(check=check, verdict=verdict, message="what it said")


def _file(folder: Path, text: str) -> Path:
    file = folder / "pretend" / NAME
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("verdict", ["violates", "advises", "inconclusive"])
def test_what_is_listed_and_found_agrees(verdict: str) -> None:
    comparison = compare([_listed(verdict=verdict)], [_found(verdict), _found("conforms", "b")])

    assert comparison.agrees
    assert comparison.agreed == [_listed(verdict=verdict)]


@pytest.mark.parametrize("verdict", ["harness-error", "violates", "advises", "inconclusive"])
def test_a_finding_that_is_not_listed_is_new(verdict: str) -> None:
    comparison = compare([], [_found(verdict)])

    assert not comparison.agrees
    assert comparison.new == [_found(verdict)]


@pytest.mark.parametrize("verdict", ["conforms", "not-applicable"])
def test_what_is_no_finding_is_not_new(verdict: str) -> None:
    assert compare([], [_found(verdict)]).agrees


@pytest.mark.parametrize("verdict", ["conforms", "not-applicable"])
def test_an_entry_whose_check_finds_nothing_leaves_the_list(verdict: str) -> None:
    comparison = compare([_listed()], [_found(verdict)])

    assert not comparison.agrees
    assert comparison.gone == [(_listed(), verdict)]
    assert comparison.new == []


@pytest.mark.parametrize("may_pass", [False, True])
def test_an_entry_whose_check_was_not_run_leaves_the_list(may_pass: bool) -> None:  # noqa: FBT001 - a parameter
    entry = _listed(may_pass=may_pass)

    assert compare([entry], []).gone == [(entry, "not run")]


@pytest.mark.parametrize("may_pass", [False, True])
def test_another_verdict_than_the_listed_one_is_new(may_pass: bool) -> None:  # noqa: FBT001 - a parameter
    entry = _listed(verdict="inconclusive", may_pass=may_pass)
    comparison = compare([entry], [_found("violates")])

    assert comparison.new == [_found("violates")]
    assert comparison.gone == [(entry, "violates")]
    assert comparison.agreed == []


@pytest.mark.parametrize("verdict", ["violates", "conforms", "not-applicable"])
def test_an_entry_that_may_pass_agrees_either_way(verdict: str) -> None:
    comparison = compare([_listed(may_pass=True)], [_found(verdict)])

    assert comparison.agrees
    assert comparison.agreed == [_listed(may_pass=True)]


def _withheld(*, may_pass: bool = False) -> Listed:
    return Listed(check=digest("a"), verdict="violates", may_pass=may_pass, withheld=True)


def test_a_withheld_finding_agrees_though_the_list_does_not_name_its_check(tmp_path: Path) -> None:
    listed = read(_file(tmp_path, WITHHELD))

    assert listed == [_withheld()]
    assert compare(listed, [_found("violates"), _found("conforms", "b")]).agrees


def test_a_withheld_finding_of_another_verdict_is_new() -> None:
    comparison = compare([_withheld()], [_found("inconclusive")])

    assert comparison.new == [_found("inconclusive")]
    assert comparison.gone == [(_withheld(), "inconclusive")]


def test_a_withheld_finding_that_is_not_found_any_more_leaves_the_list() -> None:
    assert compare([_withheld()], [_found("conforms")]).gone == [(_withheld(), "conforms")]
    assert compare([_withheld()], [_found("violates", "b")]).gone == [(_withheld(), "not run")]
    assert compare([_withheld(may_pass=True)], [_found("conforms")]).agrees


def test_what_is_new_can_be_pasted_once_it_has_a_reason(tmp_path: Path) -> None:
    new = [_found("violates", 'b["x"]'), _found("advises", "c"), _found("violates"), _found("harness-error")]
    text = stanzas(new)
    file = _file(tmp_path, text)

    with pytest.raises(BadTarget, match="because has to say why"):
        read(file)
    file.write_text(text.replace('because = ""', 'because = "It does so."'), encoding="utf-8")
    assert read(file) == [_listed(), _listed('b["x"]'), _listed("c", "advises")]


def test_where_nothing_is_new_there_is_nothing_to_paste() -> None:
    assert stanzas([]) == ""


def test_a_server_without_a_list_has_no_findings_listed(tmp_path: Path) -> None:
    assert read(tmp_path / NAME) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[finding]", r"pretend/findings\.toml: "),
        ("finding = 1", "it has to hold tables"),
        (f"{ENTRY}[[findings]]\n", "unknown key 'findings'"),
        (f"{ENTRY}reason = 1\n", "number 1: unknown key 'reason'"),
        (ENTRY.replace("It does so (RFC 7009 section 2.1).", " "), "number 1: because has to say why"),
        (ENTRY + ENTRY.replace("violates", "harness-error"), "number 2: verdict has to be one of violates"),
        (ENTRY.replace('["a"]', "[]"), "number 1: checks has to be a list"),
        (ENTRY.replace('["a"]', "[1]"), "number 1: checks has to be a list"),
        (f"{ENTRY}may_pass = 1\n", "number 1: may_pass has to be true or false"),
        (ENTRY + ENTRY, "a stands there twice"),
        ("withheld = 1", "it has to hold tables"),
        (f'{WITHHELD}because = "It does so."\n', "withheld]] number 1: unknown key 'because'"),
        (WITHHELD.replace(digest("a"), "a"), "number 1: digests has to be a list of digests"),
        (WITHHELD.replace("violates", "conforms"), "number 1: verdict has to be one of violates"),
        (WITHHELD + WITHHELD, "stands there twice"),
    ],
)
def test_a_list_that_is_wrong_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadTarget, match=told):
        read(_file(tmp_path, text))


@pytest.fixture(scope="module")
def checks() -> set[str]:
    """Every check there is, as report.json names it."""
    usual = ("--collect-only", "-q", "-p", "no:cacheprovider")
    told = forked.run("pytest", "conformance", *usual, timeout=limit(120)).stdout
    return {line for line in told.splitlines() if "::" in line}


@pytest.mark.parametrize("name", names())
def test_the_list_of_a_real_server_names_checks_that_exist(name: str, checks: set[str]) -> None:
    listed = read(find(name).path / NAME)

    assert checks
    known = {*checks, *map(digest, checks)}
    assert [entry.check for entry in listed if entry.check not in known] == []


@pytest.mark.parametrize("name", names())
def test_no_withheld_check_is_named_beside_its_digest(name: str) -> None:
    listed = read(find(name).path / NAME)
    withheld = {entry.check for entry in listed if entry.withheld}

    assert [entry.check for entry in listed if digest(entry.check) in withheld] == []


@pytest.mark.parametrize("name", names())
def test_a_reason_names_its_section_or_says_why_nothing_can_be_judged(name: str) -> None:
    listed = read(find(name).path / NAME)

    assert [
        entry.because
        for entry in listed
        if entry.verdict != "inconclusive" and not entry.withheld and "RFC " not in entry.because
    ] == []


def _run_of(folder: Path, results: Sequence[Found], *, ended: bool = True) -> Path:
    """The folder of a run that came to these results, written as a run writes it."""
    plan = {"title": "It does so.", "requirements": ["7009-2.1-S05"], "level": "must", "profile": "core"}
    header: dict[str, object] = {"run": "r", "started": "2026-11-29T12:00:00+00:00", "profile": "core"}
    header |= {"strict": False, "target": {}, "environment": {}, "planned": [], "ledger": []}
    lines: list[dict[str, object]] = [{"type": "header", **header}]
    lines += [
        {"type": "result", "check": each.check, "verdict": each.verdict, "reason": each.message, **plan}
        for each in results
    ]
    if ended:
        lines += [{"type": "footer", "finished": "2026-11-29T12:01:00+00:00", "exit_code": 1}]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "journal.jsonl").write_text(text, encoding="ascii")
    return folder


def _as_listed(name: str) -> list[Found]:
    return [Found(check=entry.check, verdict=entry.verdict) for entry in read(find(name).path / NAME)]


def test_a_run_as_it_is_listed_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _run_of(tmp_path, [*_as_listed("node-oidc-provider"), _found("conforms")])

    assert main(["node-oidc-provider", "--report", str(run)]) == 0
    assert "0 new, 0 listed and not found" in capsys.readouterr().out


def test_a_run_that_found_more_ends_with_1_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = Found(check="one::test_more", verdict="violates", message="\x1b[2J and more")
    code = main(
        ["node-oidc-provider", "--report", str(_run_of(tmp_path, [*_as_listed("node-oidc-provider"), new]))]
    )
    told = capsys.readouterr().out

    assert code == 1
    assert "violates  one::test_more\n      \\x1b[2J and more\n" in told
    assert stanzas([new]) in told


def test_a_run_that_found_less_ends_with_1_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(entry for entry in read(find("node-oidc-provider").path / NAME) if not entry.may_pass)
    rest = [found for found in _as_listed("node-oidc-provider") if found.check != first.check]
    run = _run_of(tmp_path, [_found("conforms", first.check), *rest])

    assert main(["node-oidc-provider", "--report", str(run)]) == 1
    assert f"{first.verdict}  {first.check}\n      now: conforms\n" in capsys.readouterr().out


def test_a_withheld_check_is_not_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Listed(check=digest("one::test_secret"), verdict="violates", withheld=True)
    monkeypatch.setattr("conformance.proof.by_server.command.read", lambda _: [entry])

    for verdict, code in (("violates", 0), ("conforms", 1)):
        run = _run_of(tmp_path, [_found(verdict, "one::test_secret")])
        assert main(["node-oidc-provider", "--report", str(run)]) == code
        told = capsys.readouterr().out
        assert "test_secret" not in told
        assert ("1 of them withheld" in told) == (verdict == "violates")
        assert (entry.check in told) == (verdict == "conforms")


def test_the_entry_for_a_withheld_check_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--withhold", "a"]) == 0
    assert read(_file(tmp_path, capsys.readouterr().out)) == [_withheld()]


def test_an_interrupted_run_says_nothing_of_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _run_of(tmp_path, _as_listed("node-oidc-provider"), ended=False)

    assert main(["node-oidc-provider", "--report", str(run)]) == 6
    assert "was interrupted" in capsys.readouterr().out


def test_a_folder_without_a_run_cannot_be_compared(tmp_path: Path) -> None:
    assert main(["node-oidc-provider", "--report", str(tmp_path)]) == 6


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["authlip"], "There is no server 'authlip' in fixtures/servers. There are: authlib, "),
        (["--report", "x"], "--report needs the NAME of the one server that was judged."),
        (["--tagret"], "There is no option --tagret."),
    ],
)
def test_a_mistake_is_answered_with_one_line(
    typed: Sequence[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(typed)

    assert ended.value.code == 4
    assert capsys.readouterr().err.startswith(told)


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert not ended.value.code
    assert "  python3 -m conformance calibrate authlib" in capsys.readouterr().out
