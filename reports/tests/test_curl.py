"""A curl line, read by a real shell, gives curl the words that repeat it."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.http.client_certificate import ClientCertificate
from fixtures.http.exchange import Exchange, Request
from fixtures.tests.pace import limit
from reports.curl import curl, variable
from reports.redact import Redactor

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash here to read the line")
SECRETS = {"WEB_SECRET": "s3cret of+the/web", "TOKEN": "2YotnFZFEjr1zCsicMWpAA"}


def words(
    method: str = "POST", url: str = "https://as.example/t", body: bytes = b"", **headers: str
) -> list[str]:
    """What curl is called with when a shell reads the line of that request, and what it is fed."""
    named = [(name.replace("_", "-"), value) for name, value in {"Accept": "*/*", **headers}.items()]
    exchange = Exchange(request=Request(method=method, url=url, headers=named, body=body), answer=None)
    line = curl(Redactor(SECRETS).exchange(exchange))
    assert "\n" not in line
    assert not [value for value in SECRETS.values() if value in line]
    script = 'curl() { printf "%s\\0" "$@"; if [ "${*: -2:1}" = @- ]; then cat; fi; }\n' + line
    told = subprocess.run(  # noqa: S603 - a shell that reads one line is the subject of this test
        [str(BASH), "-u", "-c", script],
        env={**SECRETS, "WEB_SECRET_FORM_ENCODED": "encoded", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=limit(30),
    )
    return told.stdout.decode("utf-8", "surrogateescape").split("\0")


FORM = "application/x-www-form-urlencoded"


def test_a_form_with_a_secret_lets_curl_encode_the_secret() -> None:
    body = b"grant_type=refresh_token&client_secret=s3cret+of%2Bthe%2Fweb&scope=a+b"

    assert words(body=body, Content_Type=FORM) == [
        *("-i", "-H", f"Content-Type: {FORM}"),
        *("--data-raw", "grant_type=refresh_token"),
        *("--data-urlencode", "client_secret=s3cret of+the/web"),
        *("--data-raw", "scope=a+b"),
        *("https://as.example/t", ""),
    ]


def test_basic_credentials_become_the_user_option() -> None:
    basic = base64.b64encode(b"web:s3cret of+the/web").decode()
    coded = base64.b64encode(b"web:s3cret+of%2Bthe%2Fweb").decode()

    assert words("GET", Authorization=f"Basic {basic}")[:3] == ["-i", "-u", "web:s3cret of+the/web"]
    assert words("GET", Authorization=f"Basic {coded}")[:3] == ["-i", "-u", "web:encoded"]


def test_a_bearer_token_is_a_variable() -> None:
    got = words("GET", Authorization="Bearer 2YotnFZFEjr1zCsicMWpAA")

    assert got == ["-i", "-H", "Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA", "https://as.example/t", ""]


@pytest.mark.parametrize(
    "text",
    [
        'it\'s "quoted" $HOME `id` \\ ! ~ * ? { } [ ] ( ) ; & | < > #',
        "tab\tnew\nline\rreturn\x1b\x7f",
        "snow \u2603 \u202e \u2028 \U0001f600",
        "@/etc/passwd",
        "-o",
        "2YotnFZFEjr1zCsicMWpAA then $HOME and 'more'",
        "2YotnFZFEjr1zCsicMWpAAabc",
    ],
)
def test_any_text_reaches_curl_as_it_was(text: str) -> None:
    got = words("PUT", body=text.encode(), Content_Type="text/plain", X_Y=text)

    assert got[:2] == ["-i", "-X"]
    assert f"X-Y: {text}" in got
    assert got[-3] == text
    assert got[-4] == ("--data-raw" if text.startswith("@") else "--data-binary")


@pytest.mark.parametrize("body", [b"\xff\x00\xfe", b"a\x00b", bytes(range(256))])
def test_bytes_that_no_argument_can_carry_come_through_a_pipe(body: bytes) -> None:
    got = words(body=body, Content_Type="application/octet-stream")

    end = got.index("https://as.example/t") + 1
    fed = "\0".join(got[end:]).encode("utf-8", "surrogateescape")

    assert (got[0], got[end - 3 : end - 1]) == ("-i", ["--data-binary", "@-"])
    assert fed == body


def test_what_curl_would_change_or_add_is_said() -> None:
    got = words("GET", url="https://as.example/a/../b?x=[1]&y={2}", Accept="*/*", User_Agent="x", Empty="")

    assert got == [
        "-i",
        "--globoff",
        "--path-as-is",
        "-H",
        "Empty;",
        "https://as.example/a/../b?x=[1]&y={2}",
        "",
    ]
    assert words("HEAD")[:2] == ["-i", "--head"]
    assert words(body=b"x")[1:3] == ["-H", "Content-Type:"]
    assert words("POST")[:3] == ["-i", "-X", "POST"]


def test_a_request_without_accept_is_repeated_without_it() -> None:
    bare = Exchange(request=Request(method="GET", url="https://as.example/"), answer=None)

    assert curl(Redactor().exchange(bare)) == "curl -i -H Accept: https://as.example/"


def test_a_request_that_was_cut_says_that_the_line_is_not_exact() -> None:
    exchange = Exchange(
        request=Request(method="POST", url="https://as.example/", body=b"x" * 100_000), answer=None
    )

    assert curl(Redactor().exchange(exchange)).endswith(
        "# not exact: the request was longer than what was kept"
    )


def test_a_label_names_its_variable() -> None:
    assert [variable(name) for name in ("<access_token 1>", "<WEB_SECRET>", "<2fa 1>")] == [
        "ACCESS_TOKEN_1",
        "WEB_SECRET",
        "_2FA_1",
    ]


def test_what_a_browser_adds_by_itself_is_left_out() -> None:
    asked = Request(
        method="GET",
        url="https://as.example/login",
        headers=(
            ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("Accept-Language", "en-US"),
            ("sec-ch-ua", '"Chromium";v="156"'),
            ("Upgrade-Insecure-Requests", "1"),
            ("Origin", "https://as.example"),
        ),
    )
    line = curl(Redactor().exchange(Exchange(request=asked, answer=None)))

    assert line == "curl -i -H 'Accept: text/html' -H 'Origin: https://as.example' https://as.example/login"


def test_a_certificate_is_shown_by_its_files() -> None:
    shown = ClientCertificate(Path("/keys/client.pem"), Path("/keys/client key.pem"))
    request = Request(method="GET", url="https://as.example/t", certificate=shown)
    line = curl(Redactor(SECRETS).exchange(Exchange(request=request, answer=None)))

    assert "--cert client.pem --key 'client key.pem'" in line
