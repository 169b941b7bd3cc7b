"""What checks of expiry share: how long a run waits, what it obtains early, and when something is over.

In this order: the target's clock is moved where it has a hook; else what lives for a short time is obtained when the
run begins and judged when it ends, so that the waiting passes while other checks run; else the check is not applicable.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import pytest

from fixtures.errors import CannotTest, NotOffered
from fixtures.server_time import ServerTime

LONGEST_WAIT = 30.0
"""Seconds that a run waits for something to expire, unless --max-expiry-wait says otherwise."""
ROUNDING = 1.0
"""Seconds beyond a lifetime after which it is over by every way to count whole seconds."""

Expiring = TypeVar("Expiring")


@dataclass(frozen=True)
class Patience:
    """How lifetimes come to an end in this run. longest: seconds that it waits where the clock cannot be moved."""

    time: ServerTime
    longest: float

    def require(self, lifetime: float | None, what: str, key: str) -> float:
        """A lifetime in seconds, when it can be outlived; NotOffered, with the keys that help, when it cannot.

        lifetime: None when nobody says it. what: whose lifetime it is; key: how a shorter one is declared.
        """
        if lifetime is not None and (self.time.has_hook or lifetime <= self.longest):
            return lifetime
        known = "an unknown time" if lifetime is None else f"{lifetime:g} s"
        wait = "" if lifetime is None else f", or --max-expiry-wait {lifetime:g}s"
        raise NotOffered(
            f"{what} lives for {known}, and the run waits for {self.longest:g} s.",
            f'{key}, or [times] let_pass = ["./move-clock", "{{seconds}}"]{wait}',
        )

    def once_over(self, value: Expiring, lifetime: float) -> Callable[[], Expiring]:
        """Hands a value that was just obtained over when its lifetime, in seconds, is over."""
        end = self.time.now() + lifetime + ROUNDING

        def get() -> Expiring:
            self.time.wait_until(end)
            return value

        return get


def waits_for(item: pytest.Item) -> list[str]:
    """The fixtures of a check that hand over something once it has expired, or that last until then."""
    return [name for name in getattr(item, "fixturenames", ()) if name.startswith(("expired_", "lasting_"))]


def obtain_early(request: pytest.FixtureRequest, name: str) -> None:
    """Set up a fixture at once when a check of this run will ask for it; what stands in its way is told to that check.

    A proof gives every check a server of its own, and a clock that can be moved makes nobody wait: nothing to gain.
    """
    options = request.config.option
    wanted = any(name in waits_for(item) for item in request.session.items)
    if not wanted or options.prove or options.prove_all:
        return
    patience: Patience = request.getfixturevalue("patience")
    if not patience.time.has_hook:
        with suppress(NotOffered, CannotTest):
            request.getfixturevalue(name)
