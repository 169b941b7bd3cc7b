"""The README explains the verdicts as the reports mean them."""

from __future__ import annotations

import re
from pathlib import Path

from reports.conformance.results import WHO_ACTS
from reports.journal import Verdict

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_table_of_verdicts_has_each_in_its_order_with_who_acts() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", README, re.MULTILINE)

    assert rows == [(str(verdict), WHO_ACTS[verdict]) for verdict in Verdict]
