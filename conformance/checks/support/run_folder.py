"""Where a run keeps its evidence: the stash key under which wiring, progress and checks find the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

RUN_FOLDER = pytest.StashKey[Path]()
"""Set by the root conftest once a run is recorded; absent where nothing is kept."""
