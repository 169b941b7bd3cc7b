"""The nouns of a history: grants, and the codes and tokens that come of them. What happens to them is events.py's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.checks.lifecycle.events import Choice
from conformance.checks.lifecycle.kinds import Kind, Relation


class Claim(StrEnum):
    """What the model knows of a token: it works, it never works again, or the server is free until it is seen."""

    LIVES = "lives"
    ENDED = "ended"
    OPEN = "open"


@dataclass(eq=False, kw_only=True, repr=False)
class Token:
    """One code, access token or refresh token. Times are seconds by any clock that only goes forward.

    scope: as it was first seen, None before; spent: a refresh token that another one replaced, which a server may
    let work for a while; ends: when its lifetime is over, None when nobody said; ended_in: the step that ended it;
    source: the token that it was exchanged for, None where it came otherwise;
    pending: what a look at it will show of the server's choices, after the step in pending_step; seen_by: other
    callers who were told that it is active; admitted: whether the protected resource ever took it.
    """

    kind: Kind
    number: int
    value: str
    grant: Grant
    ends: float | None = None
    source: Token | None = None
    claim: Claim = Claim.LIVES
    pending: Choice | None = None
    pending_step: str = ""
    spent: bool = False
    ended_in: str = ""
    scope: frozenset[str] | None = None
    seen_by: set[str] = field(default_factory=set)
    admitted: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def state(self) -> str:
        """The word for it in a choice."""
        if self.claim is Claim.ENDED:
            return "dead"
        return "replaced" if self.spent else "live"

    @property
    def is_latest(self) -> bool:
        """Whether its grant has no newer token of its kind."""
        return self.grant.of(self.kind)[-1] is self


@dataclass(eq=False, kw_only=True, repr=False)
class Grant:
    """What one authorization request came to. owner: None for what a client holds on its own behalf.

    resources: what the owner allowed it for (RFC 8707), empty where nobody said; its scope is not judged then, for a
    token for one of them may have less.
    scope, subject: as first seen in its first access token; disturbed: whether the owner allowed the same client
    something else since, which may replace what she allowed before.
    """

    client: str
    owner: str | None
    resources: tuple[str, ...] = ()
    tokens: list[Token] = field(default_factory=list)
    scope: frozenset[str] | None = None
    subject: Mapping[str, object] = field(default_factory=dict)
    disturbed: bool = False

    def of(self, kind: Kind) -> list[Token]:
        """Its tokens of one kind, oldest first."""
        return [token for token in self.tokens if token.kind is kind]

    @property
    def code(self) -> Token | None:
        """Its authorization code."""
        return next(iter(self.of(Kind.CODE)), None)

    @property
    def current(self) -> Token | None:
        """The refresh token that its client would use."""
        found = self.of(Kind.REFRESH)
        return found[-1] if found else None


def relation(token: Token, other: Token) -> Relation:
    """How near `other` is to `token`."""
    if token is other:
        return Relation.SELF
    if token.grant is other.grant:
        return Relation.GRANT
    same = (token.grant.owner, token.grant.client) == (other.grant.owner, other.grant.client)
    return Relation.PAIR if same else Relation.UNRELATED
