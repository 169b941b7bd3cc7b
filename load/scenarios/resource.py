"""A client asks for tokens for one resource or another (RFC 8707), and each is for the one that it was asked for."""

from __future__ import annotations

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


def in_turn(setup: Setup) -> Iterations:
    """A token for each resource in turn, and its introspection, which tells for whom it is."""
    client, promises = setup.requester(), setup.promises
    setup = known(setup, client)
    audiences = {resource: _audience(setup, client, resource) for resource in setup.target.indicated}
    told_apart = {resource: told for resource, told in audiences.items() if told}
    if len(set(told_apart.values())) < 2:
        raise NotOffered(
            "There are no two resources whose tokens introspection tells apart by their aud.", KEY
        )
    introspect = setup.introspect()
    turns = cycle(
        [
            (setup.call("token", lambda send, each=resource: _ask(setup, send, client, each)), told)  # type: ignore[misc]
            for resource, told in told_apart.items()
        ]
    )

    def asks() -> Iteration:
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

    return asks


def _ask(setup: Setup, send: Send, client: Client, resource: Indicated) -> Answer:
    scope = " ".join(sorted(resource.scopes & set(client.scope.split()))) if resource.scope else client.scope
    return setup.token(send).client_credentials(as_=client, scope=scope or None, resource=resource.uri)


def _audience(setup: Setup, client: Client, resource: Indicated) -> frozenset[str]:
    """For whom introspection says that a token for a resource is; empty where there is none, or it does not say."""
    token = _ask(setup, setup.send, client, resource).access_token
    if token is None:
        return frozenset()
    endpoint = setup.introspection(setup.send)
    return audience(endpoint.introspect(token, as_=endpoint.caller).members.get("aud"))
