"""A server that publishes the document of OpenID Connect alone is held to what that asks, where the two differ."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.metadata.test_keys import (
    test_algorithms_for_assertions_at_the_token_endpoint_are_listed as judge_the_list,
)
from fixtures.endpoints import MetadataEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer, Request

DOCUMENT = {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}


def _endpoint(name: str) -> MetadataEndpoint:
    def send(_: Request) -> Answer:
        raise AssertionError

    issuer = "https://as.example"
    return MetadataEndpoint(issuer=issuer, url=f"{issuer}/.well-known/{name}", send=send)


def test_a_list_that_openid_connect_makes_optional_is_not_missed() -> None:
    with pytest.raises(NotOffered, match="OpenID Connect"):
        judge_the_list(DOCUMENT, _endpoint("openid-configuration"))


@pytest.mark.parametrize(
    ("name", "listed"),
    [("oauth-authorization-server", None), ("openid-configuration", [])],
)
def test_a_list_that_is_asked_for_is_missed(name: str, listed: Any) -> None:
    document = {**DOCUMENT, "token_endpoint_auth_signing_alg_values_supported": listed}

    with pytest.raises(AssertionError):
        judge_the_list(document, _endpoint(name))
