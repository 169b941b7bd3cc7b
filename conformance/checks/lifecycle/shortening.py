"""Makes a history as short as it can be while it still ends in the same disagreement.

Hypothesis draws histories; it would shrink them too, by thousands of requests that a target under test is to be
spared. What is cut here are whole steps, and then what is special about those that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.checks.lifecycle.grants import Grant, Token
from conformance.checks.lifecycle.history import Disagreement
from conformance.checks.lifecycle.kinds import Kind
from conformance.checks.lifecycle.steps import Steps

MOST_TRIES = 80
FEWER = (1, 2, 3, 5, 8)
PLAIN = ("hint", "scope", "resource")


@dataclass(frozen=True)
class GrantOf:
    """The grant that came of an act, by the act's number."""

    act: int


@dataclass(frozen=True)
class TokenOf:
    """A token of that grant. place: counted from its oldest of the kind; None is the newest."""

    act: int
    kind: Kind
    place: int | None


@dataclass(frozen=True, kw_only=True)
class Act:
    """One step as it was taken: the name of the method, and what it was given."""

    number: int
    name: str
    given: tuple[object, ...] = ()
    named: Mapping[str, object] = field(default_factory=dict)


@dataclass(kw_only=True, repr=False)
class Tape:
    """The acts of a history while it goes on. Each is written down in such a way that it can be done in another one."""

    acts: list[Act] = field(default_factory=list)
    _grants: dict[Grant, int] = field(default_factory=dict)

    def takes(self, step: Callable[..., Any], *given: object, **named: object) -> Any:
        """Take a step, a method of Steps, and write it down."""
        number = len(self.acts)
        written = tuple(self._written(each) for each in given)
        self.acts.append(Act(number=number, name=step.__name__, given=written, named=named))
        came = step(*given, **named)
        if isinstance(came, Grant):
            self._grants[came] = number
        return came

    def _written(self, value: object) -> object:
        if isinstance(value, Grant):
            return GrantOf(self._grants[value])
        if isinstance(value, Token):
            alike = value.grant.of(value.kind)
            place = None if value.is_latest else alike.index(value)
            return TokenOf(self._grants[value.grant], value.kind, place)
        return value


def replay(acts: Sequence[Act], steps: Steps) -> None:
    """Do the acts in a new history. One whose grant or token is not there is left out."""
    grants: dict[int, Grant] = {}
    for act in acts:
        given = [_found(each, grants) for each in act.given]
        if any(each is _MISSING for each in given):
            continue
        came = getattr(steps, act.name)(*given, **act.named)
        if isinstance(came, Grant):
            grants[act.number] = came


_MISSING = object()


def _found(value: object, grants: Mapping[int, Grant]) -> object:
    if isinstance(value, GrantOf):
        return grants.get(value.act, _MISSING)
    if isinstance(value, TokenOf):
        alike = grants[value.act].of(value.kind) if value.act in grants else []
        place = len(alike) - 1 if value.place is None else min(value.place, len(alike) - 1)
        return alike[place] if alike else _MISSING
    return value


def shortened(acts: Sequence[Act], fails: Callable[[Sequence[Act]], Disagreement | None]) -> Sequence[Act]:
    """The fewest and plainest acts that were found to end in the disagreement.

    fails: does the acts at the target, and gives the disagreement where they still end in it. It is called
    MOST_TRIES times at most.
    """
    best, tries = list(acts), 0
    goes_on = True
    while goes_on:
        goes_on = False
        for candidate in _shorter(best):
            if tries == MOST_TRIES:
                return best
            tries += 1
            if fails(candidate) is not None:
                best, goes_on = candidate, True
                break
    return best


def _shorter(acts: list[Act]) -> Iterator[list[Act]]:
    """Histories that are one step simpler, those that cut the most first."""
    size = len(acts) // 2
    while size:
        for start in range(len(acts) - size, -1, -size):
            yield acts[:start] + acts[start + size :]
        size //= 2
    for place, act in enumerate(acts):
        for plainer in _plainer(act):
            yield [*acts[:place], plainer, *acts[place + 1 :]]


def _plainer(act: Act) -> Iterator[Act]:
    times = act.named.get("times")
    if isinstance(times, int):
        for fewer in FEWER:
            if fewer < times:
                yield replace(act, named={**act.named, "times": fewer})
    for name in PLAIN:
        if act.named.get(name) is not None:
            yield replace(act, named={**act.named, name: None})
