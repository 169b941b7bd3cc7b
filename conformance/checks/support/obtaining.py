"""How a run obtains codes, tokens and grants, and exchanges them: what conftest.py hands to checks as functions.

Each does as a careful client does, and raises CannotTest or NotOffered where it gets nothing. The values themselves,
and how to see whether a token works, are in controls.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import EllipsisType

from conformance.checks.support.controls import (
    Code,
    CodeFor,
    Grant,
    GrantFor,
    Issued,
    Lasting,
    LastingToken,
    Liveness,
    Redeem,
    Refresh,
    ScopeOf,
    TokenFor,
    s256,
)
from conformance.checks.support.waiting import Patience
from fixtures.endpoints import AuthorizationEndpoint, RevocationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client

MOST_GIVEN_BACK = 300
"""Tokens that a run revokes at its end: those that were issued last."""


@contextmanager
def given_back(revocation: RevocationEndpoint | None) -> Iterator[Issued]:
    """What a run was given; revoked at the end where there is an endpoint for it."""
    kept = Issued()
    yield kept
    if revocation is None:
        return
    for client, value in kept.tokens[-MOST_GIVEN_BACK:]:
        try:
            revocation.revoke(value, as_=client)
        except CannotTest:
            return


def tokens_from(token: TokenEndpoint, liveness: Liveness, issued: Issued) -> TokenFor:
    """Gets access tokens by client credentials, seen alive where that can be seen."""

    def get(client: Client, *, scope: str | None = None) -> str:
        asked = scope if scope is not None else client.scope or None
        answer = issued.note(client, token.client_credentials(as_=client, scope=asked))
        answer.require_success(
            f"No token for {client.name} by client credentials",
            f"Do id, secret, auth, grants and scope of [clients.{client.name}] match the server?",
        )
        value = answer.access_token
        if value is None:
            raise CannotTest(f"The token answer for {client.name} holds no access token: {answer.brief}.")
        liveness.require_alive(value)
        return value

    return get


def codes_of(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets authorization codes by the consent of the owner of this session."""

    def get(
        client: Client,
        *,
        scope: str | None = None,
        redirect_uri: str | None = "",
        method: str | None = "S256",
        verifier: str | None = None,
        challenge: str | None = None,
    ) -> Code:
        uri = client.redirect_uri if redirect_uri == "" else redirect_uri
        made = verifier or secrets.token_urlsafe(48)
        sent = challenge or (s256(made) if method == "S256" else made)
        url = authorization.request(
            client,
            redirect_uri=uri,
            scope=scope if scope is not None else client.scope or None,
            state=secrets.token_urlsafe(12),
            code_challenge=None if method is None else sent,
            code_challenge_method=method or None,
        )
        landing = owner_session.opens(url, client.redirect_uris)
        if landing.code:
            return Code(
                value=landing.code,
                client=client,
                redirect_uri=uri,
                verifier=None if method is None else made,
                challenge=None if method is None else sent,
            )
        told = landing.query.get("error", "") if landing.is_at_client else "a page that was not understood"
        why = f"The authorization request of {client.name} ended without a code: {told or landing.uri[:200]}."
        crashed = landing.answer is not None and landing.answer.status >= 500
        if not crashed and (method != "S256" or challenge is not None or uri is None):
            get(client, scope=scope)
            what = "code_challenge_method " + (method or "left out") if method is not None else "no PKCE"
            raise NotOffered(
                f"The server refuses a request with {what}{' and no redirect_uri' if uri is None else ''}. {why}",
                f"a server that allows [clients.{client.name}] such a request",
            )
        raise CannotTest(
            why, f"Do redirect_uris, grants and scope of [clients.{client.name}] match the server?"
        )

    return get


def redeeming_at(token: TokenEndpoint, issued: Issued) -> Redeem:
    """Exchanges authorization codes."""

    def send(code: Code, /, *, as_: Client | EllipsisType | None = ..., **changes: str | None) -> Answer:
        client = code.client if isinstance(as_, EllipsisType) else as_
        fields = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": code.redirect_uri,
            "code_verifier": code.verifier,
            **changes,
        }
        return issued.note(client or code.client, token.post(fields, as_=client))

    return send


def refreshing_at(token: TokenEndpoint, issued: Issued) -> Refresh:
    """Exchanges refresh tokens."""

    def send(refresh_token: str, /, *, as_: Client | None, **changes: str | None) -> Answer:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        answer = token.refreshing.post(fields, as_=as_)
        return issued.note(as_, answer) if as_ is not None else answer

    return send


def grants_of(redeem: Redeem, code_for: CodeFor) -> GrantFor:
    """Gets tokens by the authorization code grant."""

    def get(client: Client, *, scope: str | None = None) -> Grant:
        answer = redeem(code_for(client, scope=scope))
        return Grant(
            client=client, answer=answer.require_success(f"The code of {client.name} was not exchanged")
        )

    return get


def scopes_by(liveness: Liveness) -> ScopeOf:
    """Tells which scope the access token of an answer has."""

    def tell(answer: Answer, *, asked: frozenset[str]) -> frozenset[str]:
        if liveness.introspection is not None and answer.access_token is not None:
            told = liveness.introspection.introspect(answer.access_token)
            if told.members.get("active") is True and told.scope is not None:
                return told.scope
        return asked if answer.scope is None else answer.scope

    return tell


def lasting_tokens(
    token: TokenEndpoint, issued: Issued, patience: Patience, shortest_lived: Callable[[], Client]
) -> LastingToken:
    """Gets tokens that the run can outlive. shortest_lived: gives the client whose tokens end soonest."""

    def get(chosen: Client | None = None) -> Lasting:
        client = chosen or shortest_lived()
        answer = issued.note(client, token.client_credentials(as_=client, scope=client.scope or None))
        got = patience.time.now()
        answer.require_success(f"No token for {client.name} by client credentials")
        told = answer.members.get("expires_in")
        is_told = isinstance(told, int) and not isinstance(told, bool)
        seconds = told if is_told else client.access_token_seconds
        key = '[clients.brief] access_token = "2s", for a client that the server gives such tokens'
        lifetime = patience.require(seconds, f"An access token of {client.name}", key)
        return Lasting(answer.access_token or "", got, lifetime)

    return get
