"""What all calibration servers are listed with, in one small file: groups of findings by product. Nothing is run.

`python3 -m reports matrix` renders the file. A finding whose description is withheld is counted, and named nowhere.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger.requirement import ledger
from conformance.proof.by_server.findings import NAME, Listed, read
from conformance.running import selection
from conformance.running.arguments import CHECKS
from conformance.running.environment import ROOT
from fixtures.servers.folder import Folder, find, names

FILE = ROOT / "fixtures" / "servers" / "matrix.json"
RENDER = (
    "python3 -m reports matrix fixtures/servers/matrix.json --out fixtures/servers/MATRIX.md "
    "--html fixtures/servers/matrix.html"
)
SCHEMA = 1


class _Requirements:
    """Hears which requirements each check cites."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, ...]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep them by the check's name."""
        checks = (selection.describe(item) for item in session.items if selection.is_check(item))
        self.found = {check.check: check.requirements for check in checks}


def write(file: Path) -> None:
    """Write what the lists of all servers say. BadTarget when a list is malformed."""
    text = json.dumps(document([find(name) for name in names()]), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def document(folders: Sequence[Folder]) -> dict[str, Any]:
    """The lists of those servers as one JSON object: `columns`, a server each, and `groups` of findings.

    A cell tells how many checks of a group come to what at a server; a server without such a finding has none.
    """
    cited = _cited()
    lists = {folder.name: read(folder.path / NAME) for folder in folders}
    groups: dict[str, dict[str, Any]] = {}
    for name, listed in lists.items():
        for entry in listed:
            requirements = cited.get(entry.check, ())
            if entry.withheld or not requirements:
                continue
            group = groups.setdefault(_words(requirements), {"requirements": {}, "cells": {}})
            group["requirements"].update(dict.fromkeys(requirements))
            group["cells"].setdefault(name, Counter())[entry.verdict] += 1
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]["cells"]), min(item[1]["requirements"])))
    return {
        "schema": SCHEMA,
        "columns": [_column(folder, lists[folder.name]) for folder in folders],
        "groups": [
            {"group": words, "requirements": list(group["requirements"]), "cells": group["cells"]}
            for words, group in ordered
        ],
    }


def _cited() -> Mapping[str, tuple[str, ...]]:
    """The requirements of every check, by its name."""
    heard = _Requirements()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(
            ["-qq", "--collect-only", f"--rootdir={ROOT}", "-p", "no:cacheprovider", str(CHECKS)],
            plugins=[heard],
        )
    return heard.found


def _words(requirements: Sequence[str]) -> str:
    """The group that findings of a check belong to: a habit of servers, else its first statement."""
    rows = [ledger()[name] for name in requirements]
    habits = [row.habit for row in rows if row.habit]
    return habits[0] if habits else f"{rows[0].id} is not met: {rows[0].text}"


def _column(folder: Folder, listed: Sequence[Listed]) -> dict[str, Any]:
    return {
        "name": folder.name,
        "product": folder.target["product"],
        "listed": _day(folder.path / NAME),
        "repeat": f"python3 -m conformance calibrate {folder.name}",
        "counts": Counter(entry.verdict for entry in listed),
        "withheld": sum(entry.withheld for entry in listed),
    }


def _day(file: Path) -> str:
    """The day on which a list was changed last, as git has it; empty where it does not say."""
    try:
        told = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(file.parent), "log", "-1", "--format=%cs", "--", file.name],  # noqa: S607 - git is where the PATH says
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
