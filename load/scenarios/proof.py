"""A client asks for tokens that are bound to its key (RFC 9449), each with a proof that was signed before the run."""

from __future__ import annotations

import time
from collections import deque
from time import perf_counter

from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.proof_of_possession import ProofKey
from fixtures.target import Client
from load.scenarios.setup import Setup
from load.traffic.iteration import Call, Iteration, Iterations

LONGEST = 45.0
"""Seconds that a run may last: a proof says when it was made, and servers take those of the last minute."""

AGAIN_EVERY = 5
"""Every so many proofs are shown once more."""

KEY = "a server whose metadata hold dpop_signing_alg_values_supported with ES256"


def bound_tokens(setup: Setup) -> Iterations:
    """Tokens by client credentials; a proof that was taken is refused when it comes again."""
    if "ES256" not in (setup.target.metadata.get("dpop_signing_alg_values_supported") or ()):
        raise NotOffered("The server does not say that it takes proofs of possession by ES256.", KEY)
    if setup.seconds > LONGEST:
        raise NotOffered(
            "Proofs are signed before the run and are good for a minute.", f"--for {LONGEST:g}s or less"
        )
    client, promises = setup.requester(), setup.promises
    key = ProofKey(clock=time.time)
    nonce, strict = _learn(setup, client, key)
    began = perf_counter()
    proofs = [_proof(setup, key, nonce) for _ in range(setup.count)]
    each = (perf_counter() - began) / max(1, len(proofs))
    setup.note_once(
        f"{len(proofs):,} proofs were signed before the run, {each * 1e6:.0f} us each, outside of what was measured."
    )
    ready = deque(
        setup.call("dpop", lambda send, proof=proof: _ask(setup, send, client, proof))  # type: ignore[misc]
        for proof in proofs
    )
    taken = 0

    def asks() -> Iteration:
        nonlocal taken
        if not ready:
            setup.note_once(
                "More tokens were asked for than proofs were signed; those arrivals asked for nothing."
            )
            return
        ask: Call = ready.popleft()
        reply = yield ask
        if promises.granted(reply, ask, client, client.scope or None) is None:
            return
        taken += 1
        if strict and taken % AGAIN_EVERY == 0:
            reply = yield ask
            promises.refused_again(reply, ask, "proof-once")

    return asks


def _learn(setup: Setup, client: Client, key: ProofKey) -> tuple[str | None, bool]:
    """The nonce that proofs need, where they do, and whether a proof is refused that was taken before."""
    nonce = None
    proof = _proof(setup, key, nonce)
    answer = _ask(setup, setup.send, client, proof)
    if answer.error == "use_dpop_nonce":
        nonce = answer.header("DPoP-Nonce")
        proof = _proof(setup, key, nonce)
        answer = _ask(setup, setup.send, client, proof)
    answer.require_success(f"No token for {client.name} with a proof of possession")
    strict = not _ask(setup, setup.send, client, proof).is_success
    if not strict:
        setup.note_once(
            "The server takes a proof again, which RFC 9449 section 11.1 leaves to it: none is shown a second time."
        )
    return nonce, strict


def _proof(setup: Setup, key: ProofKey, nonce: str | None) -> str:
    return key.prove("POST", setup.token(setup.send).url, nonce=nonce)


def _ask(setup: Setup, send: Send, client: Client, proof: str) -> Answer:
    fields = {"grant_type": "client_credentials", "scope": client.scope or None}
    return setup.token(send).post(fields, as_=client, headers=(("DPoP", proof),))
