"""What the checks of random requests are handed: a search of their own, and the proper requests that are spoilt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.checks.authorization.accepted_uris import taken
from conformance.checks.authorization.conftest import Ask, ask, code_client, seen
from conformance.checks.authorization.redirection.conftest import web_client
from conformance.checks.fuzzing.draft import Draft, at, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.controls import TokenFor, s256
from conformance.checks.support.draws import Draws
from fixtures.endpoints import AuthorizationEndpoint, IntrospectionEndpoint, RevocationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Send
from fixtures.http.recorder import Recorder
from fixtures.target import Client

__all__ = ["Ask", "ask", "code_client", "seen", "taken", "web_client"]  # fixtures of the ordinary checks

NEVER_ISSUED = "no-such-token-was-ever-issued-by-this-server"


@pytest.fixture
def search(request: pytest.FixtureRequest, draws: Draws, recorder: Recorder, send: Send) -> Search:
    """Searches for a request that makes the check fail."""
    return Search(check=request.node.nodeid, draws=draws, recorder=recorder, send=send)


@pytest.fixture(scope="session")
def token_drafts(token: TokenEndpoint, own_client: Client, token_for: TokenFor) -> Sequence[Draft]:
    """Requests of every grant type at the token endpoint, the first of which was seen to get a token."""
    token_for(own_client)
    uri = own_client.redirect_uri or "https://client.example/cb"
    fields: dict[str, dict[str, str | None]] = {
        "client_credentials": {"scope": own_client.scope or None},
        "authorization_code": {"code": NEVER_ISSUED, "redirect_uri": uri, "code_verifier": "v" * 43},
        "refresh_token": {"refresh_token": NEVER_ISSUED, "scope": own_client.scope or None},
        "password": {"username": "nobody", "password": NEVER_ISSUED, "scope": own_client.scope or None},
    }
    return [
        at(token, f"a token request by {grant}", {"grant_type": grant, **more}, as_=own_client)
        for grant, more in fields.items()
    ]


@pytest.fixture(scope="session")
def authorization_draft(authorization: AuthorizationEndpoint, code_client: Client) -> Draft:
    """An authorization request that gets a code, as the parameters of its query."""
    fields = {
        "response_type": "code",
        "client_id": code_client.id,
        "redirect_uri": code_client.redirect_uri,
        "scope": code_client.scope or None,
        "state": "a-state-of-the-client",
        "code_challenge": s256("v" * 43),
        "code_challenge_method": "S256",
    }
    return Draft(
        what="an authorization request",
        method="GET",
        url=authorization.url,
        parts=tuple(written(name, value) for name, value in fields.items() if value is not None),
        headers=(("Accept", "text/html"),),
        in_query=True,
    )


@pytest.fixture(scope="session")
def introspection_draft(introspection: IntrospectionEndpoint) -> Draft:
    """A question about a token that was never issued, after it was seen to be answered as one."""
    answer = introspection.introspect(NEVER_ISSUED)
    if answer.members.get("active") is not False:
        raise CannotTest(
            f"An ordinary introspection request was answered {answer.brief}, so wrong ones say nothing.",
            "Does [introspection] client name a client that may introspect?",
        )
    fields = {"token": NEVER_ISSUED, "token_type_hint": "access_token"}
    return at(introspection, "an introspection request", fields, as_=introspection.caller)


@pytest.fixture(scope="session")
def revocation_draft(revocation: RevocationEndpoint, web: Client, token_for: TokenFor) -> Draft:
    """A request to revoke a token that was never issued, after one for a live token was served.

    A server may revoke refresh tokens alone, and say so (RFC 7009 section 2.2.1).
    """
    answer = revocation.revoke(token_for(web), as_=web)
    if answer.error != "unsupported_token_type":
        answer.require_success(
            f"{web.name} cannot revoke its token, so wrong requests say nothing",
            "Does [endpoints] revocation name the revocation endpoint?",
        )
    fields = {"token": NEVER_ISSUED, "token_type_hint": "access_token"}
    return at(revocation, "a revocation request", fields, as_=web)
