"""A client exchanges codes that its owner allowed beforehand (RFC 6749 section 4.1.3), and some a second time."""

from __future__ import annotations

from collections import deque

from fixtures.errors import CannotTest
from fixtures.target import Client
from load.scenarios.setup import Setup
from load.traffic.iteration import Call, Iteration, Iterations

REPLAY_EVERY = 5
"""Every so many codes are exchanged once more, which has to fail (RFC 6749 section 4.1.2)."""

MOST_REPLAYS = 20
"""How many codes are exchanged twice at most: each takes the owner a session of its own."""


def exchange(setup: Setup) -> Iterations:
    """Each arrival exchanges a code of its own."""
    client, owner = setup.redeemer("authorization_code"), setup.clients.owner()
    promises = setup.promises

    def redeem(code: str, verifier: str) -> Call:
        return setup.call(
            "code",
            lambda send: setup.token(send).redeem(
                code, as_=client, redirect_uri=client.redirect_uri, verifier=verifier
            ),
        )

    _require_codes_that_wait(setup, client)
    twice = min(MOST_REPLAYS, -(-setup.count // REPLAY_EVERY))
    replayed = deque(redeem(each.code, each.verifier) for each in setup.mint(client, twice, apart=True))
    ready = deque(redeem(each.code, each.verifier) for each in setup.mint(client, setup.count - twice))
    taken = 0

    def exchanges() -> Iteration:
        nonlocal taken
        taken += 1
        again = bool(replayed) and (taken % REPLAY_EVERY == 0 or not ready)
        if not (ready or again):
            setup.note_once("More codes were asked for than were minted; those arrivals asked for nothing.")
            return
        ask = replayed.popleft() if again else ready.popleft()
        reply = yield ask
        token = promises.granted(reply, ask, client, client.scope, owner=owner.username)
        if token is not None and again:
            reply = yield ask
            promises.refused_again(reply, ask, "code-once")

    return exchanges


def _require_codes_that_wait(setup: Setup, client: Client) -> None:
    """CannotTest where a client's next code ends the one before: then none can be minted before the run."""
    first, _second = setup.mint(client, 2)
    answer = setup.token(setup.send).redeem(
        first.code, as_=client, redirect_uri=client.redirect_uri, verifier=first.verifier
    )
    if answer.error == "invalid_grant":
        raise CannotTest(
            f"The first of two codes of {client.name} is not to be exchanged once the second was issued, "
            "so codes cannot be minted before the run.",
            "Run --scenario refresh, which exchanges each code at once.",
        )
    answer.require_success(f"No tokens for a code of {client.name}")
