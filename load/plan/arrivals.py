"""Plan: the instants at which an open model's iterations are to begin. Pure arithmetic; no clock belongs here.

Instants are absolute from the plan's begin, so that no delay adds up: the k-th arrival is where the rate, summed up
from the begin, reaches k.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stage:
    """A time over which the rate goes from one value to another in a straight line. Rates in arrivals a second."""

    begins_at: float
    ends_at: float
    seconds: float

    @property
    def arrivals(self) -> float:
        """How many arrivals the rate sums up to."""
        return (self.begins_at + self.ends_at) / 2 * self.seconds

    def instant(self, count: float) -> float:
        """The seconds after which the rate has summed up to count."""
        if self.begins_at == self.ends_at:
            return count / self.begins_at
        slope = (self.ends_at - self.begins_at) / self.seconds
        root = math.sqrt(max(self.begins_at**2 + 2 * slope * count, 0.0))
        # the form of the quadratic's solution that loses no digits when the slope is small or none
        return 2 * count / (self.begins_at + root) if count else 0.0


@dataclass(frozen=True)
class Plan:
    """When iterations begin.

    kind: constant, poisson, ramp, steps or spike, for reports. stages: the rate over time. seed: for arrivals at
    random around that rate (a Poisson process); None spaces them evenly.
    """

    kind: str
    stages: Sequence[Stage] = field(default_factory=tuple)
    seed: int | None = None

    @property
    def seconds(self) -> float:
        """How long the plan lasts."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def expected(self) -> float:
        """How many arrivals the rate sums up to. Random arrivals are around that many."""
        return sum(stage.arrivals for stage in self.stages)

    @property
    def highest_rate(self) -> float:
        """The highest rate, in arrivals a second."""
        return max(max(stage.begins_at, stage.ends_at) for stage in self.stages)

    def rate_at(self, instant: float) -> float:
        """The rate at an instant of the plan, 0 before its begin and after its end."""
        for stage in self.stages:
            if 0 <= instant < stage.seconds:
                return stage.begins_at + (stage.ends_at - stage.begins_at) * instant / stage.seconds
            instant -= stage.seconds
        return 0.0

    def instants(self, share: int = 0, of: int = 1) -> Iterator[float]:
        """The arrivals in order, in seconds from the plan's begin.

        share, of: every of-th arrival from arrival number `share` on. The shares of all workers are together the
        plan, whatever their number, and an even plan's are as even and out of phase with each other.
        """
        done, began = 0.0, 0.0
        stages = iter(self.stages)
        stage = next(stages)
        last = stage.arrivals - 1e-9
        for index, count in enumerate(_random_counts(self.seed) if self.seed is not None else _even_counts()):
            while count >= last:
                done, began = done + stage.arrivals, began + stage.seconds
                following = next(stages, None)
                if following is None:
                    return
                stage = following
                last = done + stage.arrivals - 1e-9
            if index % of == share:
                yield began + stage.instant(count - done if count > done else 0.0)

    def by_second(self) -> list[int]:
        """How many arrivals lie in each second of the plan."""
        counts = [0] * math.ceil(self.seconds)
        for instant in self.instants():
            counts[min(int(instant), len(counts) - 1)] += 1
        return counts


def constant(rate: float, seconds: float) -> Plan:
    """The same rate all the time, evenly spaced."""
    return Plan("constant", (_stage(rate, rate, seconds),))


def poisson(rate: float, seconds: float, seed: int) -> Plan:
    """The same rate all the time, at random, as many independent clients are. The same seed gives the same instants."""
    return Plan("poisson", (_stage(rate, rate, seconds),), seed)


def ramp(begins_at: float, ends_at: float, seconds: float) -> Plan:
    """A rate that changes in a straight line."""
    return Plan("ramp", (_stage(begins_at, ends_at, seconds),))


def steps(rates: Sequence[float], seconds_each: float) -> Plan:
    """One rate after another, each for as long."""
    return Plan("steps", tuple(_stage(rate, rate, seconds_each) for rate in rates))


def spike(base: float, peak: float, *, before: float, during: float, after: float) -> Plan:
    """A rate, suddenly another one, and the first again. before, during, after: seconds."""
    times = ((base, before), (peak, during), (base, after))
    return Plan("spike", tuple(_stage(rate, rate, seconds) for rate, seconds in times))


def _stage(begins_at: float, ends_at: float, seconds: float) -> Stage:
    if not (seconds > 0 and begins_at >= 0 and ends_at >= 0 and math.isfinite(seconds + begins_at + ends_at)):
        raise ValueError(
            f"a plan of {begins_at} to {ends_at} arrivals a second over {seconds} s cannot be followed"
        )
    return Stage(float(begins_at), float(ends_at), float(seconds))


def _even_counts() -> Iterator[float]:
    count = 0
    while True:
        yield float(count)
        count += 1


def _random_counts(seed: int) -> Iterator[float]:
    # a Poisson process of any rate is one of rate 1 on the axis of the summed-up rate
    numbers = random.Random(seed)  # noqa: S311 - arrivals that can be repeated, not a secret
    count = 0.0
    while True:
        count += numbers.expovariate(1.0)
        yield count
