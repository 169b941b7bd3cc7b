"""A resource server asks about tokens (RFC 7662): live and dead ones, some of them far more often than others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from itertools import cycle

from fixtures.errors import CannotTest, NotOffered
from fixtures.target.clients import Clients
from load.judging.promises import Token
from load.scenarios.setup import Stage, weighted, zipf
from load.traffic.iteration import Call, Failure, Journey, Journeys, Reply

ACTIVE, EACH_OTHER = 200, 25
"""How many tokens of each kind there are to ask about."""

DRAWN = 1 << 14
"""The length of the sequence that is gone through again and again."""

LONGEST_WAIT = 10.0
"""Seconds that are waited for tokens to expire before the run; where it takes longer there are no expired ones."""

Told = Callable[[Reply | Failure, Call], object]
"""What is made of the answer about one token."""


def mix(stage: Stage) -> Journeys:
    """Tokens of the kinds and in the shares of [load] mix; within a kind, the n-th is asked about 1/n as often."""
    introspect = stage.introspect()
    questions = _questions(stage, stage.target.load.mix)

    def asks() -> Journey:
        value, told = next(questions)
        ask = introspect(value)
        reply = yield ask
        told(reply, ask)

    return asks


def after_issue(stage: Stage) -> Journeys:
    """Each token is introspected as soon as it was issued, and is what the answer said."""
    client = stage.requester()
    scope = client.scope or None
    get = stage.call("token", lambda send: stage.token(send).client_credentials(as_=client, scope=scope))
    introspect = stage.introspect()
    watch = stage.watch

    def gets_and_asks() -> Journey:
        reply = yield get
        token = watch.granted(reply, get, client, scope)
        if token is None:
            return
        ask = introspect(token.value)
        reply = yield ask
        watch.introspected(reply, ask, token)

    return gets_and_asks


def _questions(stage: Stage, shares: Mapping[str, float]) -> cycle[tuple[str, Told]]:
    """A long sequence of tokens with what is expected of each, drawn by kind and by rank."""
    makers = {
        "expired": _expired,
        "revoked": _revoked,
        "foreign": _foreign,
        "active": _active,
        "garbage": _garbage,
    }
    found: dict[str, cycle[tuple[str, Told]]] = {}
    for kind, make in makers.items():
        if kind in shares:
            try:
                found[kind] = cycle(make(stage))
            except NotOffered as lacking:
                stage.notes.append(f"No {kind} tokens were introspected. {lacking}")
    if not found:
        raise NotOffered(
            "There is no token of any kind to introspect.", "[load] mix, or another confidential client"
        )
    kinds = weighted(stage.random, {kind: shares[kind] for kind in found}, DRAWN)
    return cycle([next(found[kind]) for kind in kinds])


def _active(stage: Stage) -> list[tuple[str, Told]]:
    watch = stage.watch
    tokens = stage.issue(stage.requester(), ACTIVE)

    def about(token: Token) -> Told:
        return lambda reply, ask: watch.introspected(reply, ask, token)

    asked = {token.value: about(token) for token in tokens}
    return [(token.value, asked[token.value]) for token in zipf(stage.random, tokens, DRAWN)]


def _expired(stage: Stage) -> list[tuple[str, Told]]:
    client = stage.clients.short_lived()
    wait = (client.access_token_seconds or 0) + (stage.target.leeway or 0) + 1
    if stage.target.leeway is None or wait > LONGEST_WAIT:
        raise NotOffered(
            "Nobody says how long an expired token may still work, or it takes too long.",
            '[times] leeway = "0s", and a client with access_token = "2s"',
        )
    tokens = stage.issue(client, EACH_OTHER)
    time.sleep(wait)
    return [(token.value, stage.watch.is_dead) for token in zipf(stage.random, tokens, DRAWN)]


def _revoked(stage: Stage) -> list[tuple[str, Told]]:
    client = stage.requester()
    revocation = stage.revocation(stage.send)
    tokens = stage.issue(client, EACH_OTHER)
    for token in tokens:
        answer = revocation.revoke(token.value, as_=client)
        if not answer.is_success:
            raise CannotTest(f"A token of {client.name} cannot be revoked: {answer.brief}.")
    time.sleep(stage.target.propagation)
    return [(token.value, stage.watch.is_dead) for token in zipf(stage.random, tokens, DRAWN)]


def _foreign(stage: Stage) -> list[tuple[str, Told]]:
    watch = stage.watch
    other = Clients(stage.target).another(stage.requester(), "client_credentials")
    tokens = stage.issue(other, EACH_OTHER)

    def about(token: Token) -> Told:
        return lambda reply, ask: watch.is_foreign(reply, ask, token)

    asked = {token.value: about(token) for token in tokens}
    return [(token.value, asked[token.value]) for token in zipf(stage.random, tokens, DRAWN)]


def _garbage(stage: Stage) -> list[tuple[str, Told]]:
    return [(secrets.token_urlsafe(32), stage.watch.is_dead) for _ in range(EACH_OTHER)]
