"""Who may redeem a code: the client that it was issued to, and no other (RFC 6749 sections 4.1.2, 4.1.3, 10.5).

Whether a failed attempt uses a code up is open, so each attempt has a code of its own.
"""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Redeem, require_a_redemption
from conformance.checks.support.expectations import (
    OF_THE_ADDRESS,
    UNIDENTIFIED,
    WRONG_CLIENT,
    expect_no_token,
    expect_refusal,
)
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-4.1.2-S02", broken_by="code-not-bound-to-client")
@requirement("6749-4.1.3-07", broken_by="code-not-bound-to-client")
@requirement("6749-4.1.3-07c", broken_by="code-not-bound-to-client")
@requirement("6749-10.5-05", broken_by="code-not-bound-to-client")
@requirement("2.1-4.1.3-03", broken_by="code-not-bound-to-client")
@requirement("mcp-2026-07-28-overview-01", broken_by="code-not-bound-to-client")
@tolerates("legal-code-of-another-client-is-unauthorized", "legal-code-burnt-by-another-client")
@tolerates("legal-code-address-of-another-client-is-invalid-request")
def test_a_code_is_useless_to_another_client(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client, second_client: Client
) -> None:
    """A code is refused to another client, although that client authenticates."""
    answer = redeem(code_for(confidential_client), as_=second_client)

    expect_no_token(answer, *WRONG_CLIENT, OF_THE_ADDRESS)


@requirement("6749-4.1.3-07c", broken_by="code-not-bound-to-client")
@tolerates("legal-code-address-of-another-client-is-invalid-request")
def test_a_code_of_a_confidential_client_is_useless_to_a_public_one(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client, public_client: Client
) -> None:
    """A code of a confidential client is refused to a client that only says its name."""
    answer = redeem(code_for(confidential_client), as_=public_client)

    expect_no_token(answer, *WRONG_CLIENT, OF_THE_ADDRESS)


@requirement("6749-4.1.3-07c", broken_by="code-not-bound-to-client")
@tolerates("legal-code-of-another-client-is-unauthorized", "legal-code-burnt-by-another-client")
@tolerates("legal-code-address-of-another-client-is-invalid-request")
def test_a_code_of_a_public_client_is_useless_under_another_client_id(
    redeem: Redeem, code_for: CodeFor, clients: Clients, public_client: Client
) -> None:
    """A code of a public client is refused when client_id names another public client."""
    other = clients.first(
        lambda item: item.is_public and item.id != public_client.id and item.may("authorization_code"),
        "second public client",
        '[clients.native] auth = "none", grants = ["authorization_code"]',
    )

    answer = redeem(code_for(public_client), as_=other)

    expect_no_token(answer, *WRONG_CLIENT, OF_THE_ADDRESS)


@requirement("6749-4.1.3-07c", broken_by="code-client-read-from-the-body")
@requirement("6749-10.5-05", broken_by="code-client-read-from-the-body")
@tolerates("legal-code-of-another-client-is-unauthorized")
def test_client_id_does_not_stand_in_for_authentication(
    redeem: Redeem, code_for: CodeFor, clients: Clients, confidential_client: Client
) -> None:
    """A client that authenticates as itself gets nothing for another's code by sending that one's client_id."""
    other = clients.first(
        lambda item: (
            item.auth == "client_secret_basic"
            and item.id != confidential_client.id
            and item.may("authorization_code")
        ),
        "second client that authenticates by HTTP Basic",
        '[clients.other] auth = "client_secret_basic", grants = ["authorization_code"]',
    )

    answer = redeem(code_for(confidential_client), as_=other, client_id=confidential_client.id)

    assert not answer.grants_a_token


@requirement("6749-4.1.3-06", broken_by="client-id-alone-is-enough")
@requirement("6749-4.1.3-07a", broken_by="client-id-alone-is-enough")
@requirement("6749-10.5-05", broken_by="client-id-alone-is-enough")
@requirement("2.1-4.1.3-03", broken_by="client-id-alone-is-enough")
def test_a_confidential_client_authenticates_to_redeem_a_code(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client
) -> None:
    """A code of a confidential client is refused when the request carries client_id and no credentials."""
    answer = redeem(code_for(confidential_client), as_=None, client_id=confidential_client.id)

    expect_no_token(answer, *UNIDENTIFIED)


@requirement("6749-4.1.3-07a", broken_by="code-names-its-client")
@requirement("6749-4.1.3-06", broken_by="code-names-its-client")
def test_a_code_of_a_confidential_client_does_not_speak_for_it(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client
) -> None:
    """A code of a confidential client is refused when the request says nothing of a client."""
    answer = redeem(code_for(confidential_client), as_=None)

    expect_no_token(answer, *UNIDENTIFIED)


@requirement("6749-4.1.3-07b", broken_by="client-secret-unchecked")
@requirement("6749-4.1.3-07", broken_by="client-secret-unchecked")
def test_wrong_credentials_redeem_no_code(
    redeem: Redeem, code_for: CodeFor, clients: Clients, confidential_client: Client
) -> None:
    """A code is refused as invalid_client when its client's secret is wrong."""
    client = clients.first(
        lambda item: item.id == confidential_client.id and bool(item.secret),
        "client with a secret among those that redeem codes",
        '[clients.web] auth = "client_secret_basic", grants = ["authorization_code"]',
    )

    answer = redeem(code_for(client), as_=client.with_secret(f"{client.secret}-not"))

    expect_refusal(answer, "invalid_client", control=lambda: require_a_redemption(client, redeem, code_for))


@requirement("6749-4.1.3-05", broken_by="code-names-its-client")
@requirement("6749-3.2.1-03", broken_by="code-names-its-client")
def test_a_public_client_says_its_client_id(redeem: Redeem, code_for: CodeFor, public_client: Client) -> None:
    """A code of a public client is refused when the request carries no client_id."""
    answer = redeem(code_for(public_client), as_=None)

    expect_no_token(answer, *UNIDENTIFIED)
