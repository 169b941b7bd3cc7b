"""What may befall a run: signals, a full disk, no place to write, another run. What was judged stays readable."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.tests.running.run import harness, journal, quiet, with_little_room
from conformance.tests.running.test_runs import ONE, Embedded
from fixtures.tests import forked
from fixtures.tests.pace import limit

OF_PYTHON = ("Traceback", "KeyboardInterrupt", "--full-trace")
"""What only who wrote the harness can read."""

pytestmark = [pytest.mark.takes(100), pytest.mark.apart]


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, for a minute at most."""
    for _ in range(1_200):
        if holds():
            return
        time.sleep(0.05)


def _journals(out: Path, folders: str, *, results: int) -> list[Path]:
    """The journals of the runs that are kept in such folders, once the first has so many results."""

    def found() -> list[Path]:
        return list(out.glob(f"{folders}/journal.jsonl"))

    def has_so_many() -> bool:
        return any(each.read_text(encoding="utf-8").count('"type":"result"') >= results for each in found())

    _until(has_so_many)
    return found()


@pytest.fixture
def clean(tmp_path: Path) -> Iterator[Embedded]:
    server = Embedded(tmp_path)
    yield server
    server.running.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_can_still_be_read(
    how: signal.Signals, clean: Embedded, tmp_path: Path
) -> None:
    clean.run("--requirement", ONE)  # writes the target file
    out = tmp_path / "stopped"
    wanted: list[str | Path] = [
        "pytest",
        "conformance",
        "-q",
        "-p",
        "no:cacheprovider",
        "--target",
        clean.file,
        "--out",
        out,
    ]
    started = forked.Started(*wanted, environ=quiet(clean.running.secrets))
    journals = _journals(out, "2*", results=5)
    started.send(how)
    ended = started.ended(limit(60))
    folder = journals[0].parent
    if how is signal.SIGKILL:  # nothing could be written any more: the reports are made afterwards
        rendered = forked.run("reports", "html", folder, timeout=limit(60))
        assert rendered.returncode == 0, rendered.stderr
    entries = journal(folder)
    judged = [entry for entry in entries if entry["type"] == "result"]

    assert ended.returncode == (-signal.SIGKILL if how is signal.SIGKILL else 2)
    assert entries[-1]["type"] == "result"
    assert 5 <= len(judged) < len(entries[0]["planned"])
    assert "interrupted" in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / "junit.xml").exists() is (how is not signal.SIGKILL)


def test_a_signal_that_nobody_heard_stops_the_run_all_the_same(clean: Embedded) -> None:
    ran = clean.run("--requirement", "7009-2.2", "-p", "conformance.tests.running.swallowing")

    assert ran.code == 2, ran.output
    assert len(ran.results) == 2


