"""From how a check ended to its verdict: pure, and the only place that decides it.

An assertion in the body of a check speaks about the server. An assertion anywhere else, and any exception that is
not one of fixtures.errors, speaks about the harness.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixtures.errors import CannotTest, NotOffered

LONGEST = 4_000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verdict by its name, and the sentences that go with it."""

    verdict: str
    reason: str = ""
    expected: str = ""
    actual: str = ""


def judge(problem: BaseException | None, *, in_body: bool, level: str, statement: str = "") -> Outcome:
    """What the end of a check means.

    problem: what it raised, or None; in_body: whether the check's own body raised it, not a fixture; level: of its
    requirements; statement: the source of the assertion that failed.
    """
    if problem is None:
        return Outcome(verdict="conforms")
    if isinstance(problem, NotOffered):
        return Outcome(verdict="not-applicable", reason=str(problem))
    if isinstance(problem, CannotTest):
        return Outcome(verdict="inconclusive", reason=str(problem))
    if isinstance(problem, AssertionError) and in_body:
        told, _, explained = _message(problem).partition("\nassert ")
        if told.startswith("assert "):
            told, explained = "", told.removeprefix("assert ") + (f"\n{explained}" if explained else "")
        return Outcome(
            verdict="advises" if level == "should" else "violates",
            reason=told[:LONGEST],
            expected=_condition(statement)[:LONGEST],
            actual=explained[:LONGEST],
        )
    where = "" if in_body else " outside the body of the check"
    return Outcome(verdict="harness-error", reason=f"{type(problem).__name__}{where}: {problem}"[:LONGEST])


def _message(problem: AssertionError) -> str:
    return str(problem).strip() or "the assertion does not hold"


def _condition(statement: str) -> str:
    """The condition of an assert statement, without the word and without its message."""
    text = " ".join(statement.split())
    return text.removeprefix("assert ").strip() or text
