"""Positive controls of the protected resource: a way to get tokens that open it, and tokens that do not any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from conformance.checks.support.controls import GrantFor, Issued, ScopeOf
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.offered import if_offered
from conformance.checks.support.waiting import obtain_early
from fixtures.endpoints import ResourceEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

UNKNOWN_TOKEN = "a-token-that-no-server-has-ever-issued"


@dataclass(frozen=True)
class TokenSource:
    """How tokens can be had: for which client, and by which request. ask: takes the scope, None for all of it."""

    client: Client
    ask: Callable[[str | None], Answer]

    def token(self, scope: str | None = None) -> str:
        """A fresh access token; CannotTest when there is none."""
        answer = self.ask(scope)
        if answer.access_token is None:
            raise CannotTest(f"There is no access token for {self.client.name}: {answer.brief}.")
        return answer.access_token


@pytest.fixture(scope="session")
def sources_for(
    request: pytest.FixtureRequest, token: TokenEndpoint, issued: Issued
) -> Callable[[Callable[[str], Client]], list[TokenSource]]:
    """The ways to get tokens for the client that is chosen by a grant: on its own behalf, by the owner's consent."""
    grant_for: GrantFor | None = if_offered(request, "grant_for")

    def find(choose: Callable[[str], Client]) -> Iterator[TokenSource]:
        for grant in ("client_credentials", "authorization_code"):
            try:
                client = choose(grant)
            except NotOffered:
                continue
            if grant == "client_credentials":
                yield TokenSource(client, _on_its_own(client, token, issued))
            elif grant_for is not None:
                yield TokenSource(client, _by_consent(client, grant_for))

    return lambda choose: list(find(choose))


def _on_its_own(client: Client, token: TokenEndpoint, issued: Issued) -> Callable[[str | None], Answer]:
    def ask(scope: str | None) -> Answer:
        asked = scope if scope is not None else client.scope or None
        return issued.note(client, token.client_credentials(as_=client, scope=asked))

    return ask


def _by_consent(client: Client, grant_for: GrantFor) -> Callable[[str | None], Answer]:
    def ask(scope: str | None) -> Answer:
        return grant_for(client, scope=scope).answer

    return ask


def _first_that_opens(
    sources: list[TokenSource], opens: Callable[[str], object], what: str
) -> tuple[TokenSource, str]:
    """The first way whose fresh token opens the resource, with that token."""
    problem: Exception = NotOffered(
        "There is no client that could get a token for the resource.",
        '[clients.web] grants = ["client_credentials"], or ["authorization_code"] and an owner',
    )
    for source in sources:
        try:
            token = source.token()
        except (CannotTest, NotOffered) as failure:
            problem = failure
            continue
        if opens(token):
            return source, token
        problem = CannotTest(
            f"A fresh token of {source.client.name} does not open {what}, so nothing can be learnt from a refusal.",
            "Is [resource] scope part of the scope of that client, and may such a client use the resource?",
        )
    raise problem


@pytest.fixture(scope="session")
def opened_somehow(
    sources_for: Callable[[Callable[[str], Client]], list[TokenSource]],
    clients: Clients,
    resource: ResourceEndpoint,
) -> str:
    """A token that opens the resource in one of the three ways of RFC 6750 section 2 at least."""

    def opens(token: str) -> bool:
        form = [("Content-Type", "application/x-www-form-urlencoded")]
        field = f"access_token={token}"
        return bool(
            resource.admits(token)
            or resource.ask("POST", headers=form, body=field.encode()).is_success
            or resource.ask(query=field).is_success
        )

    return _first_that_opens(sources_for(clients.confidential), opens, resource.url)[1]


@pytest.fixture(scope="session")
def source(
    sources_for: Callable[[Callable[[str], Client]], list[TokenSource]],
    clients: Clients,
    resource: ResourceEndpoint,
) -> TokenSource:
    """A way to get tokens that the resource admits; it may refuse those that no owner has allowed."""
    return _first_that_opens(sources_for(clients.confidential), resource.admits, resource.url)[0]


@pytest.fixture
def admitted_token(source: TokenSource, resource: ResourceEndpoint) -> str:
    """A fresh access token, after the resource was seen to admit it."""
    return _first_that_opens([source], resource.admits, resource.url)[1]


@pytest.fixture(scope="session")
def admission(resource: ResourceEndpoint, target: Target, server_time: ServerTime) -> Liveness:
    """Whether the resource admits a token, whatever introspection says of it."""
    return Liveness(None, resource, target.propagation, server_time)


