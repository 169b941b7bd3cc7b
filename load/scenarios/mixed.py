"""Several tasks at once, each arrival one of them, drawn by weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import cycle

from fixtures.errors import CannotTest, NotOffered
from load.scenarios import code, introspection, refresh, revocation, token
from load.scenarios.setup import Setup, weighted
from load.traffic.iteration import Iteration, Iterations

DRAWN = 1 << 14
SPARE = 5
"""Iterations that are prepared for beyond a task's share, which is drawn at random."""

Prepare = Callable[[Setup], Iterations]

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
"""All tasks; a target that lacks what one needs goes without it, and the report says so."""

TASKS: Mapping[str, Prepare] = {
    "introspection": introspection.mix,
    "token": token.by_any_secret,
    "token-introspection": introspection.after_issue,
    "refresh": refresh.chains,
    "revocation": revocation.then_introspection,
    "code": code.exchange,
    "refused": token.refusals,
}


def usual(setup: Setup) -> Iterations:
    """Tokens and introspection."""
    return _mixed(setup, USUAL)


def everything(setup: Setup) -> Iterations:
    """Every task."""
    return _mixed(setup, EVERYTHING)


def _mixed(setup: Setup, weights: Mapping[str, float]) -> Iterations:
    prepared: dict[str, Iterations] = {}
    for name, weight in weights.items():
        share = replace(setup, count=round(setup.count * weight * 1.2) + SPARE)
        try:
            prepared[name] = TASKS[name](share)
        except (NotOffered, CannotTest) as lacking:
            setup.notes.append(f"The task {name} is left out. {lacking}")
    if not prepared:
        raise CannotTest(
            "No task of this scenario can be run against this target.", " ".join(dict.fromkeys(setup.notes))
        )
    drawn = cycle(weighted(setup.random, {name: weights[name] for name in prepared}, DRAWN))

    def begins() -> Iteration:
        return prepared[next(drawn)]()

    return begins
