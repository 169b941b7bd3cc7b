"""Access tokens that call themselves JWT access tokens, with all that is known of how each was issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from conformance.checks.support import choosing
from conformance.checks.support.controls import AnswerFor, GrantFor, Issued, Refresh
from conformance.checks.support.published_keys import Keys, keys_of
from fixtures.discovery import well_known_urls
from fixtures.endpoints import MetadataEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.jwt import Jwt, read_jwt
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

TYPE = "at+jwt"
OWN_CHOICE = "nothing, for the form of an access token is the server's own choice"
"""The key of a NotOffered that no target file can turn on."""


@dataclass(frozen=True, kw_only=True)
class SignedToken:
    """An access token that is a JWT.

    asked: the scope that was asked for; resource: for which it was asked, None where none was named; answer: of the
    token endpoint.
    """

    jwt: Jwt
    client: Client
    answer: Answer
    asked: str
    resource: str | None = None

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the token."""
        return self.jwt.claims


def require_jwt(value: str) -> Jwt:
    """The JWT that an access token is; NotOffered for an opaque or encrypted one."""
    found = read_jwt(value)
    if found is not None:
        return found
    form = "encrypted" if value.count(".") == 4 else "opaque"
    raise NotOffered(
        f"The server's access tokens are {form}, so nobody but their reader sees them.", OWN_CHOICE
    )


def require_declared(jwt: Jwt) -> Jwt:
    """The same JWT where it says that it follows RFC 9068; NotOffered where a server has a layout of its own."""
    if jwt.type == TYPE:
        return jwt
    raise NotOffered(
        f"The server's access tokens are JWTs of its own layout: typ says {jwt.header.get('typ')!r}, not {TYPE}.",
        f"access tokens with the typ {TYPE}, where the server lets its operator choose",
    )


class Obtain(Protocol):
    """Gets an access token that is a JWT of RFC 9068; NotOffered where the server gives none."""

    def __call__(self, client: Client, grant: str, scope: str | None = None) -> SignedToken:
        """grant: client_credentials or authorization_code; scope: None for all that the client may ask for."""
        ...


def signed(answer: Answer, client: Client, scope: str | None, resource: str | None = None) -> SignedToken:
    """The token of an answer; NotOffered where it is no JWT of RFC 9068."""
    jwt = require_declared(require_jwt(answer.access_token or ""))
    return SignedToken(
        jwt=jwt,
        client=client,
        answer=answer,
        asked=client.scope if scope is None else scope,
        resource=resource,
    )


class AnswerWithJwt(Protocol):
    """Gets a token answer, its token for a resource where only such tokens are JWTs."""

    def __call__(self, client: Client, grant: str, scope: str | None = None) -> tuple[Answer, str | None]:
        """The answer, and the resource that was named; NotOffered where its access token is no JWT."""
        ...


@pytest.fixture(scope="session")
def answer_with_jwt(
    request: pytest.FixtureRequest,
    answer_for: AnswerFor,
    token: TokenEndpoint,
    issued: Issued,
    target: Target,
) -> AnswerWithJwt:
    """Asks without a resource first, and for the first one that is known where that token is no JWT (RFC 8707)."""
    named = target.indicated[0].uri if target.indicated else None
    grant_for: GrantFor | None = request.getfixturevalue("grant_for") if named and target.owners else None

    def for_resource(client: Client, grant: str, scope: str | None) -> Answer:
        asking = client.asking_by(grant)
        if grant == "client_credentials" or grant_for is None:
            fields = {"grant_type": grant, "scope": scope or asking.scope or None, "resource": named}
            return issued.note(client, token.post(fields, as_=asking))
        return grant_for(asking, scope=scope, resource=named).answer

    def get(client: Client, grant: str, scope: str | None = None) -> tuple[Answer, str | None]:
        plain = answer_for(client, scope=scope, grant=grant)
        if read_jwt(plain.access_token or "") is not None or named is None:
            require_jwt(plain.access_token or "")
            return plain, None
        answer = for_resource(client, grant, scope).require_success(f"No token was given for {named}")
        require_jwt(answer.access_token or "")
        return answer, named

    return get


@pytest.fixture(scope="session")
def obtain(answer_with_jwt: AnswerWithJwt) -> Obtain:
    """Gets access tokens that are JWTs of RFC 9068."""

    def get(client: Client, grant: str, scope: str | None = None) -> SignedToken:
        answer, resource = answer_with_jwt(client, grant, scope)
        return signed(answer, client.asking_by(grant), scope, resource)

    return get


OWN, GRANTED = "client_credentials", "authorization_code"
MOST_TRIED = 6
"""Clients that are asked for a token before it is said that none gets a JWT: a server may set that for each."""


