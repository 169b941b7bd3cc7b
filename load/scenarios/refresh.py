"""A client refreshes (RFC 6749 section 6), link after link of a chain, and now and then tries a link that was spent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fixtures.errors import CannotTest
from fixtures.target import Client
from load.scenarios.setup import Setup
from load.traffic.iteration import Iteration, Iterations, Pause

CHAINS = 16
"""How many chains there are that last: as many refreshes can be under way at once."""

SPENT = 10
"""How many chains there are of which a spent token is tried again, which may end them (RFC 9700 section 4.14.2)."""

REPLAY_EVERY = 25
"""Every so many refreshes are of such a chain."""

LOOK_AGAIN = 0.01
"""Seconds after which an arrival that found every chain busy looks again."""


@dataclass(slots=True)
class Chain:
    """A chain of refresh tokens. newest: the one that works; length: how many there were."""

    newest: str
    length: int = 0


def chains(setup: Setup) -> Iterations:
    """Each arrival takes a chain that rests and adds a link to it."""
    client = setup.redeemer()
    refresh = setup.splice("refresh", lambda send, token: setup.token(send).refresh(token, as_=client))
    promises = setup.promises
    resting = deque(_begun(setup, client, CHAINS))
    grace = setup.target.times.get("refresh_grace", 0)
    to_be_spent = deque(_begun(setup, client, SPENT, apart=True) if not grace else [])
    tried = 0

    def refreshes() -> Iteration:
        nonlocal tried
        tried += 1
        if to_be_spent and tried % REPLAY_EVERY == 0:
            yield from tries_again(to_be_spent.popleft())
            return
        while not resting:
            yield Pause(LOOK_AGAIN)
        chain = resting.popleft()
        ask = refresh(chain.newest)
        reply = yield ask
        token = promises.rotated(reply, ask, client, chain.newest)
        if token is not None:
            chain.newest, chain.length = token.refresh_token or chain.newest, chain.length + 1
        resting.append(chain)

    def tries_again(chain: Chain) -> Iteration:
        ask = refresh(chain.newest)
        reply = yield ask
        token = promises.rotated(reply, ask, client, chain.newest)
        if token is not None and token.refresh_token not in {None, chain.newest}:
            reply = yield ask
            promises.refused_again(reply, ask, "refresh-once")

    return refreshes


def _begun(setup: Setup, client: Client, count: int, *, apart: bool = False) -> list[Chain]:
    """Chains of one refresh token each, from codes that the owner allowed; apart: each in a session of its own."""
    found = []
    for minted in setup.mint(client, count, apart=apart):
        answer = setup.token(setup.send).redeem(
            minted.code, as_=client, redirect_uri=client.redirect_uri, verifier=minted.verifier
        )
        token = answer.require_success(f"No tokens for a code of {client.name}").refresh_token
        if token is None:
            raise CannotTest(
                f"{client.name} gets no refresh token for a code.",
                "Register it for the grant refresh_token, or ask for the scope that brings one.",
            )
        found.append(Chain(token))
    return found
