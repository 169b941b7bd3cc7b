"""No secret that a server issued or was sent is in what a run keeps: traces, screenshots, reports of load.

The server runs in this process, so that every answer is heard before anything is redacted. test_runs.py asks the same
of a run of checks without a browser.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from fixtures.errors import CannotTest
from fixtures.owner.browser import Browser, BrowsingOwner, Window
from fixtures.reference import Running, serve_in_thread
from fixtures.reference.app import App
from fixtures.target import TARGETS, read_target
from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(60), pytest.mark.apart]

MEMBERS = ("access_token", "refresh_token", "id_token", "client_secret", "registration_access_token")
SHORTEST = 12
"""Characters of what counts as a secret here; a shorter value occurs by draws."""


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every token, code and cookie that a server in this process has answered with."""
    found: set[str] = set()
    plain = App.__call__

    async def listening(self: App, scope: Any, receive: Any, send: Any) -> None:
        async def heard(message: Any) -> None:
            if message["type"] == "http.response.start":
                found.update(_of_headers(message["headers"]))
            else:
                found.update(_of_body(message["body"]))
            await send(message)

        await plain(self, scope, receive, heard)

    monkeypatch.setattr(App, "__call__", listening)
    return found


def _of_headers(headers: Sequence[tuple[bytes, bytes]]) -> list[str]:
    text = [(name.decode().lower(), value.decode("latin-1")) for name, value in headers]
    cookies = [value.split(";")[0].partition("=")[2] for name, value in text if name == "set-cookie"]
    places = [value for name, value in text if name == "location"]
    carried = [item for place in places for item in re.findall(r"[?&#](?:code|access_token)=([^&#]+)", place)]
    return [item for item in (*cookies, *carried) if len(item) >= SHORTEST]


def _of_body(body: bytes) -> list[str]:
    try:
        members = json.loads(body)
    except ValueError:
        return []
    values = [members.get(name) for name in MEMBERS] if isinstance(members, dict) else []
    return [value for value in values if isinstance(value, str) and len(value) >= SHORTEST]


def target_file(folder: Path, running: Running) -> Path:
    """The target file that describes a running server."""
    text = (TARGETS / "reference.toml").read_text(encoding="utf-8")
    file = folder / "embedded.toml"
    file.write_text(text.replace('"http://127.0.0.1:9000"', f'"{running.issuer}"'), encoding="utf-8")
    return file


def ran(running: Running, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the harness, with the secrets of the server in its environment."""
    return forked.run(*words, environ={**os.environ, **running.secrets}, timeout=limit(120))


def leaks(folder: Path, secrets: set[str]) -> list[tuple[str, str]]:
    """Which file, or member of an archive, holds which secret; only the beginning of the secret is told."""
    texts: dict[str, bytes] = {}
    for file in (path for path in folder.rglob("*") if path.is_file()):
        texts[file.name] = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                texts |= {f"{file.name}/{name}": archive.read(name) for name in archive.namelist()}
    return [
        (name, secret[:6]) for name, text in texts.items() for secret in secrets if secret.encode() in text
    ]


def test_no_secret_is_in_the_trace_and_the_screenshot_of_a_journey_that_was_stuck(
    tmp_path: Path, issued: set[str]
) -> None:
    with serve_in_thread() as running, contextlib.closing(Browser()) as browser:
        target = read_target(target_file(tmp_path, running), environ=running.secrets)
        owner = dataclasses.replace(next(iter(target.owners.values())), password="a wrong & long <password>")
        person = BrowsingOwner(owner, browser, Window(pages=target.pages, evidence=tmp_path / "evidence"))
        client = next(client for client in target.clients.values() if client.redirect_uris)
        query = {"response_type": "code", "client_id": client.id, "redirect_uri": client.redirect_uris[0]}
        with pytest.raises(CannotTest, match="Screenshot: ") as stuck:
            person.opens(f"{running.issuer}/authorize?{urlencode(query)}", client.redirect_uris).allows()
        secrets = issued | set(running.secrets.values()) | {owner.password, quote_plus(owner.password)}

    assert sorted(path.suffix for path in (tmp_path / "evidence").iterdir()) == [".png", ".zip"]
    assert issued
    assert leaks(tmp_path / "evidence", secrets) == []
    assert [secret for secret in secrets if secret in str(stuck.value)] == []


def test_no_secret_is_in_the_reports_of_a_load_run_that_shows_its_evidence(
    tmp_path: Path, issued: set[str]
) -> None:
    with serve_in_thread(faults=["under-load-token-issued-twice"]) as running:
        file = target_file(tmp_path, running)
        done = ran(
            running,
            *("load", "--target", str(file), "--out", str(tmp_path / "out"), "--rate", "40", "--for", "2s"),
            *("--scenario", "token", "--connections", "4", "--most-lag", "1m", "--quiet"),
        )
        secrets = issued | set(running.secrets.values())
    kept = {path.name for path in (tmp_path / "out").rglob("*")}
    record = json.loads(next((tmp_path / "out").glob("2*/load.json")).read_text(encoding="utf-8"))

    assert done.returncode == 1, done.stdout + done.stderr
    assert kept >= {"load.json", "load.html", "junit.xml", "summary.md"}
    assert any(breach["exchanges"] for promise in record["promises"] for breach in promise["evidence"])
    assert len(issued) >= 20
    assert leaks(tmp_path / "out", secrets) == []
    assert [secret[:6] for secret in secrets if secret in done.stdout + done.stderr] == []


def test_no_secret_is_in_what_locust_writes_of_failures(tmp_path: Path, issued: set[str]) -> None:
    with serve_in_thread(faults=["under-load-token-issued-twice", "under-load-token-cacheable"]) as running:
        file = target_file(tmp_path, running)
        out = tmp_path / "out"
        out.mkdir()
        done = ran(
            running,
            *("locust", "-f", "load/locustfile.py", "--headless", "-u", "2", "-r", "2", "-t", "3s"),
            *("--scenario", "token", "--target", str(file), "--csv", str(out / "run"), "--csv-full-history"),
            *("--html", str(out / "run.html"), "--json-file", str(out / "run")),
        )
        (out / "told.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        secrets = issued | set(running.secrets.values())

    assert (out / "run_failures.csv").read_text(encoding="utf-8").count("\n") > 1
    assert {path.name for path in out.iterdir()} >= {
        "run.html",
        "run.json",
        "run_stats.csv",
        "run_stats_history.csv",
    }
    assert len(issued) >= 20
    assert leaks(out, secrets) == []


def test_a_secret_in_a_file_or_in_an_archive_is_found(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("the first-secret-value", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "kept.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trace.network", "a second-secret-value")

    assert sorted(leaks(tmp_path, {"first-secret-value", "second-secret-value", "third-secret-value"})) == [
        ("kept.zip/trace.network", "second"),
        ("plain.txt", "first-"),
    ]
