"""A client refreshes (RFC 6749 section 6), link after link of a chain, and now and then tries a link that was spent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fixtures.errors import CannotTest
from fixtures.target import Client, Owner
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
    """A chain of refresh tokens. newest: the one that works; owner: her username; length: how many there were."""

    newest: str
    owner: str
    length: int = 0


def chains(setup: Setup) -> Iterations:
    """Each arrival takes a chain that rests and adds a link to it."""
    client = setup.redeemer()
    owners = [owner for owner in setup.target.owners.values() if not owner.expendable]
    refresh = setup.splice("refresh", lambda send, token: setup.token(send).refresh(token, as_=client))
    promises = setup.promises
    setup.clients.owner()  # NotOffered where there is none
    resting, alone = deque(_begun(setup, client, CHAINS)), False
    if not _refreshes(setup, client, resting[0]):
        # a grant ends the one before it, so that each owner can have one chain
        resting, alone = deque(_begun(setup, client, 1, owner=owner)[0] for owner in owners), True
        setup.note_once(
            f"A new grant of {client.name} ends the one before it, which is the server's choice: "
            f"there is one chain for each of {len(owners)} owners, and arrivals wait for one that rests."
        )
        resting = deque(chain for chain in resting if _refreshes(setup, client, chain))
        if not resting:
            raise CannotTest(f"No refresh token of {client.name} works, not even the newest.")
    spared = alone or setup.target.times.get("refresh_grace", 0)
    to_be_spent = deque([] if spared else _begun(setup, client, SPENT, apart=True))
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
        token = promises.rotated(reply, ask, client, chain.newest, owner=chain.owner)
        if token is not None:
            chain.newest, chain.length = token.refresh_token or chain.newest, chain.length + 1
        resting.append(chain)

    def tries_again(chain: Chain) -> Iteration:
        ask = refresh(chain.newest)
        reply = yield ask
        token = promises.rotated(reply, ask, client, chain.newest, owner=chain.owner)
        if token is not None and token.refresh_token not in {None, chain.newest}:
            reply = yield ask
            promises.refused_again(reply, ask, "refresh-once")

    return refreshes


def _refreshes(setup: Setup, client: Client, chain: Chain) -> bool:
    """Whether the newest token of a chain works, which adds a token to it."""
    answer = setup.token(setup.send).refresh(chain.newest, as_=client)
    chain.newest = answer.refresh_token or chain.newest
    return bool(answer.is_success)


def _begun(
    setup: Setup, client: Client, count: int, *, owner: Owner | None = None, apart: bool = False
) -> list[Chain]:
    """Chains of one refresh token each, from codes that the owner allowed; apart: each in a session of its own.

    Each code is exchanged before the next is asked for: a server may end a code with the next one.
    """
    owner = owner or setup.clients.owner()
    found = []
    for minted in setup.minting(client, count, owner=owner, apart=apart):
        answer = setup.token(setup.send).redeem(
            minted.code, as_=client, redirect_uri=client.redirect_uri, verifier=minted.verifier
        )
        token = answer.require_success(f"No tokens for a code of {client.name}").refresh_token
        if token is None:
            raise CannotTest(
                f"{client.name} gets no refresh token for a code.",
                "Register it for the grant refresh_token, or ask for the scope that brings one.",
            )
        found.append(Chain(token, owner.username))
    return found
