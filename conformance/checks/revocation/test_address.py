"""Where the revocation endpoint is (RFC 7009 section 2). What the metadata say of its URL is judged with them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement
from fixtures.endpoints import RevocationEndpoint
from fixtures.errors import NotOffered
from fixtures.http.connection import Connection, is_loopback
from fixtures.target import Client, Target


@pytest.mark.embedded(tls=True)
@requirement("7009-2-05", broken_by="metadata-revocation-endpoint-over-http")
def test_the_revocation_endpoint_is_reached_over_tls(
    connection: Connection, target: Target, web: Client
) -> None:
    """The revocation endpoint answers over TLS 1.2 or newer, which is all that this harness speaks."""
    url = target.endpoint("revocation")
    if url is None:
        raise NotOffered("The target has no revocation endpoint.", '[endpoints] revocation = "https://.."')
    issuer = urlsplit(target.issuer)
    if issuer.scheme == "http" and is_loopback(issuer.hostname or ""):
        raise NotOffered("The target is a server on this machine without TLS.", 'issuer = "https://.."')

    assert fact(
        urlsplit(url).scheme == "https", "a revocation endpoint whose URL begins with https", url
    ).mended_by("Publish and configure an https URL for the endpoint.")
    revocation = RevocationEndpoint(url=url, send=connection.send, audience=target.audience)
    revocation.revoke("no-such-token", as_=web)  # Unreachable where no such handshake comes about
