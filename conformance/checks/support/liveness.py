"""Liveness: whether a token works, asked where that can be seen; dead is what whoever saw it alive calls dead."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conformance.checks.support.waiting import ROUNDING
from fixtures import endpoints
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.fact import Fact
from fixtures.server_time import ServerTime
from fixtures.survey import Survey
from fixtures.target import Target

Witness = IntrospectionEndpoint | ResourceEndpoint


@dataclass(frozen=True, repr=False)
class Liveness:
    """Whether a token works: asked at introspection where it is offered, else at the protected resource.

    others: callers that are asked as well, where the first does not see every token. A token is judged dead by the
    witness that saw it alive: another may never have been shown it.
    """

    introspection: IntrospectionEndpoint | None
    resource: ResourceEndpoint | None
    propagation: float
    server_time: ServerTime = field(default_factory=ServerTime)
    others: Sequence[IntrospectionEndpoint] = ()
    asks_resource: bool = False
    _seen_by: dict[str, Witness] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<liveness by {self.introspection or self.resource or 'nothing'}>"

    def is_alive(self, token: str) -> Fact:
        """Whether the access token works now: asked where it was seen alive, else wherever it can be asked."""
        if token in self._seen_by:
            return self._says(self._seen_by[token], token)
        problem: CannotTest | None = None
        found: Fact | None = None
        for witness in self.witnesses:
            try:
                found = self._says(witness, token)
            except CannotTest as failure:
                problem = failure
                continue
            if found:
                self._seen_by[token] = witness
                return found
        if found is not None:
            return found
        raise problem or NotOffered(
            "There is no way to see whether a token is alive.",
            "[introspection] client (with an introspection endpoint), or [resource] url",
        )

    def who_saw(self, token: str) -> Witness | None:
        """Who was the first to call this token alive; None where nobody did, or nobody was asked."""
        return self._seen_by.get(token)

    @property
    def witnesses(self) -> list[Witness]:
        """Who can be asked, in the order in which they are."""
        callers = [each for each in (self.introspection, *self.others) if each is not None]
        at_resource = self.resource is not None and (self.asks_resource or not callers)
        return [*callers, *([self.resource] if at_resource and self.resource is not None else [])]

    def _says(self, witness: Witness, token: str) -> Fact:
        return (
            witness.is_active(token) if isinstance(witness, IntrospectionEndpoint) else witness.admits(token)
        )

    def require_alive(self, token: str) -> None:
        """CannotTest unless a token that was just issued works. For positive controls, never for a verdict."""
        if not self.is_alive(token):
            raise CannotTest(
                f"A token that was just issued is not alive by {self._told}, so nothing can be learnt from a dead one.",
                "May the client of [introspection] see the tokens of the other clients, and is [resource] scope right?",
            )

    def require_still_alive(self, token: str, since: str) -> None:
        """NotOffered where a token that was seen alive has ended before a check did anything to it.

        since: what was asked for meanwhile, which ended it: `a grant of bob to web`. No RFC says how many may live at
        once, so that a later death of this token would say nothing.
        """
        if not self.is_alive(token):
            raise NotOffered(
                f"{since[0].upper()}{since[1:]} ends an earlier token by itself, so nothing else is seen to do so.",
                "a server, or a client of it, that may hold both",
            )

    @property
    def _told(self) -> str:
        """The witnesses, for messages."""
        return " and ".join(
            f"introspection as {each.caller.name}"
            if isinstance(each, IntrospectionEndpoint)
            else "the resource"
            for each in self.witnesses
        )

    def is_dead(self, token: str) -> Fact:
        """Whether the token is dead, at the latest after the declared propagation time.

        NotOffered where only a resource can be asked and the token looks self-contained: resource servers may take
        such a token until it expires, although the server has ended it (RFC 7009 section 3).
        """
        witness = self._seen_by.get(token, self.introspection or self.resource)
        if isinstance(witness, ResourceEndpoint) and _is_self_contained(token):
            raise NotOffered(
                "Access tokens are JWTs, which a resource may accept until they expire, and nothing else can be asked.",
                "[introspection] client (with an introspection endpoint)",
            )
        return self.has_expired(token)

    def has_expired(self, token: str) -> Fact:
        """Whether a token whose lifetime is over is dead. A self-contained one says itself when that is."""
        return endpoints.is_over(lambda: self.is_alive(token), self.propagation)

    def wait_for_the_end(self, token: str, end: float, leeway: float | None) -> str:
        """Wait until a lifetime is over (`end`, an instant of `server_time`), and hand the token back to be judged.

        leeway: seconds that the server adds on purpose. None when nobody says: then a token that still works is
        CannotTest, for a leeway of a minute is usual and no RFC forbids it.
        """
        self.server_time.wait_until(end + (leeway or 0.0) + ROUNDING)
        if leeway is None and self.is_alive(token):
            raise CannotTest(
                "A token still works after its lifetime; the server may allow for clocks that differ.",
                '[times] leeway = "15s" (or what the server allows; "0s" for nothing)',
            )
        return token

    def settle(self) -> None:
        """Wait as long as a change may take to be seen, before what can be tried only once is tried."""
        time.sleep(self.propagation)


def _is_self_contained(token: str) -> bool:
    """Whether the token looks like a JWT: three parts, the first of them an encoded JSON object."""
    return token.count(".") == 2 and token.startswith("eyJ")


def liveness_by(
    asked: IntrospectionEndpoint | None,
    used: ResourceEndpoint | None,
    target: Target,
    server_time: ServerTime,
    survey: Survey,
) -> Liveness:
    """Liveness by these witnesses, and by callers who were seen to see some tokens, where the first sees not all."""
    partial = asked is not None and not survey.sees_all(asked.caller.name)
    more = [name for name in survey.callers if partial and asked and name != asked.caller.name]
    return Liveness(
        asked,
        used,
        target.propagation,
        server_time,
        others=[replace(asked, caller=target.clients[name]) for name in more if asked],
        asks_resource=partial,
    )
