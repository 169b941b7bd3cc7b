"""What one result is to a reader and to other tools: whether it is a finding, how weighty, tolerated, in which word.

What the results of a run add up to is in tally.py beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from reports.journal import Result, Run, Verdict
from reports.plain import scrub

WHO_ACTS = {
    Verdict.HARNESS_ERROR: "the harness's maintainers",
    Verdict.VIOLATES: "the server's author",
    Verdict.INCONCLUSIVE: "whoever wrote the target file, or the operator",
    Verdict.ADVISES: "the server's author, perhaps",
    Verdict.NOT_APPLICABLE: "nobody",
    Verdict.CONFORMS: "nobody",
}
"""Who has to act on a verdict."""


_LEVELS = ("must", "structure", "should", "may")


def tolerated(result: Result) -> bool:
    """Whether the target file excuses this result: something broken, with an entry that still holds.

    What a policy makes advice of is advice, and not excused.
    """
    if result.known is None or result.known.problem is not None or result.known.level == "advises":
        return False
    return result.verdict in (Verdict.VIOLATES, Verdict.ADVISES)


def outdated(result: Result) -> bool:
    """Whether a known entry of the target file no longer excuses anything, which is a finding by itself."""
    return result.known is not None and result.known.problem is not None


def is_finding(result: Result) -> bool:
    """Whether somebody has to act, or has agreed not to."""
    return result.verdict not in (Verdict.CONFORMS, Verdict.NOT_APPLICABLE) or outdated(result)


def weight(result: Result) -> tuple[int, int, int, str]:
    """Sorts findings: violations, outdated entries, our own errors, undecided, advice, tolerated.

    Among those of one kind the stronger level comes first, then what more clients are known to notice.
    """
    order = {Verdict.VIOLATES: 0, Verdict.HARNESS_ERROR: 2, Verdict.INCONCLUSIVE: 3, Verdict.ADVISES: 4}
    kind = 5 if tolerated(result) else order.get(result.verdict, 1)
    level = _LEVELS.index(result.level) if result.level in _LEVELS else len(_LEVELS)
    return kind, level, -len(result.noticed), result.check


def word(result: Result) -> str:
    """A result's verdict as a reader sees it."""
    if result.known is not None and result.known.level and result.known.problem is None:
        return f"{result.verdict} (policy)"
    if tolerated(result):
        return f"{result.verdict} (known)"
    return "outdated known" if stale(result) else str(result.verdict)


def stale(result: Result) -> bool:
    """Whether nothing but an outdated known entry makes this result a finding: the server itself is right."""
    return outdated(result) and result.verdict in (Verdict.CONFORMS, Verdict.NOT_APPLICABLE)


class Outcome(StrEnum):
    """What a result is to tools that know tests only: junit.xml and Allure.

    A violation that sets no exit code (tolerated, or of another profile) is skipped there, and says so.
    """

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    SKIPPED = "skipped"


def outcome(result: Result, run: Run) -> Outcome:
    """What a result is to a tool that knows tests only; failed and broken are what sets the exit code."""
    verdict = result.verdict
    breaks = verdict in (Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE)
    advice = verdict is Verdict.ADVISES and run.header.strict
    fails = outdated(result) or verdict is Verdict.VIOLATES or advice
    if verdict is Verdict.NOT_APPLICABLE and not fails:
        return Outcome.SKIPPED
    if (fails or breaks) and (tolerated(result) or result.profile != run.header.profile):
        return Outcome.SKIPPED
    if verdict is Verdict.HARNESS_ERROR:
        return Outcome.BROKEN
    if fails:
        return Outcome.FAILED
    return Outcome.BROKEN if breaks else Outcome.PASSED


def who_acts(result: Result) -> str:
    """Who has to act on a finding."""
    return "whoever wrote the target file" if stale(result) else WHO_ACTS[result.verdict]


def cause(result: Result) -> str:
    """Why a result is what it is, in the words of its evidence."""
    if result.known is None or result.known.problem is None:
        return result.reason
    told = f"The target file tolerates {result.known.requirement}, but the entry is outdated"
    return f"{told}: {result.known.problem.rstrip('.')}. {result.reason}".strip()


def parts_of(result: Result) -> list[tuple[str, str]]:
    """What a finding tells beside its sentence, each with its name, where it tells it; how to repeat it left out."""
    named = {
        "done": result.done,
        "expected": result.expected,
        "actual": result.actual,
        "told": cause(result),
        "disputed": result.disputed,
        "fix": result.fix,
    }
    return [(name, text) for name, text in named.items() if text]


def grouped(findings: Sequence[Result]) -> list[list[Result]]:
    """Findings of one cause put together, where the first of them stands: of one group, or undecided for one reason."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in findings:
        key = ("check", result.check)
        if result.verdict is Verdict.INCONCLUSIVE and result.reason:
            key = ("reason", scrub(result.reason))
        elif result.group and not outdated(result):
            key = (f"{word(result)} of {result.profile}", scrub(result.group))
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def trace_id(result: Result) -> str:
    """The trace id that the requests of a check carried (W3C Trace Context section 3.2.2.3), or nothing."""
    found = [parts[1] for exchange in result.exchanges if (parts := traceparent(exchange))]
    return found[-1] if found else ""


def traceparent(exchange: Mapping[str, Any]) -> list[str]:
    """The parts of an exchange's traceparent: version, trace id, span id, flags; empty where it has none."""
    for name, value in exchange["request"]["headers"]:
        parts = str(value).split("-")
        if name.lower() == "traceparent" and [len(part) for part in parts] == [2, 32, 16, 2]:
            return parts
    return []


def heading(group: Sequence[Result]) -> str:
    """What a line or a card that stands for several findings is called; of one finding, its sentence.

    What is broken is told as such: the sentence of a check says what a good server does.
    """
    result = group[0]
    if len(group) == 1:
        broken = result.verdict in (Verdict.VIOLATES, Verdict.ADVISES)
        return f"Not so: {result.title}" if broken else result.title
    return result.reason if result.verdict is Verdict.INCONCLUSIVE else result.group


def named(group: Sequence[Result]) -> list[str]:
    """The requirements of a group, each once."""
    return list(dict.fromkeys(name for result in group for name in result.requirements))
