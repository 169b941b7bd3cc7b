"""What the server holds a client to is what it told the client when it registered it (RFC 7591 section 3.2.1).

Every member is optional, so that one which is not told is a finding only where the server shows that it registered it.
"""

from __future__ import annotations

from typing import Any

from conformance.checks.support.facts import all_of, covers, lacks
from conformance.checks.support.grammar import is_scope
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

BASIC, POST = "client_secret_basic", "client_secret_post"


def _worker(register: Register, auth: str = BASIC, **more: Any) -> tuple[Answer, Client]:
    """The answer to the registration of a client of the client credentials grant, and the client."""
    answer = register(
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
        token_endpoint_auth_method=auth,
        **more,
    )
    identifier, secret = answer.members.get("client_id"), answer.members.get("client_secret")
    if not answer.is_success or not isinstance(identifier, str) or not isinstance(secret, str):
        raise NotOffered(
            f"The server registers no client of the client credentials grant with {auth}: {answer.brief}.",
            "client_credentials at registration",
        )
    return answer, Client(name="registered", id=identifier, secret=secret, auth=auth)


@requirement("7591-3.2.1-04", broken_by="register-scope-not-told")
@tolerates("legal-register-scope-for-everybody", "legal-register-more-members")
def test_the_scope_that_a_client_is_held_to_is_told(
    register: Register, token: TokenEndpoint, clients: Clients
) -> None:
    """Where clients get the scope alone that they registered, the answer to their registration tells it."""
    values = clients.confidential("client_credentials").scope.split()
    if len(values) < 2:
        raise NotOffered(
            "The target file names no two scope values of one client.", '[clients.web] scope = "read write"'
        )
    mine, other = values[:2]
    answer, client = _worker(register, scope=mine)
    _, another = _worker(register, scope=other)
    granted = [
        bool(token.client_credentials(as_=each, scope=asked).grants_a_token)
        for each, asked in ((client, mine), (client, other), (another, other))
    ]
    if granted != [True, False, True]:
        raise NotOffered("The server holds no client to the scope that it registered.", "nothing: it may")

    assert answer.holds_kind("scope", str, "a string")
    assert covers(answer.scope or (), [mine])
    assert lacks(answer.scope or (), other)


@requirement("6749-3.3-S01", broken_by="register-malformed-scope-accepted")
@tolerates("legal-register-scope-for-everybody")
def test_a_registered_scope_outside_the_grammar_is_not_granted(
    register: Register, token: TokenEndpoint
) -> None:
    """A client that registers a scope with a quotation mark gets none, whether it asks for a scope or for nothing."""
    malformed = 'say"hello"'
    _worker(register)
    try:
        _, client = _worker(register, scope=malformed)
    except NotOffered:
        return

    for asked in (None, malformed):
        answer = token.client_credentials(as_=client, scope=asked)

        assert not answer.grants_a_token or answer.member_is(
            "scope",
            not answer.scope or is_scope(answer.members["scope"]),
            "made of printable ASCII, without quotation mark and backslash",
        )


@requirement("7591-3.2.1-04", broken_by="register-method-not-told")
@tolerates("legal-client-any-password-method", "legal-register-more-members")
def test_the_method_that_a_client_is_held_to_is_told(register: Register, token: TokenEndpoint) -> None:
    """Where a client gets in by no method but the one that it registered, its registration is answered with it."""
    registered = {auth: _worker(register, auth) for auth in (BASIC, POST)}
    granted = {
        (client.auth, auth): bool(token.client_credentials(as_=client, auth=auth).grants_a_token)
        for _, client in registered.values()
        for auth in (BASIC, POST)
    }
    if any(served != (own == auth) for (own, auth), served in granted.items()):
        raise NotOffered("The server holds no client to the method that it registered.", "nothing: it may")

    assert all_of(
        {
            f"registered for {auth}": answer.holds("token_endpoint_auth_method", auth)
            for auth, (answer, _) in registered.items()
        }
    )
