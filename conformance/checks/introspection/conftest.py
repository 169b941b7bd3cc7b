"""Tokens for the checks of introspection, with the answers by which they were issued and described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from conformance.checks.introspection.answers import Described, ask
from conformance.checks.support.controls import GrantFor, Issued
from fixtures.endpoints import IntrospectionEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

IssueTo = Callable[[Client, str | None], Answer]
"""Has a token issued to a client on its own behalf. It was not seen alive: that is what some checks are about."""


class Describe(Protocol):
    """Has a token issued to a client on its own behalf, and gives it with the answer about it; it was seen alive."""

    def __call__(self, client: Client, scope: str | None = None) -> Described:
        """scope: what to ask for; None asks for all that the client is registered for."""
        ...


@pytest.fixture(scope="session")
def issue_to(token: TokenEndpoint, issued: Issued) -> IssueTo:
    """Has tokens issued by client credentials, without asking whether they live."""

    def get(client: Client, scope: str | None) -> Answer:
        asked = scope if scope is not None else client.scope or None
        answer = issued.note(client, token.client_credentials(as_=client, scope=asked))
        answer.require_success(f"No token for {client.name} by client credentials")
        if answer.access_token is None:
            raise CannotTest(f"The token answer for {client.name} holds no access token: {answer.brief}.")
        return answer

    return get


@pytest.fixture
def unseen_token(issue_to: IssueTo, web: Client) -> str:
    """A fresh access token of `web`, about which nobody has asked yet."""
    return issue_to(web, None).access_token or ""


@pytest.fixture(scope="session")
def describe(issue_to: IssueTo, introspection: IntrospectionEndpoint) -> Describe:
    """Has tokens issued by client credentials, and asks about them."""

    def get(client: Client, scope: str | None = None) -> Described:
        return _described(client, issue_to(client, scope), introspection)

    return get


@pytest.fixture
def own_token(describe: Describe, web: Client) -> Described:
    """A token by which a client acts on its own behalf, and what introspection says of it."""
    return describe(web)


@pytest.fixture
def granted_token(clients: Clients, grant_for: GrantFor, introspection: IntrospectionEndpoint) -> Described:
    """A token that a resource owner allowed, and what introspection says of it."""
    client = clients.confidential("authorization_code")
    return _described(client, grant_for(client).answer, introspection)


@pytest.fixture
def described(request: pytest.FixtureRequest) -> Described:
    """One live token: on a client's own behalf, or allowed by an owner where the target has no client for that."""
    try:
        own: Described = request.getfixturevalue("own_token")
    except NotOffered:
        granted: Described = request.getfixturevalue("granted_token")
        return granted
    return own


@pytest.fixture
def descriptions(request: pytest.FixtureRequest) -> list[Described]:
    """A live token of each kind that the target gives: on a client's own behalf, and allowed by an owner."""
    found: list[Described] = []
    problems: list[NotOffered | CannotTest] = []
    for kind in ("own_token", "granted_token"):
        try:
            found.append(request.getfixturevalue(kind))
        except (NotOffered, CannotTest) as problem:
            problems.append(problem)
    if not found:
        raise problems[0]
    return found


def _described(client: Client, issued: Answer, introspection: IntrospectionEndpoint) -> Described:
    answer = ask(introspection, issued.access_token or "")
    if answer.members.get("active") is not True:
        raise CannotTest(
            f"Introspection as {introspection.caller.name} does not call a token of {client.name} active that was "
            f"just issued: {answer.brief}.",
            "Name a client that may see the tokens of the other clients under [introspection] client.",
        )
    return Described(client=client, issued=issued, answer=answer)
