"""The verdict of a load run: one exit code, one sentence, the reasons. Pure; the same family as the checks' codes.

0 kept; 1 a promise broken, the server gone, or a budget missed; 2 interrupted; 3 our own error; 4 usage; 6 the
measurement is not valid; 7 refused for safety. 4 and 7 end a run before it begins, so no verdict here has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from load.judging.budgets import MOST_UNSERVED, Judged, shown

KEPT, MISSED, INTERRUPTED, HARNESS_ERROR, USAGE, INVALID, REFUSED = 0, 1, 2, 3, 4, 6, 7


@dataclass(frozen=True, kw_only=True)
class BrokenPromise:
    """A promise that the server broke. text: the promise; times: how often that was seen."""

    name: str
    text: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Validity:
    """One condition of a valid measurement.

    what: the condition, for people; limit, measured: in its own words; advice: what to do where it was not kept.
    """

    what: str
    limit: str
    measured: str
    kept: bool
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the run came to. reasons: a sentence each, the gravest first."""

    exit_code: int
    sentence: str
    reasons: tuple[str, ...] = ()


def reach(
    *,
    errors: Sequence[str] = (),
    broken: Sequence[BrokenPromise] = (),
    server_gone: str = "",
    validity: Sequence[Validity] = (),
    budgets: Sequence[Judged] = (),
    unserved: float = 0.0,
    refused_revocations: str = "",
    interrupted: bool = False,
) -> Verdict:
    """The verdict.

    errors: failures of the harness itself; broken: promises with a breach; server_gone: when and how the server
    stopped answering, or empty. unserved: the share of calls that failed or never began though no budget allows any;
    refused_revocations: how the server refused to take its tokens back at the end, or empty.

    An error of ours outranks all; then a broken promise, which is evidence however badly the time was measured; then a
    server that went away; then a measurement that says nothing of budgets; then budgets, and what none was stated for.
    """
    promises = [f"Broken promise: {each.text} ({each.name}, {each.times} times)" for each in broken]
    gone = [server_gone] if server_gone else []
    invalid = [
        f"Not valid: {each.what}: {each.measured}, needed {each.limit}. {each.advice}".removesuffix(". ")
        for each in validity
        if not each.kept
    ]
    too_many = [_too_many(unserved)] if unserved > MOST_UNSERVED else []
    refused = [refused_revocations] if refused_revocations else []
    missed = [f"Missed budget: {each.sentence}" for each in budgets if not each.kept]
    if invalid and budgets:
        missed = [f"Not judged: {_count(len(budgets), 'budget')}, for the measurement is not valid"]
    stopped = ["The run was interrupted; what was measured until then is reported."] if interrupted else []
    reasons = (*errors, *promises, *gone, *invalid, *missed, *too_many, *refused, *stopped)
    code, sentence = KEPT, _kept(budgets)
    if errors:
        code, sentence = HARNESS_ERROR, "The harness itself failed."
    elif broken:
        code, sentence = (
            MISSED,
            f"The server breaks {_count(len(broken), 'promise')} under load.",
        )
    elif server_gone:
        code, sentence = MISSED, "The server stopped answering."
    elif invalid:
        code, sentence = (
            INVALID,
            "The measurement is not valid: it says nothing of how fast the server is.",
        )
    elif missed and not interrupted:
        code, sentence = (
            MISSED,
            f"{_count(len(missed), 'budget')} of {len(budgets)} missed; every promise was kept.",
        )
    elif too_many and not interrupted:
        code, sentence = MISSED, f"{shown(unserved, 'share')} of the calls failed or never began."
    elif refused and not interrupted:
        code, sentence = MISSED, "The server did not take back all tokens that it issued."
    elif interrupted:
        code, sentence = INTERRUPTED, "Interrupted."
    return Verdict(exit_code=code, sentence=sentence, reasons=reasons)


def _too_many(unserved: float) -> str:
    return (
        f"Failed or never begun: {shown(unserved, 'share')} of the calls, and no budget says that so many may. "
        f'If they may: failures = "{math.ceil(unserved * 100)}%" in a row of [load.budgets].'
    )


def _kept(budgets: Sequence[Judged]) -> str:
    if not budgets:
        return "Every promise was kept. No budget was stated, so nothing says whether this is fast enough."
    return f"Every promise and {'the budget' if len(budgets) == 1 else f'all {len(budgets)} budgets'} kept."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
