"""The endpoints that the target offers, each with what it takes to ask it.

NotOffered where the target has none, with the key that would name it; CannotTest where its metadata was not reached.
"""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.discovery import unreadable_metadata
from fixtures.endpoints import (
    AuthorizationEndpoint,
    IntrospectionEndpoint,
    MetadataEndpoint,
    PushedAuthorizationEndpoint,
    ResourceEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Send
from fixtures.server_time import ServerTime
from fixtures.target import Target


def if_offered(request: pytest.FixtureRequest, name: str) -> Any:
    """What the fixture of that name gives; None where the target does not offer it."""
    try:
        return request.getfixturevalue(name)
    except NotOffered:
        return None


def url_of(target: Target, name: str) -> str:
    """The URL of the endpoint that the target file and RFC 8414 know by this name, without `_endpoint`."""
    url = target.endpoint(name)
    if url is None and target.unreachable:
        raise CannotTest(target.unreachable)
    if url is None:
        raise NotOffered(
            f"The target has no {name.replace('_', ' ')} endpoint.",
            f'[endpoints] {name} = "https://.." (or the server\'s metadata)',
        )
    return url


def token_endpoint(target: Target, send: Send, server_time: ServerTime) -> TokenEndpoint:
    """The token endpoint, and the one for refreshing where that has a URL of its own."""
    return TokenEndpoint(
        url=url_of(target, "token"),
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        refresh_url=target.endpoint("refresh"),
    )


def introspection_endpoint(target: Target, send: Send, server_time: ServerTime) -> IntrospectionEndpoint:
    """The introspection endpoint, with the caller that may see the tokens under test."""
    url = url_of(target, "introspection")
    name = target.introspection_client
    if name is None:
        raise NotOffered(
            "The target file names no client that may introspect.", '[introspection] client = "web"'
        )
    return IntrospectionEndpoint(
        url=url,
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        caller=target.clients[name],
        propagation=target.propagation,
    )


def revocation_endpoint(target: Target, send: Send, server_time: ServerTime) -> RevocationEndpoint:
    """The revocation endpoint."""
    return RevocationEndpoint(
        url=url_of(target, "revocation"), send=send, audience=target.audience, clock=server_time.epoch
    )


def pushed_authorization_endpoint(
    target: Target, send: Send, server_time: ServerTime, authorization: AuthorizationEndpoint
) -> PushedAuthorizationEndpoint:
    """The pushed authorization request endpoint. authorization: where a reference is taken."""
    return PushedAuthorizationEndpoint(
        url=url_of(target, "pushed_authorization_request"),
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        authorization_url=authorization.url,
    )


def protected_resource(target: Target, send: Send) -> ResourceEndpoint:
    """The protected resource that the target file names."""
    if target.resource is None:
        raise NotOffered("The target file names no protected resource.", '[resource] url = "https://.."')
    return ResourceEndpoint(url=target.resource.url, send=send, scope=target.resource.scope)


def metadata_endpoint(target: Target, send: Send) -> MetadataEndpoint:
    """Where the issuer's metadata stands, or is claimed to stand: by the target file, or by what is served there."""
    url = target.endpoints.get("metadata") or target.metadata_url
    if not url and not target.unreachable and "metadata" not in target.endpoints:
        url = unreadable_metadata(target, send) or ""
    if not url and target.unreachable:
        raise CannotTest(target.unreachable)
    if not url:
        raise NotOffered("The server publishes no metadata document.", '[endpoints] metadata = "https://.."')
    return MetadataEndpoint(issuer=target.issuer, url=url, send=send)
