"""`locust -f load/locustfile.py` as its users know it: headless, with shapes, workers, its reports and exit codes."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.reference import serve_in_thread
from load.tests.starting import LONGEST, ROOT

pytestmark = [pytest.mark.takes(70), pytest.mark.apart]


def _locust(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "load/locustfile.py",
        "--headless",
        "--only-summary",
        *arguments,
    ]
    return subprocess.run(  # noqa: S603 - our own locustfile
        [*command, "--csv", str(folder / "run"), "--html", str(folder / "run.html")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


def _requests(folder: Path) -> dict[str, int]:
    with (folder / "run_stats.csv").open(encoding="utf-8", newline="") as stream:
        return {row["Name"]: int(row["Request Count"]) for row in csv.DictReader(stream)}


@pytest.mark.parametrize(
    "arguments",
    [("-u", "2"), ("-u", "2", "--processes", "2"), ("-u", "2", "--arrivals", "20")],
    ids=["closed", "two processes", "open"],
)
def test_users_tell_stories_and_locust_reports_them(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = _locust(tmp_path, "-r", "2", "-t", "3s", "--scenario", "token", *arguments)

    assert ended.returncode == 0, ended.stdout
    assert "Every promise was kept" in ended.stdout
    assert _requests(tmp_path)["token"] > 10
    assert "token" in (tmp_path / "run.html").read_text(encoding="utf-8")


def test_a_shape_decides_how_many_users_there_are(tmp_path: Path) -> None:
    ended = _locust(tmp_path, "-t", "3s", "-u", "2", "--scenario", "token", "--shape", "spike")

    assert ended.returncode == 0, ended.stdout
    assert "Shape test starting" in ended.stdout
    assert _requests(tmp_path)["token"] > 10


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--scenario", "tokens"), 4, "There is no scenario 'tokens'. Did you mean 'token'?"),
        (("--shape", "cube"), 4, "There is no shape 'cube'."),
        (("--target", "nowhere.toml"), 4, "nowhere.toml: no such target file."),
        (("--scenario", "dpop"), 6, "Nothing was sent: the run could not be prepared."),
    ],
)
def test_what_cannot_begin_ends_with_one_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, expected: str
) -> None:
    ended = _locust(tmp_path, "-t", "1s", *arguments)

    assert ended.returncode == code, ended.stdout
    assert expected in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--host https://as.example.test: a host alone has no clients. Give --target FILE"),
        (("--target", "TARGET"), "--host https://as.example.test is not the server of --target"),
    ],
)
def test_a_host_that_is_not_the_targets_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    with serve_in_thread() as server:
        typed = [server.issuer if each == "TARGET" else each for each in arguments]
        ended = _locust(tmp_path, "-t", "2s", "--host", "https://as.example.test", *typed)

    assert ended.returncode == 4, ended.stdout
    assert expected in ended.stdout


def test_a_test_that_sends_nothing_ends_with_6(tmp_path: Path) -> None:
    ended = _locust(tmp_path, "-u", "1", "-r", "1", "-t", "3s", "--arrivals", "0.0001", "--scenario", "token")

    assert ended.returncode == 6, ended.stdout
    assert "Nothing was sent" in ended.stdout


def test_the_clock_of_a_distributed_test_begins_when_its_workers_are_prepared(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    worker = subprocess.Popen(  # noqa: S603 - our own locustfile
        [
            *(sys.executable, "-m", "locust", "-f", "load/locustfile.py"),
            *("--headless", "--worker", "--master-port", port, "--scenario", "token"),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ended = _locust(
            tmp_path,
            *("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port),
            *("--expect-workers", "1", "-u", "2", "-r", "2", "-t", "2s", "--scenario", "token"),
        )
        assert worker.wait(LONGEST) == 0
    finally:
        worker.kill()
        worker.wait()

    assert ended.returncode == 0, ended.stdout
    assert _requests(tmp_path)["token"] > 10
