"""`python -m load` from outside: what it writes, by what it exits, what it refuses, and how it tells a mistake."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixtures.reference import serve_in_process
from fixtures.tests import forked
from fixtures.tests.pace import limit
from load.tests.starting import ROOT, Ran, reachable, run

pytestmark = pytest.mark.takes(60)

TOKENS = ("--scenario", "token", "--rate", "40", "--for", "2s", "--connections", "4", "--most-lag", "1m")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run against the embedded server, with budgets that anything keeps."""
    folder = tmp_path_factory.mktemp("clean")
    budgets = folder / "slo.toml"
    budgets.write_text('[token]\np99 = "9s"\nfailures = "1%"\n', encoding="utf-8")
    return run(folder, "--shape", "constant", "--budgets", str(budgets), *TOKENS)


def test_a_run_keeps_what_was_promised_and_says_so(clean: Ran) -> None:
    assert clean.exit_code == 0, clean.output
    assert "Every promise and all 2 budgets kept. Exit code 0." in clean.output
    assert [each["kept"] for each in clean.record["budgets"]] == [True, True]


def test_every_planned_arrival_is_accounted_for(clean: Ran) -> None:
    row = clean.row("token")

    assert row["planned"] == 80
    assert row["planned"] == row["done"] + sum(row["failed"].values()) + row["not_started"]
    assert sum(second["planned"] for second in clean.record["seconds_by_second"]) == 80
    assert clean.record["issued"]["tokens"] == row["done"]


def test_the_record_has_the_published_shape(clean: Ran) -> None:
    schema: dict[str, Any] = json.loads((ROOT / "reports/load.schema.json").read_text(encoding="utf-8"))

    jsonschema.validate(clean.record, schema)


def test_the_seed_and_the_environment_are_told(clean: Ran) -> None:
    assert clean.record["arrivals"]["kind"] == "constant"
    assert isinstance(clean.record["arrivals"]["seed"], int)
    assert set(clean.record["environment"]) >= {"python", "gevent", "locust", "platform", "cores"}


def test_a_broken_promise_is_named_with_evidence_and_ends_with_1(tmp_path: Path) -> None:
    broken = run(tmp_path, "--fault", "under-load-token-issued-twice", *TOKENS)

    (promise,) = [each for each in broken.record["promises"] if each["broken"]]
    assert broken.exit_code == 1
    assert "The server breaks 1 promise under load." in broken.output
    assert promise["name"] == "issued-once"
    assert "[access_token " in promise["evidence"][0]["exchanges"][0]
    assert not re.search(r"Basic [A-Za-z0-9+/=]{12,}", json.dumps(broken.record))


def test_a_budget_that_is_missed_or_never_exercised_ends_with_1(tmp_path: Path) -> None:
    budgets = tmp_path / "slo.toml"
    budgets.write_text('[token]\np50 = "0.001ms"\n[refresh]\np99 = "9s"\n', encoding="utf-8")

    missed = run(tmp_path, "--budgets", str(budgets), *TOKENS)

    assert missed.exit_code == 1
    assert "2 budgets of 2 missed; every promise was kept." in missed.output
    assert "refresh p99: nothing exercised it" in missed.reasons


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rat", "3"], "There is no option --rat. Did you mean --rate?"),
        (["--rate", "fast"], "'fast' is not a number of arrivals a second"),
        (["--for", "soon"], "'soon' is no duration; write it with its unit: 30s, 5m or 1h"),
        (["--for", "3"], "'3' is no duration; write it with its unit: 30s, 5m or 1h"),
        (["--for", "0s"], "'0s' is no time at all; write 20s or 5m"),
        (["--scenario", "tokens"], "There is no scenario 'tokens'. Did you mean 'token'?"),
        (["--shape", "posson"], "there is no shape 'posson'; did you mean 'poisson'?"),
        (["--target", "referense"], "No target 'referense'. Did you mean 'reference'?"),
        (
            ["--against", "reference"],
            "--against names a second target to compare with: add --scenario compare.",
        ),
        (["--budgets", "nowhere.toml"], "nowhere.toml: No such file or directory."),
        (["--out", "/dev/null/x"], "Runs cannot be kept in /dev/null/x"),
    ],
)
def test_a_mistake_gets_one_line_and_ends_with_4(tmp_path: Path, arguments: list[str], expected: str) -> None:
    mistaken = run(tmp_path, *arguments)

    assert mistaken.exit_code == 4
    assert expected in mistaken.output
    assert len(mistaken.output.splitlines()) == 1


