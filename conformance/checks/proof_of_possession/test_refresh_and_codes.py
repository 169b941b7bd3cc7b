"""What else is bound to a key: the refresh token of a public client, and a code by dpop_jkt (RFC 9449 5 and 10)."""

from __future__ import annotations

import secrets

import pytest

from conformance.checks.proof_of_possession.conftest import NewKey, Proving, Redeeming
from conformance.checks.support.controls import s256
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.without_browser import OwnerSession
from fixtures.proof_of_possession import ProofKey
from fixtures.target import Client

pytestmark = pytest.mark.embedded(dpop=True)


@pytest.fixture
def key(new_key: NewKey) -> ProofKey:
    """A fresh key."""
    return new_key()


@pytest.fixture
def refresh_token(redeeming: Redeeming, public_client: Client, key: ProofKey) -> str:
    """A refresh token that a public client got with a proof of `key`, as one before it that was exchanged by it."""
    answer = redeeming(public_client, key).require_success("No token was given for a good proof")
    if answer.refresh_token is None:
        raise NotOffered(
            f"The server gives {public_client.name} no refresh token.",
            "a public client that gets refresh tokens",
        )
    return answer.refresh_token


def _fields(refresh_token: str) -> dict[str, str | None]:
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


@requirement("9449-5-04", broken_by="dpop-refresh-token-unbound")
@requirement("9449-5-05", broken_by="dpop-refresh-binding-unchecked")
@tolerates("legal-dpop-access-token-unbound", "legal-dpop-other-key-is-a-bad-proof")
def test_a_public_client_refreshes_with_its_key(
    token: TokenEndpoint, refresh_token: str, public_client: Client
) -> None:
    """The refresh token that a public client got with a proof gets nothing without one."""
    answer = token.refreshing.post(_fields(refresh_token), as_=public_client)

    assert not answer.grants_a_token


@requirement("9449-5-05", broken_by="dpop-refresh-binding-unchecked")
@tolerates("legal-dpop-access-token-unbound", "legal-dpop-other-key-is-a-bad-proof")
def test_a_public_client_refreshes_with_no_other_key(
    token: TokenEndpoint, proving: Proving, refresh_token: str, public_client: Client, new_key: NewKey
) -> None:
    """The refresh token that a public client got with a proof gets nothing with a proof of another key."""
    answer = proving(token.refreshing, _fields(refresh_token), new_key(), as_=public_client)

    assert not answer.grants_a_token


@pytest.fixture
def bound_code(
    authorization: AuthorizationEndpoint, owner_session: OwnerSession, public_client: Client, key: ProofKey
) -> dict[str, str | None]:
    """The form for a code whose request named the thumbprint of `key` as dpop_jkt."""
    verifier = secrets.token_urlsafe(48)
    url = authorization.request(
        public_client,
        scope=public_client.scope or None,
        code_challenge=s256(verifier),
        code_challenge_method="S256",
        dpop_jkt=key.thumbprint,
    )
    landing = owner_session.opens(url, public_client.redirect_uris)
    if not landing.code:
        raise CannotTest("A request with dpop_jkt ended without a code.")
    return {
        "grant_type": "authorization_code",
        "code": landing.code,
        "redirect_uri": public_client.redirect_uri,
        "code_verifier": verifier,
    }


@requirement("9449-10-01", broken_by="dpop-jkt-unchecked")
@tolerates("legal-dpop-access-token-unbound")
def test_a_code_is_exchanged_with_the_key_of_its_request(
    token: TokenEndpoint,
    proving: Proving,
    bound_code: dict[str, str | None],
    public_client: Client,
    new_key: NewKey,
) -> None:
    """A code whose request named a key by dpop_jkt is not exchanged with a proof of another key."""
    answer = proving(token, bound_code, new_key(), as_=public_client)

    assert not answer.grants_a_token


@requirement("9449-10-S01", broken_by="dpop-refuses-the-key-of-the-request")
def test_a_code_is_exchanged_with_its_own_key(
    token: TokenEndpoint,
    proving: Proving,
    bound_code: dict[str, str | None],
    public_client: Client,
    key: ProofKey,
) -> None:
    """A code whose request named a key by dpop_jkt is exchanged with a proof of that key."""
    answer = proving(token, bound_code, key, as_=public_client)

    assert answer.grants_a_token
