"""Clients that sign their authorization requests, and requests that were seen to get codes that way."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from conformance.checks.authorization.conftest import ending_of, ordinary
from conformance.checks.authorization.pushed.conftest import request_uri_of
from conformance.checks.support.controls import require_no_failure
from conformance.checks.support.offered import if_offered, pushed_authorization_endpoint
from conformance.checks.support.registering import Register, registering_at
from fixtures import assertion
from fixtures.discovery import client_of
from fixtures.endpoints import AuthorizationEndpoint, PushedAuthorizationEndpoint, with_query
from fixtures.errors import CannotTest, NotOffered, SteadyFailure
from fixtures.http.exchange import Send
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

ALGORITHMS = "request_object_signing_alg_values_supported"
KNOWN = ("ES256", "RS256", "PS256")
"""The algorithms by which the harness signs."""

QUERY, PUSHED = "in the query", "pushed"
OUTSIDE = ("response_type", "scope")
"""What OpenID Connect Core section 6.1 has beside an object, whatever stands in it."""

KEY = (
    '[clients.web] key = { env = ".." }, a private key of a client with the grant authorization_code, whose public '
    "half the server knows"
)


@dataclass(frozen=True)
class Signing:
    """A client that signs its requests, and the way by which they go to the server.

    url_of: from a request object, and parameters beside it, the URL that the owner opens; or where it ended, if it was
    refused before there was a URL. outside: the names of parameters that the server wants beside an object too, as
    OpenID Connect Core section 6.1 has it.
    """

    client: Client
    issuer: str
    clock: Callable[[], float]
    owner_session: OwnerSession
    url_of: Callable[[Client, Sequence[tuple[str, str]]], str | Landing]
    outside: tuple[str, ...] = ()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of an ordinary request, with what RFC 9101 section 4 would have there; None leaves one out."""
        fields = {**dict(ordinary(self.client, {})), **changes}
        claims = assertion.request_claims(fields, self.client, self.issuer, now=self.clock())
        return {name: value for name, value in claims.items() if value is not None}

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        key: str | None = None,
        algorithm: str | None = None,
        **header: Any,
    ) -> str:
        """A request object. key, algorithm: other ones than the client's; header: members of it that are changed."""
        return assertion.sign(
            claims,
            key or self.client.key or "",
            algorithm=algorithm or self.client.algorithm,
            key_id=self.client.key_id,
            header={"typ": assertion.REQUEST_OBJECT, **header},
        )

    def opens(
        self,
        text: str | None,
        *beside: tuple[str, str],
        client: Client | None = None,
        uris: Sequence[str] = (),
    ) -> Landing:
        """Opens a request that holds this object, as the owner.

        text: None for no object. beside: parameters beside it; client: who sends it, where that is another; uris: at
        which the journey ends as well.
        """
        sender = client or self.client
        ends = [*uris, *self.client.redirect_uris, *sender.redirect_uris]
        named = {name for name, _ in beside}

        def opened() -> Landing:
            parameters = list(beside)
            if text is not None:
                wanted = [pair for pair in ordinary(self.client, {}) if pair[0] in {*self.outside} - named]
                parameters = [("request", text), *wanted, *beside]
            url = self.url_of(sender, parameters)
            return url if isinstance(url, Landing) else self.owner_session.opens(url, ends)

        landing = opened()
        require_no_failure(landing, opened)
        return landing


@pytest.fixture(scope="session")
def announced(target: Target) -> list[str]:
    """The algorithms that the metadata name for request objects; empty where they name none."""
    told = target.metadata.get(ALGORITHMS)
    return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []


@pytest.fixture(scope="session")
def is_announced(target: Target, announced: Sequence[str]) -> bool:
    """Whether the metadata say that the server takes request objects."""
    told = ("request_parameter_supported", "require_signed_request_object")
    return bool(announced) or any(target.metadata.get(name) is True for name in told)


@pytest.fixture(scope="session")
def register(request: pytest.FixtureRequest, target: Target) -> Iterator[Register]:
    """Registers clients, and gives them up at the end."""
    if target.endpoint("registration") is None:
        raise NotOffered("No client of the target signs requests, and none can be registered.", KEY)
    with registering_at(request.getfixturevalue("registration")) as send:
        yield send


Enrol = Callable[..., Client]


@pytest.fixture(scope="session")
def enrol(register: Register, announced: Sequence[str], clients: Clients) -> Enrol:
    """Registers a client with a fresh key for its requests. changes: further members of its metadata."""
    scopes = [each.scope for each in clients.all if each.may("authorization_code") and each.scope]

    def send(name: str, **changes: Any) -> Client:
        usable = [each for each in KNOWN if each in announced or not announced]
        if not usable:
            raise NotOffered(
                f"The harness signs by none of the algorithms that the server takes: {', '.join(announced)}.",
                f"one of {', '.join(KNOWN)} at the server",
            )
        key = assertion.new_key(usable[0])
        answer = register(
            grant_types=["authorization_code"],
            scope=scopes[0] if scopes else None,
            jwks={"keys": [assertion.public_jwk(key, name)]},
            request_object_signing_alg=usable[0],
            **changes,
        )
        client = client_of(name, "client_secret_basic", answer)
        kept = {member: answer.members.get(member) for member in changes}
        if client is None or not client.redirect_uris or kept != changes:
            raise NotOffered(f"No client that signs its requests could be registered: {answer.brief}.", KEY)
        scope = client.scope or (scopes[0] if scopes else "")
        return replace(client, scope=scope, key=key, key_id=name, algorithm=usable[0])

    return send


