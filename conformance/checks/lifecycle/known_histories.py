"""Histories that are known to lead somewhere: they are taken first in every run, before any is drawn.

Each goes where histories that were drawn at random found a server at fault. At the end of each everything is looked
at, and what lives is used once more (Steps.ends).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.lifecycle.grants import Grant, Token
from conformance.checks.lifecycle.kinds import Kind
from conformance.checks.lifecycle.machine import LONG_CHAIN
from conformance.checks.lifecycle.participants import Participants
from conformance.checks.lifecycle.steps import Steps
from fixtures.target import Client


@dataclass(frozen=True)
class HistoryBuilder:
    """A history that has just begun. Whoever is missing at the target is played by the first of their kind.

    do: takes a step, a method of steps, and writes it down.
    """

    steps: Steps
    do: Callable[..., Any]

    @property
    def participants(self) -> Participants:
        """Who takes part."""
        return self.steps.participants

    @property
    def owners(self) -> list[str]:
        """The owners, by name."""
        return list(self.participants.codes)

    @property
    def clients(self) -> list[Client]:
        """The clients with tokens that live long, or all where there are none."""
        found = [item for item in self.participants.clients.values() if item.access_token_seconds is None]
        return found or list(self.participants.clients.values())

    def grant(
        self,
        owner: int = 0,
        client: int = 0,
        *,
        narrow: bool = False,
        of: Client | None = None,
        resources: Sequence[str] = (),
    ) -> Grant:
        """An owner allows a client something, and the client redeems the code."""
        grant = self.code(owner, client, narrow=narrow, of=of, resources=resources)
        self.do(self.steps.redeems, grant)
        return grant

    def code(
        self,
        owner: int = 0,
        client: int = 0,
        *,
        narrow: bool = False,
        of: Client | None = None,
        resources: Sequence[str] = (),
    ) -> Grant:
        """An owner allows a client something, and the client keeps the code."""
        asking = of or self.clients[client % len(self.clients)]
        scope = asking.scope.split(" ")[0] or None if narrow else None
        owner_name = self.owners[owner % len(self.owners)]
        found: Grant = self.do(self.steps.allows, owner_name, asking, scope=scope, resources=resources)
        return found

    def another(self, grant: Grant) -> Client | None:
        """A client that the grant is not for."""
        return next((item for item in self.clients if item.name != grant.client), None)

    def refresh(
        self, grant: Grant, times: int = 1, *, scope: str | None = None, resource: str | None = None
    ) -> None:
        """The client refreshes with its current token."""
        if grant.current is not None:
            self.do(self.steps.refreshes, grant.current, times=times, scope=scope, resource=resource)

    def first(self, grant: Grant, kind: Kind) -> Token | None:
        """The oldest token of a kind in a grant."""
        return next(iter(grant.of(kind)), None)

    def revoke_first(self, grant: Grant) -> None:
        """The client revokes its oldest access token."""
        token = self.first(grant, Kind.ACCESS)
        if token is not None:
            self.do(self.steps.revokes, token)


def a_revoked_token_and_a_refresh(history: HistoryBuilder) -> None:
    """An access token is revoked, then its grant is refreshed."""
    grant = history.grant()
    history.revoke_first(grant)
    history.refresh(grant)


def a_revoked_token_and_a_long_chain(history: HistoryBuilder) -> None:
    """An access token is revoked, then its grant is refreshed more than ten times."""
    grant = history.grant()
    history.revoke_first(grant)
    history.refresh(grant, LONG_CHAIN)


def a_revocation_asked_for_twice(history: HistoryBuilder) -> None:
    """A token that was revoked is named again by a client that it was not issued to."""
    grant = history.grant()
    other, token = history.another(grant), history.first(grant, Kind.ACCESS)
    if other is not None and token is not None:
        history.do(history.steps.revokes, token)
        history.do(history.steps.revokes, token, as_=other)


def what_was_taken_back_and_allowed_again(history: HistoryBuilder) -> None:
    """An owner takes back what she allowed a client, and allows it once more."""
    history.do(history.steps.takes_back, history.grant())
    history.grant()


def an_expired_token_and_a_refresh(history: HistoryBuilder) -> None:
    """An access token expires, then its grant is refreshed."""
    for client in history.participants.clients.values():
        life = client.access_token_seconds
        if life is not None and history.participants.waits:
            grant = history.grant(of=client)
            history.do(history.steps.waits, life)
            history.refresh(grant)
            return


def a_replaced_token_that_comes_twice(history: HistoryBuilder) -> None:
    """A refresh token that was replaced comes again, and once more."""
    grant = history.grant()
    history.refresh(grant)
    token = history.first(grant, Kind.REFRESH)
    for _ in range(2):
        if token is not None:
            history.do(history.steps.refreshes, token)


def a_code_that_comes_again_after_a_refresh(history: HistoryBuilder) -> None:
    """A code comes again, with its grant refreshed in between and without."""
    history.do(history.steps.redeems, history.grant())
    grant = history.grant()
    history.refresh(grant)
    history.do(history.steps.redeems, grant)


def a_late_token_revoked_by_a_wrong_hint(history: HistoryBuilder) -> None:
    """A refresh token that came by a second refresh is revoked with the hint access_token."""
    grant = history.grant()
    history.refresh(grant, 2)
    token = grant.current
    if token is not None:
        history.do(history.steps.revokes, token, hint="access_token")
        history.do(history.steps.refreshes, token)


def a_revoked_grant_with_neighbours(history: HistoryBuilder) -> None:
    """A grant that was refreshed is revoked, beside grants of another client and of another owner."""
    grant = history.grant()
    history.grant(client=1)
    history.grant(owner=1)
    history.refresh(grant)
    if grant.current is not None:
        history.do(history.steps.revokes, grant.current)


def two_codes_at_once(history: HistoryBuilder) -> None:
    """An owner allows two clients something before either redeems its code."""
    first, second = history.code(), history.code(client=1)
    history.do(history.steps.redeems, first)
    history.do(history.steps.redeems, second)


def many_questions_about_a_refresh_token(history: HistoryBuilder) -> None:
    """Callers ask about a refresh token again and again before it is used."""
    grant = history.grant()
    history.refresh(grant)
    for caller in [*history.participants.callers, *history.participants.callers]:
        if grant.current is not None:
            history.do(history.steps.asks_as, caller, grant.current)


def a_narrow_grant_and_a_long_chain(history: HistoryBuilder) -> None:
    """A grant of less than its client may ask for is refreshed many times, and asked for more."""
    grant = history.grant(narrow=True)
    history.refresh(grant, LONG_CHAIN)
    history.refresh(grant, scope=history.participants.clients[grant.client].scope or None)


def less_scope_late_in_a_chain(history: HistoryBuilder) -> None:
    """A grant is refreshed for less scope after other refreshes, and for all of it after that."""
    grant = history.grant()
    history.refresh(grant, 2)
    history.refresh(grant, scope=history.participants.clients[grant.client].scope.split(" ")[0] or None)
    history.refresh(grant)


def a_refreshed_token_of_another_client(history: HistoryBuilder) -> None:
    """Another client presents a refresh token that came by a refresh."""
    grant = history.grant()
    history.refresh(grant)
    other = history.another(grant)
    if other is not None and grant.current is not None:
        history.do(history.steps.refreshes_as, other, grant.current)


def short_and_long_chains_revoked(history: HistoryBuilder) -> None:
    """The refresh token of a short chain is revoked, and that of a long one."""
    for times in (1, LONG_CHAIN):
        grant = history.grant()
        history.refresh(grant, times)
        if grant.current is not None:
            history.do(history.steps.revokes, grant.current)


def one_resource_and_a_long_chain(history: HistoryBuilder) -> None:
    """A grant for one resource is refreshed for another one: at once, and after a long chain."""
    one, *others = history.participants.resources or [""]
    for times in (0, LONG_CHAIN) if others else ():
        grant = history.grant(resources=[one])
        history.refresh(grant, times)
        history.refresh(grant, resource=others[0])


def two_resources_in_turn(history: HistoryBuilder) -> None:
    """A grant for two resources is redeemed for one, and refreshed for one and the other in turn."""
    resources = list(history.participants.resources)
    if len(resources) < 2:
        return
    grant = history.code(resources=resources)
    history.do(history.steps.redeems, grant, resource=resources[0])
    for resource in (resources[0], resources[0], resources[1], None, resources[0], resources[1]):
        history.refresh(grant, resource=resource)


def _exchange_first(
    history: HistoryBuilder, grant: Grant, kind: Kind = Kind.ACCESS, **asked: str | None
) -> None:
    """The client exchanges the oldest token of a kind."""
    token = history.first(grant, kind)
    if token is not None:
        history.do(history.steps.exchanges, token, **asked)


def a_revoked_token_that_is_exchanged(history: HistoryBuilder) -> None:
    """An access token is exchanged, revoked and exchanged again, and once more after its grant was refreshed."""
    grant = history.grant()
    _exchange_first(history, grant)
    history.revoke_first(grant)
    _exchange_first(history, grant)
    history.refresh(grant)
    _exchange_first(history, grant)


def a_narrow_grant_that_is_exchanged(history: HistoryBuilder) -> None:
    """A token of less than its client may ask for is exchanged for more, after refreshes, and what came of it again."""
    grant = history.grant(narrow=True)
    whole = history.participants.clients[grant.client].scope or None
    for times in (0, 2):
        history.refresh(grant, times)
        newest = grant.of(Kind.ACCESS)[-1:]
        if newest:
            history.do(history.steps.exchanges, newest[0], scope=whole)
    _exchange_first(history, grant)
    _exchange_first(history, grant, Kind.EXCHANGED, scope=whole)


def another_resource_by_an_exchange(history: HistoryBuilder) -> None:
    """A token for one resource is exchanged for one for another, and its grant is refreshed for that one."""
    one, *others = history.participants.resources or [""]
    if others and history.participants.exchanging:
        grant = history.grant(resources=[one])
        _exchange_first(history, grant, resource=others[0])
        history.refresh(grant, resource=others[0])


KNOWN_HISTORIES: tuple[Callable[[HistoryBuilder], None], ...] = (
    a_revoked_token_and_a_refresh,
    a_revoked_token_and_a_long_chain,
    a_revocation_asked_for_twice,
    what_was_taken_back_and_allowed_again,
    an_expired_token_and_a_refresh,
    a_replaced_token_that_comes_twice,
    a_code_that_comes_again_after_a_refresh,
    a_late_token_revoked_by_a_wrong_hint,
    a_revoked_grant_with_neighbours,
    two_codes_at_once,
    many_questions_about_a_refresh_token,
    a_narrow_grant_and_a_long_chain,
    less_scope_late_in_a_chain,
    a_refreshed_token_of_another_client,
    short_and_long_chains_revoked,
    one_resource_and_a_long_chain,
    two_resources_in_turn,
    a_revoked_token_that_is_exchanged,
    a_narrow_grant_that_is_exchanged,
    another_resource_by_an_exchange,
)
