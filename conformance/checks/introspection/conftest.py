"""Tokens for the checks of introspection, with the answers by which they were issued and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from conformance.checks.introspection.answers import Described, ask
from conformance.checks.support import choosing
from conformance.checks.support.controls import AnswerFor, GrantFor, TokenFor
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import answers_seen_by, tokens_from
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients


class IssueTo(Protocol):
    """Has a token issued to a client. It was not seen alive: that is what some checks are about."""

    def __call__(self, client: Client, scope: str | None, grant: str | None = None) -> Answer:
        """scope: None for all that the client is registered for; grant: the only one to use, None for any."""
        ...


class Describe(Protocol):
    """Has a token issued to a client, and gives it with the answer about it; it was seen alive."""

    def __call__(self, client: Client, scope: str | None = None, *, grant: str | None = None) -> Described:
        """scope: None for all that the client is registered for; grant: the only one to use, None for any."""
        ...


@pytest.fixture(scope="session")
def callers(introspection: IntrospectionEndpoint, liveness: Liveness) -> Sequence[IntrospectionEndpoint]:
    """The introspection endpoint as each caller that sees tokens, the one of the target file first."""
    return [introspection, *liveness.others]


@pytest.fixture(scope="session")
def issue_to(answer_for: AnswerFor) -> IssueTo:
    """Has tokens issued, without asking whether they live."""
    return lambda client, scope, grant=None: answer_for(client, scope=scope, grant=grant)


@pytest.fixture(scope="session")
def token_for(answer_for: AnswerFor, introspection: IntrospectionEndpoint) -> TokenFor:
    """Gets an access token that is active to the caller: that another witness sees it says nothing here."""
    return tokens_from(answers_seen_by(introspection, answer_for))


@pytest.fixture
def unseen_token(issue_to: IssueTo, web: Client) -> str:
    """A fresh access token of `web`, about which nobody has asked yet."""
    return issue_to(web, None).access_token or ""


@pytest.fixture(scope="session")
def describe(issue_to: IssueTo, callers: Sequence[IntrospectionEndpoint]) -> Describe:
    """Has tokens issued, and asks about them: as the caller, or as one that was seen to see such tokens."""

    def get(client: Client, scope: str | None = None, *, grant: str | None = None) -> Described:
        return _described(client, issue_to(client, scope, grant), callers)

    return get


@pytest.fixture
def own_token(describe: Describe, own_client: Client) -> Described:
    """A token by which a client acts on its own behalf, and what introspection says of it."""
    return describe(own_client, grant="client_credentials")


@pytest.fixture
def granted_token(
    clients: Clients, grant_for: GrantFor, callers: Sequence[IntrospectionEndpoint]
) -> Described:
    """A token that a resource owner allowed, and what introspection says of it."""
    client = clients.confidential("authorization_code")
    return _described(client, grant_for(client).answer, callers)


@pytest.fixture
def described(request: pytest.FixtureRequest) -> Described:
    """One live token: on a client's own behalf, or allowed by an owner where there is or is seen none of that."""
    try:
        own: Described = request.getfixturevalue("own_token")
    except (NotOffered, CannotTest):
        granted: Described = request.getfixturevalue("granted_token")
        return granted
    return own


@pytest.fixture
def descriptions(request: pytest.FixtureRequest) -> list[Described]:
    """A live token of each kind that the target gives: on a client's own behalf, and allowed by an owner."""
    found: list[Described] = choosing.those_offered(request, "own_token", "granted_token")
    return found


def _described(client: Client, issued: Answer, callers: Sequence[IntrospectionEndpoint]) -> Described:
    """The token with the answer of the first caller to whom it is active."""
    told = []
    for introspection in callers:
        answer = ask(introspection, issued.access_token or "")
        if answer.members.get("active") is True:
            return Described(client=client, issued=issued, answer=answer)
        told.append(f"as {introspection.caller.name}, {answer.brief}")
    raise CannotTest(
        f"Introspection does not call a token of {client.name} active that was just issued: {'; '.join(told)}.",
        "Name a client that may see the tokens of the other clients under [introspection] client.",
    )
