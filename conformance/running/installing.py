"""One program of a set-up, run to its end while it is told how far it is. What is installed is not known here.

Standard library only, for this runs before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Self

LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""
NO_NETWORK = re.compile(
    r"name resolution|name or service not known|nodename nor servname|dns error|failed to lookup address"
    r"|network is unreachable|no route to host|connection refused|connection reset|connection timed out|timed out"
    r"|failed to establish a new connection|certificate verify failed|tunnel connection failed|error sending request"
    r"|temporary failure resolving|could not resolve|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET",
    re.IGNORECASE,
)
"""What uv, pip, apt and Playwright say when there is no way to where they fetch from."""
_FOR_UV = {
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
    "UV_INDEX": "PIP_EXTRA_INDEX_URL",
    "UV_FIND_LINKS": "PIP_FIND_LINKS",
    "SSL_CERT_FILE": "PIP_CERT",
}
"""What uv reads, and pip's word for it: who told pip where packages are has told uv."""


class Progress:
    """How far a set-up is: one live line on a terminal, else a line now and then. On standard error.

    what: what is installed, and how large it is; done: what is there in the end; of: how many packages, 0 when unknown.
    """

    def __init__(self, what: str, done: str, *, of: int = 0) -> None:
        self._what, self._done, self._packages = what, done, of
        self._live = sys.stderr.isatty() and "CI" not in os.environ and os.environ.get("TERM") != "dumb"
        self._began = self._last = time.monotonic()
        self._fetched = 0

    def __enter__(self) -> Self:
        sys.stderr.write(f"Setting up (once): {self._what}\n")
        sys.stderr.flush()
        return self

    def heard(self, line: str) -> None:
        """Take note of a line that the program wrote."""
        installing = line.startswith(("Installing collected", "Prepared ", "Unpacking ", "Setting up "))
        self._fetched += line.startswith(("Collecting ", "Get:"))
        now = time.monotonic()
        if self._live or now - self._last > LINE_EVERY:
            self._last = now
            self.tell(f"Setting up: {self._how_far(line, installing=installing)}, {now - self._began:.0f} s")

    def _how_far(self, line: str, *, installing: bool) -> str:
        if installing:
            return "installing"
        if percent := re.search(r"\b\d+% of [0-9.]+ \w+", line):
            return percent.group(0)
        if self._packages and self._fetched > 1:
            return f"{self._fetched} of {self._packages} packages found"
        return "fetching"

    def tell(self, text: str) -> None:
        """Show one line, in place of the live one."""
        sys.stderr.write(
            f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K" if self._live else f"{text}\n"
        )
        sys.stderr.flush()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
        if kind is None:
            sys.stderr.write(f"Set up in {time.monotonic() - self._began:.1f} s: {self._done}\n")
        sys.stderr.flush()


def do(
    command: Sequence[str],
    progress: Progress,
    keep_open: int | None = None,
    more: Mapping[str, str] | None = None,
) -> tuple[bool, str]:
    """Run one command to its end, telling how far it is. Whether it succeeded, and all that it said.

    keep_open: the descriptor of the lock, so that a set-up that outlives this process still holds it. more: variables
    of its environment.
    """
    told = []
    with subprocess.Popen(  # noqa: S603 - uv, venv, pip, apt-get and Playwright with fixed arguments, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**_surroundings(), **(more or {})},
        pass_fds=[] if keep_open is None else [keep_open],
    ) as process:
        try:
            for line in process.stdout or ():
                told.append(line)
                progress.heard(line)
        except BaseException:  # Ctrl-C and SIGTERM: nothing goes on without us
            process.terminate()
            raise
    return process.returncode == 0, "".join(told)


def _surroundings() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    translated = {
        ours: kept[theirs] for ours, theirs in _FOR_UV.items() if theirs in kept and ours not in kept
    }
    return {**kept, **translated, "PIP_USER": "0"}
