"""What checks of guessing share: an owner who may be locked out, how many guesses, and what counts as resistance.

Guessing is for targets that allow it, comes last, and is done to an owner of its own. Any resistance that shows will
do: throttling, a page or an answer that changes (a lock-out, a captcha), a delay, or a right password that is refused.
Resistance that does not show, such as an alert, is no finding: only what the operator says of the server is judged.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import pytest

from fixtures.errors import CannotTest, NotOffered, Unreachable
from fixtures.target import Owner, Target

USUAL_BOUND = 100
"""Wrong passwords in a row, where the operator states no number (NIST SP 800-63B section 5.2.2 allows no more)."""
SLOWER = 3.0
DELAY = 0.3
"""A delay that shows: so many times as long as at first, and so many seconds longer."""
COMPARED = 3
"""Guesses at either end whose times are compared."""

Seen = TypeVar("Seen")


@dataclass(frozen=True, kw_only=True)
class Guessing(Generic[Seen]):
    """How guesses are made in one place.

    guess: tries one password, and gives what can be compared of the answer. lets_in: whether the right password does.
    """

    guess: Callable[[str], Seen]
    lets_in: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Guesses:
    """Whose password is guessed, and how often. stated: whether the operator says that the server resists by then."""

    owner: Owner
    count: int
    stated: bool

    def resistance(self, place: Guessing[Seen]) -> str:
        """What the server did against wrong passwords in a row, in a few words; empty when nothing showed.

        CannotTest when the right password does not work at first, when nothing shows that the operator did not promise,
        and when answers became slower by less than shows a delay.
        """
        if not place.lets_in():
            raise CannotTest(
                f"The password of {self.owner.name} does not work, so nothing can be learnt from wrong ones.",
                f"Is the password of [owners.{self.owner.name}] right, and is she not locked out already?",
            )
        found = self._shown(place)
        if found or self.stated:
            return found
        raise CannotTest(
            f"{self.count} wrong passwords of {self.owner.name} in a row met nothing that shows. The server may raise "
            "alerts, or resist later.",
            "State after how many it resists: [limits] guesses = 20",
        )

    def _shown(self, place: Guessing[Seen]) -> str:
        looks, times = [], []
        for number in range(1, self.count + 1):
            began = time.monotonic()
            try:
                looks.append(place.guess(f"wrong-{number}-{secrets.token_hex(4)}"))
            except Unreachable:
                raise
            except CannotTest as why:
                return f"after {number} guesses: {why.reason}"
            times.append(time.monotonic() - began)
            if looks[-1] != looks[0]:
                return f"the answer changed after {number} guesses"
        first, last = statistics.median(times[:COMPARED]), statistics.median(times[-COMPARED:])
        slower = f"answers took {first:.2f} s at first and {last:.2f} s at last"
        if last > SLOWER * first and last > first + DELAY:
            return slower
        if not place.lets_in():
            return "the right password is refused"
        if last > first + DELAY:
            raise CannotTest(
                f"Wrong passwords may be slowed down, or the machine is busy: {slower}.",
                "Run again when the server and this machine are idle.",
            )
        return ""

    @property
    def asked(self) -> str:
        """What was tried, in words."""
        return f"{self.count} wrong passwords of {self.owner.username} in a row"


def guesses_for(target: Target) -> Guesses:
    """Whose password may be guessed at a target; NotOffered, with the key, where nobody's may."""
    if not target.intrusive:
        raise NotOffered(
            "Guessing passwords may lock an owner out, and is done only where the target file allows it.",
            "[limits] intrusive = true",
        )
    for owner in target.owners.values():
        if owner.expendable:
            bound = target.guesses
            return Guesses(owner=owner, count=bound or USUAL_BOUND, stated=bound is not None)
    raise NotOffered(
        "The target file names no owner whom guessing may lock out.",
        '[owners.carol] username = "..", password = { env = ".." }, expendable = true',
    )


def guesses(item: pytest.Item) -> bool:
    """Whether a check guesses passwords: it comes last."""
    return "guesses" in getattr(item, "fixturenames", ())
