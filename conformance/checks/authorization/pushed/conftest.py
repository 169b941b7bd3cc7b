"""Pushed authorization requests, and clients that were seen to get codes by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest

from conformance.checks.authorization.conftest import Ask, Seen, ordinary, seen_by
from conformance.checks.support.controls import require_no_failure
from fixtures.endpoints import AuthorizationEndpoint, PushedAuthorizationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.server_time import ServerTime
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
    url = target.endpoint("pushed_authorization_request")
    if url is None and target.unreachable:
        raise CannotTest(target.unreachable)
    if url is None:
        raise NotOffered(
            "The target takes no pushed authorization requests.",
            '[endpoints] pushed_authorization_request = "https://.." (or the server\'s metadata)',
        )
    return PushedAuthorizationEndpoint(
        url=url,
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        authorization_url=authorization.url,
    )


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

    def send(
        client: Client,
        /,
        values: Mapping[str, str | None] | None = None,
        *,
        more: Sequence[tuple[str, str]] = (),
        owner: OwnerSession | None = None,
        allow: bool = True,
        crash_counts: bool = False,
        **changes: str | None,
    ) -> Landing:
        answer = push(client, more=more, **{**(values or {}), **changes})
        if not answer.is_success:
            return Landing(uri=pushing.url, answer=answer, hops=(answer,))
        url = pushing.reference(client.id, request_uri_of(answer))
        landing = (owner or owner_session).opens(url, client.redirect_uris, allow=allow)
        if not crash_counts:
            require_no_failure(landing)
        return landing

    return send


@pytest.fixture(scope="session")
def seen(ask: Ask) -> Seen:
    """Hands a client on after an ordinary pushed request of its came back with a code."""
    return seen_by(ask)


@pytest.fixture(scope="session")
def code_client(registered_client: Client, seen: Seen) -> Client:
    """A client that gets codes by pushed requests."""
    return seen(registered_client)


@pytest.fixture(scope="session")
def public_client(clients: Clients, seen: Seen) -> Client:
    """A public client that gets codes by pushed requests."""
    return seen(clients.public())


@pytest.fixture(scope="session")
def confidential_client(clients: Clients, seen: Seen) -> Client:
    """A confidential client that gets codes by pushed requests."""
    return seen(clients.confidential("authorization_code"))


@pytest.fixture(scope="session")
def second_client(clients: Clients, confidential_client: Client, seen: Seen) -> Client:
    """Another confidential client that gets codes by pushed requests."""
    return seen(clients.another(confidential_client, "authorization_code"))
