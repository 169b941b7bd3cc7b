"""From how a check ended to its verdict: pure, and the only place that decides it.

An assertion in the body of a check speaks about the server. An assertion anywhere else, and any exception that is
not one of fixtures.errors, speaks about the harness.

What was expected and what came is told by the Facts of the assertion that failed. Where it holds none, the sentence of
the check is what was expected, and the last answer is what came: a finding never shows source.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fixtures.errors import CannotTest, NotOffered
from fixtures.http.fact import Fact
from fixtures.http.failing import FailedAnswer

LONGEST = 4_000
DECODED = " (decoded from the JWT)"
_TEMPORARY = "@py_assert"
"""What pytest's rewriting of assertions keeps the values of an assertion under, until it has held."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verdict by its name, and the sentences that go with it.

    judged: the places of the exchanges that it is about, each with the words for its case, where there are several.
    before: the places of those that decide it without being judged. requirement: which of the check's statements is not
    met, where the assertion says so; fix: what a fix looks like, where it says that.
    """

    verdict: str
    reason: str = ""
    expected: str = ""
    actual: str = ""
    judged: Mapping[int, str] = field(default_factory=dict)
    before: Sequence[int] = ()
    requirement: str = ""
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known of the check that ended.

    level: of its requirements. demand: its sentence; sentence: where that is demanded: `RFC 6749 section 5.2`. facts:
    of the assertion that failed; came: what the server answered last. judged: the places of the exchanges that the
    Facts are about, among those of the check; before: of those that decide it. requirement: the statement that the
    Facts are about, where they say so. fix: what a fix looks like, where neither they nor the ledger's row tell it.
    decoded: whether what came stands in a JWT, which has to be decoded to be seen.
    """

    level: str
    demand: str = ""
    sentence: str = ""
    facts: Sequence[Fact] = ()
    came: str = ""
    judged: Mapping[int, str] = field(default_factory=dict)
    before: Sequence[int] = ()
    requirement: str = ""
    fix: str = ""
    decoded: bool = False


def judge(problem: BaseException | None, context: Context, *, in_body: bool) -> Outcome:
    """What the end of a check means.

    problem: what it raised, or None; in_body: whether the check's own body raised it, not a fixture.
    """
    if problem is None:
        return Outcome(verdict="conforms")
    if isinstance(problem, NotOffered):
        return Outcome(verdict="not-applicable", reason=str(problem))
    if isinstance(problem, CannotTest):
        return Outcome(verdict="inconclusive", reason=str(problem))
    if isinstance(problem, AssertionError) and in_body:
        if unsettled := _unsettled(context.facts):
            return Outcome(verdict="inconclusive", reason=str(unsettled))
        return Outcome(
            verdict="advises" if context.level == "should" else "violates",
            reason=_beside(problem)[:LONGEST],
            expected=_expected(context)[:LONGEST],
            actual=f"{_came(context.facts)[:LONGEST] or context.came}{DECODED if context.decoded else ''}",
            judged=context.judged,
            before=context.before,
            requirement=context.requirement,
            fix=_fix(context.facts) or context.fix,
        )
    where = "" if in_body else " outside the body of the check"
    return Outcome(verdict="harness-error", reason=f"{type(problem).__name__}{where}: {problem}"[:LONGEST])


def _unsettled(facts: Sequence[Fact]) -> CannotTest | None:
    """Why an assertion says nothing of the server: all that it missed is in answers of requests that failed once."""
    deciding = [answer for each in facts for answer in each.cases.values() or [each.answer or each.seen]]
    once = [each for each in deciding if isinstance(each, FailedAnswer) and not each.is_steady]
    return once[0].unsettled if once and len(once) == len(deciding) else None


def facts_in(statement: str, values: Mapping[str, object]) -> list[Fact]:
    """The Facts that an assertion which failed looked at, in the order in which it did.

    statement: its source; values: the variables of its frame, those of pytest's rewriting included.
    """
    kept = [(name, value) for name, value in values.items() if name.startswith(_TEMPORARY)]
    kept.sort(key=lambda pair: int(pair[0].removeprefix(_TEMPORARY) or 0))
    found = [value for _, value in kept if isinstance(value, Fact)]
    found += [value for name in _names(statement) if isinstance(value := values.get(name), Fact)]
    return list(dict.fromkeys(found))


def _names(statement: str) -> list[str]:
    """The plain names that an assert statement consists of, in order."""
    try:
        parsed = ast.parse(statement.strip()).body[0]
    except (SyntaxError, IndexError):
        return []
    if not isinstance(parsed, ast.Assert):
        return []
    return [node.id for node in _leaves(parsed.test) if isinstance(node, ast.Name)]


def _leaves(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.BoolOp):
        return [leaf for value in test.values for leaf in _leaves(value)]
    if isinstance(test, ast.UnaryOp):
        return _leaves(test.operand)
    return [test]


def _beside(problem: AssertionError) -> str:
    """The sentence that stands beside the condition of an assertion, if any."""
    told, _, _ = str(problem).strip().partition("\nassert ")
    return "" if told.startswith("assert ") else told


def _expected(context: Context) -> str:
    wanted = _joined([each.missed for each in context.facts], ", or ") or context.demand.rstrip(".")
    return f"{wanted} ({context.sentence})" if context.sentence and wanted else wanted


def _fix(facts: Sequence[Fact]) -> str:
    """What a fix looks like by what the Facts say, if they do: by their own words, or by what the answer lacks."""
    told = next((each.fix for each in facts if each.fix), "")
    lacking = list(dict.fromkeys(each.remedy for each in facts))
    return told or (
        f"Answer such a request with {', or with '.join(lacking)}." if all(lacking) and lacking else ""
    )


def _came(facts: Sequence[Fact]) -> str:
    """What came, each thing once: an answer that one Fact tells with more is not told again with less."""
    seen = [str(each.seen) for each in facts]
    whole = [text for text in seen if not any(other != text and other.startswith(text) for other in seen)]
    return _joined(whole, "; ")


def _joined(parts: Sequence[str], by: str) -> str:
    return by.join(dict.fromkeys(part for part in parts if part))
