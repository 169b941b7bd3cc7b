"""What a URL says about how it is reached, and where its plain twin is."""

from __future__ import annotations

import pytest

from conformance.checks.support.addresses import is_laboratory
from conformance.checks.transport.conftest import http_twin


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.1.2.3", "localhost", "keycloak", "as.example.test"])
def test_what_nobody_else_can_reach_is_a_laboratory(host: str) -> None:
    assert is_laboratory(host)


@pytest.mark.parametrize("host", ["as.example.com", "8.8.8.8"])
def test_a_public_host_is_none(host: str) -> None:
    assert not is_laboratory(host)


@pytest.mark.parametrize(
    ("url", "twin"),
    [
        ("https://as.example/token?a=b", "http://as.example/token?a=b"),
        ("https://as.example:443/token", "http://as.example/token"),
        ("https://as.example:8443/token", "http://as.example:8080/token"),
        ("https://as.example:9000/token", "http://as.example:9000/token"),
        ("https://[::1]:9000/token", "http://[::1]:9000/token"),
        ("http://as.example/next", "http://as.example/next"),
    ],
)
def test_the_plain_twin_of_a_url(url: str, twin: str) -> None:
    assert http_twin(url) == twin
