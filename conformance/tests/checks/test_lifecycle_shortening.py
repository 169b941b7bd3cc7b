"""How a history is made short, without a server: what is cut, what is made plain, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.checks.lifecycle.history import Disagreement
from conformance.checks.lifecycle.model import Finding, Law
from conformance.checks.lifecycle.shortening import MOST_TRIES, Act, shortened

WRONG = Disagreement(Finding(law=Law.TOKEN_ALIVE, kind="dead", sentence="It is dead."), ["A step."])

Fails = Callable[[Sequence[Act]], Disagreement | None]


def _acts(*names: str, **named: object) -> list[Act]:
    return [Act(number=number, name=name, named=named) for number, name in enumerate(names)]


def _needing(*names: str) -> Fails:
    """Ends in the disagreement as long as these acts are among those that are left, in this order."""

    def fails(acts: Sequence[Act]) -> Disagreement | None:
        left = [act.name for act in acts if act.name in names]
        return WRONG if left == list(names) else None

    return fails


def test_only_the_acts_that_are_needed_are_left() -> None:
    acts = _acts("allows", "uses", "redeems", "looks", "waits", "revokes", "uses", "looks")

    left = shortened(acts, _needing("allows", "redeems", "revokes"))

    assert [act.name for act in left] == ["allows", "redeems", "revokes"]


def test_an_act_is_repeated_as_often_as_needed_and_no_more() -> None:
    def fails(acts: Sequence[Act]) -> Disagreement | None:
        times = [act.named["times"] for act in acts]
        return WRONG if any(isinstance(each, int) and each >= 3 for each in times) else None

    left = shortened(_acts("refreshes", times=11), fails)

    assert [act.named["times"] for act in left] == [3]


def test_what_is_special_about_an_act_is_dropped_where_it_does_not_matter() -> None:
    left = shortened(_acts("revokes", hint="refresh_token"), _needing("revokes"))

    assert [act.named for act in left] == [{"hint": None}]


def test_a_history_that_cannot_be_shortened_stays_as_it_is() -> None:
    acts = _acts("allows", "redeems", "revokes")

    assert shortened(acts, _needing("allows", "redeems", "revokes")) == acts


def test_the_target_is_spared_more_than_so_many_tries() -> None:
    tried: list[int] = []

    def fails(acts: Sequence[Act]) -> Disagreement | None:
        tried.append(len(acts))
        return WRONG if len(tried) % 2 else None

    shortened(_acts(*["uses"] * 400), fails)

    assert len(tried) <= MOST_TRIES
    assert tried


def test_a_disagreement_is_told_as_a_numbered_story() -> None:
    told = Disagreement(WRONG.finding, ["alice allows web: code 1.", "web redeems code 1: refused (400)."])

    assert told.text.splitlines() == [
        "1. alice allows web: code 1.",
        "2. web redeems code 1: refused (400).",
        "It is dead.",
    ]
