"""Shapes for Locust: how many users there are over time. Only for `locust -f`; elsewhere plans have arrivals."""

from __future__ import annotations

from typing import Any

from locust import LoadTestShape


class Shape(LoadTestShape):
    """What shapes share. seconds: how long, Locust's --run-time; users: the usual number, Locust's --users."""

    abstract = True
    use_common_options = True
    seconds = 60.0
    users = 10


class Spike(Shape):
    """The usual number of users, four times as many for a third of the time, and the usual number again."""

    def tick(self) -> tuple[int, float] | None:
        """How many users there are now, and how fast they come."""
        now = _run_time(self)
        if now >= self.seconds:
            return None
        busy = self.seconds / 3 <= now < self.seconds * 2 / 3
        return (self.users * 4, 100.0) if busy else (self.users, 100.0)


class Ramp(Shape):
    """Eight steps upward."""

    seconds = 80.0
    steps = 8

    def tick(self) -> tuple[int, float] | None:
        """How many users there are now, and how fast they come."""
        now = _run_time(self)
        if now >= self.seconds:
            return None
        return self.users * (1 + int(now / self.seconds * self.steps)), 100.0


class Soak(Shape):
    """The same number of users for an hour."""

    seconds = 3600.0

    def tick(self) -> tuple[int, float] | None:
        """How many users there are now, and how fast they come."""
        return None if _run_time(self) >= self.seconds else (self.users, 10.0)


SHAPES: dict[str, type[Shape]] = {"spike": Spike, "ramp": Ramp, "soak": Soak}


def _run_time(shape: Any) -> float:
    """Seconds since the test began; Locust's own method is not typed."""
    return float(shape.get_run_time())
