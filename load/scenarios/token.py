"""A client asks for a token on its own behalf (RFC 6749 section 4.4): by Basic, in the body, by a signed assertion."""

from __future__ import annotations

from collections import deque

from fixtures.assertion import LIFETIME_SECONDS
from fixtures.errors import NotOffered
from fixtures.target import Client
from load.scenarios.setup import Setup
from load.traffic.iteration import Call, Iteration, Iterations

ANOTHER_EVERY = 5
"""Every so many tokens are another client's."""

MARGIN_SECONDS = 10
"""How long before its end an assertion is still taken to be good: clocks differ, and signing took a while."""


def by_basic(setup: Setup) -> Iterations:
    """The secret in the Authorization header (RFC 6749 section 2.3.1)."""
    return _with_secret(setup, setup.requester("client_secret_basic"))


def by_body(setup: Setup) -> Iterations:
    """The secret in the body (RFC 6749 section 2.3.1)."""
    return _with_secret(setup, setup.requester("client_secret_post"))


def by_any_secret(setup: Setup) -> Iterations:
    """The secret where the target's first such client puts it."""
    return _with_secret(setup, setup.requester())


def by_assertion(setup: Setup) -> Iterations:
    """An assertion of its own for every request (RFC 7523 section 2.2), all signed before the run."""
    longest = LIFETIME_SECONDS - MARGIN_SECONDS
    if setup.seconds > longest:
        raise NotOffered(
            f"Assertions are signed before the run and live {LIFETIME_SECONDS} s.",
            f"--for {longest}s or less",
        )
    client = setup.requester("private_key_jwt")
    scope = client.scope or None

    def signed() -> Call:
        return setup.call("token", lambda send: setup.token(send).client_credentials(as_=client, scope=scope))

    ready = deque(signed() for _ in range(setup.count))

    def asks() -> Iteration:
        ask = ready.popleft() if ready else signed()
        reply = yield ask
        setup.promises.granted(reply, ask, client, scope)

    return asks


def refusals(setup: Setup) -> Iterations:
    """A refresh token that was never issued: an error in the form of RFC 6749 section 5.2, and nothing else."""
    try:
        client = setup.requester()
    except NotOffered:
        client = setup.redeemer()
    ask = setup.call(
        "refused", lambda send: setup.token(send).refresh("never-issued-by-this-server", as_=client)
    )

    def is_refused() -> Iteration:
        reply = yield ask
        setup.promises.refused(reply, ask)

    return is_refused


def _with_secret(setup: Setup, client: Client) -> Iterations:
    """Now and then another client asks, where there is one: a token that both get is a token that was issued twice."""
    one, other = _requests(setup, client), setup.second(client)
    if other is None:
        return one
    another, begun = _requests(setup, other), 0

    def either() -> Iteration:
        nonlocal begun
        begun += 1
        return one() if begun % ANOTHER_EVERY else another()

    return either


def _requests(setup: Setup, client: Client) -> Iterations:
    scope, promises = client.scope or None, setup.promises
    ask = setup.call("token", lambda send: setup.token(send).client_credentials(as_=client, scope=scope))

    def asks() -> Iteration:
        number = promises.asked(client)
        reply = yield ask
        promises.granted(reply, ask, client, scope, number=number)

    return asks
