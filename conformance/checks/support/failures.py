"""Steady failures of a server that a run met, and the checks that each hindered: noted by every process, told once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

import pytest

from fixtures.errors import SteadyFailure


class Failures:
    """Notes in a file that was opened before the processes of a run parted, so that each adds to the same one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def note(self, failure: SteadyFailure, check: str) -> None:
        """Keep that a check could not be judged for a failure."""
        self._file.write(f"{json.dumps([failure.request, str(failure.status), check])}\n".encode())

    def hindered(self) -> Mapping[tuple[str, str], set[str]]:
        """The checks that could not be judged, by the request that failed and how."""
        self._file.seek(0)
        found: dict[tuple[str, str], set[str]] = {}
        for line in self._file.read().splitlines():
            request, status, check = json.loads(line)
            found.setdefault((request, status), set()).add(check)
        return found


FAILURES = pytest.StashKey[Failures]()
"""Set before the first check of a run; absent in a proof, whose checks meet one server each."""


@contextmanager
def noting() -> Iterator[Failures]:
    """Notes that are gone with the run."""
    with tempfile.TemporaryFile(buffering=0) as file:
        yield Failures(cast("BinaryIO", file))
