"""Clocks of several machines: how far one is ahead of another, from questions that were asked and answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """Another machine's clock, read once. asked, answered: seconds by this machine's clock; there: by the other's."""

    asked: float
    there: float
    answered: float

    @property
    def within(self) -> float:
        """How exactly `ahead` is known, in seconds: whatever share of the way the question took, it is not more."""
        return (self.answered - self.asked) / 2

    @property
    def ahead(self) -> float:
        """Seconds that the other clock is ahead, if question and answer were under way for as long (RFC 5905 8)."""
        return self.there - (self.asked + self.answered) / 2


def nearest(readings: Iterable[Reading]) -> Reading:
    """The reading that knows best: that of the quickest answer. ValueError where there is none."""
    return min(readings, key=lambda each: each.within)