@pytest.mark.parametrize("at_once", ["1", "3"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_told_in_our_words(how: signal.Signals, at_once: str, tmp_path: Path) -> None:
    out = tmp_path / "stopped"
    wanted: list[str | Path] = ["conformance", "--no-browser", "--out", out, "--parallel", at_once]
    started = forked.Started(*wanted, "revocation", "token", environ=quiet({}))
    _journals(out, "2*", results=2)
    started.send(how)
    ended = started.ended(limit(60))
    told = ended.stdout + ended.stderr

    assert ended.returncode == 2, told
    assert "Interrupted: " in told
    assert not [word for word in OF_PYTHON if word in told]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_proof_that_is_stopped_says_how_far_it_was(how: signal.Signals, tmp_path: Path) -> None:
    with (tmp_path / "told").open("w+", encoding="utf-8") as told:
        started = forked.Started(
            *["conformance", "prove", "--parallel", "2", "revocation"], environ=quiet({}), err=told.fileno()
        )
        _until(lambda: " proofs, " in (tmp_path / "told").read_text(encoding="utf-8"))
        started.send(how)
        ended = started.ended(limit(60))
    said = ended.stdout + (tmp_path / "told").read_text(encoding="utf-8")

    assert ended.returncode == 2, said
    assert re.search(r"Interrupted: \d+ of \d+ proofs were over\.", said)
    assert not [word for word in OF_PYTHON if word in said]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_mutation_run_that_is_stopped_says_how_far_it_was(how: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "caught.json"
    wanted: list[str | Path] = [
        "conformance",
        "mutate",
        "--module",
        "revocation",
        "--jobs",
        "1",
        "--out",
        out,
    ]
    started = forked.Started(*wanted, "--", "-k", "test_effect or test_live_tokens", environ=quiet({}))
    _until(out.exists)
    started.send(how)
    ended = started.ended(limit(60))
    said = ended.stdout + ended.stderr

    assert ended.returncode == 2, said
    assert re.search(rf"Interrupted: \d+ of \d+ mutants were over\. To go on: --out {out} --go-on", said)
    assert "findings" not in said
    assert not [word for word in OF_PYTHON if word in said]


PRETENDED = """
import http.server, json, os, sys, threading, time
target = json.loads(sys.stdin.readline())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path == "/.well-known/oauth-authorization-server"
        time.sleep(0 if known else 2)
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"issuer": target["issuer"]}).encode())
    do_POST = do_GET
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", target["port"]), Handler).serve_forever()
"""
"""A server folder's serve.py: it answers late, and gives no token."""


def test_a_calibration_that_is_stopped_ends_its_run_and_its_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder, out = tmp_path / "servers" / "pretended", tmp_path / "out"
    folder.mkdir(parents=True)
    (folder / "serve.py").write_text(PRETENDED, encoding="utf-8")
    issuer = f"http://127.0.0.1:{port}"
    endpoints = f'[endpoints]\ntoken = "{issuer}/token"\nrevocation = "{issuer}/revoke"\n'
    (folder / "target.toml").write_text(f'issuer = "{issuer}"\n{endpoints}', encoding="utf-8")
    started = forked.Started("conformance.tests.proof.calibrating", folder, out, environ=quiet({}))
    journals = _journals(out, "*/2*", results=1)
    started.send(signal.SIGTERM)
    ended = started.ended(limit(60))
    said = ended.stdout + ended.stderr

    assert ended.returncode == 2, said
    assert "Interrupted" in said
    assert not [word for word in OF_PYTHON if word in said]
    assert "interrupted" in (journals[0].parent / "report.html").read_text(encoding="utf-8")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_full_disk_interrupts_a_run_and_says_what_to_do(clean: Embedded, tmp_path: Path) -> None:
    whole = clean.run("--requirement", "7009-2.2")
    assert whole.folder is not None
    header, *lines = (whole.folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    # Which check ends first, and how much it exchanged, is a matter of moments: room for any one, and not for all.
    room = len(header) + 2 * max(map(len, lines))
    wanted = ["conformance/checks/revocation", "-q", "-p", "no:cacheprovider", "--requirement", "7009-2.2"]
    ended = with_little_room(
        clean.running.secrets,
        room,
        "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))",
        *[*wanted, "--target", str(clean.file), "--out", str(tmp_path / "full")],
    )
    (folder,) = (tmp_path / "full").glob("2*")

    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "Free some space, or name another folder with --out." in ended.stderr
    assert "INTERNALERROR" not in ended.stdout + ended.stderr
    kept = [entry["type"] for entry in journal(folder)]
    assert kept == ["header", *["result"] * (len(kept) - 1)]
    assert 1 < len(kept) < len(lines)


def test_a_place_that_is_no_folder_is_bad_usage(clean: Embedded, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    ran = clean.run("--requirement", ONE, "--out", str(tmp_path / "file" / "out"))

    assert ran.code == 4
    assert "Name another folder: --out FOLDER" in ran.output
    assert "Traceback" not in ran.output


def test_two_runs_at_once_do_not_disturb_each_other(clean: Embedded, tmp_path: Path) -> None:
    clean.run("--requirement", ONE)  # writes the target file
    out, chosen = tmp_path / "both", ["--target", str(clean.file), "--requirement", "7009-2.2"]
    with ThreadPoolExecutor(2) as pool:
        begun = [
            pool.submit(
                harness,
                *chosen,
                out=out,
                checks="conformance/checks/revocation",
                environ=dict(clean.running.secrets),
            )
            for _ in range(2)
        ]
        codes = [each.result().code for each in begun]
    kept = [journal(folder) for folder in out.glob("2*") if not folder.is_symlink()]

    assert codes == [0, 0]
    assert [entries[-1]["exit_code"] for entries in kept] == [0, 0]
    assert [
        {entry["check"] for entry in entries if entry["type"] == "result"}
        == {planned["check"] for planned in entries[0]["planned"]}
        for entries in kept
    ] == [True, True]


def test_a_full_disk_loses_neither_the_verdict_nor_the_record_of_a_load_run(tmp_path: Path) -> None:
    wanted = ["--scenario", "token", "--rate", "20", "--for", "2s", "--connections", "4", "--most-lag", "1m"]
    ended = with_little_room(
        {},
        20_000,
        "import runpy; runpy.run_module('load', run_name='__main__')",
        *[*wanted, "--quiet", "--out", str(tmp_path / "out")],
    )
    (folder,) = (tmp_path / "out").glob("2*")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Every promise was kept." in ended.stdout
    assert "load.json is kept. Then: python3 -m reports html" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (folder / "load.json").is_file()
    assert not (folder / "load.html").exists()
