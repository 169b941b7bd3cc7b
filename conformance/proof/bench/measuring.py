"""One command of one checkout: started, ended, measured. What is compared with what is decided elsewhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fixtures.delaying import delaying
from fixtures.errors import CannotTest
from fixtures.reference import Config
from fixtures.servers.folder import find
from fixtures.servers.running import environment, running
from reports.folder import JOURNAL

VENV = "OAUTH_HARNESS_VENV"
GRACE_SECONDS = 20.0
"""How long a command that was told to stop may take: a run still writes its report."""
JUDGED = (0, 1, 6)
"""Exit codes of a command that did its work."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """A checkout and what is typed there. python: the interpreter that has its packages."""

    name: str
    checkout: Path
    python: Path
    options: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a command took: seconds of wall and processor, bytes of its largest process, requests; and what it found.

    requests: None where nobody counted; verdicts: of a run, by check: the verdict, and what was expected and came.
    """

    code: int
    wall: float
    cpu: float
    peak: int
    requests: int | None = None
    verdicts: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


def measure(side: Side, words: Sequence[str], more: Mapping[str, str] | None = None) -> Measured:
    """Run a command of a checkout to its end."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - the harness of a checkout that was named
            [str(side.python), "-m", "conformance", *words, *side.options],
            cwd=side.checkout,
            env={**os.environ, VENV: str(side.python.parents[1]), **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C and SIGTERM: what is measured does not go on without us
            _end(process)
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in JUDGED:
            said.seek(0)
            raise CannotTest(
                f"{side.name}: it ended with {process.returncode}. {said.read().decode()[-2000:]}"
            )
    scale = 1 if sys.platform == "darwin" else 1024
    return Measured(
        code=process.returncode,
        wall=time.monotonic() - began,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * scale,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Tell a command to stop, and kill it where it does not."""
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measure_run(side: Side, words: Sequence[str], *, round_trip: float, server: str) -> Measured:
    """Run the checks of a checkout at a server of its own. round_trip: seconds that the server is away.

    server: one of fixtures/servers, which is not delayed; empty for the embedded one of that checkout.
    """
    with ExitStack() as ends:
        out = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        opened = _real(side, server) if server else embedded(side, out, round_trip)
        target, more, count = ends.enter_context(opened)
        found = measure(side, ["--quiet", "--target", str(target), "--out", str(out / "runs"), *words], more)
        requests = count()
        journals = list((out / "runs").glob(f"2*/{JOURNAL}"))
        verdicts = _verdicts(journals[0]) if journals else {}
    return replace(found, requests=requests, verdicts=verdicts)


def _verdicts(journal: Path) -> dict[str, tuple[str, str, str]]:
    """What each check came to. The journal may be of an older build, so no more of it is understood than this."""
    entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    results = [entry for entry in entries if entry["type"] == "result"]
    return {each["check"]: (each["verdict"], each["expected"], each["actual"]) for each in results}


@contextmanager
def _real(side: Side, name: str) -> Iterator[tuple[Path, Mapping[str, str], Callable[[], int | None]]]:
    with running(find(name)) as server:
        yield side.checkout / "fixtures" / "servers" / name / "target.toml", environment(server), lambda: None


@contextmanager
def embedded(
    side: Side, folder: Path, round_trip: float
) -> Iterator[tuple[Path, Mapping[str, str], Callable[[], int | None]]]:
    """The embedded server of a checkout behind a proxy, and the target file that describes it there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with delaying(round_trip) as proxy:
        process = subprocess.Popen(  # noqa: S603 - the embedded server of a checkout that was named
            [str(side.python), "-m", "fixtures.reference", "--serve-parent", "--port", str(port)],
            cwd=side.checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        with process:
            if process.stdin is None or process.stdout is None:
                raise CannotTest("The embedded server has no pipes.")
            process.stdin.write(json.dumps({"issuer": proxy.url, "scopes": Config().scopes}) + "\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            proxy.start(f"http://127.0.0.1:{port}")
            text = (side.checkout / "fixtures/targets/reference.toml").read_text(encoding="utf-8")
            file = folder / "embedded.toml"
            file.write_text(text.replace('"http://127.0.0.1:9000"', f'"{proxy.url}"'), encoding="utf-8")
            yield file, told["secrets"], lambda: proxy.requests
            process.stdin.close()
