"""The verdict of a load run in a few lines of plain text. Pure."""

from __future__ import annotations

from load.judging.budgets import shown
from load.measuring.record import LoadRecord

MOST_NOTES = 6


def summary(record: LoadRecord) -> str:
    """What a run came to, for a terminal."""
    verdict, promises, notes = record["verdict"], record["promises"], record["notes"]
    whole = next(row for row in record["rows"] if row["name"] == "all")
    failed, plan = sum(whole["failed"].values()), whole["from_plan"]
    checked, broken = (sum(each[what] for each in promises) for what in ("checked", "broken"))
    times = ", ".join(f"{what} {shown(plan[what], 'us')}" for what in ("p50", "p99", "max"))
    arrivals = f"{whole['done']:,} done, {failed:,} failed, {whole['not_started']:,} not started"
    tokens = _tokens(record)
    lines = [
        f"{verdict['sentence']} Exit code {verdict['exit_code']}.",
        *(f"  {reason}" for reason in verdict["reasons"]),
        f"  {whole['planned']:,} requests planned: {arrivals}",
        f"  from the plan: {times}",
        f"  promises: checked {checked:,} times, broken {broken:,} times; {tokens}",
        *_rates(record),
        *(f"  note: {note}" for note in notes[:MOST_NOTES]),
    ]
    return "\n".join(lines) + "\n"


def _tokens(record: LoadRecord) -> str:
    """What was issued, and what became of it at the end."""
    issued = record["issued"]
    again = f", {issued['again']:,} times one that its client had already" if issued["again"] else ""
    if issued["revoke"]:
        return f"{issued['tokens']:,} tokens issued{again}, {issued['revoked']:,} revoked at the end"
    left = "; [load] revoke = true revokes them at the end" if issued["tokens"] else ""
    return f"{issued['tokens']:,} tokens issued{again}{left}"


def _rates(record: LoadRecord) -> list[str]:
    """What the steps of a ramp or a search say."""
    if not record["steps"]:
        return []
    found = f"{shown(record['held'], '1/s')} is the highest that held" if record["held"] else "none held"
    turn = f"; above {shown(record['knee'], '1/s')} p99 turns upward" if record["knee"] else ""
    return [f"  of the rates that were tried {found}{turn}"]