@pytest.fixture(scope="session")
def narrow_resource(target: Target, resource: ResourceEndpoint, send: Send) -> ResourceEndpoint:
    """A protected resource whose scope can be left out of a token."""
    told = target.resource
    if told is None or told.insufficient_url is None or not told.insufficient_scope:
        raise NotOffered(
            f"The target file names no resource beside {resource.url} whose scope a token may lack.",
            '[resource] insufficient = { url = "https://..", scope = "write" }',
        )
    return ResourceEndpoint(url=told.insufficient_url, send=send, scope=told.insufficient_scope)


@pytest.fixture(scope="session")
def fresh_weak_token(
    sources_for: Callable[[Callable[[str], Client]], list[TokenSource]],
    clients: Clients,
    narrow_resource: ResourceEndpoint,
    scope_of: ScopeOf,
) -> Callable[[], str]:
    """Gives a token without the scope of `narrow_resource`, got as one with it was that opened it.

    A fresh one each time: what a check revokes may end other tokens too (RFC 7009 section 2.1).
    """
    source, _ = _first_that_opens(
        sources_for(clients.confidential), narrow_resource.admits, narrow_resource.url
    )
    needed = set(narrow_resource.scope.split())
    rest = [value for value in source.client.scope.split() if value not in needed]
    if not rest:
        raise NotOffered(
            f"{source.client.name} has no scope beside {narrow_resource.scope}.",
            f"a further value in [clients.{source.client.name}] scope",
        )

    def get() -> str:
        answer = source.ask(" ".join(rest))
        token = answer.require_success(
            f"No token of scope {' '.join(rest)} for {source.client.name}"
        ).access_token
        if token is None or needed <= scope_of(answer, asked=frozenset(rest)):
            raise NotOffered(
                f"The server gives {source.client.name} the scope {narrow_resource.scope}, which was not asked for.",
                "another scope in [resource] insufficient",
            )
        return token

    return get


@pytest.fixture
def weak_token(fresh_weak_token: Callable[[], str]) -> str:
    """A fresh token without the scope of `narrow_resource`."""
    return fresh_weak_token()


@pytest.fixture(scope="session", autouse=True)
def parked_admitted_token(request: pytest.FixtureRequest) -> None:
    """Obtains early the token that is to open nothing at the end."""
    obtain_early(request, "expired_admitted_token")


@pytest.fixture(scope="session")
def expired_admitted_token(
    sources_for: Callable[[Callable[[str], Client]], list[TokenSource]],
    clients: Clients,
    resource: ResourceEndpoint,
    admission: Liveness,
    target: Target,
) -> Callable[[], str]:
    """Gives a token that the resource admitted, once its lifetime is over, leeway included."""
    clients.first(
        lambda client: client.access_token_seconds is not None,
        "client with short-lived access tokens",
        '[clients.brief] access_token = "2s", for a client that the server gives such tokens',
    )
    sources = [TokenSource(each.client, _short_lived(each)) for each in sources_for(clients.short_lived)]
    source, token = _first_that_opens(sources, resource.admits, resource.url)
    end = admission.server_time.now() + (source.client.access_token_seconds or 0.0)
    return lambda: admission.wait_for_the_end(token, end, target.leeway)


def _short_lived(source: TokenSource) -> Callable[[str | None], Answer]:
    """The same request; NotOffered where the server says that this token lives longer than the target file does."""

    def ask(scope: str | None) -> Answer:
        answer = source.ask(scope)
        told, declared = answer.members.get("expires_in"), source.client.access_token_seconds or 0.0
        if isinstance(told, int | float) and told > declared + 1.0:
            raise NotOffered(
                f"The server gives {source.client.name} a token for {told:g} s where {declared:g} s are declared.",
                f"[clients.{source.client.name}] access_token, as the server has it for every grant",
            )
        return answer

    return ask


@pytest.fixture(scope="session")
def unauthenticated(resource: ResourceEndpoint) -> Answer:
    """The answer to a request without any credentials."""
    return resource.ask()


@pytest.fixture(scope="session")
def refusals(
    request: pytest.FixtureRequest, resource: ResourceEndpoint, unauthenticated: Answer
) -> dict[str, Answer]:
    """Answers of every kind of refusal, each by the words for its request."""
    bearer = ("Authorization", f"Bearer {UNKNOWN_TOKEN}")
    found = {
        "no token": unauthenticated,
        "an unknown token": resource.ask(headers=[bearer]),
        "a malformed header": resource.ask(headers=[("Authorization", "Bearer a b c")]),
        "two tokens": resource.ask(headers=[bearer], query=f"access_token={UNKNOWN_TOKEN}"),
    }
    try:
        fresh: Callable[[], str] = request.getfixturevalue("fresh_weak_token")
        narrow: ResourceEndpoint = request.getfixturevalue("narrow_resource")
        weak = fresh()
    except (CannotTest, NotOffered):
        return found
    return {**found, "a token without the scope": narrow.get_with(weak)}
