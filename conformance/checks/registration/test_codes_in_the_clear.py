"""No code travels to another machine without encryption (RFC 6749 sections 10.5 and 10.8, RFC 9700 section 2.6)."""

from __future__ import annotations

import secrets

import pytest

from conformance.checks.support.controls import s256
from conformance.checks.support.facts import Fact
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client
from fixtures.target.clients import Clients

ENCRYPTED = "https://client.example/cb/encrypted"
IN_THE_CLEAR = "http://client.example/cb/in-the-clear"


def code_arrives(
    register: Register, authorization: AuthorizationEndpoint, owner: OwnerSession, like: Client, uri: str
) -> bool:
    """Whether a client that asks for this redirection URI is registered with it, and is sent a code there.

    like: a client of the target whose scope it asks for.
    """
    scope = like.scope or None
    answer = register(redirect_uris=[uri], scope=scope)
    identifier = answer.members.get("client_id")
    if not answer.is_success or uri not in (answer.members.get("redirect_uris") or []):
        return False
    client = Client(name="registered", id=str(identifier), redirect_uris=(uri,))
    request = authorization.request(
        client,
        scope=scope,
        state=secrets.token_urlsafe(12),
        code_challenge=s256(secrets.token_urlsafe(48)),
        code_challenge_method="S256",
    )
    return owner.opens(request, client.redirect_uris).code is not None


@pytest.fixture
def code_in_the_clear(
    register: Register, authorization: AuthorizationEndpoint, owner_session: OwnerSession, clients: Clients
) -> Fact:
    """Whether a client that registers an http redirection URI is sent a code there.

    CannotTest unless one that registers an https redirection URI is sent a code.
    """
    like = clients.confidential("authorization_code")
    if not code_arrives(register, authorization, owner_session, like, ENCRYPTED):
        raise CannotTest("A client registered with an https redirection URI was sent no code.")
    return Fact(
        code_arrives(register, authorization, owner_session, like, IN_THE_CLEAR),
        f"a code at {IN_THE_CLEAR}",
        f"no code at {IN_THE_CLEAR}",
        f"a client was registered with {IN_THE_CLEAR}, and a code was sent there",
    )


@requirement("6749-10.5-01", broken_by="register-http-accepted")
@requirement("6749-10.8-02", broken_by="register-http-accepted")
def test_no_code_is_sent_in_the_clear(code_in_the_clear: Fact) -> None:
    """No code is sent to a plain http redirection URI on another host, even where a client registered it."""
    assert not code_in_the_clear


@requirement("9700-2.6-04", broken_by="register-http-accepted")
@requirement("9700-2.6-05", broken_by="register-http-accepted")
def test_an_authorization_response_is_encrypted(code_in_the_clear: Fact) -> None:
    """No authorization response goes to an http redirection URI that is not on the owner's own machine."""
    assert not code_in_the_clear
