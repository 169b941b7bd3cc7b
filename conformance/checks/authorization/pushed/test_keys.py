"""A pushed request that proves a key binds its code to it (RFC 9449 section 10.1)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance.checks.authorization.conftest import ordinary
from conformance.checks.authorization.pushed.conftest import OpenReference, request_uri_of
from conformance.checks.support.controls import s256
from conformance.ledger.requirement import requirement
from fixtures.endpoints import PushedAuthorizationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.proof_of_possession import ProofKey
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target

pytestmark = pytest.mark.embedded(par=True, dpop=True)
PushProof = Callable[..., Answer]


@pytest.fixture
def key(target: Target, server_time: ServerTime) -> ProofKey:
    """A fresh key; NotOffered at a server that announces no DPoP by ES256."""
    announced = target.metadata.get("dpop_signing_alg_values_supported")
    if not isinstance(announced, list) or "ES256" not in announced:
        raise NotOffered(
            "The server announces no DPoP by ES256.",
            'dpop_signing_alg_values_supported = ["ES256"] in the server\'s metadata',
        )
    return ProofKey(clock=server_time.epoch)


@pytest.fixture
def push_proof(pushing: PushedAuthorizationEndpoint, code_client: Client) -> PushProof:
    """Pushes an ordinary request with a proof of a key, once more with the nonce where one is asked for."""

    def send(key: ProofKey, **changes: str | None) -> Answer:
        fields = ordinary(code_client, {**changes, "client_id": None})

        def once(**more: str) -> Answer:
            proof = key.prove("POST", pushing.url, **more)
            return pushing.push(code_client, fields, headers=[("DPoP", proof)])

        answer = once()
        nonce = answer.header("dpop-nonce")
        return once(nonce=nonce) if answer.error == "use_dpop_nonce" and nonce else answer

    return send


@requirement("9449-10.1-02", broken_by="par-ignores-the-dpop-header")
def test_a_code_is_bound_to_the_key_that_was_pushed(
    push_proof: PushProof,
    open_reference: OpenReference,
    token: TokenEndpoint,
    code_client: Client,
    key: ProofKey,
) -> None:
    """A code of a request that was pushed with a proof is not exchanged without one."""
    verifier = secrets.token_urlsafe(48)
    pushed = push_proof(key, code_challenge=s256(verifier))
    landing = open_reference(code_client, request_uri_of(pushed))
    if not landing.code:
        raise CannotTest("A request that was pushed with a proof ended without a code.")

    answer = token.redeem(
        landing.code, as_=code_client, redirect_uri=code_client.redirect_uri, verifier=verifier
    )

    assert not answer.grants_a_token


@requirement("9449-10.1-01", broken_by="par-proof-unchecked")
def test_a_bad_proof_pushes_nothing(push_proof: PushProof, key: ProofKey) -> None:
    """A pushed request whose DPoP proof is for another method (htm) is refused."""
    push_proof(key).require_success("A request with a good proof was not taken")

    answer = push_proof(_ForGet(clock=key.clock))

    assert not answer.is_success


class _ForGet(ProofKey):
    """A key whose proofs are for GET."""

    def prove(self, method: str, url: str, *, token: str | None = None, **changes: str | None) -> str:  # noqa: ARG002 - whatever the method is
        return super().prove("GET", url, token=token, **changes)


@requirement("9449-10.1-03", broken_by="par-two-keys-accepted")
def test_two_keys_push_nothing(push_proof: PushProof, key: ProofKey, server_time: ServerTime) -> None:
    """A pushed request whose dpop_jkt names another key than its DPoP proof is refused."""
    other = ProofKey(clock=server_time.epoch)
    push_proof(key, dpop_jkt=key.thumbprint).require_success("A request with a good proof was not taken")

    answer = push_proof(key, dpop_jkt=other.thumbprint)

    assert not answer.is_success
