"""The nonce that a server asks for: how it asks, and that no other text will do (RFC 9449 section 8)."""

from __future__ import annotations

import secrets

import pytest

from conformance.checks.proof_of_possession.conftest import AskWith, Fields, NewKey
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

pytestmark = pytest.mark.embedded(dpop=True, dpop_nonce=True)


@pytest.fixture
def challenge(token: TokenEndpoint, dpop_client: Client, asking: Fields, new_key: NewKey) -> Answer:
    """The answer to a proof without a nonce; NotOffered where none is asked for."""
    proof = new_key().prove("POST", token.url)
    answer = token.post(asking, as_=dpop_client, headers=[("DPoP", proof)])
    asked = answer.error == "use_dpop_nonce" or answer.header("dpop-nonce") is not None
    if answer.grants_a_token or not asked:
        raise NotOffered("The server asks for no nonce.", "a server that asks for one")
    return answer


@requirement("9449-8-S01", broken_by="dpop-nonce-asked-with-401")
def test_a_nonce_is_asked_for_with_400(challenge: Answer) -> None:
    """A proof without a nonce is answered 400 with the error use_dpop_nonce."""
    assert challenge.has_status(400)
    assert challenge.has_error("use_dpop_nonce")


@requirement("9449-8-S02", broken_by="dpop-two-nonces-told")
@requirement("9449-8.2-01", broken_by="dpop-two-nonces-told")
def test_one_nonce_is_told(challenge: Answer) -> None:
    """The answer that asks for a nonce tells it in one DPoP-Nonce header field."""
    told = challenge.header_values("dpop-nonce")

    assert fact(len(told) == 1, "one DPoP-Nonce header field", f"{challenge}; {len(told)} of them")


@requirement("9449-4.3-10", broken_by="dpop-any-nonce-accepted")
@requirement("9449-11.3-01", broken_by="dpop-any-nonce-accepted")
def test_an_invented_nonce_is_none(ask_with: AskWith, new_key: NewKey, challenge: Answer) -> None:
    """A proof with a nonce that the server never told gets no token, and hears use_dpop_nonce."""
    assert challenge.has_error("use_dpop_nonce")
    answer = ask_with(new_key(), nonce=secrets.token_urlsafe(16))

    assert not answer.grants_a_token
    assert answer.has_error("use_dpop_nonce")
