"""What may be typed after `python3 -m conformance`, and how a mistake is answered."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.ledger import profiles
from conformance.running import arguments, selection
from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(40), pytest.mark.apart]

ONE = "7009-2.2-S02"


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run("conformance", *arguments, timeout=limit(120))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ([], "run"),
        (["--target", "staging.toml"], "run"),
        (["run", "--list"], "run"),
        (["conformance/tests/house"], "run"),
        (["conformance/checks/revocation/test_effect.py::test_nothing"], "run"),
        (["doctor", "--target", "staging.toml"], "doctor"),
        (["init", "https://as.example"], "init"),
        (["selftest", "-k", "proof"], "selftest"),
        (["prove", "--all"], "prove"),
    ],
)
def test_what_is_typed_chooses_the_command(typed: Sequence[str], name: str) -> None:
    assert arguments.parse(typed).name == name


def test_what_follows_two_dashes_goes_to_pytest() -> None:
    command = arguments.parse(["run", "--strict", "--", "--maxfail=1", "--list"])

    assert command.passed_on == ["--maxfail=1", "--list"]
    assert not command.options.list


def test_the_profiles_are_those_of_the_ledger() -> None:
    assert tuple(profiles.profiles()) == arguments.PROFILES
    assert arguments.DEFAULT_PROFILE == profiles.DEFAULT


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["selftets"], "There is no command and no folder of checks 'selftets'. Did you mean selftest?"),
        (
            ["zzz"],
            (
                "There is no command and no folder of checks 'zzz'. There are: run, init, doctor, selftest, prove, "
                "calibrate, mutate, bench."
            ),
        ),
        (["--tagret", "x"], "There is no option --tagret. Did you mean --target?"),
        (
            ["prove", "--strict"],
            "There is no option --strict. python3 -m conformance prove --help lists the options.",
        ),
        (["--target"], "Argument --target: expected one argument"),
        (
            ["run", "staging.toml"],
            "staging.toml is a target, and no check. Did you mean --target staging.toml?",
        ),
        (
            ["http://as.example"],
            "http://as.example is a target, and no check. Did you mean --target http://as.example?",
        ),
        (
            ["--max-expiry-wait", "30"],
            "Argument --max-expiry-wait: '30' is no duration; write it with its unit: 30s, 5m or 1h",
        ),
        (
            ["--fuzz-seed", "-1"],
            "Argument --fuzz-seed: '-1' is no seed; write a number from 0 to 4294967295",
        ),
    ],
)
def test_a_mistake_is_answered_with_one_line(
    typed: Sequence[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.parse(typed)

    assert ended.value.code == 4
    assert capsys.readouterr().err == f"{told}\n"


@pytest.mark.parametrize(
    ("typed", "seconds"), [("0", 0), ("250ms", 0.25), ("30s", 30), ("5m", 300), ("1h", 3600)]
)
def test_a_duration_has_its_unit(typed: str, seconds: float) -> None:
    assert arguments.parse(["--max-expiry-wait", typed]).options.max_expiry_wait == seconds


@pytest.mark.parametrize("typed", ["7009", "rfc7009", "RFC 7009", "rfc-7009"])
def test_a_document_may_be_named_as_it_is_spoken_of(typed: str) -> None:
    assert selection.prefix_of(typed) == "7009"
    assert selection.prefix_of("6749-5.2-S06") == "6749-5.2-S06"


def test_the_version_is_told_with_its_commit() -> None:
    ended = _run("--version")

    assert ended.returncode == 0
    assert re.match(r"oauth-conformance \d+\.\d+\.\d+, (commit [0-9a-f]{10}|no checkout)", ended.stdout)


@pytest.mark.parametrize("name", ["", "run", "init", "doctor", "selftest", "prove"])
def test_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.parse([*name.split(), "--help"])

    assert ended.value.code == 0
    assert f"  python3 -m conformance {name}".rstrip() in capsys.readouterr().out.partition("example")[2]


def test_a_run_ends_with_one_screen_and_the_exit_code_of_its_verdicts(tmp_path: Path) -> None:
    ended = _run("--requirement", ONE, "--out", tmp_path)

    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) <= 42
    assert "Embedded reference server" in ended.stdout
    assert (tmp_path / "latest" / "report.html").is_file()
    assert "checks, " in ended.stderr


def test_a_run_tells_the_seed_that_repeats_it(tmp_path: Path) -> None:
    drawn = [_seed_of_a_run(tmp_path / name, *typed) for name, typed in (("a", ()), ("b", ()), ("c", ("7",)))]

    assert len(set(drawn)) == 3
    assert drawn[2] == "7"


def _seed_of_a_run(folder: Path, *seed: str) -> str:
    _run("--requirement", ONE, "--out", folder, "--quiet", *(f"--fuzz-seed={text}" for text in seed))
    report = json.loads((folder / "latest" / "report.json").read_text(encoding="utf-8"))
    assert report["environment"]["fuzz"] == "quick"
    return str(report["environment"]["fuzz seed"])


def test_a_quiet_run_shows_only_its_summary(tmp_path: Path) -> None:
    ended = _run("--requirement", ONE, "--out", tmp_path, "--quiet")

    assert ended.stderr == ""
    assert "conforms" in ended.stdout


def test_the_list_names_checks_with_their_requirements() -> None:
    ended = _run("--list", "--requirement", ONE)

    lines = ended.stdout.splitlines()
    assert ended.returncode == 0
    assert "::test_" in lines[0]
    assert ONE in lines[2]
    assert lines[-1].partition(" ")[2] in {"check", "checks"}


def test_the_harness_is_not_tested_where_a_server_is_to_be_judged() -> None:
    ended = forked.run("pytest", "conformance", "-qq", "--collect-only", timeout=limit(60))

    assert "conformance/" in ended.stdout
    assert "conformance/tests" not in ended.stdout


def test_plain_pytest_says_where_the_report_is(tmp_path: Path) -> None:
    chosen = ("--ignore=conformance/tests/house", "-q", "--requirement", ONE, "--out", tmp_path)
    ended = forked.run("pytest", "conformance", *chosen, timeout=limit(120))

    assert ended.returncode == 0
    assert f"Report: {tmp_path}" in ended.stdout


@pytest.mark.parametrize(
    ("typed", "told", "code"),
    [
        (["--target", "nowhere.toml"], "nowhere.toml: no such target file.", 4),
        (["--requirement", "7009-9"], '--requirement 7009-9: no requirement "7009-9" in the ledger.', 4),
        (["-k", "there_is_no_such_check"], "No check was selected.", 5),
        (
            ["--list", "--requirement", "7009-9"],
            '--requirement 7009-9: no requirement "7009-9" in the ledger.',
            4,
        ),
        (
            ["--out", "README.md"],
            "Runs cannot be kept in README.md: File exists. Name another folder: --out",
            4,
        ),
        (["conformance/no_such_file.py"], "file or directory not found: conformance/no_such_file.py", 4),
    ],
)
def test_what_cannot_be_run_is_answered_without_noise(typed: Sequence[str], told: str, code: int) -> None:
    ended = _run(*typed)

    assert ended.returncode == code
    assert ended.stderr.startswith(told)
    assert ended.stdout.strip() == ""


def test_a_file_that_cannot_be_loaded_is_the_fault_of_the_harness(tmp_path: Path) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text("import no_such_module\n", encoding="utf-8")

    ended = _run(broken)

    assert ended.returncode == 3
    assert "test_broken.py: ModuleNotFoundError: No module named 'no_such_module'" in ended.stderr
