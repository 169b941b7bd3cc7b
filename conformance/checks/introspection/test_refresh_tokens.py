"""Questions about refresh tokens (RFC 7662 section 2.1). To a server of access tokens alone they are inactive."""

from __future__ import annotations

from conformance.checks.introspection.answers import OWN_CHOICE
from conformance.checks.support.controls import GrantFor, Refresh
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target.clients import Clients


@requirement("7662-2.1-S03", broken_by="introspect-refresh-token-is-an-error")
@tolerates("legal-introspect-access-tokens-only", "legal-introspect-resource-servers-only")
def test_a_question_about_a_refresh_token_is_answered(
    introspection: IntrospectionEndpoint, clients: Clients, grant_for: GrantFor
) -> None:
    """A refresh token gets an introspection answer, with 200 and a boolean active, as its access token does."""
    grant = grant_for(clients.confidential("refresh_token"))
    if not introspection.is_active(grant.access_token):
        raise CannotTest("The access token of the same grant is not active to the caller.")

    answer = introspection.introspect(grant.refresh_token)

    assert answer.has_status(200)
    assert answer.holds_kind("active", bool, "true or false")


@requirement("7662-4-01", broken_by="introspect-spent-refresh-token-active")
@tolerates("legal-introspect-access-tokens-only", "legal-introspect-old-refresh-token-lives")
def test_a_replaced_refresh_token_is_active_only_if_it_works(
    introspection: IntrospectionEndpoint, refresh: Refresh, clients: Clients, grant_for: GrantFor
) -> None:
    """After a rotation, the refresh token that was replaced is inactive, unless it still refreshes."""
    client = clients.confidential("refresh_token")
    old = grant_for(client).refresh_token
    new = refresh(old, as_=client).require_success("The refresh was refused").refresh_token
    if new in {None, old}:
        raise NotOffered("The server does not rotate refresh tokens.", OWN_CHOICE)

    is_dead = introspection.calls_dead(old)

    assert is_dead or refresh(old, as_=client).grants_a_token
