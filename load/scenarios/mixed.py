"""Several stories at once, each arrival one of them, drawn by weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import cycle

from fixtures.errors import CannotTest, NotOffered
from load.scenarios import code, introspection, refresh, revocation, token
from load.scenarios.setup import Stage, weighted
from load.traffic.iteration import Journey, Journeys

DRAWN = 1 << 14
SPARE = 5
"""Journeys that are prepared for beyond a story's share, for chance."""

Prepare = Callable[[Stage], Journeys]

USUAL: Mapping[str, float] = {
    "introspection": 0.65,
    "token": 0.25,
    "token-introspection": 0.08,
    "refused": 0.02,
}
"""What most servers see most of: resource servers that ask, and clients that act on their own behalf."""

EVERYTHING: Mapping[str, float] = {
    "introspection": 0.55,
    "token": 0.2,
    "token-introspection": 0.05,
    "refresh": 0.1,
    "revocation": 0.05,
    "code": 0.03,
    "refused": 0.02,
}
"""All stories; a target that lacks what one needs goes without it, and the report says so."""

STORIES: Mapping[str, Prepare] = {
    "introspection": introspection.mix,
    "token": token.by_any_secret,
    "token-introspection": introspection.after_issue,
    "refresh": refresh.chains,
    "revocation": revocation.then_introspection,
    "code": code.exchange,
    "refused": token.refusals,
}


def usual(stage: Stage) -> Journeys:
    """Tokens and introspection."""
    return _mixed(stage, USUAL)


def everything(stage: Stage) -> Journeys:
    """Every story."""
    return _mixed(stage, EVERYTHING)


def _mixed(stage: Stage, weights: Mapping[str, float]) -> Journeys:
    prepared: dict[str, Journeys] = {}
    for name, weight in weights.items():
        share = replace(stage, count=round(stage.count * weight * 1.2) + SPARE)
        try:
            prepared[name] = STORIES[name](share)
        except (NotOffered, CannotTest) as lacking:
            stage.notes.append(f"The story {name} is left out. {lacking}")
    if not prepared:
        raise CannotTest("No story of this scenario can be told against this target.", "; ".join(stage.notes))
    drawn = cycle(weighted(stage.random, {name: weights[name] for name in prepared}, DRAWN))

    def begins() -> Journey:
        return prepared[next(drawn)]()

    return begins
