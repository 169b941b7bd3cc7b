"""What a report says at its head of what was left out, tolerated or not counted, and by which texts it was judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.conformance.tally import SERVER, State, Tally
from reports.conformance.words import NEXT, document_name, number, set_apart, set_name
from reports.journal import Known, Run, Verdict


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One kind of what does not count. place: the anchor in report.html where each is told, empty where that is all."""

    what: str
    why: str
    place: str = ""


def left_out(tally: Tally) -> Sequence[LeftOut]:
    """What a reader may miss among the verdicts, and why: chosen away, beyond judging, not offered, excused, apart."""
    run = tally.run
    found = []
    if selection := run.header.environment.get("selection"):
        found.append(LeftOut(what="all other checks", why=f"the run was asked for: {selection}"))
    found += [
        LeftOut(
            what=f"{entry.requirement}{' (policy)' if entry.level else ''}",
            why=f"the target file says so: {entry.told}",
            place="findings",
        )
        for entry in _excused(run)
    ]
    excluded = [item.row for item in tally.requirements if item.state is State.EXCLUDED]
    ours = [row for row in excluded if not row.binds or SERVER in row.binds]
    if ours:
        why = "no request shows whether a server meets them; the reason stands beside each"
        found.append(LeftOut(what=number(len(ours), "requirement"), why=why, place="requirements"))
    if others := len(excluded) - len(ours):
        why = "they bind clients, resource servers and people, and not the server"
        found.append(LeftOut(what=number(others, "requirement"), why=why, place="requirements"))
    if checks := [item for item in run.results if item.verdict is Verdict.NOT_APPLICABLE]:
        reasons = number(len({item.reason for item in checks}), "reason")
        why = f"the server does not offer what they are about, or the target file does not say so ({reasons})"
        found.append(LeftOut(what=number(len(checks), "check"), why=why, place="not-applicable"))
    found += _apart(tally)
    if tally.missing:
        found.append(
            LeftOut(what=number(len(tally.missing), "check"), why="the run was interrupted", place="missing")
        )
    return found


def _apart(tally: Tally) -> list[LeftOut]:
    """What belongs to other profiles, in one line, and what is in no profile yet, in another."""
    others = {profile: count for profile, count in sorted(tally.apart.items()) if profile != NEXT}
    found = []
    if others:
        each = ", ".join(f"{profile} {count}" for profile, count in others.items())
        what = f"{number(sum(others.values()), 'check')} of other profiles"
        found.append(LeftOut(what=what, why=f"told, not counted: {each}"))
    if newer := tally.apart.get(NEXT, 0):
        place = f"of-{NEXT}" if NEXT in tally.other_findings else ""
        found.append(
            LeftOut(what=f"{number(newer, 'check')} of {set_name(NEXT)}", why=set_apart(NEXT), place=place)
        )
    return found


def texts(run: Run) -> str:
    """The documents that the run was judged by, each with the day of its text; empty where the journal has none."""
    dated = [
        f"{document_name(document)} ({published})"
        for document, published in run.header.editions.items()
        if published
    ]
    return f"{', '.join(dated)}; as published, errata are not taken into account" if dated else ""


def _excused(run: Run) -> list[Known]:
    """The entries of the target file that excuse something, or make advice of it, each once."""
    entries = [item.known for item in run.results if item.known is not None and item.known.problem is None]
    return list({(entry.requirement, entry.level): entry for entry in entries}.values())
