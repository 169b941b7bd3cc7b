"""How a token is handed to a protected resource (RFC 6750 section 2)."""

from __future__ import annotations

import pytest

from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint
from fixtures.errors import NotOffered


@requirement("6750-2.1-02", broken_by="resource-header-ignored")
@tolerates("legal-resource-query-token-accepted", "legal-resource-body-of-any-type-accepted")
def test_a_token_is_taken_from_the_authorization_header(
    resource: ResourceEndpoint, opened_somehow: str
) -> None:
    """A token that opens the resource in some way opens it when it comes in the Authorization header."""
    assert resource.get_with(opened_somehow).is_success


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
@requirement("6750-2.1-02", broken_by="resource-scheme-case-sensitive")
@tolerates("legal-resource-any-scheme-accepted")
def test_the_scheme_is_known_in_any_case(
    resource: ResourceEndpoint, admitted_token: str, scheme: str
) -> None:
    """The scheme Bearer is known in any case, as every HTTP authentication scheme is."""
    assert resource.get_with(admitted_token, scheme=scheme).is_success


@requirement("6750-2.3-03", broken_by="resource-query-token-publicly-cacheable")
@tolerates("legal-resource-query-token-accepted", "legal-resource-query-token-not-stored")
def test_what_a_token_in_the_query_opens_is_private(resource: ResourceEndpoint, admitted_token: str) -> None:
    """An answer to a request with the token in its query is kept out of shared caches, by private or no-store."""
    answer = resource.ask(query=f"access_token={admitted_token}")
    if not answer.is_success or resource.ask().is_success:
        raise NotOffered(
            "The resource takes no tokens in the query, as RFC 6750 advises.", "a resource that takes them"
        )

    assert fact(
        answer.cache_directives & {"private", "no-store"},
        "Cache-Control with private or no-store",
        f"{answer}; Cache-Control: {shown(answer.header('cache-control'))}",
    ).seen_in(answer)


@requirement("2.1-5.1-01", broken_by="resource-takes-a-token-of-the-query")
def test_a_token_in_the_query_opens_nothing(resource: ResourceEndpoint, admitted_token: str) -> None:
    """A token that opens the resource from the Authorization header opens nothing from the query."""
    answer = resource.ask(query=f"access_token={admitted_token}")

    if resource.ask().is_success:
        raise NotOffered("The resource is open without a token.", "[resource] url of a resource that is not")

    assert not answer.is_success
