"""`python3 -m conformance doctor`, and the part of it that a run does by itself: exit codes, and no secret shown."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conformance.tests.running.run import harness
from fixtures.reference import Running, serve_in_thread
from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = pytest.mark.takes(30)

FILE = """
name = "Staging"
issuer = "{issuer}"
[clients.web]
id = "web"
secret = {{ env = "WEB_SECRET" }}
redirect_uris = ["https://client.example/cb/web"]
grants = ["authorization_code", "refresh_token", "client_credentials"]
scope = "read write"
[clients.other]
id = "other"
secret = {{ env = "OTHER_SECRET" }}
redirect_uris = ["https://client.example/cb/other"]
grants = ["authorization_code", "refresh_token", "client_credentials"]
scope = "read write"
[introspection]
client = "web"
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve_in_thread() as server:
        yield server


@pytest.fixture
def staging(running: Running, tmp_path: Path) -> Path:
    file = tmp_path / "staging.toml"
    file.write_text(FILE.format(issuer=running.issuer), encoding="utf-8")
    return file


def _doctor(target: str | Path, folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    nowhere = {**environ, "OAUTH_HARNESS_BROWSER": "/nowhere/browser"}
    typed = ("conformance", "doctor", "--target", target, "--out", folder)
    return forked.run(*typed, environ=nowhere, timeout=limit(120))


def test_a_wrong_secret_is_exit_code_4_and_is_not_shown(
    staging: Path, running: Running, tmp_path: Path
) -> None:
    ended = _doctor(staging, tmp_path, {**running.secrets, "OTHER_SECRET": "not-the-secret-of-other"})

    assert ended.returncode == 4, ended.stdout
    assert "wrong        [clients.other]: The server refuses its credentials" in ended.stdout
    assert "change: [clients.other] id, secret" in ended.stdout
    assert "Exit code 4." in ended.stdout
    assert "not-the-secret-of-other" not in ended.stdout + ended.stderr
    assert running.secrets["WEB_SECRET"] not in ended.stdout + ended.stderr


def test_a_secret_that_is_not_set_is_told_before_any_request(staging: Path, tmp_path: Path) -> None:
    ended = _doctor(staging, tmp_path, {})

    assert ended.returncode == 4
    assert "the environment variable WEB_SECRET is not set" in ended.stdout


def test_consequences_of_a_wrong_token_endpoint_are_not_told(
    staging: Path, running: Running, tmp_path: Path
) -> None:
    text = staging.read_text(encoding="utf-8")
    staging.write_text(f'{text}[endpoints]\ntoken = "{running.issuer}/tokn"\n', encoding="utf-8")
    ended = _doctor(staging, tmp_path, running.secrets)

    assert ended.returncode == 4, ended.stdout
    assert "change: [endpoints] token" in ended.stdout
    assert "What the server is like" not in ended.stdout


def test_an_issuer_url_with_registration_is_a_target_too(running: Running, tmp_path: Path) -> None:
    ended = _doctor(running.issuer, tmp_path, {})

    assert ended.returncode == 0, ended.stdout
    assert "fine         [clients.app]: It is known as a public client." in ended.stdout
    assert f"next: python3 -m conformance run --target {running.issuer}\n" in ended.stdout
    assert ended.stdout.splitlines()[0] == running.issuer


def test_a_server_that_is_down_is_exit_code_6(tmp_path: Path) -> None:
    ended = _doctor("http://127.0.0.1:9", tmp_path, {})

    assert ended.returncode == 6, ended.stdout
    assert "unreachable  connection: " in ended.stdout


def test_a_run_stops_where_the_file_is_wrong_beyond_doubt(
    staging: Path, running: Running, tmp_path: Path
) -> None:
    environ = {**running.secrets, "OTHER_SECRET": "not-the-secret-of-other"}
    ran = harness("--target", str(staging), "--requirement", "7009", out=tmp_path / "out", environ=environ)

    assert ran.code == 4, ran.output
    assert ran.folder is None
    assert f"{staging}: [clients.other]: The server refuses its credentials" in ran.output
    assert "Its secret came from the variable OTHER_SECRET. Change [clients.other] id, secret." in ran.output
    assert "Nothing was judged." in ran.output
    assert "Traceback" not in ran.output


def test_a_run_goes_on_where_the_file_is_right(staging: Path, running: Running, tmp_path: Path) -> None:
    ran = harness(
        "--target",
        str(staging),
        "--requirement",
        "7009-2.2-S02",
        out=tmp_path / "out",
        environ=running.secrets,
    )

    assert ran.code == 0, ran.output
    assert ran.verdicts["conforms"] > 0
