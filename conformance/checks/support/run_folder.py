"""Where a run keeps its evidence: and what else wiring hands to checks: stash keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.http.pace import Pace
from fixtures.http.quiet import Quiet
from fixtures.server_time import Moved

RUN_FOLDER = pytest.StashKey[Path]()
"""Set by the root conftest once a run is recorded; absent where nothing is kept."""
PACE = pytest.StashKey[Pace]()
"""To which several processes keep together; absent where there is one process, or no pace to keep to."""
QUIET = pytest.StashKey[Quiet]()
"""By which a process has the target to itself for a moment; absent where there is one process."""
MOVED = pytest.StashKey[Moved]()
"""By how much several processes moved the target's clock; absent where there is one."""
PROCESSES = pytest.StashKey[int]()
"""How many processes run the checks; absent where there is one."""
PROCESS = pytest.StashKey[int]()
"""Which of several processes runs the checks, counted from 0; absent where there is one."""


def evidence_folder(config: pytest.Config) -> Path | None:
    """Where this process keeps files of evidence: each of several processes has a folder of its own."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is None:
        return None
    number = config.stash.get(PROCESS, None)
    return folder / "evidence" / ("" if number is None else str(number))
