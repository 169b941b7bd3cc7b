"""A target that is down, slow, throttling or talks nonsense: inconclusive checks, a finished report, no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from conformance.tests.running.run import Ran, harness
from fixtures.tests.awkward import (
    Behaviour,
    answering,
    dripping,
    endless,
    huge,
    plain,
    serving,
    silent,
)

pytestmark = [pytest.mark.takes(100), pytest.mark.apart]

TARGET = """
name = "Awkward"
issuer = "{url}"
[endpoints]
token = "{url}/token"
revocation = "{url}/revoke"
introspection = "{url}/introspect"
authorization = "{url}/authorize"
[clients.web]
id = "web"
secret = {{ env = "AWKWARD_SECRET" }}
redirect_uris = ["https://client.example/cb"]
grants = ["authorization_code", "refresh_token", "client_credentials"]
[owners.alice]
username = "alice"
password = {{ env = "AWKWARD_PASSWORD" }}
[introspection]
client = "web"
[limits]
timeout = "300ms"
"""
ENVIRON = {"AWKWARD_SECRET": "s3cret-of-a-test", "AWKWARD_PASSWORD": "passw0rd-of-a-test"}


def _judge(url: str, folder: Path) -> Ran:
    file = folder / "awkward.toml"
    file.write_text(TARGET.format(url=url), encoding="utf-8")
    return harness("--target", str(file), "--requirement", "7009", out=folder / "out", environ=ENVIRON)


def _is_inconclusive(ran: Ran) -> None:
    assert ran.folder is not None, ran.output
    assert [each["check"] for each in ran.results if each["verdict"] == "violates"] == []
    assert ran.code == 6, ran.output
    assert ran.verdicts["inconclusive"] > 0
    assert set(ran.verdicts) <= {"inconclusive", "not-applicable"}
    assert (ran.folder / "report.html").is_file()
    assert "Traceback" not in ran.output


def test_a_server_that_is_down(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    _is_inconclusive(_judge(url, tmp_path))


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(silent, id="hangs"),
        pytest.param(dripping, id="drips"),
        pytest.param(endless, id="streams for ever"),
        pytest.param(huge, id="100 MB"),
        pytest.param(answering(b""), id="closes at once"),
        pytest.param(answering(b"\x15\x03\x01\x00\x02\x02\x28"), id="is not HTTP"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), id="breaks off"),
        pytest.param(plain("429 Too Many Requests", "Retry-After: 0"), id="throttles"),
        pytest.param(plain("503 Service Unavailable", "Retry-After: 0"), id="is overloaded"),
        pytest.param(plain("500 Internal Server Error", body=b"<h1>oops</h1>"), id="crashes"),
        pytest.param(plain("302 Found", "Location: /again"), id="redirects for ever"),
        pytest.param(
            plain("200 OK", "Content-Type: application/json", body=b'{"a":"\xff\xfe"}'), id="bad UTF-8"
        ),
        pytest.param(plain("200 OK", "Content-Type: text/html", body=b"<html>hello"), id="a web page"),
        pytest.param(plain("404 Not Found", body=b"nothing here"), id="nothing there"),
    ],
)
def test_a_server_that(behave: Behaviour, tmp_path: Path) -> None:
    with serving(behave) as url:
        _is_inconclusive(_judge(url, tmp_path))
