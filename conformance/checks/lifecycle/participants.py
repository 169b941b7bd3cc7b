"""Who takes part in a history, and what the target lets them do. What is done, and judged, is steps.py's."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conformance.checks.lifecycle.events import Choices
from conformance.checks.support.controls import CodeFor, Redeem, Refresh
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.resources import AudienceOf
from fixtures.endpoints import POLL_SECONDS, IntrospectionEndpoint, ResourceEndpoint, RevocationEndpoint
from fixtures.http.exchange import Answer
from fixtures.target import Client

TakeBack = Callable[[str, Client], bool]
"""Takes back what an owner, by name, allowed a client; tells whether there was something to take back."""


class Exchange(Protocol):
    """Exchanges an access token for another one."""

    def __call__(self, value: str, /, *, as_: Client, scope: str | None, resource: str | None) -> Answer:
        """scope, resource: what is asked for; None where nothing is said."""
        ...


@dataclass(kw_only=True)
class Memory:
    """What a run has learnt of its target, whichever history showed it.

    exchanged: whether a token was exchanged in any history;
    shows_refresh: by client, whether introspection calls a refresh token active; moved: seconds that were let pass.
    """

    choices: Choices = field(default_factory=Choices)
    shows_refresh: dict[str, bool] = field(default_factory=dict)
    moved: float = 0.0
    exchanged: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Participants:
    """Who takes part, and what they do it with. What the target does not offer is None or empty.

    clients: by name, at least one; codes: how each owner, by name, allows a client something; own_token: asks for a
    token on a client's own behalf; callers: who may be let in at introspection, beside the entitled one; waits:
    whether somebody has tokens so short-lived that they are waited for; code_seconds, refresh_seconds: as declared.
    resources: what owners may allow a client something for (RFC 8707), each with the audience that tells of it;
    exchange: exchanges an access token (RFC 8693); exchanging: the names of the clients that may;
    audience_of: tells the audience of a token; sees_resources: whether a token for one can be seen to live.
    """

    clients: Mapping[str, Client]
    codes: Mapping[str, CodeFor]
    redeem: Redeem
    refresh: Refresh
    own_token: Callable[[Client], Answer]
    liveness: Liveness
    revocation: RevocationEndpoint | None = None
    resource: ResourceEndpoint | None = None
    callers: Sequence[Client] = ()
    resources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    audience_of: AudienceOf | None = None
    sees_resources: bool = True
    exchange: Exchange | None = None
    exchanging: frozenset[str] = frozenset()
    take_back: TakeBack | None = None
    waits: bool = False
    code_seconds: float = 30.0
    refresh_seconds: float | None = None
    leeway: float | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def introspection(self) -> IntrospectionEndpoint | None:
        """Where tokens are asked about, as the entitled caller unless it is said otherwise."""
        return self.liveness.introspection

    def until(self, expected: bool | None, look: Callable[[], bool]) -> bool:  # noqa: FBT001 - what is looked for
        """What a look shows, repeated within the declared propagation time as long as it is not what is expected.

        expected: None where nothing is; then the time is waited for once.
        """
        if expected is None:
            self.liveness.settle()
            return look()
        deadline = time.monotonic() + self.liveness.propagation
        while look() != expected:
            if time.monotonic() >= deadline:
                return not expected
            time.sleep(POLL_SECONDS)
        return expected
