"""Servers that refuse some of what they are asked: what was refused is no success, and is slower than any budget."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from load.tests.starting import run

pytestmark = [pytest.mark.takes(90), pytest.mark.apart]

LAG = ("--most-lag", "10s", "--connections", "32", "--quiet")
"""A busy machine is late itself, which is not what is looked at here."""

SLOW = 0.3


class _Unsteady(BaseHTTPRequestHandler):
    """A token endpoint that turns every second request away at once, and a revocation endpoint that takes nothing."""

    protocol_version = "HTTP/1.1"
    refuse_every = 2
    count = 0
    gateway = False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""

    def do_GET(self) -> None:
        """There are no metadata."""
        self._answer(404, "text/plain", b"")

    def do_POST(self) -> None:
        """Give a token, or refuse."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/revoke":
            self._answer(429, "text/html", b"<h1>429</h1>")
            return
        kind = type(self)
        kind.count += 1
        number = kind.count
        if kind.refuse_every and number > 2 and number % kind.refuse_every:
            body = b"<h1>Too Many Requests</h1>" if kind.gateway else b'{"error":"temporarily_unavailable"}'
            sort = "text/html" if kind.gateway else "application/json"
            self._answer(429 if kind.gateway else 503, sort, body)
            return
        if not kind.gateway and kind.refuse_every:
            time.sleep(SLOW)
        token = {"access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 60}
        self._answer(200, "application/json", json.dumps(token).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Cache-Control", "no-store"), ("Retry-After", "1")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _serving(folder: Path, more: str = "", **kind: object) -> Iterator[str]:
    """An unsteady server and its target file."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Unsteady", (_Unsteady,), kind))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    issuer = f"http://127.0.0.1:{server.server_port}"
    file = folder / "unsteady.toml"
    (folder / "secret").write_text("a-secret", encoding="utf-8")
    file.write_text(
        f'name = "Unsteady"\nissuer = "{issuer}"\n[endpoints]\ntoken = "{issuer}/token"\n'
        f'revocation = "{issuer}/revoke"\n[clients.web]\nid = "web"\nsecret = {{ file = "{folder}/secret" }}\n'
        f'auth = "client_secret_basic"\ngrants = ["client_credentials"]\n[load]\n{more}\n',
        encoding="utf-8",
    )
    try:
        yield str(file)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _token(folder: Path, file: str, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    ran = run(
        folder / "out", "--target", file, "--scenario", "token", "--shape", "constant", *LAG, *arguments
    )
    return ran.exit_code, ran.output, ran.record


def test_a_refusal_at_once_is_not_a_quick_answer(tmp_path: Path) -> None:
    with _serving(tmp_path, '[load.budgets]\ntoken = { p50 = "150ms", p99 = "9s" }') as file:
        code, output, record = _token(tmp_path, file, "--rate", "10", "--for", "4s")

    rows = {row["name"]: row for row in record["rows"]}
    p50, p99 = record["budgets"]
    assert code == 1, output
    assert "2 budgets of 2 missed" in output
    assert rows["token"]["from_plan"]["p50"] > SLOW * 1e6 * 0.99
    assert p50["measured"] is None or p50["measured"] > SLOW * 1e6 * 0.99
    assert (p99["measured"], p99["kept"]) == (None, False)
    assert 0.4 < p99["unserved"] < 0.6
    assert "Failed or never begun: " in output
    assert "503: it says that it cannot keep up; Retry-After: 1" in output


def test_a_gateway_that_turns_requests_away_is_named_and_no_success_without_any_budget(
    tmp_path: Path,
) -> None:
    with _serving(tmp_path, gateway=True) as file:
        code, output, _ = _token(tmp_path, file, "--rate", "20", "--for", "3s")

    assert code == 1, output
    assert "of the calls failed or never began." in output
    assert "429: it says that it cannot keep up, as text/html: it seems to come from a gateway" in output


def test_revocations_that_are_refused_at_the_end_are_named_and_no_success(tmp_path: Path) -> None:
    with _serving(tmp_path, "revoke = true", refuse_every=0) as file:
        code, output, record = _token(tmp_path, file, "--rate", "10", "--for", "2s")

    assert code == 1, output
    assert "The server did not take back all tokens that it issued." in output
    assert "Instead of 200: 429 20 times." in output
    assert record["issued"]["revoked"] == 0


def test_the_cap_counts_requests_and_ends_the_run(tmp_path: Path) -> None:
    with _serving(tmp_path, "requests = 60", refuse_every=0) as file:
        many = (
            "--shape",
            "poisson",
            "--seed",
            "144",
            "--rate",
            "40",
            "--for",
            "1500ms",
        )  # a seed of more than 70
        code, output, _ = _token(tmp_path, file, *many)
        assert code == 6, output
        assert "requests of the run: " in output

        refused = run(
            tmp_path / "out", "--target", file, "--scenario", "token", "--rate", "40", "--for", "3s"
        )
    assert refused.exit_code == 7
    assert "About 120 requests are more than [load] requests = 60 allows" in refused.output
