"""Starts `python -m load` as a user does, and reads what it left; for the tests of what only a whole run shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.reference import serve_in_process

ROOT = Path(__file__).parents[2]
LONGEST = 300.0
"""Seconds after which a run that does not end is ended by the test: many, for the machine may be slow and busy."""


_ANSWERED = re.compile(r" s  [1-9][\d,]* of [\d,]+/s  ")


@dataclass(frozen=True)
class Ran:
    """A run that ended. output: both of its streams; record: load.json, or an empty mapping where there is none."""

    exit_code: int
    output: str
    record: dict[str, Any]

    @property
    def reasons(self) -> str:
        """The reasons of the verdict, as one text."""
        return "\n".join(self.record["verdict"]["reasons"])

    def row(self, name: str = "all") -> dict[str, Any]:
        """One row of the record."""
        return next(dict(row) for row in self.record["rows"] if row["name"] == name)


class Underway:
    """A run under way. out: where it keeps its runs; environment: variables that it finds set."""

    def __init__(self, out: Path, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "load", "--out", str(out), *arguments]
        self._out = out
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1", **environment},
        )
        self._output: list[str] = []

    def wait_until_answered(self) -> None:
        """Read what it says until it tells of a second in which something was answered."""
        for line in self.process.stdout or ():
            self._output.append(line)
            if _ANSWERED.search(line):
                return
        raise AssertionError(f"it ended without an answer:\n{''.join(self._output)}")

    @property
    def output(self) -> str:
        """What it has said so far, as far as it was read."""
        return "".join(self._output)

    def ended(self) -> Ran:
        """Wait for its end."""
        rest, _ = self.process.communicate(timeout=LONGEST)
        output = "".join(self._output) + rest
        latest = self._out / "latest" / "load.json"
        record = json.loads(latest.read_text(encoding="utf-8")) if latest.is_file() else {}
        return Ran(self.process.returncode, output, record)

    def workers(self) -> list[int]:
        """The processes of its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        names = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        return [child for child, name in names.items() if b"fixtures.reference" not in name]


@contextmanager
def underway(out: Path, *arguments: str, **environment: str) -> Iterator[Underway]:
    """A run that is ended with the test, whatever happens."""
    run = Underway(out, *arguments, **environment)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()


def run(out: Path, *arguments: str, **environment: str) -> Ran:
    """A run from its start to its end. environment: variables that it finds set."""
    with underway(out, *arguments, **environment) as started:
        return started.ended()


@contextmanager
def reachable(folder: Path, more: str = "") -> Iterator[tuple[Path, dict[str, str]]]:
    """The target file of an embedded server that every process here reaches, and the variables that it needs.

    more: tables beside that of its one client, which gets tokens on its own behalf.
    """
    with serve_in_process() as server:
        file = folder / "staging.toml"
        file.write_text(
            f"""
            issuer = "{server.issuer}"
            [clients.web]
            id = "web"
            secret = {{ env = "LOAD_TEST_SECRET" }}
            grants = ["client_credentials"]
            scope = "read"
            {more}
            """,
            encoding="utf-8",
        )
        yield file, {"LOAD_TEST_SECRET": server.secrets["WEB_SECRET"]}
