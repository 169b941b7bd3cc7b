"""One cause, one finding: by which words findings belong together, for the habit of the server that they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reports.journal import LedgerRow

CRASHES = "The server fails (status 5xx) where an answer is due."
UPRIGHT = (
    "Find the exception in the server's log by the time or trace id of the request, and answer as expected."
)
"""What a fix of a failure looks like."""


def group_of(requirements: Sequence[str], rows: Mapping[str, LedgerRow], *, actual: str) -> str:
    """The words of the group that a finding belongs to.

    The habit that the ledger names for one of its requirements; a failure of the server; else its first requirement,
    for several checks of one statement see one thing.
    """
    if re.search(r"(^|[ :;])5[0-9]{2}\b", actual) and "status" not in actual.partition(":")[0]:
        return CRASHES
    found = [rows[name] for name in requirements if name in rows]
    habits = [row.habit for row in found if row.habit]
    if habits:
        return habits[0]
    return f"{found[0].id} is not met: {found[0].text}" if found else ""
