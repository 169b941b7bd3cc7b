"""A client pushes authorization requests (RFC 9126), and exchanges the codes that came of some of them."""

from __future__ import annotations

import secrets
from collections import deque

from fixtures.endpoints import PushedAuthorizationEndpoint, s256
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer, Request, Send
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client
from load.scenarios.setup import Minted, Setup
from load.traffic.iteration import Call, Iteration, Iterations

EXCHANGE_EVERY = 10
"""Every so many arrivals exchange a code."""

MOST_CODES = 40
"""How many codes are minted: each takes the owner a few pages."""

LOOK_EVERY = 4
"""Every so many requests that were pushed are opened, twice."""


def then_code(setup: Setup) -> Iterations:
    """Most arrivals push a request; a reference is new each time, and opened once."""
    client, promises = setup.redeemer("authorization_code"), setup.promises
    push = setup.call("par", lambda send: _push(setup, send, client))
    strict = _refuses_a_second_opening(setup, client)
    codes = deque(_redemption(setup, client, minted) for minted in _minted(setup, client))
    owner = setup.clients.owner().username
    taken = 0

    def pushes() -> Iteration:
        nonlocal taken
        taken += 1
        if codes and taken % EXCHANGE_EVERY == 0:
            ask = codes.popleft()
            reply = yield ask
            promises.granted(reply, ask, client, client.scope, owner=owner)
            return
        reply = yield push
        reference = promises.pushed(reply, push)
        if reference is None or taken % LOOK_EVERY:
            return
        opening = setup.call("par-opened", lambda send: _open(setup, send, client, reference))
        reply = yield opening
        if strict and reply.failure is None and reply.status < 400:
            reply = yield opening
            promises.opened_again(reply, opening)

    return pushes


def _push(setup: Setup, send: Send, client: Client, challenge: str = "A" * 43) -> Answer:
    fields = {
        "response_type": "code",
        "redirect_uri": client.redirect_uri,
        "scope": client.scope or None,
        "state": secrets.token_urlsafe(8),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return setup.pushing(send).push(client, fields)


def _open(setup: Setup, send: Send, client: Client, reference: str) -> Answer:
    """What somebody gets who has not signed in."""
    return send(Request(method="GET", url=setup.pushing(send).reference(client.id, reference)))


def _pushed(setup: Setup, client: Client, challenge: str = "A" * 43) -> str:
    answer = _push(setup, setup.send, client, challenge)
    reference = answer.members.get("request_uri")
    if answer.status != 201 or not isinstance(reference, str):
        raise CannotTest(f"{client.name} cannot push a request: {answer.brief}.")
    return reference


def _refuses_a_second_opening(setup: Setup, client: Client) -> bool:
    """Whether a reference that was opened is refused from then on: RFC 9126 section 4 advises it."""
    reference = _pushed(setup, client)
    first, second = (_open(setup, setup.send, client, reference).status for _ in range(2))
    if first < 400 <= second < 500:
        return True
    setup.note_once(
        "A request_uri is taken again before its owner has signed in, which RFC 9126 section 4 leaves to the server: "
        "none is opened twice."
    )
    return False


def _minted(setup: Setup, client: Client) -> list[Minted]:
    owner = setup.clients.owner()
    session = OwnerSession(owner, setup.send, pages=setup.target.pages)
    pushing: PushedAuthorizationEndpoint = setup.pushing(setup.send)
    found = []
    for _ in range(min(MOST_CODES, -(-setup.count // EXCHANGE_EVERY))):
        verifier = secrets.token_urlsafe(48)
        url = pushing.reference(client.id, _pushed(setup, client, s256(verifier)))
        code = session.opens(url, client.redirect_uris).code
        if not code:
            raise CannotTest(f"The owner allowed {client.name}, and no code came back to its redirect URI.")
        found.append(Minted(code=code, verifier=verifier))
    return found


def _redemption(setup: Setup, client: Client, minted: Minted) -> Call:
    return setup.call(
        "code",
        lambda send: setup.token(send).redeem(
            minted.code, as_=client, redirect_uri=client.redirect_uri, verifier=minted.verifier
        ),
    )
