"""Facts for checks beside those that an Answer, a Landing and the endpoints give: values, scopes, several cases.

`assert` takes a Fact as it stands, or its contrary. What the Fact says is what the finding says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from fixtures.http.exchange import Answer
from fixtures.http.fact import Fact, all_of, as_json, fact, listed, shown


def no_exceptions(
    wrong: Mapping[str, object] | Collection[object],
    expected: str = "",
    *,
    of: Collection[str] | Mapping[str, object] = (),
) -> Fact:
    """Whether nothing of what was looked at is wrong.

    wrong: what is not so, with what came where that is a mapping. expected: what is expected of each; without it, what
    the sentence of the check says. of: the words for all that was looked at, by which the answer of each may stand;
    those that are not wrong are told as well.
    """
    fine = [each for each in of if each not in wrong]
    told = wrong if isinstance(wrong, Mapping) else list(dict.fromkeys(shown(each) for each in wrong))
    seen = f"{shown(told, 1_000)}" + (f". As expected: {listed(fine)}" if fine and wrong else "")
    answers = {**(wrong if isinstance(wrong, Mapping) else {}), **(of if isinstance(of, Mapping) else {})}
    cases = {
        f"{shown(case)}: {shown(told[case])}" if isinstance(told, Mapping) else shown(case): answers[case]
        for case in wrong
        if isinstance(case, str) and case in answers
    }
    return replace(fact(not wrong, expected, seen), cases=cases)


def equals(what: str, came: object, wanted: object) -> Fact:
    """Whether a value is the one that is wanted. what: the words for it: `the issuer of the metadata`."""
    told, other = f"{what}: {shown(wanted)}", f"{what}: {shown(came)}"
    return Fact(came == wanted, told, f"{what} other than {shown(wanted)}", other)


def differ(what: str, first: object, second: object) -> Fact:
    """Whether two values are not the same. what: the words for both: `jti of two tokens`."""
    seen = f"the same twice: {shown(first)}" if first == second else f"{shown(first)} and {shown(second)}"
    return Fact(first != second, f"{what}, not the same", f"{what}, the same", seen)


def answered_alike(first: Answer, second: Answer, *members: str) -> Fact:
    """Whether two requests are answered alike: by status, error and these members. second: the measure."""
    for each in (first, second):
        each.is_an_answer()
    same = (first.status, first.error) == (second.status, second.error)
    same = same and all(first.members.get(name) == second.members.get(name) for name in members)
    told = [str(each) + "".join(f"; {each.telling(name)}" for name in members) for each in (first, second)]
    return fact(same, f"the same answer as to the other request: {told[1]}", told[0])


def begins_no_header(answers: Collection[Answer], name: str) -> Fact:
    """Whether none of the answers has a header of this name, which stood behind a line break in what was sent."""
    split = [answer for answer in answers if answer.header(name) is not None]
    seen = f"a header {name} in the answer of {split[0].url.partition('?')[0]}" if split else "none"
    return fact(not split, "no header that begins within what was sent", seen).seen_in(
        next(iter(split), None)
    )


def within(came: Collection[str], allowed: Collection[str], what: str = "scope") -> Fact:
    """Whether there is nothing beyond what is allowed."""
    wanted = f"{what}: nothing beyond {shown(sorted(allowed))}"
    return Fact(
        set(came) <= set(allowed), wanted, f"{what}: more than {shown(sorted(allowed))}", _told(what, came)
    )


def lacks(came: Collection[str], foreign: str, what: str = "scope") -> Fact:
    """Whether one value is not there."""
    return Fact(
        foreign not in came,
        f"{what} without {shown(foreign)}",
        f"{what} with {shown(foreign)}",
        _told(what, came),
    )


def covers(came: Collection[str], wanted: Collection[str], what: str = "scope") -> Fact:
    """Whether all that is wanted is there."""
    told = shown(sorted(wanted))
    return Fact(set(wanted) <= set(came), f"{what}: {told}", f"{what}: not all of {told}", _told(what, came))


def _told(what: str, came: Collection[str]) -> str:
    return f"{what}: {shown(sorted(came))}"


__all__ = [
    "Fact",
    "all_of",
    "answered_alike",
    "as_json",
    "begins_no_header",
    "covers",
    "differ",
    "equals",
    "fact",
    "lacks",
    "no_exceptions",
    "shown",
    "within",
]
