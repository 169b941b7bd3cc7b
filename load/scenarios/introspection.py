"""A resource server asks about tokens (RFC 7662): live and dead ones, some of them far more often than others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

from fixtures.errors import CannotTest, NotOffered
from load.judging.tokens import Token
from load.scenarios.habits import known
from load.scenarios.setup import Setup, weighted, zipf
from load.traffic.iteration import Call, Failure, Iteration, Iterations, Reply

ACTIVE, EACH_OTHER = 200, 25
"""How many tokens of each kind there are to ask about."""

DRAWN = 1 << 14
"""The length of the sequence that is gone through again and again."""

LONGEST_WAIT = 10.0
"""Seconds that are waited for tokens to expire before the run; where it takes longer there are no expired ones."""

Check = Callable[[Reply | Failure, Call], object]
"""What is made of the answer about one token."""

Question = tuple[str, Check] | Callable[[], tuple[str, Check]]
"""A token with what is expected of it, or what gives it at the moment of asking."""


def mix(setup: Setup) -> Iterations:
    """Tokens of the kinds and in the shares of [load] mix; within a kind, the n-th is asked about 1/n as often."""
    setup = _with_a_seeing_caller(setup)
    introspect = setup.introspect()
    questions = _questions(setup, setup.target.load.mix)

    def asks() -> Iteration:
        question = next(questions)
        value, check = question() if callable(question) else question
        ask = introspect(value)
        reply = yield ask
        check(reply, ask)

    return asks


def after_issue(setup: Setup) -> Iterations:
    """Each token is introspected as soon as it was issued, and is what the answer said."""
    client = setup.requester()
    setup = known(setup, client)
    scope = client.scope or None
    get = setup.call("token", lambda send: setup.token(send).client_credentials(as_=client, scope=scope))
    introspect = setup.introspect()
    promises = setup.promises

    def gets_and_asks() -> Iteration:
        number = promises.asked(client)
        reply = yield get
        token = promises.granted(reply, get, client, scope, number=number)
        if token is None:
            return
        ask = introspect(token.value)
        reply = yield ask
        promises.introspected(reply, ask, token)

    return gets_and_asks


def _with_a_seeing_caller(setup: Setup) -> Setup:
    """The set-up whose caller sees the tokens of the client that asks for most of them, where there is one."""
    if "active" not in setup.target.load.mix:
        return setup
    try:
        client = setup.requester()
    except NotOffered:
        return setup
    return known(setup, client)


def _questions(setup: Setup, shares: Mapping[str, float]) -> cycle[Question]:
    """A long sequence of tokens with what is expected of each, drawn by kind and by rank."""
    makers: dict[str, Callable[[Setup], Sequence[Question]]] = {
        "expired": _expired,
        "revoked": _revoked,
        "foreign": _foreign,
        "active": _active,
        "garbage": _garbage,
    }
    found: dict[str, cycle[Question]] = {}
    for kind, make in makers.items():
        if kind in shares:
            try:
                found[kind] = cycle(make(setup))
            except NotOffered as lacking:
                setup.notes.append(f"No {kind} tokens were introspected. {lacking}")
    if not found:
        raise NotOffered(
            "There is no token of any kind to introspect.", "[load] mix, or another confidential client"
        )
    kinds = weighted(setup.random, {kind: shares[kind] for kind in found}, DRAWN)
    return cycle([next(found[kind]) for kind in kinds])


def _active(setup: Setup) -> Sequence[Question]:
    promises = setup.promises
    client = setup.requester()
    if client.id in promises.habits.one:
        setup.issue(client, 1)

        def newest() -> tuple[str, Check]:
            token = promises.newest[client.id]
            return token.value, lambda reply, ask: promises.introspected(reply, ask, token)

        return [newest]
    tokens = setup.issue(client, ACTIVE)

    def about(token: Token) -> Check:
        return lambda reply, ask: promises.introspected(reply, ask, token)

    asked = {token.value: about(token) for token in tokens}
    return [(token.value, asked[token.value]) for token in zipf(setup.random, tokens, DRAWN)]


def _expired(setup: Setup) -> Sequence[Question]:
    client = setup.clients.short_lived()
    wait = (client.access_token_seconds or 0) + (setup.target.leeway or 0) + 1
    if setup.target.leeway is None or wait > LONGEST_WAIT:
        raise NotOffered(
            "Nobody says how long an expired token may still work, or it takes too long.",
            '[times] leeway = "0s", and a client with access_token = "2s"',
        )
    tokens = setup.issue(client, EACH_OTHER)
    time.sleep(wait)
    return [(token.value, setup.promises.is_dead) for token in zipf(setup.random, tokens, DRAWN)]


def _revoked(setup: Setup) -> Sequence[Question]:
    client = setup.requester()
    revocation = setup.revocation(setup.send)
    tokens = setup.issue(client, EACH_OTHER)
    for token in tokens:
        answer = revocation.revoke(token.value, as_=client)
        if not answer.is_success:
            raise CannotTest(f"A token of {client.name} cannot be revoked: {answer.brief}.")
    time.sleep(setup.target.propagation)
    return [(token.value, setup.promises.is_dead) for token in zipf(setup.random, tokens, DRAWN)]


def _foreign(setup: Setup) -> Sequence[Question]:
    promises = setup.promises
    other = setup.clients.another(setup.requester(), "client_credentials")
    tokens = setup.issue(other, EACH_OTHER)

    def about(token: Token) -> Check:
        return lambda reply, ask: promises.is_foreign(reply, ask, token)

    asked = {token.value: about(token) for token in tokens}
    return [(token.value, asked[token.value]) for token in zipf(setup.random, tokens, DRAWN)]


def _garbage(setup: Setup) -> Sequence[Question]:
    return [(secrets.token_urlsafe(32), setup.promises.is_dead) for _ in range(EACH_OTHER)]
