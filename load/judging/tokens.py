"""Tokens as a run knows them: what was issued to whom, and which of them are certainly alive.

Values only; what an answer is worth is decided in promises.py beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b as _blake2b

import msgspec

MOST_REMEMBERED = 4_000_000
"""Issued values among which a repetition is noticed."""

MOST_SHARED = 10_000
"""Live tokens that a server may hand out again, of which each is kept."""

LEEWAY = 2.0
"""Seconds around the end of a token's life in which nothing is expected of it."""

DIGEST_BYTES, MARK_BYTES = 8, 4
"""Of a token, and of whom it was issued to: what workers send to each other instead of either."""


class Token(msgspec.Struct, gc=False):
    """A token as it was issued. A Struct, for one is made of every token answer.

    issued: when the answer was there (perf_counter); life: seconds, None where unsaid. ending: when its revocation was
    asked for, revoked: when that was answered. number: which request for a token of this client it answers, where the
    client's next token ends the one before.
    """

    value: str
    client: str
    scope: str | None
    life: float | None
    issued: float
    refresh_token: str | None = None
    subject: str | None = None
    revoked: float | None = None
    ending: float | None = None
    number: int = 0

    def is_live(self, now: float) -> bool:
        """Whether it is certainly alive at that instant."""
        return (
            self.revoked is None
            and self.ending is None
            and (self.life is None or now < self.issued + self.life - LEEWAY)
        )


@dataclass
class Habits:
    """What the server does with several tokens of one client, as a few requests before the run showed. By client id.

    again: clients that get the same token again while it lives. one: clients whose next token ends the one before.
    """

    again: set[str] = field(default_factory=set)
    one: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)


class Issued:
    """Which token went to whom: to which client, for which owner, with which scope.

    holders: how many different ones there are. With one there is nobody else to whom a token could have gone.
    """

    __slots__ = ("_holders", "_marks", "holders")

    def __init__(self) -> None:
        self.holders = 0
        self._holders: dict[int, bytes] = {}
        self._marks: dict[tuple[str, str, str | None], bytes] = {}

    def note(self, value: str, client: str, owner: str, scope: str | None) -> tuple[bytes, bytes | None]:
        """Note a token: what stands for its holder, and what stood for its holder before, if any did."""
        key = (client, owner, scope)
        mark = self._marks.get(key) or self._new_mark(key)
        # 64 bits by a key that the process drew itself: nobody can choose tokens that meet
        known, holders = hash(value), self._holders
        before = holders.get(known)
        if before is None and len(holders) < MOST_REMEMBERED:
            holders[known] = mark
        return mark, before

    def _new_mark(self, key: tuple[str, str, str | None]) -> bytes:
        """What stands for a holder. The order of the words of a scope does not matter (RFC 6749 section 3.3)."""
        client, owner, scope = key
        words = " ".join(sorted(frozenset((scope or "").split())))
        holder = f"{client}\n{owner}\n{words}".encode("utf-8", "surrogatepass")
        mark = self._marks[key] = _blake2b(holder, digest_size=MARK_BYTES).digest()
        self.holders = len(set(self._marks.values()))
        return mark


def digest(value: str) -> bytes:
    """What stands for a token between generators, each of which has another key for `hash`."""
    return _blake2b(value.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
