"""Two runs of checks compared by requirement: newly violated, mended, newly not tested, slower. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reports.conformance.results import cause
from reports.conformance.tally import Requirement, Tally
from reports.conformance.words import number
from reports.diff.changes import Change, Difference, Group, Incomparable, Weight, same_target
from reports.journal import Result, Run, Verdict

SLOWER = 2.0
"""How many times as long the server must take for a check before that is told."""
SLOWER_SECONDS = 0.25
"""And how many seconds longer: below that, noise is all there is to see."""

_BROKEN = frozenset({Verdict.VIOLATES, Verdict.ADVISES})
_JUDGED = _BROKEN | {Verdict.CONFORMS}


def compare(old: Run, new: Run, *, strict: bool = False) -> Difference:
    """What changed from old to new. Worse is a requirement newly violated, or judged before and no longer.

    strict: newly given advice and slower answers are worse too. Incomparable when the runs are of different targets
    or profiles, unless the profile of the new run extends that of the old one.
    """
    _same(old, new)
    before = {item.row.id: item for item in Tally(old).requirements}
    after = {item.row.id: item for item in Tally(new).requirements}
    own = new.header.profile
    older = {own, *new.header.profile_extends}
    pairs = [(before.get(name), item) for name, item in after.items() if item.row.profile == own]
    gone = [item for name, item in before.items() if name not in after and item.row.profile in older]
    counted = Weight.WORSE if strict else Weight.NOTED
    worse = Weight.WORSE
    groups = [
        Group(title="newly violated", changes=_pick(pairs, _newly(Verdict.VIOLATES), worse)),
        Group(
            title="newly not tested",
            changes=[*_pick(pairs, _lost, worse), *(_dropped(item) for item in gone if _judged(item))],
            note="Judged in the old run; in the new one nothing says whether it still holds.",
        ),
        Group(title="newly advised", changes=_pick(pairs, _newly(Verdict.ADVISES), counted)),
        Group(
            title="slower",
            changes=_slower(old, new, counted),
            note=f"The server took over {SLOWER:g} times as long for a check, and {SLOWER_SECONDS:g} s more.",
        ),
        Group(title="newly tolerated", changes=_pick(pairs, _excused, Weight.NOTED)),
        Group(title="mended", changes=_pick(pairs, _mended, Weight.BETTER)),
        Group(title="newly tested", changes=_pick(pairs, _gained, Weight.BETTER)),
    ]
    notes = [
        f"The {name} run was interrupted: {number(len(run.missing), 'planned check')} not run."
        for name, run in (("old", old), ("new", new))
        if Tally(run).interrupted
    ]
    if old.header.profile != own:
        notes.append(f"The old run is of profile {old.header.profile}; {own} extends it by later checks.")
    told = [f"{len(group.changes)} {group.title}" for group in groups if group.changes]
    still = sum(_open(item, Verdict.VIOLATES) and _was_open(first) for first, item in pairs)
    told += [f"{still} violated in both runs"] if still else []
    return Difference(
        title=f"{new.header.target.get('name', '')}, profile {own}",
        runs=(_told(old), _told(new)),
        sentence=f"Of {number(len(pairs), 'requirement')}: {', '.join(told)}."
        if told
        else "Nothing changed.",
        groups=[group for group in groups if group.changes],
        notes=notes,
    )


def _same(old: Run, new: Run) -> None:
    """Raise Incomparable unless both runs are of one target and one profile, or the new one's extends the old one's."""
    if old.header.profile not in {new.header.profile, *new.header.profile_extends}:
        raise Incomparable(
            f"The old run is of profile {old.header.profile}, the new one of {new.header.profile}. "
            "Compare two runs of one profile."
        )
    same_target(old.header.target, new.header.target)


def _told(run: Run) -> str:
    return f"{run.header.run}, started {run.header.started}. {Tally(run).sentence}"


Pair = tuple[Requirement | None, Requirement]
"""A requirement as the old run has it, if it knows it, and as the new one has it."""


def _judged(item: Requirement | None) -> bool:
    return item is not None and item.verdict in _JUDGED


def _open(item: Requirement, verdict: Verdict) -> bool:
    return item.verdict is verdict and not item.known


def _was_open(item: Requirement | None) -> bool:
    return item is not None and _open(item, Verdict.VIOLATES)


def _newly(verdict: Verdict) -> Callable[[Pair], bool]:
    """Whether a pair came to that open verdict, from none or a lighter one."""
    lighter = [verdict] if verdict is Verdict.VIOLATES else [verdict, Verdict.VIOLATES]
    return lambda pair: (
        _open(pair[1], verdict)
        and not (pair[0] is not None and any(_open(pair[0], item) for item in lighter))
    )


def _lost(pair: Pair) -> bool:
    return _judged(pair[0]) and not _judged(pair[1])


def _gained(pair: Pair) -> bool:
    return pair[1].verdict is Verdict.CONFORMS and not _judged(pair[0])


def _mended(pair: Pair) -> bool:
    old, new = pair
    return old is not None and old.verdict in _BROKEN and new.verdict is Verdict.CONFORMS


def _excused(pair: Pair) -> bool:
    old, new = pair
    return new.known and not (old is not None and old.known)


def _pick(pairs: Sequence[Pair], wanted: Callable[[Pair], bool], weight: Weight) -> list[Change]:
    return [_change(old, new, weight) for old, new in pairs if wanted((old, new))]


def _change(old: Requirement | None, new: Requirement, weight: Weight) -> Change:
    return Change(
        name=new.row.id,
        old=old.word if old is not None else "not in the ledger",
        new=new.word,
        weight=weight,
        text=new.row.text,
        details=[
            line for result in new.results if result.verdict is new.verdict for line in _details(result)
        ],
    )


def _dropped(item: Requirement) -> Change:
    return Change(
        name=item.row.id, old=item.word, new="not in the ledger", weight=Weight.WORSE, text=item.row.text
    )


def _details(result: Result) -> list[str]:
    sides = [
        f"{name} {text}" for name, text in (("expected", result.expected), ("actual", result.actual)) if text
    ]
    return [f"{result.check}: {result.title}", *(sides or filter(None, [cause(result)]))]


def _slower(old: Run, new: Run, weight: Weight) -> list[Change]:
    """Checks of both runs for which the server took much longer, under their first requirement."""
    before = {result.check: _seconds(result) for result in old.results if _comparable(result)}
    found = [
        (before[result.check], _seconds(result), result)
        for result in new.results
        if _comparable(result) and result.check in before and result.profile == new.header.profile
    ]
    return [
        Change(
            name=", ".join(result.requirements),
            old=f"{first:.3f} s",
            new=f"{second:.3f} s",
            weight=weight,
            text=result.title,
            details=[result.check],
        )
        for first, second, result in found
        if second > SLOWER * first and second - first > SLOWER_SECONDS
    ]


def _comparable(result: Result) -> bool:
    """Whether a result's times are those of a check that ran to its end."""
    return result.verdict is Verdict.CONFORMS and bool(result.exchanges)


def _seconds(result: Result) -> float:
    """How long the server took for all exchanges of a check; what the harness waits by itself is left out."""
    return sum(_number(exchange) for exchange in result.exchanges)


def _number(exchange: Mapping[str, object]) -> float:
    seconds = exchange.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0
