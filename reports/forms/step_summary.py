"""The summary on the page of a CI job: GitHub reads Markdown from the file that GITHUB_STEP_SUMMARY names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GITHUB_STEP_SUMMARY"
MOST_BYTES = 1_000_000
"""What all summaries of one step may hold: beyond 1 MiB GitHub drops the whole of it."""

_CUT = "\n\n[cut here: summary.md of the run has all]\n"


def append(summary: str, environ: Mapping[str, str]) -> None:
    """Append a summary where the environment names a file for it, cut to what is left of a step's share.

    A file that cannot be written is told on standard error: no run fails for its summary.
    """
    name = environ.get(VARIABLE, "")
    if not name:
        return
    file = Path(name)
    try:
        taken = file.stat().st_size if file.exists() else 0
        data = summary.encode("utf-8", "backslashreplace")
        room = MOST_BYTES - taken - len(_CUT) - 1
        if len(data) > room:
            if room <= 0:
                return
            data = _whole(data[:room]) + _CUT.encode()
        with file.open("ab") as stream:
            stream.write(b"\n" + data if taken else data)
    except OSError as problem:
        sys.stderr.write(
            f"{VARIABLE}: {file}: {problem.strerror or problem}. The summary is in summary.md.\n"
        )


def _whole(data: bytes) -> bytes:
    """The whole lines of what was cut, with an open fence closed, so that what follows is no code."""
    lines = data.decode("utf-8", "ignore").splitlines()[:-1]
    fence = ""
    for line in lines:
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence and line == fence:
            fence = ""
        elif not fence and len(ticks) >= 3:
            fence = ticks
    return "\n".join([*lines, *([fence] if fence else [])]).encode()
