"""Windows: a run is one stretch of traffic after another, each at one rate or shape, at one target. Pure.

Which windows a scenario has is decided here; how they are run is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from load.plan.arrivals import Plan, Stage, constant, poisson, spike

STEPS = 8
"""How many steps a ramp has."""

SPIKE_HEIGHT = 4.0
"""How many times its usual rate a spike has at its highest."""

MOST_COUNTED = 1_000_000
"""Arrivals of a window up to which they are counted one by one; beyond, what is random is too small to matter."""

PAIRS = 3
"""How often each of two targets has its turn in a comparison."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of traffic. index: its place in the run; target: 0, or 1 for the second target of a comparison."""

    index: int
    plan: Plan
    target: int = 0

    @property
    def arrivals(self) -> float:
        """How many iterations are to be begun: counted, for random ones differ from what the rate sums up to."""
        plan = self.plan
        return sum(1 for _ in plan.instants()) if plan.expected <= MOST_COUNTED else plan.expected

    def to_json(self) -> dict[str, Any]:
        """The window as plain JSON, for workers."""
        stages = [[each.begins_at, each.ends_at, each.seconds] for each in self.plan.stages]
        plan = {"kind": self.plan.kind, "stages": stages, "seed": self.plan.seed}
        return {"index": self.index, "target": self.target, "plan": plan}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Window:
        """The window that `to_json` was called on."""
        plan = value["plan"]
        stages = tuple(Stage(*numbers) for numbers in plan["stages"])
        return cls(
            index=value["index"], target=value["target"], plan=Plan(plan["kind"], stages, plan["seed"])
        )


def planned(shape: str, rate: float, seconds: float, seed: int) -> list[Window]:
    """The windows of a shape that is known beforehand; a search has windows of its own.

    rate: the highest of a spike or a ramp. seconds: of the whole run.
    """
    if shape == "ramp":
        each = seconds / STEPS
        rates = [float(f"{rate * step / STEPS:.3g}") for step in range(1, STEPS + 1)]
        return [Window(index=index, plan=constant(one, each)) for index, one in enumerate(rates)]
    if shape == "compare":
        each = seconds / (2 * PAIRS)
        order = [(pair + turn) % 2 for pair in range(PAIRS) for turn in (0, 1)]
        plan = constant(rate, each)
        return [Window(index=index, plan=plan, target=target) for index, target in enumerate(order)]
    if shape == "spike":
        usual, third = rate / SPIKE_HEIGHT, seconds / 3
        return [Window(index=0, plan=spike(usual, rate, before=third, during=third, after=third))]
    if shape == "poisson":
        return [Window(index=0, plan=poisson(rate, seconds, seed))]
    return [Window(index=0, plan=constant(rate, seconds))]