def test_help_shows_an_example_and_the_exit_codes(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help")

    assert shown.exit_code == 0
    assert "python3 -m load --scenario saturation" in shown.output
    assert "7  refused for safety" in shown.output


@pytest.mark.parametrize("scenario", ["dpop", "par", "device", "resource", "exchange"])
def test_what_the_embedded_server_lacks_another_edition_of_it_has(tmp_path: Path, scenario: str) -> None:
    brief = ("--scenario", scenario, "--rate", "5", "--for", "1s", "--most-lag", "1m")
    unable = run(tmp_path, *brief)
    advised = run(tmp_path, *brief, "--target", "reference-2026")

    assert unable.exit_code == 6
    assert f"can: --target reference-2026 --scenario {scenario}\n" in unable.output
    assert "To turn this on" not in unable.output
    assert advised.exit_code == 0, advised.output


def test_the_version_is_told_with_its_commit(tmp_path: Path) -> None:
    shown = run(tmp_path, "--version")

    assert shown.exit_code == 0
    assert re.match(r"oauth-conformance \d+\.\d+\.\d+, .*; Python 3\.", shown.output)


def test_the_scenarios_are_listed(tmp_path: Path) -> None:
    listed = run(tmp_path, "--list")

    assert {
        "token",
        "token-jwt",
        "introspection",
        "refresh",
        "code",
        "revocation",
        "mixed",
        "saturation",
    } <= {line.split()[0] for line in listed.output.splitlines()}


def test_what_was_issued_is_given_back_where_the_target_file_asks_for_it(tmp_path: Path) -> None:
    with reachable(tmp_path, "[load]\nrevoke = true") as (target, secrets):
        given_back = run(tmp_path, "--target", str(target), *TOKENS, **secrets)

    issued = given_back.record["issued"]
    assert given_back.exit_code == 0, given_back.output
    assert issued["tokens"] == issued["revoked"] == given_back.row("token")["done"] > 0


def test_another_host_is_refused_with_the_two_things_to_do(tmp_path: Path) -> None:
    target = tmp_path / "staging.toml"
    target.write_text(
        'issuer = "http://203.0.113.7"\n[endpoints]\ntoken = "/token"\n[limits]\ntimeout = "200ms"\n',
        encoding="utf-8",
    )

    refused = run(tmp_path, "--target", str(target))

    assert refused.exit_code == 7
    assert 'allowed_hosts = ["203.0.113.7"]' in refused.output
    assert "--allow-host 203.0.113.7" in refused.output


def test_what_is_beyond_a_cap_is_refused(tmp_path: Path) -> None:
    refused = run(tmp_path, "--rate", "100000")

    assert refused.exit_code == 7
    assert "more than [load] rate = 20000 allows" in refused.output


def test_a_comparison_gives_both_targets_the_same_and_leaves_a_run_of_each(tmp_path: Path) -> None:
    compared = run(tmp_path, "--shape", "compare", *TOKENS)

    records = [json.loads(file.read_text(encoding="utf-8")) for file in tmp_path.glob("2*/load.json")]
    planned = [row["planned"] for record in records for row in record["rows"] if row["name"] == "token"]
    issuers = {record["target"]["issuer"] for record in records}
    assert compared.exit_code == 0, compared.output
    assert len(issuers) == 2
    assert planned[0] == planned[1] >= 39
    assert "python3 -m reports diff " in compared.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--most-lag", "5"], "'5' is no duration; write it with its unit: 30s, 5m or 1h"),
        (["--connections", "0"], "'0' is not a whole number, 1 or more"),
        (["--workers", "-1"], "is not a whole number, 0 or more"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    refused = run(tmp_path, *arguments)

    assert refused.exit_code == 4
    assert expected in refused.output


def test_a_budget_file_names_the_table_of_a_mistake(tmp_path: Path) -> None:
    budgets = tmp_path / "slo.toml"
    budgets.write_text('[token]\np9 = "1s"\n', encoding="utf-8")
    refused = run(tmp_path, "--budgets", str(budgets))

    assert refused.exit_code == 4
    assert '[token] has no key "p9"' in refused.output


def test_a_crash_of_ours_while_something_is_imported_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "gevent").mkdir()
    (tmp_path / "gevent" / "__init__.py").write_text(
        "raise EOFError('marshal data too short')", encoding="utf-8"
    )
    crashed = run(tmp_path, PYTHONPATH=str(tmp_path))

    assert crashed.exit_code == 3
    assert "The harness itself failed." in crashed.output


def test_where_a_scenario_cannot_run_the_next_that_can_is_named_and_auto_takes_it(tmp_path: Path) -> None:
    with serve_in_process() as server:
        target = tmp_path / "codes.toml"
        target.write_text(
            f"""
            issuer = "{server.issuer}"
            [clients.app]
            id = "app"
            auth = "none"
            redirect_uris = ["https://client.example/cb/app"]
            grants = ["authorization_code", "refresh_token"]
            scope = "read"
            [owners.alice]
            username = "alice"
            password = {{ env = "LOAD_TEST_PASSWORD" }}
            """,
            encoding="utf-8",
        )
        more = {"LOAD_TEST_PASSWORD": server.secrets["ALICE_PASSWORD"]}
        short = ("--rate", "10", "--for", "2s", "--most-lag", "1m")
        unable = run(tmp_path, "--target", str(target), "--scenario", "token", *short, **more)
        able = run(tmp_path, "--target", str(target), "--scenario", "auto", *short, **more)

    assert unable.exit_code == 6
    assert "What can run here: --scenario refresh; --scenario auto chooses by itself." in unable.output
    assert able.exit_code == 0, able.output
    assert able.record["scenario"] == "refresh"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("wait_for", ["Preparing.", "load begins"])
def test_a_run_that_is_stopped_says_so(how: signal.Signals, wait_for: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    with told.open("w+", encoding="utf-8") as stream:
        words: list[str | Path] = [
            "--for",
            "60s",
            "--rate",
            "5",
            "--scenario",
            "token",
            "--out",
            tmp_path / "out",
        ]
        started = forked.Started("load", *words, err=stream.fileno())
        for _ in range(1_200):
            if wait_for in told.read_text(encoding="utf-8"):
                break
            time.sleep(0.05)
        started.send(how)
        ended = started.ended(limit(60))
    said = ended.stdout + told.read_text(encoding="utf-8")

    # Of a run that was stopped as its first arrivals were due, and too late for them, nothing is measured: 6.
    assert ended.returncode in {2, 6}, said
    assert "Interrupted" in said
    assert "Traceback" not in said
