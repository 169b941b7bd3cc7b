"""A client refreshes (RFC 6749 section 6), link after link of a chain, and now and then tries a link that was spent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fixtures.errors import CannotTest
from fixtures.target import Client
from load.journey import Journey, Journeys, Pause
from load.stage import Stage

CHAINS = 24
"""How many chains there are: as many refreshes can be under way at once."""

REPLAY_EVERY = 25
"""Every so many refreshes the spent token is tried again, which may end its chain (RFC 9700 section 4.14.2)."""

LOOK_AGAIN = 0.01
"""Seconds after which an arrival that found every chain busy looks again."""


@dataclass(slots=True)
class Chain:
    """A chain of refresh tokens. newest: the one that works; length: how many there were."""

    newest: str
    length: int = 0


def chains(stage: Stage) -> Journeys:
    """Each arrival takes a chain that rests and adds a link to it."""
    client = stage.redeemer()
    refresh = stage.splice("refresh", lambda send, token: stage.token(send).refresh(token, as_=client))
    watch = stage.watch
    resting = deque(_begun(stage, client))
    to_spare = len(resting) // 2 if not stage.target.times.get("refresh_grace") else 0
    tried = 0

    def adds_a_link() -> Journey:
        nonlocal to_spare, tried
        while not resting:
            yield Pause(LOOK_AGAIN)
        chain = resting.popleft()
        old, ask = chain.newest, refresh(chain.newest)
        reply = yield ask
        token = watch.rotated(reply, ask, client, old)
        if token is None:
            resting.append(chain)
            return
        chain.newest, chain.length = token.refresh_token or old, chain.length + 1
        tried += 1
        if chain.newest != old and to_spare and tried % REPLAY_EVERY == 0:
            to_spare -= 1
            again = refresh(old)
            reply = yield again
            watch.refused_again(reply, again, "refresh-once")
        else:
            resting.append(chain)

    return adds_a_link


def _begun(stage: Stage, client: Client) -> list[Chain]:
    """Chains of one refresh token each, from codes that the owner allowed."""
    found = []
    for minted in stage.mint(client, CHAINS):
        answer = stage.token(stage.send).redeem(
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