@pytest.fixture(scope="session")
def signer(request: pytest.FixtureRequest, clients: Clients, *, is_announced: bool) -> Client:
    """A client with a key: of the target file, or registered where the server says that it takes request objects."""
    for client in clients.all:
        if client.key and client.may("authorization_code") and client.redirect_uris:
            return client
    if not is_announced:
        raise NotOffered("The server does not say that it takes request objects.", KEY)
    enrolled: Client = request.getfixturevalue("enrol")("signer")
    return enrolled


@pytest.fixture(scope="session")
def pushing(
    target: Target, send: Send, server_time: ServerTime, authorization: AuthorizationEndpoint
) -> PushedAuthorizationEndpoint:
    """The pushed authorization request endpoint."""
    return pushed_authorization_endpoint(target, send, server_time, authorization)


@dataclass
class Ways:
    """The ways by which a request object goes to the server, each seen to lead to a code before it is used."""

    request: pytest.FixtureRequest
    target: Target
    authorization: AuthorizationEndpoint
    clock: Callable[[], float]
    owner_session: OwnerSession
    is_announced: bool
    _seen: dict[tuple[str, str], Signing] = field(default_factory=dict)

    def signing(self, way: str, client: Client) -> Signing:
        """The client with one way. NotOffered where nobody says that there is one, and none was seen."""
        if (way, client.id) not in self._seen:
            url_of = self._in_the_query if way == QUERY else self._pushed()
            issuer = str(self.target.metadata.get("issuer") or self.target.issuer)
            made = Signing(client, issuer, self.clock, self.owner_session, url_of)
            self._seen[way, client.id] = self._controlled(way, made)
        return self._seen[way, client.id]

    def _in_the_query(self, client: Client, parameters: Sequence[tuple[str, str]]) -> str:
        return with_query(self.authorization.url, urlencode([("client_id", client.id), *parameters]))

    def _pushed(self) -> Callable[[Client, Sequence[tuple[str, str]]], str | Landing]:
        pushing: PushedAuthorizationEndpoint = self.request.getfixturevalue("pushing")

        def push(client: Client, parameters: Sequence[tuple[str, str]]) -> str | Landing:
            answer = pushing.push(client, parameters)
            if not answer.is_success:
                return Landing(uri=pushing.url, answer=answer, hops=(answer,), pushed=True)
            return pushing.reference(client.id, request_uri_of(answer))

        return push

    def _controlled(self, way: str, signing: Signing) -> Signing:
        """The same, with what the server wants beside an object, once such a request led to a code."""
        errors = []
        for outside in ((), OUTSIDE):
            tried = replace(signing, outside=outside)
            state = secrets.token_urlsafe(12)
            try:
                landing = tried.opens(tried.sign(tried.claims(state=state)))
            except SteadyFailure as failed:
                errors.append(f"{failed.status} each time")
                continue
            if landing.code and landing.parameters.get("state") == state:
                return tried
            errors.append(ending_of(landing))
        error = errors[0]
        what = f"An ordinary request object of {signing.client.name}, {way}, ended without its code: {error}."
        if not self.is_announced or error == "request_not_supported":
            raise NotOffered(what, KEY)
        name = f"[clients.{signing.client.name}]"
        remedy = f"Does the server know the key of {name}, under its key_id, and its algorithm?"
        if self.target.metadata.get("request_object_encryption_alg_values_supported"):
            remedy += (
                " The harness encrypts no objects: the client is to have no request_object_encryption_alg."
            )
        raise CannotTest(what, remedy)


def error_of(landing: Landing) -> str | None:
    """The error that the client is told of a refused request, at its redirection URI or where it pushed; else None."""
    if landing.pushed and landing.answer is not None:
        return landing.answer.error
    return landing.parameters.get("error")


@pytest.fixture(scope="session")
def ways(
    request: pytest.FixtureRequest,
    *,
    target: Target,
    authorization: AuthorizationEndpoint,
    server_time: ServerTime,
    owner_session: OwnerSession,
    is_announced: bool,
) -> Ways:
    """The ways by which request objects go to the server."""
    return Ways(request, target, authorization, server_time.epoch, owner_session, is_announced)


@pytest.fixture(params=[QUERY, PUSHED])
def signing(request: pytest.FixtureRequest, ways: Ways, signer: Client) -> Signing:
    """A client that signs its requests, by each of the ways in which they go to the server."""
    return ways.signing(request.param, signer)


@pytest.fixture
def in_the_query(ways: Ways, signer: Client) -> Signing:
    """A client that signs its requests, which the owner's browser brings."""
    return ways.signing(QUERY, signer)


@pytest.fixture(scope="session")
def second_signer(request: pytest.FixtureRequest, clients: Clients, signer: Client) -> Client:
    """Another client with another key: of the target file, or registered."""
    for client in clients.all:
        if client.key and client.key != signer.key and client.id != signer.id:
            return client
    enrolled: Client | None = None
    enrol: Enrol | None = if_offered(request, "enrol")
    if enrol is not None:
        enrolled = enrol("second signer")
    if enrolled is None:
        raise NotOffered("One client alone has a key.", '[clients.other] key = { env = ".." }')
    return enrolled
