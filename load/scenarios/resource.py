"""A client asks for tokens for one resource or another (RFC 8707), and each is for the one that it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.target import Client
from fixtures.target.values import Indicated
from load.judging.answers import audience
from load.scenarios.habits import known
from load.scenarios.setup import Setup
from load.traffic.iteration import Iteration, Iterations

KEY = '[resources.NAME] uri = "https://..", twice'

Ask = Callable[[Send, Indicated], Answer]
"""Asks for a token for a resource."""


def in_turn(setup: Setup) -> Iterations:
    """A token for each resource in turn, and its introspection, which tells for whom it is."""
    client = setup.requester()

    def ask(send: Send, resource: Indicated) -> Answer:
        scope = scope_at(client, resource)
        return setup.token(send).client_credentials(as_=client, scope=scope, resource=resource.uri)

    return each_for_its_own(setup, client, [ask])


def scope_at(client: Client, resource: Indicated) -> str | None:
    """What the client may ask for of what a resource understands; all where nobody says what it does."""
    both = " ".join(sorted(resource.scopes & set(client.scope.split())))
    return (both if resource.scope else client.scope) or None


def each_for_its_own(setup: Setup, client: Client, asks: list[Ask]) -> Iterations:
    """A token for each resource in turn, asked for in each of these ways, and its introspection.

    NotOffered where there are no two resources that introspection tells apart.
    """
    promises = setup.promises
    setup = known(setup, client)
    audiences = {resource: _audience(setup, asks[0], resource) for resource in setup.target.indicated}
    told_apart = {resource: told for resource, told in audiences.items() if told}
    if len(set(told_apart.values())) < 2:
        raise NotOffered(
            "There are no two resources whose tokens introspection tells apart by their aud.", KEY
        )
    introspect = setup.introspect()
    turns = cycle(
        [
            (setup.call("token", lambda send, way=way, each=resource: way(send, each)), told)  # type: ignore[misc]
            for way in asks
            for resource, told in told_apart.items()
        ]
    )

    def iterate() -> Iteration:
        ask, told = next(turns)
        number = promises.asked(client)
        reply = yield ask
        token = promises.granted(reply, ask, client, None, number=number)
        if token is None:
            return
        about = introspect(token.value)
        reply = yield about
        if promises.introspected(reply, about, token):
            promises.is_for(reply, about, told)

    return iterate


def _audience(setup: Setup, ask: Ask, resource: Indicated) -> frozenset[str]:
    """For whom introspection says that a token for a resource is; empty where there is none, or it does not say."""
    token = ask(setup.send, resource).access_token
    if token is None:
        return frozenset()
    endpoint = setup.introspection(setup.send)
    return audience(endpoint.introspect(token, as_=endpoint.caller).members.get("aud"))