@dataclass(frozen=True)
class JwtClients:
    """The clients whose access tokens are JWTs, found by asking: once, for each time costs an owner's consent."""

    clients: Clients
    answer: AnswerWithJwt
    _known: dict[tuple[str, bool, str], Client | NotOffered] = field(default_factory=dict)

    def first(self, grant: str, *, public: bool = False, but: str = "") -> Client:
        """The first client that gets a JWT by this grant. but: the name of one that is not wanted."""
        key = (grant, public, but)
        if key not in self._known:
            try:
                self._known[key] = self._found(grant, public=public, but=but)
            except NotOffered as problem:
                self._known[key] = problem
        known = self._known[key]
        if isinstance(known, NotOffered):
            raise known
        return known

    def by_any_grant(self) -> tuple[Client, str]:
        """A confidential client that gets a JWT, and by which grant."""
        try:
            return self.first(OWN), OWN
        except (NotOffered, CannotTest):
            return self.first(GRANTED), GRANTED

    def _found(self, grant: str, *, public: bool, but: str) -> Client:
        fit = [
            client
            for client in self.clients.all
            if client.may(grant)
            and client.is_public == public
            and client.access_token_seconds is None
            and client.name != but
        ]
        problems: list[NotOffered | CannotTest] = []
        for client in fit[:MOST_TRIED]:
            asking = client if public else client.authenticating_by(self.clients.method(client))
            try:
                self.answer(asking, grant)
            except (NotOffered, CannotTest) as problem:
                problems.append(problem)
                continue
            return asking
        if problems:
            raise problems[0]
        kind = "public" if public else "confidential"
        raise NotOffered(
            f"The target file has no {'other ' if but else ''}{kind} client with the grant {grant}.",
            f'[clients.web] grants = ["{grant}"]',
        )


@pytest.fixture(scope="session")
def jwt_clients(clients: Clients, answer_with_jwt: AnswerWithJwt) -> JwtClients:
    """Finds clients whose access tokens are JWTs."""
    return JwtClients(clients, answer_with_jwt)


@pytest.fixture
def own_token(obtain: Obtain, jwt_clients: JwtClients) -> SignedToken:
    """A token by which a client acts on its own behalf."""
    return obtain(jwt_clients.first(OWN), OWN)


@pytest.fixture
def granted_token(obtain: Obtain, jwt_clients: JwtClients) -> SignedToken:
    """A token that a resource owner allowed a confidential client."""
    return obtain(jwt_clients.first(GRANTED), GRANTED)


@pytest.fixture
def app_token(obtain: Obtain, jwt_clients: JwtClients) -> SignedToken:
    """A token that a resource owner allowed a public client."""
    return obtain(jwt_clients.first(GRANTED, public=True), GRANTED)


@pytest.fixture
def tokens(request: pytest.FixtureRequest) -> list[SignedToken]:
    """A fresh token of each kind that the target gives."""
    found: list[SignedToken] = choosing.those_offered(request, "own_token", "granted_token", "app_token")
    return found


@pytest.fixture
def every_jwt(tokens: Sequence[SignedToken], issued: Issued) -> list[Jwt]:
    """Every JWT access token that this run was given so far, the fresh ones first; no token twice."""
    values = dict.fromkeys([token.jwt.value for token in tokens] + [value for _, value in issued.tokens])
    read = [jwt for jwt in map(read_jwt, values) if jwt is not None]
    return [jwt for jwt in read if jwt.type == TYPE]


@pytest.fixture
def refreshed(
    granted_token: SignedToken, refresh: Refresh, clients: Clients
) -> tuple[SignedToken, SignedToken]:
    """A token that an owner allowed, and the one of the refresh after it."""
    refresh_token = granted_token.answer.refresh_token
    if refresh_token is None:
        raise NotOffered(
            f"The server gives {granted_token.client.name} no refresh token.",
            f'[clients.{granted_token.client.name}] grants = ["authorization_code", "refresh_token"]',
        )
    client = clients.target.clients[granted_token.client.name]
    answer = refresh(refresh_token, as_=client, resource=granted_token.resource)
    answer.require_success("A fresh refresh token was refused")
    return granted_token, signed(answer, granted_token.client, None)


@pytest.fixture
def published(target: Target, send: Send) -> Keys:
    """Fetches the keys that the server publishes now; NotOffered where nobody says where they are."""
    return keys_of(target, send)


@pytest.fixture
def documents(target: Target, metadata: MetadataEndpoint) -> dict[str, Mapping[str, Any]]:
    """The metadata documents of the issuer, by the name of their place; NotOffered where there is one alone."""
    found: dict[str, Mapping[str, Any]] = {}
    for url in well_known_urls(target.issuer):
        name = "openid-configuration" if "openid-configuration" in url else "oauth-authorization-server"
        answer = metadata.fetch(url)
        if answer.status == 200 and answer.members.get("issuer") and name not in found:
            found[name] = answer.members
    if len(found) < 2:
        raise NotOffered("The server publishes one metadata document alone.", OWN_CHOICE)
    return found
