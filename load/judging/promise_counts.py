"""What was seen of the promises: how often each was checked and broken, the first breaches, the delay of revocations.

Values that are added up over workers and seconds; what is right and what is a breach is decided in promises.py
beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from load.measuring.histogram import Histogram

TEXTS = {
    "issued-once": ("No token is issued to two clients or owners, or with two scopes.", "6749-10.10"),
    "code-once": ("An authorization code is exchanged at most once.", "6749-4.1.2"),
    "refresh-once": ("A refresh token that was rotated works at most once.", "9700-4.14.2"),
    "device-code-once": ("A device code brings one token at most.", "8628-3.5"),
    "request-uri-once": (
        "A request_uri stands for one pushed request, and is opened once where the server sees to that.",
        "9126-2.2",
    ),
    "proof-once": (
        "A proof of possession is taken once, where the server sees to that at all.",
        "9449-11.1",
    ),
    "live-is-active": (
        "A live token introspects as active, with the scope, subject and lifetime that were issued.",
        "7662-2.2",
    ),
    "dead-is-inactive": ("A token that expired or was never issued is inactive.", "7662-2.2"),
    "revoked-stays-inactive": (
        "A revoked token is inactive within the declared time, and never active again.",
        "7009-2.2",
    ),
    "own-answer": ("No answer tells one client of another's token as its own.", "7662-2.2"),
    "audience-kept": ("No token is for another resource than the one it was asked for.", "8707-2.2"),
    "answer-shape": ("Answers keep the form of RFC 6749 section 5, errors their status too.", "6749-5.2"),
    "no-store": ("What holds a token is never stored: Cache-Control says no-store.", "6749-5.1"),
    "overload": ("A server that cannot keep up says so with 429 or 503, and with no other 5xx.", "6585-4"),
}
"""Each promise: what it says, and where the RFCs say so."""

MOST_EVIDENCE = 5
"""Breaches of one promise that are kept with their exchanges; all are counted."""


@dataclass(slots=True)
class Breach:
    """One breach. at: an instant of perf_counter, in reports seconds from the window's begin; exchanges: no secrets."""

    promise: str
    at: float
    what: str
    exchanges: Sequence[str]


@dataclass(slots=True)
class PromiseCounts:
    """How often each promise was checked and broken, the first breaches, and how long revocations took.

    issued: how many tokens; again: how many of them their holder had before. digests: of each new one, and of its
    holder.
    """

    checked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TEXTS, 0))
    broken: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TEXTS, 0))
    breaches: list[Breach] = field(default_factory=list)
    delay: Histogram = field(default_factory=Histogram)
    issued: int = 0
    again: int = 0
    digests: list[bytes] = field(default_factory=list)

    def merge(self, other: PromiseCounts) -> None:
        """Add what another worker, or another second, saw."""
        for name in TEXTS:
            self.checked[name] += other.checked[name]
            self.broken[name] += other.broken[name]
        for breach in other.breaches:
            if sum(each.promise == breach.promise for each in self.breaches) < MOST_EVIDENCE:
                self.breaches.append(breach)
        self.delay.merge(other.delay)
        self.issued += other.issued
        self.again += other.again
