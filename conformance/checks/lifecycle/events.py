"""What a step may come to, which tokens that may end, and where the RFCs leave the choice to the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.checks.lifecycle.kinds import Kind, Relation


class Event(StrEnum):
    """What a step came to, as a finding words it when two histories are compared."""

    ALLOWED = "a new grant"
    REDEEMED = "the exchange of a code"
    CODE_OF_ANOTHER = "a code that another client presented"
    REPLAYED = "a used code that was presented again"
    REFRESHED = "a refresh"
    REFRESH_REFUSED = "a refresh for a scope that was refused"
    REFRESH_OF_ANOTHER = "a refresh token that another client presented"
    REUSED = "a replaced refresh token that still worked"
    NOT_REFRESHED = "a refresh that was refused"
    REVOKED = "a revocation"
    REVOCATION_REFUSED = "a revocation that was refused"
    REVOKED_BY_ANOTHER = "a revocation asked for by another client"
    EXCHANGED = "an exchange for another token"
    TAKEN_BACK = "the owner taking her grant back"


class Effect(StrEnum):
    """What an event does to a token. CHOSEN: it may end it, and the server does the same each time."""

    NONE = "none"
    ENDS = "ends"
    MAY_END = "may end"
    CHOSEN = "chosen"


_NONE, _ENDS, _MAY, _CHOSEN = Effect.NONE, Effect.ENDS, Effect.MAY_END, Effect.CHOSEN

EFFECTS: Mapping[Event, tuple[Effect, Effect, Effect]] = {
    # on the token itself, on others of its grant, on other grants by the same owner to the same client
    Event.ALLOWED: (_NONE, _NONE, _MAY),
    Event.REDEEMED: (_ENDS, _NONE, _MAY),
    Event.CODE_OF_ANOTHER: (_MAY, _CHOSEN, _CHOSEN),
    Event.REPLAYED: (_ENDS, _CHOSEN, _CHOSEN),
    Event.REFRESHED: (_NONE, _MAY, _MAY),
    Event.REFRESH_REFUSED: (_MAY, _MAY, _MAY),
    Event.REFRESH_OF_ANOTHER: (_CHOSEN, _CHOSEN, _CHOSEN),
    Event.REUSED: (_MAY, _MAY, _MAY),
    Event.NOT_REFRESHED: (_MAY, _CHOSEN, _CHOSEN),
    Event.REVOKED: (_ENDS, _CHOSEN, _CHOSEN),
    Event.REVOCATION_REFUSED: (_MAY, _NONE, _NONE),
    Event.REVOKED_BY_ANOTHER: (_NONE, _NONE, _NONE),
    Event.EXCHANGED: (_NONE, _MAY, _MAY),
    Event.TAKEN_BACK: (_ENDS, _ENDS, _ENDS),
}
"""RFC 6749 sections 4.1.2, 6 and 10.5, RFC 7009 section 2.1. What nobody related did ends nothing unrelated.

Whatever issues tokens may end older ones of the same owner and client: servers limit how many there are. Whether a
failed attempt costs the code or the refresh token its life is open. An exchange costs the token that was exchanged
nothing (RFC 8693 section 2.1)."""

QUIET = frozenset({Event.ALLOWED, Event.REDEEMED, Event.REFRESHED, Event.EXCHANGED, Event.REVOKED_BY_ANOTHER})
"""Events that end nothing as a rule, so that nothing but the token itself is looked at after them."""


def effect(event: Event, relation: Relation, kind: Kind) -> Effect:
    """What an event may do to a token that stands in this relation to the one that the event is about.

    kind: of the token. Whether one that was exchanged ends with others is open each time (RFC 8693 section 2.1).
    """
    if relation is Relation.UNRELATED:
        return Effect.NONE
    found = EFFECTS[event][(Relation.SELF, Relation.GRANT, Relation.PAIR).index(relation)]
    if kind is Kind.EXCHANGED and relation is not Relation.SELF and found is not Effect.NONE:
        return Effect.MAY_END
    return found


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A case that the RFCs leave to the server; what it does in one is expected in each.

    state: of the token that the event was about, before it; client: for servers have settings by client; latest:
    whether the other token is the newest of its kind in its grant.
    """

    event: Event
    subject: Kind
    state: str
    client: str
    relation: Relation
    kind: Kind
    latest: bool

    def __str__(self) -> str:
        which = "newest" if self.latest else "older"
        where = "" if self.relation is Relation.SELF else f" {self.relation}"
        return f"{self.event} ({self.subject} of {self.client}, {self.state}), and the {which} {self.kind}{where}"


@dataclass(kw_only=True)
class Choices:
    """What the server was seen to choose: whether the token ended, and after which step of a history."""

    made: dict[Choice, tuple[bool, str]] = field(default_factory=dict)

    def ends(self, choice: Choice) -> bool | None:
        """Whether the server ends the token in this case; None when that was not seen yet."""
        known = self.made.get(choice)
        return known[0] if known else None

    def learn(self, choice: Choice, *, ended: bool, sentence: str) -> None:
        """Remember the first sight. sentence: the step, as a finding words it."""
        self.made.setdefault(choice, (ended, sentence))
