"""Resources that a client may name, tokens for them, and for whom a token was seen to be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import pytest

from conformance.checks.support.controls import (
    Code,
    CodeFor,
    Issued,
    Redeem,
    Refresh,
    require_no_failure,
    s256,
)
from conformance.checks.support.facts import Fact, fact, shown
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.resources import AudienceOf, Audiences, audience_by, told_apart
from fixtures.endpoints import AuthorizationEndpoint, PushRefused, TokenEndpoint, Value
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Target
from fixtures.target.clients import Clients
from fixtures.target.values import Indicated

KEY = '[resources.api] uri = "https://.." (or protected_resources in the server\'s metadata)'
TWO = f"{KEY}, and a second one such as [resources.other]"
MADE_UP = "https://no-such-resource.example/api"


class Pair(NamedTuple):
    """Two resources of the target."""

    first: Indicated
    second: Indicated


class AskFor(Protocol):
    """Asks for a token of `web` for some resources, in whichever way the client gets tokens."""

    def __call__(self, resources: Sequence[str], scope: str | None = None) -> Answer:
        """resources: what the parameter names; scope: None for all that the client may ask for."""
        ...


@pytest.fixture(scope="session")
def resource_api(target: Target) -> Indicated:
    """A resource that a client may name; NotOffered where nobody says which there are."""
    if target.unreachable:
        raise CannotTest(target.unreachable)
    if not target.indicated:
        raise NotOffered("Nobody says which resources a client may name in the parameter resource.", KEY)
    return target.indicated[0]


@pytest.fixture(scope="session")
def pair(target: Target, resource_api: Indicated) -> Pair:
    """Two resources that a client may name."""
    if len(target.indicated) < 2:
        raise NotOffered(f"{resource_api.uri} is the only resource that is known.", TWO)
    return Pair(resource_api, target.indicated[1])


@pytest.fixture(scope="session")
def ask_for(
    request: pytest.FixtureRequest, token: TokenEndpoint, web: Client, issued: Issued, redeem: Redeem
) -> AskFor:
    """Asks on the client's own behalf, or by the owner's consent where the client gets no tokens otherwise."""
    if not web.may("client_credentials"):
        return asking_by_code(web, request.getfixturevalue("code_for"), redeem)

    def own(resources: Sequence[str], scope: str | None = None) -> Answer:
        asking = web.asking_by("client_credentials")
        fields: dict[str, Value] = {
            "grant_type": "client_credentials",
            "scope": (asking.scope if scope is None else scope) or None,
            "resource": tuple(resources) or None,
        }
        return issued.note(web, token.post(fields, as_=asking))

    return own


def asking_by_code(client: Client, code_for: CodeFor, redeem: Redeem) -> AskFor:
    """Asks for tokens in exchange for codes; what is named in the token request alone is judged, not how it began."""

    def by_code(resources: Sequence[str], scope: str | None = None) -> Answer:
        return redeem(code_for(client, scope=scope), resource=tuple(resources) or None)

    return by_code


@pytest.fixture(scope="session")
def audience_of(liveness: Liveness) -> AudienceOf:
    """Tells for whom the token of an answer is."""
    return audience_by(liveness)


@pytest.fixture(scope="session")
def first_token(ask_for: AskFor, resource_api: Indicated) -> Answer:
    """A token for the first resource: the positive control of what is refused."""
    answer = ask_for([resource_api.uri])
    return answer.require_success(
        f"No token was given for the resource {resource_api.uri}",
        f"May the client of [clients] ask for [resources.{resource_api.name}], and with its scope?",
    )


@pytest.fixture(scope="session")
def audiences(ask_for: AskFor, audience_of: AudienceOf, pair: Pair, first_token: Answer) -> Audiences:
    """Who is named in a token for the one resource and for the other; NotOffered where nothing tells them apart."""
    other = ask_for([pair.second.uri]).require_success(f"No token was given for {pair.second.uri}")
    return told_apart(audience_of(first_token), audience_of(other))


class LandingAt(Protocol):
    """Opens an authorization request that names resources, allowed by the owner."""

    def __call__(self, client: Client, resources: Sequence[str], /) -> Landing:
        """Where it ends; CannotTest where the server fails at it."""
        ...


def landings_by(session: OwnerSession, authorization: AuthorizationEndpoint) -> LandingAt:
    """Opens such requests; the refusal of one that is pushed is a page nobody sees."""

    def send(client: Client, resources: Sequence[str], /) -> Landing:
        try:
            url = authorization.request(
                client,
                scope=client.scope or None,
                state=secrets.token_urlsafe(12),
                code_challenge=s256(secrets.token_urlsafe(48)),
                code_challenge_method="S256",
                resource=tuple(resources) or None,
            )
        except PushRefused as refused:
            answer = refused.answer
            landing = Landing(uri=answer.url, answer=answer, hops=(answer,), pushed=True)
        else:
            landing = session.opens(url, client.redirect_uris)
        require_no_failure(landing)
        return landing

    return send


@pytest.fixture(scope="session")
def landing_at(owner_session: OwnerSession, authorization: AuthorizationEndpoint) -> LandingAt:
    """Opens authorization requests that name resources."""
    return landings_by(owner_session, authorization)


@pytest.fixture
def asking(clients: Clients) -> Client:
    """A confidential client that gets codes."""
    return clients.confidential("authorization_code")


class CodeAt(Protocol):
    """Gets a code for some resources."""

    def __call__(self, *resources: str) -> Code:
        """CannotTest where the request is refused; NotOffered where it names two and one alone is taken."""
        ...


@pytest.fixture(scope="session")
def code_client(clients: Clients) -> Client:
    """A confidential client that gets codes, and refresh tokens where there is such a client."""
    try:
        return clients.confidential("refresh_token").asking_by("authorization_code")
    except NotOffered:
        return clients.confidential("authorization_code")


@pytest.fixture(scope="session")
def code_at(code_for: CodeFor, code_client: Client) -> CodeAt:
    """Gets codes by authorization requests that name resources."""
    return codes_at(code_for, code_client)


def codes_at(code_for: CodeFor, code_client: Client) -> CodeAt:
    """The same for a client, by however codes are got."""

    def get(*resources: str) -> Code:
        try:
            return code_for(code_client, resources=resources)
        except CannotTest:
            if len(resources) < 2:
                raise
            code_for(code_client, resources=resources[:1])
            raise NotOffered(
                "The server takes an authorization request for one resource, and none for two.",
                "a server that grants several resources at once",
            ) from None

    return get


@dataclass(frozen=True, kw_only=True)
class Grants:
    """How a client gets, redeems and refreshes what an owner allowed it for one of two resources, or for both.

    client: whose they are; audiences: what tells a token for the one resource from one for the other.
    """

    client: Client
    pair: Pair
    audiences: Audiences
    code_at: CodeAt
    redeem: Redeem
    refreshes: Refresh
    audience_of: AudienceOf

    @property
    def first(self) -> str:
        """The URI of the first resource."""
        return self.pair.first.uri

    @property
    def second(self) -> str:
        """The URI of the second resource."""
        return self.pair.second.uri

    def refresh(self, answer: Answer, resource: str | None = None) -> Answer:
        """The refresh after an answer, for a resource where one is given. NotOffered without a refresh token."""
        answer.require_success("A fresh code was not exchanged")
        if answer.refresh_token is None:
            raise NotOffered(
                f"The server gives {self.client.name} no refresh token.",
                f'[clients.{self.client.name}] grants = ["authorization_code", "refresh_token"]',
            )
        return self.refreshes(answer.refresh_token, as_=self.client, resource=resource)

    def is_for(self, answer: Answer, wanted: frozenset[str], foreign: frozenset[str]) -> Fact:
        """Whether an answer gives a token for the one resource, and not for the other."""
        told = self.audience_of(answer) if answer.grants_a_token else frozenset()
        return fact(
            told & wanted and not told & foreign,
            f"a token with aud {shown(sorted(wanted))}, without {shown(sorted(foreign))}",
            f"{answer}; aud: {shown(sorted(told))}",
        )

    def is_not_for(self, answer: Answer, foreign: frozenset[str]) -> Fact:
        """Whether an answer gives no token for a resource that was not granted."""
        told = self.audience_of(answer) if answer.grants_a_token else frozenset()
        return fact(
            not told & foreign,
            f"no token for {shown(sorted(foreign))}",
            f"{answer}; aud: {shown(sorted(told))}",
        )


@pytest.fixture(scope="session")
def grants(
    *,
    code_client: Client,
    pair: Pair,
    audiences: Audiences,
    code_at: CodeAt,
    redeem: Redeem,
    refresh: Refresh,
    audience_of: AudienceOf,
) -> Grants:
    """Grants of a confidential client for two resources."""
    return Grants(
        client=code_client,
        pair=pair,
        audiences=audiences,
        code_at=code_at,
        redeem=redeem,
        refreshes=refresh,
        audience_of=audience_of,
    )
