"""The client credentials grant (RFC 6749 section 4.4)."""

from __future__ import annotations

import pytest

from conformance.checks.support.expectations import expect_no_token, expect_refusal, expect_token_answer
from conformance.checks.support.facts import all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-4.4.3-S01", broken_by="token-without-access-token")
@tolerates("legal-token-other-members", "legal-token-prefixed", "legal-token-signed")
@tolerates("legal-token-same-again", "legal-token-any-scope-granted", "legal-token-own-behalf-reads-only")
def test_a_client_gets_a_token_on_its_own_behalf(token: TokenEndpoint, own_client: Client) -> None:
    """A client that shows its credentials gets an access token, in the form of section 5.1."""
    expect_token_answer(token.client_credentials(as_=own_client, scope=own_client.scope or None))


@requirement("6749-4.4.2-04", broken_by="client-id-alone-is-enough")
@requirement("6749-10.2-01", broken_by="client-id-alone-is-enough")
def test_a_client_that_only_names_itself_gets_no_token(token: TokenEndpoint, asker: Client) -> None:
    """A confidential client that sends its client_id and no credentials gets no token."""
    answer = _without_credentials(token, asker, client_id=asker.id)

    expect_no_token(answer, "invalid_client", "invalid_request", "unauthorized_client")


@requirement("6749-4.4.2-04", broken_by="credentials-nobody-accepted")
def test_nobody_gets_a_token(token: TokenEndpoint, asker: Client) -> None:
    """A request that does not say which client it comes from gets no token."""
    answer = _without_credentials(token, asker)

    expect_no_token(answer, "invalid_client", "invalid_request")


def _without_credentials(token: TokenEndpoint, asker: Client, **more: str) -> Answer:
    """The answer to what a client ordinarily sends, without its credentials; also without scope where that is refused.

    A server that looks at the scope before it looks at who asks has not said yet whether it serves nobody.
    """
    fields = {"grant_type": "client_credentials", **more}
    answer = token.post({**fields, "scope": asker.scope or None})
    return token.post(fields) if answer.error == "invalid_scope" else answer


@requirement("6749-4.4.2-05", broken_by="client-secret-unchecked")
def test_a_wrong_secret_gets_no_token(token: TokenEndpoint, clients: Clients) -> None:
    """A client whose secret is wrong by its last character is refused as invalid_client."""
    client = clients.first(
        lambda one: bool(one.secret) and one.may("client_credentials"),
        "client with a secret and the grant client_credentials",
        '[clients.web] secret = { env = "WEB_SECRET" }, grants = ["client_credentials"]',
        "client_credentials",
    )
    secret = client.secret or ""

    def control() -> Answer:
        answer = token.client_credentials(as_=client, scope=client.scope or None)
        return answer.require_success(f"No token for {client.name} with the right secret")

    control()
    stranger = client.with_secret(secret[:-1] + ("a" if secret[-1] != "a" else "b"))

    answer = token.client_credentials(as_=stranger, scope=client.scope or None)

    expect_refusal(answer, "invalid_client", control=control)


@requirement("6749-4.4-01", broken_by="credentials-public-client-accepted")
@requirement("2.1-4.2-01", broken_by="credentials-public-client-accepted")
@requirement("mcp-2026-07-28-overview-01", broken_by="credentials-public-client-accepted")
@pytest.mark.usefixtures("asker")
@tolerates(
    "legal-token-public-client-is-invalid",
    "legal-token-public-client-makes-the-request-invalid",
    "legal-token-public-client-has-no-valid-grant",
)
def test_a_public_client_gets_no_token(token: TokenEndpoint, clients: Clients) -> None:
    """A public client that asks for a token on its own behalf is refused."""
    client = clients.public()
    answer = token.client_credentials(as_=client, scope=client.scope or None)

    # No code of section 5.2 is made for this: the client did not authenticate, and cannot.
    expect_no_token(answer, "unauthorized_client", "invalid_client", "invalid_request", "invalid_grant")


@requirement("6749-4.4.3-01", broken_by="credentials-with-refresh-token")
@tolerates("legal-token-null-members")
def test_a_client_gets_no_refresh_token(token: TokenEndpoint, asker: Client) -> None:
    """A client gets no refresh token for its credentials, which it can use again."""
    answer = token.client_credentials(as_=asker, scope=asker.scope or None)

    assert fact(not answer.refresh_token, "a success without a refresh token", answer)


@requirement("6749-4.4.3-01", broken_by="credentials-with-refresh-token")
@tolerates("legal-token-unknown-scope-dropped")
def test_a_client_gets_no_refresh_token_for_the_asking(token: TokenEndpoint, asker: Client) -> None:
    """A client that asks for offline_access with its credentials gets no refresh token either."""
    scopes = {"with offline_access": f"{asker.scope} offline_access".strip(), "without": asker.scope or None}
    answers = {case: token.client_credentials(as_=asker, scope=scope) for case, scope in scopes.items()}

    assert all_of(
        {case: fact(not answer.refresh_token, "no refresh token", answer) for case, answer in answers.items()}
    )
