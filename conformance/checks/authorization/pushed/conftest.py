"""Pushed authorization requests, and clients that were seen to get codes by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from conformance.checks.authorization.conftest import Ask, Parameters, asking_by, ordinary, seen_by
from conformance.checks.support.controls import Seen
from conformance.checks.support.offered import if_offered, pushed_authorization_endpoint
from fixtures.endpoints import AuthorizationEndpoint, PushedAuthorizationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.server_time import ServerTime
from fixtures.survey import Habit, Survey
from fixtures.target import Client, Target
from fixtures.target.clients import Clients


class Push(Protocol):
    """Pushes an ordinary authorization request, with parameters changed as told."""

    def __call__(
        self, client: Client, /, *, more: Sequence[tuple[str, str]] = (), **changes: str | None
    ) -> Answer:
        """changes: parameters by name; None leaves one out. more: parameters behind them."""
        ...


@pytest.fixture(scope="session")
def pushing(
    target: Target, send: Send, server_time: ServerTime, authorization: AuthorizationEndpoint
) -> PushedAuthorizationEndpoint:
    """The pushed authorization request endpoint."""
    return pushed_authorization_endpoint(target, send, server_time, authorization)


@pytest.fixture(scope="session")
def push(pushing: PushedAuthorizationEndpoint, authorization: AuthorizationEndpoint) -> Push:
    """Pushes an ordinary authorization request."""

    def send(client: Client, /, *, more: Sequence[tuple[str, str]] = (), **changes: str | None) -> Answer:
        fields = ordinary(client, {**dict(authorization.parameters), **changes, "client_id": None})
        return pushing.push(client, [*fields, *more])

    return send


def request_uri_of(answer: Answer) -> str:
    """The request_uri of an answer; CannotTest where there is none."""
    found = answer.members.get("request_uri")
    if isinstance(found, str) and found:
        return found
    raise CannotTest(f"A pushed authorization request was answered without a request_uri: {answer.brief}.")


class OpenReference(Protocol):
    """Opens a request that was pushed, by its request_uri, as the owner."""

    def __call__(self, client: Client, request_uri: str, /, *more: tuple[str, str]) -> Landing:
        """client: who shows the request_uri; more: parameters that stand beside it."""
        ...


@pytest.fixture(scope="session")
def open_reference(
    pushing: PushedAuthorizationEndpoint, owner_session: OwnerSession, target: Target
) -> OpenReference:
    """Opens a request that was pushed: the journey ends at any client's redirection URI."""
    uris = [uri for client in target.clients.values() for uri in client.redirect_uris]

    def send(client: Client, request_uri: str, /, *more: tuple[str, str]) -> Landing:
        return owner_session.opens(pushing.reference(client.id, request_uri, *more), uris)

    return send


@pytest.fixture(scope="session")
def ask(push: Push, pushing: PushedAuthorizationEndpoint, owner_session: OwnerSession) -> Ask:
    """Opens an ordinary authorization request that was pushed before; a refusal of the push is a page nobody sees."""

    def url_of(client: Client, changes: Parameters, more: Sequence[tuple[str, str]]) -> str | Landing:
        answer = push(client, more=more, **changes)
        if not answer.is_success:
            return Landing(uri=pushing.url, answer=answer, hops=(answer,), pushed=True)
        return pushing.reference(client.id, request_uri_of(answer))

    return asking_by(url_of, owner_session)


@pytest.fixture(scope="session")
def seen(ask: Ask) -> Seen:
    """Hands a client on after an ordinary pushed request of its came back with a code."""
    return seen_by(ask)


@pytest.fixture(scope="session")
def code_client(registered_client: Client, seen: Seen) -> Client:
    """A client that gets codes by pushed requests."""
    return seen(registered_client)


@pytest.fixture(scope="session")
def pushing_public_client(clients: Clients, push: Push) -> Client:
    """A public client that pushes requests; NotOffered where the server lets none do that, as it may."""
    client = clients.public()
    answer = push(client)
    if answer.status == 401 or answer.error in {"invalid_client", "unauthorized_client"}:
        raise NotOffered(
            f"The server lets no public client push: {answer.brief}.",
            "a server that takes pushed requests of public clients",
        )
    answer.require_success(f"A pushed authorization request of {client.name} was refused")
    return client


@pytest.fixture(scope="session")
def challenged_client(request: pytest.FixtureRequest, seen: Seen, survey: Survey) -> Client:
    """A client for the checks of challenges: a public one, or a confidential one where no public client may push.

    NotOffered where there is no public one and the server was seen to look at no verifier of a confidential one.
    """
    public: Client | None = if_offered(request, "pushing_public_client")
    if public is None and survey.holds(Habit.PKCE_CONFIDENTIAL) is False:
        raise NotOffered(
            "The server looks at no verifier of confidential clients.",
            "a public client that may push requests",
        )
    return seen(public or request.getfixturevalue("confidential_client"))


@pytest.fixture(scope="session")
def confidential_client(clients: Clients, seen: Seen) -> Client:
    """A confidential client that gets codes by pushed requests."""
    return seen(clients.confidential("authorization_code"))


@pytest.fixture(scope="session")
def second_client(clients: Clients, confidential_client: Client, seen: Seen) -> Client:
    """Another confidential client that gets codes by pushed requests."""
    return seen(clients.another(confidential_client, "authorization_code"))
