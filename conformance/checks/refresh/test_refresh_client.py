"""Who may use a refresh token: the client that it was issued to, and no other (RFC 6749 sections 6 and 10.4)."""

from __future__ import annotations

from conformance.checks.support.controls import GrantFor, Refresh, require_a_refresh
from conformance.checks.support.expectations import (
    UNIDENTIFIED,
    WRONG_CLIENT,
    expect_no_token,
    expect_refusal,
)
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-6-S01", broken_by="refresh-not-bound-to-client")
@requirement("6749-6-07", broken_by="refresh-not-bound-to-client")
@requirement("6749-6-07b", broken_by="refresh-not-bound-to-client")
@requirement("6749-10.4-03", broken_by="refresh-not-bound-to-client")
@requirement("6749-10.4-05", broken_by="refresh-not-bound-to-client")
@requirement("6749-6-07b", broken_by="refresh-foreign-wrong-error")
@requirement("2.1-4.3.1-02", broken_by="refresh-not-bound-to-client")
@tolerates("legal-refresh-of-another-client-is-unauthorized", "legal-refresh-ended-by-another-client")
def test_a_refresh_token_is_useless_to_another_client(
    refresh: Refresh, grant_for: GrantFor, confidential_client: Client, second_client: Client
) -> None:
    """A refresh token is refused to another client, although that client authenticates."""
    grant = grant_for(confidential_client)

    answer = refresh(grant.refresh_token, as_=second_client)

    expect_no_token(answer, *WRONG_CLIENT, of="6749-6-07b")


@requirement("6749-6-S01", broken_by="refresh-not-bound-to-client")
@requirement("6749-10.4-03", broken_by="refresh-not-bound-to-client")
def test_a_refresh_token_of_a_confidential_client_is_useless_to_a_public_one(
    refresh: Refresh, grant_for: GrantFor, confidential_client: Client, public_client: Client
) -> None:
    """A refresh token of a confidential client is refused to a client that only says its name."""
    grant = grant_for(confidential_client)

    answer = refresh(grant.refresh_token, as_=public_client)

    expect_no_token(answer, *WRONG_CLIENT)


@requirement("6749-6-S01", broken_by="refresh-not-bound-to-client")
@requirement("6749-10.4-03", broken_by="refresh-not-bound-to-client")
@tolerates("legal-refresh-of-another-client-is-unauthorized")
def test_a_refresh_token_of_a_public_client_is_useless_under_another_client_id(
    refresh: Refresh, grant_for: GrantFor, clients: Clients, public_client: Client
) -> None:
    """A refresh token of a public client is refused when client_id names another public client."""
    other = clients.first(
        lambda item: item.is_public and item.id != public_client.id and item.may("refresh_token"),
        "second public client",
        '[clients.native] auth = "none", grants = ["authorization_code", "refresh_token"]',
    )
    grant = grant_for(public_client)

    answer = refresh(grant.refresh_token, as_=other)

    expect_no_token(answer, *WRONG_CLIENT)


@requirement("6749-6-06", broken_by="client-id-alone-is-enough")
@requirement("6749-6-07", broken_by="refresh-client-unauthenticated")
@requirement("6749-6-07a", broken_by="refresh-client-unauthenticated")
def test_a_confidential_client_authenticates_to_refresh(
    refresh: Refresh, grant_for: GrantFor, confidential_client: Client
) -> None:
    """A refresh token of a confidential client is refused when client_id comes without credentials."""
    grant = grant_for(confidential_client)

    answer = refresh(grant.refresh_token, as_=None, client_id=confidential_client.id)

    expect_no_token(answer, *UNIDENTIFIED)


@requirement("6749-6-06", broken_by="refresh-client-unauthenticated")
@requirement("6749-6-07a", broken_by="refresh-client-unauthenticated")
def test_a_refresh_token_does_not_speak_for_its_client(
    refresh: Refresh, grant_for: GrantFor, confidential_client: Client
) -> None:
    """A refresh token of a confidential client is refused when the request says nothing of a client."""
    grant = grant_for(confidential_client)

    answer = refresh(grant.refresh_token, as_=None)

    expect_no_token(answer, *UNIDENTIFIED)


@requirement("6749-6-07b", broken_by="client-secret-unchecked")
@requirement("6749-10.4-05", broken_by="client-secret-unchecked")
def test_wrong_credentials_refresh_nothing(
    refresh: Refresh, grant_for: GrantFor, clients: Clients, confidential_client: Client
) -> None:
    """A refresh is refused as invalid_client when the client's secret is wrong."""
    client = clients.first(
        lambda item: item.id == confidential_client.id and bool(item.secret),
        "client with a secret among those that refresh",
        '[clients.web] auth = "client_secret_basic", grants = ["authorization_code", "refresh_token"]',
    )
    grant = grant_for(client)

    answer = refresh(grant.refresh_token, as_=client.with_secret(f"{client.secret}-not"))

    expect_refusal(answer, "invalid_client", control=lambda: require_a_refresh(client, refresh, grant_for))
