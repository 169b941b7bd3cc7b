"""Whether credentials count: an endpoint that looks at none shows nothing of them, neither right nor wrong ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from conformance.checks.client_authentication.places import vouch_for
from conformance.checks.support.controls import require_credentials_to_count
from fixtures import assertion
from fixtures.discovery import discovered
from fixtures.endpoints import IntrospectionEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import Connection
from fixtures.http.exchange import Send
from fixtures.making_targets.embedded import embedded_target
from fixtures.reference import serve_in_thread
from fixtures.target import Target

WHOEVER_ASKS = "introspect-whoever-asks"


@pytest.fixture
def send() -> Iterator[Send]:
    connection = Connection(timeout=5)
    yield connection.send
    connection.close()


@pytest.fixture
def target(request: pytest.FixtureRequest, send: Send) -> Iterator[Target]:
    """The embedded server, with the faults that the parameter names."""
    with serve_in_thread(faults=request.param) as server:
        yield discovered(embedded_target(server), send)


def _introspection(target: Target, send: Send) -> IntrospectionEndpoint:
    caller = target.clients[target.introspection_client or ""]
    url = target.endpoint("introspection") or ""
    return IntrospectionEndpoint(url=url, send=send, audience=target.audience, caller=caller)


def _token(target: Target, send: Send) -> str:
    endpoint = TokenEndpoint(url=target.endpoint("token") or "", send=send, audience=target.audience)
    return endpoint.client_credentials(as_=target.clients["web"]).access_token or ""


@pytest.mark.parametrize("target", [()], indirect=True)
def test_credentials_count_where_they_are_asked_for(target: Target, send: Send) -> None:
    require_credentials_to_count(_introspection(target, send), _token(target, send))


@pytest.mark.parametrize("target", [["introspect-anonymous"], ["introspect-unknown-accepted"]], indirect=True)
def test_credentials_count_where_only_some_are_passed_over(target: Target, send: Send) -> None:
    require_credentials_to_count(_introspection(target, send), _token(target, send))


@pytest.mark.parametrize("target", [[WHOEVER_ASKS]], indirect=True)
def test_credentials_do_not_count_where_whoever_asks_is_told(target: Target, send: Send) -> None:
    with pytest.raises(NotOffered, match="looks at no credentials"):
        require_credentials_to_count(_introspection(target, send), _token(target, send))


@pytest.mark.parametrize("target", [[WHOEVER_ASKS]], indirect=True)
@pytest.mark.parametrize("name", ["web", "jwt"])
def test_an_endpoint_that_takes_every_client_vouches_for_none(name: str, target: Target, send: Send) -> None:
    client = target.clients[name]
    wrong = (
        client.with_secret("another")
        if client.secret
        else dataclasses.replace(client, key=assertion.new_key())
    )

    with pytest.raises(CannotTest, match="No endpoint takes the credentials"):
        vouch_for(wrong, [_introspection(target, send)])


@pytest.mark.parametrize("target", [()], indirect=True)
@pytest.mark.parametrize("name", ["web", "jwt"])
def test_an_endpoint_that_takes_a_client_for_its_credentials_vouches_for_it(
    name: str, target: Target, send: Send
) -> None:
    vouch_for(target.clients[name], [_introspection(target, send)])
