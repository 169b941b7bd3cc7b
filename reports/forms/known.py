"""The [[known]] tables that a run's open findings ask for, ready to be pasted into the target file.

What is tolerated is decided by whoever writes the target file; here only the stanzas are made.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from reports.conformance.tally import Tally
from reports.journal import Result, Run, Verdict
from reports.plain import scrub

_DAYS = 90


def stanzas(
    run: Run, *, because: str = "", owner: str = "", link: str = "", until: dt.date | None = None
) -> str:
    """A `[[known]]` table for each finding that sets the run's exit code, as TOML; empty when there is none.

    because, owner, link: what each table says; an empty `because` is refused by the target file, so that nobody
    tolerates anything without a reason. until: the last day, by default 90 days after the run.
    """
    last = until or _started(run) + dt.timedelta(days=_DAYS)
    written: dict[str, str] = {}
    for finding in Tally(run).findings:
        if _is_open(finding, run) and not written.keys() & set(finding.requirements):
            name = finding.requirements[0]
            says = {"requirement": name, "because": because, "owner": owner, "link": link}
            written[name] = _stanza(finding, says, last)
    return "\n".join(written.values())


def _is_open(finding: Result, run: Run) -> bool:
    """Whether a finding sets the exit code and no entry speaks of it; an outdated one is changed where it stands."""
    broken = finding.verdict is Verdict.VIOLATES or (finding.verdict is Verdict.ADVISES and run.header.strict)
    return broken and finding.known is None and bool(finding.requirements)


def _stanza(finding: Result, says: Mapping[str, str], last: dt.date) -> str:
    lines = [f"# {finding.verdict}: {scrub(finding.title)}", "[[known]]"]
    lines += [f"{key} = {_string(value)}" for key, value in says.items() if value or key == "because"]
    return "\n".join([*lines, f"until = {last.isoformat()}", ""])


def _string(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(scrub(text), ensure_ascii=False)


def _started(run: Run) -> dt.date:
    try:
        return dt.datetime.fromisoformat(run.header.started).date()
    except ValueError:
        return dt.datetime.now(dt.UTC).date()
