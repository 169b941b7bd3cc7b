"""The URLs under which the endpoints of a server under TLS are reached. No request is sent."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.checks.support.addresses import is_https_or_loopback
from conformance.checks.support.facts import fact, no_exceptions
from conformance.ledger.requirement import requirement
from fixtures.errors import NotOffered

HTTPS = "Publish and configure an https URL for the endpoint."


@pytest.mark.embedded(tls=True)
@requirement("6750-5.2-04", broken_by="transport-introspection-over-http")
@requirement("2.1-1.5-01", broken_by="transport-introspection-over-http")
@requirement("mcp-2026-07-28-security-01", broken_by="transport-introspection-over-http")
def test_every_endpoint_is_reached_by_https(urls: Mapping[str, str]) -> None:
    """No endpoint of a server that has TLS is published as plain http."""
    assert no_exceptions(
        {name: url for name, url in urls.items() if not is_https_or_loopback(url)},
        "endpoints whose URL begins with https",
        of=urls,
    ).mended_by(HTTPS)


@pytest.mark.embedded(tls=True)
@requirement("7662-2-01", broken_by="transport-introspection-over-http")
def test_the_introspection_endpoint_is_reached_by_https(urls: Mapping[str, str]) -> None:
    """The URL of the introspection endpoint is https."""
    if "introspection" not in urls:
        raise NotOffered(
            "The target has no introspection endpoint.", '[endpoints] introspection = "https://.."'
        )

    assert fact(
        is_https_or_loopback(urls["introspection"]),
        "an introspection endpoint whose URL begins with https",
        urls["introspection"],
    ).mended_by(HTTPS)
