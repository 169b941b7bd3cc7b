"""How the introspection endpoint is reached (RFC 7662 sections 2 and 4)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.checks.introspection.answers import UNKNOWN
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.http.connection import is_loopback
from fixtures.target import Target


@pytest.mark.embedded(tls=True)
@requirement("7662-2-01", broken_by="metadata-introspection-endpoint-over-http")
@requirement("7662-4-09", broken_by="metadata-introspection-endpoint-over-http")
def test_the_introspection_endpoint_is_reached_over_tls(
    introspection: IntrospectionEndpoint, target: Target
) -> None:
    """The introspection endpoint answers over TLS 1.2 or newer, which is all that this harness speaks."""
    issuer = urlsplit(target.issuer)
    if issuer.scheme == "http" and is_loopback(issuer.hostname or ""):
        raise NotOffered("The target is a server on this machine without TLS.", 'issuer = "https://.."')

    assert fact(
        urlsplit(introspection.url).scheme == "https",
        "an introspection endpoint whose URL begins with https",
        introspection.url,
    ).mended_by("Publish and configure an https URL for the endpoint.")
    introspection.introspect(UNKNOWN)  # Unreachable where no such handshake comes about
