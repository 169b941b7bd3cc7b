"""Which steps a history takes, as Hypothesis draws them. How a step is taken is steps.py's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from conformance.checks.lifecycle.grants import Grant, Token
from conformance.checks.lifecycle.kinds import Kind
from conformance.checks.lifecycle.steps import Steps
from fixtures.target import Client

MOST_GRANTS = 4
"""Grants of one history: enough for a neighbour of each kind."""
LONG_CHAIN = 11
"""Refreshes on end that wear out a list of ten."""
HINTS = (None, "access_token", "refresh_token", "no_such_kind")

anyone = st.integers(0, 3)
age = st.sampled_from([0, 0, 1, LONG_CHAIN])
which = st.sampled_from(["one", "both"])
given = st.sampled_from([Kind.ACCESS, Kind.ACCESS, Kind.EXCHANGED])
scopes = st.lists(st.sampled_from("aanw"), min_size=1, max_size=4)


class Histories(RuleBasedStateMachine):
    """One history. act: takes a step, unless something made it pointless to go on."""

    grants = Bundle("grants")

    def __init__(self, steps: Steps, act: Callable[..., Any]) -> None:
        super().__init__()
        self.steps = steps
        self.participants = steps.participants
        self._act = act

    def _client(self, number: int) -> Client:
        names = list(self.participants.clients)
        return self.participants.clients[names[number % len(names)]]

    def _another(self, grant: Grant, number: int) -> Client | None:
        others = [client for client in self.participants.clients.values() if client.name != grant.client]
        return others[number % len(others)] if others else None

    @property
    def has_room(self) -> bool:
        """Whether another grant fits into this history."""
        return len(self.steps.model.grants) < MOST_GRANTS

    def _allow(self, owner: int, client: int, *, narrow: bool) -> Grant | None:
        asking, owners = self._client(client), list(self.participants.codes)
        first = asking.scope.split(" ")[0] or None
        scope = first if narrow else None
        found: Grant | None = self._act(self.steps.allows, owners[owner % len(owners)], asking, scope=scope)
        return found

    @initialize(target=grants, owner=anyone, client=anyone, narrow=st.booleans())
    def begins(self, owner: int, client: int, narrow: bool) -> Grant | MultipleResults[Grant]:  # noqa: FBT001 - drawn
        """A history begins with a grant."""
        return self.grant(owner=owner, client=client, narrow=narrow)

    @precondition(lambda self: self.has_room)
    @rule(target=grants, owner=anyone, client=anyone, narrow=st.booleans())
    def grant(self, owner: int, client: int, narrow: bool) -> Grant | MultipleResults[Grant]:  # noqa: FBT001 - drawn
        """An owner allows something, and the client redeems its code."""
        found = self._allow(owner, client, narrow=narrow)
        if found is None:
            return multiple()
        self._act(self.steps.redeems, found)
        return found

    @precondition(lambda self: self.has_room)
    @rule(target=grants, grant=grants)
    def grant_again(self, grant: Grant) -> Grant | MultipleResults[Grant]:
        """The owner of a grant allows the same client something once more."""
        if grant.owner is None:
            return multiple()
        found: Grant | None = self._act(
            self.steps.allows, grant.owner, self.participants.clients[grant.client]
        )
        if found is None:
            return multiple()
        self._act(self.steps.redeems, found)
        return found

    @precondition(lambda self: self.has_room)
    @rule(target=grants, owner=anyone, client=anyone)
    def allow(self, owner: int, client: int) -> Grant | MultipleResults[Grant]:
        """An owner allows something, and the client keeps its code."""
        return self._allow(owner, client, narrow=False) or multiple()

    @precondition(lambda self: self.has_room and self.participants.resources)
    @rule(target=grants, owner=anyone, client=anyone, which=which, first=anyone)
    def grant_for_resources(
        self, owner: int, client: int, which: str, first: int
    ) -> Grant | MultipleResults[Grant]:
        """An owner allows something for one resource or for two, and the client redeems its code for one or for all."""
        owners, known = list(self.participants.codes), list(self.participants.resources)
        resources = known if which == "both" else [known[first % len(known)]]
        found: Grant | None = self._act(
            self.steps.allows, owners[owner % len(owners)], self._client(client), resources=resources
        )
        if found is None:
            return multiple()
        self._act(self.steps.redeems, found, resource=(*known, None)[first % 3])
        return found

    @precondition(lambda self: self.participants.resources)
    @rule(grant=grants, which=st.lists(st.integers(0, 2), min_size=1, max_size=4))
    def refresh_for_resources(self, grant: Grant, which: list[int]) -> None:
        """The client refreshes for one resource and another, granted or not, or for none in particular."""
        for number in which if grant.resources else ():
            if grant.current is not None:
                resource = (*self.participants.resources, None)[number]
                self._act(self.steps.refreshes, grant.current, resource=resource)

    @precondition(lambda self: self.participants.exchanging)
    @rule(grant=grants, kind=given, back=age, part=st.sampled_from("aanw"), elsewhere=anyone)
    def exchange(self, grant: Grant, kind: Kind, back: int, part: str, elsewhere: int) -> None:
        """The client exchanges an access token, or what one was exchanged for: for all, more or less, or elsewhere."""
        token, scope = _older(grant, kind, back), self.participants.clients[grant.client].scope
        asked = {"a": None, "w": scope or None, "n": scope.split(" ")[0] or None}
        resources = (*self.participants.resources, None, None)
        if token is not None:
            resource = resources[elsewhere % len(resources)]
            self._act(self.steps.exchanges, token, scope=asked[part], resource=resource)

    @precondition(lambda self: self.has_room)
    @rule(target=grants, client=anyone)
    def own_token(self, client: int) -> Grant | MultipleResults[Grant]:
        """A client gets a token on its own behalf."""
        asking = self._client(client)
        if not asking.may("client_credentials"):
            return multiple()
        return self._act(self.steps.gets_own_token, asking) or multiple()

    @rule(grant=grants)
    def redeem(self, grant: Grant) -> None:
        """A code is redeemed, or comes again."""
        self._act(self.steps.redeems, grant)

    @rule(grant=grants, other=anyone)
    def redeem_as_another(self, grant: Grant, other: int) -> None:
        """A code comes from a client that it is not for."""
        self._act(self.steps.redeems, grant, as_=self._another(grant, other) or self._client(0))

    @rule(grant=grants, parts=scopes)
    def refresh(self, grant: Grant, parts: list[str]) -> None:
        """The client refreshes some times: a for all, w for more than it may have, n for less."""
        scope = self.participants.clients[grant.client].scope
        asked = {"a": None, "w": scope or None, "n": scope.split(" ")[0] or None}
        for part in parts:
            if grant.current is not None:
                self._act(self.steps.refreshes, grant.current, scope=asked[part])

    @rule(grant=grants)
    def refresh_often(self, grant: Grant) -> None:
        """The client refreshes until a list of ten is full."""
        if grant.current is not None:
            self._act(self.steps.refreshes, grant.current, times=LONG_CHAIN)

    @rule(grant=grants, back=age)
    def reuse(self, grant: Grant, back: int) -> None:
        """A refresh token comes that may have been replaced."""
        token = _older(grant, Kind.REFRESH, back)
        if token is not None:
            self._act(self.steps.refreshes, token)

    @rule(grant=grants, other=anyone, back=age)
    def refresh_as_another(self, grant: Grant, other: int, back: int) -> None:
        """A refresh token comes from a client that it was not issued to."""
        token, client = _older(grant, Kind.REFRESH, back), self._another(grant, other)
        if token is not None and client is not None:
            self._act(self.steps.refreshes_as, client, token)

    @rule(
        grant=grants,
        kind=st.sampled_from([Kind.ACCESS, Kind.REFRESH, Kind.EXCHANGED]),
        back=age,
        hint=st.sampled_from(HINTS),
    )
    def revoke(self, grant: Grant, kind: Kind, back: int, hint: str | None) -> None:
        """A token is revoked, with a right hint, a wrong one or none."""
        token = _older(grant, kind, back)
        if token is not None:
            self._act(self.steps.revokes, token, hint=hint)

    @rule(grant=grants, kind=st.sampled_from([Kind.ACCESS, Kind.REFRESH]), back=age, other=anyone)
    def revoke_as_another(self, grant: Grant, kind: Kind, back: int, other: int) -> None:
        """A client asks for the revocation of a token that it was not issued."""
        token, client = _older(grant, kind, back), self._another(grant, other)
        if token is not None and client is not None:
            self._act(self.steps.revokes, token, as_=client)

    @rule(grant=grants, back=age)
    def look(self, grant: Grant, back: int) -> None:
        """Somebody looks whether an access token works."""
        token = _older(grant, Kind.ACCESS, back)
        if token is not None:
            self._act(self.steps.look, token)

    @precondition(lambda self: self.participants.callers)
    @rule(grant=grants, kind=st.sampled_from([Kind.ACCESS, Kind.REFRESH]), back=age, caller=anyone)
    def introspect_as_another(self, grant: Grant, kind: Kind, back: int, caller: int) -> None:
        """Another caller asks introspection."""
        token = _older(grant, kind, back)
        if token is not None:
            self._act(
                self.steps.asks_as, self.participants.callers[caller % len(self.participants.callers)], token
            )

    @precondition(lambda self: self.participants.resource)
    @rule(grant=grants, back=age)
    def use(self, grant: Grant, back: int) -> None:
        """An access token is used."""
        token = _older(grant, Kind.ACCESS, back)
        if token is not None:
            self._act(self.steps.uses, token)

    @precondition(lambda self: self.participants.take_back)
    @rule(grant=grants)
    def take_back(self, grant: Grant) -> None:
        """The owner takes a grant back."""
        self._act(self.steps.takes_back, grant)

    @precondition(lambda self: self.participants.waits)
    @rule(seconds=st.sampled_from([1, 2, 4]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self._act(self.steps.waits, seconds)

    def teardown(self) -> None:
        """At the end of a history that was not broken off, all that can be seen is looked at."""
        if sys.exc_info()[0] is None:
            self._act(self.steps.ends)


def _older(grant: Grant, kind: Kind, back: int) -> Token | None:
    """A token of the grant, so many before its newest, or its oldest."""
    found = grant.of(kind)
    return found[max(0, len(found) - 1 - back)] if found else None
