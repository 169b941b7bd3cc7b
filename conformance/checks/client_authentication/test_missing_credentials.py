"""Clients with credentials that send none are refused: a client identifier is no proof (RFC 6749 section 2.2)."""

from __future__ import annotations

from conformance.checks.client_authentication.places import BASIC, Place, at, ordinary
from conformance.checks.support.controls import CodeFor, GrantFor
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.target.clients import Clients


@at(
    token={
        "6749-2.2-01": "client-id-alone-is-enough",
        "6749-2.3.1-05": "client-id-alone-is-enough",
        "6749-3.2.1-01": "client-id-alone-is-enough",
        "6749-4.4.2-04": "client-id-alone-is-enough",
        "6749-10.2-01": "client-id-alone-is-enough",
    },
    revocation={"6749-2.2-01": "revoke-client-id-alone-is-enough"},
    introspection={"6749-2.2-01": "introspect-client-id-alone-is-enough"},
)
@tolerates(
    "legal-client-body-failure-as-400",
    "legal-client-missing-credentials-as-invalid-request",
    "legal-introspect-callers-without-credentials-see-nothing",
)
def test_a_client_id_alone_proves_nothing(place: Place) -> None:
    """A confidential client that sends its client_id and nothing else is not served."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client, auth="none")

    assert not attempt.served


@at(
    token={"6749-3.2.1-01": "client-anonymous-is-web", "6749-4.4.2-04": "client-anonymous-is-web"},
    revocation={"7009-2.1-S03": "revoke-anonymous"},
    introspection={"7662-2.1-08": "introspect-anonymous", "7662-2.3-S03": "introspect-anonymous"},
)
@tolerates(
    "legal-client-body-failure-as-400",
    "legal-client-missing-credentials-as-invalid-request",
    "legal-introspect-callers-without-credentials-see-nothing",
)
def test_a_request_without_any_credentials_is_not_served(place: Place) -> None:
    """A request that names no client at all is not served."""
    client = place.served(BASIC)

    attempt = place.ask(client, as_=None)

    assert not attempt.served


@requirement("6749-2.2-01", broken_by="client-id-alone-is-enough")
@requirement("6749-3.2.1-01", broken_by="client-id-alone-is-enough")
@requirement("6749-10.2-01", broken_by="client-id-alone-is-enough")
@tolerates("legal-client-body-failure-as-400", "legal-client-missing-credentials-as-invalid-request")
def test_a_code_needs_the_credentials_of_its_client(
    token: TokenEndpoint, code_for: CodeFor, grant_for: GrantFor, clients: Clients
) -> None:
    """A code of a confidential client is not exchanged for its client_id alone, PKCE or not."""
    client = clients.confidential("authorization_code")
    grant_for(client)
    code = code_for(client)

    answer = token.redeem(
        code.value, as_=client, auth="none", redirect_uri=code.redirect_uri, verifier=code.verifier
    )

    assert not answer.grants_a_token


@requirement("6749-2.2-01", broken_by="client-id-alone-is-enough")
@requirement("6749-3.2.1-01", broken_by="client-id-alone-is-enough")
@requirement("6749-10.2-01", broken_by="client-id-alone-is-enough")
@tolerates("legal-client-body-failure-as-400", "legal-client-missing-credentials-as-invalid-request")
def test_a_refresh_token_needs_the_credentials_of_its_client(
    token: TokenEndpoint, refresh_token: str, grant_for: GrantFor, clients: Clients
) -> None:
    """A refresh token of a confidential client yields nothing for its client_id alone."""
    client = clients.confidential("refresh_token")
    token.refresh(grant_for(client).refresh_token, as_=client).require_success("The refresh was refused")

    answer = token.refresh(refresh_token, as_=client, auth="none")

    assert not answer.grants_a_token


@requirement("6749-3.2.1-03", broken_by="client-anonymous-code-accepted")
@tolerates("legal-client-missing-credentials-as-invalid-request")
def test_a_public_client_names_itself_with_its_code(
    token: TokenEndpoint, code_for: CodeFor, grant_for: GrantFor, clients: Clients
) -> None:
    """A code of a public client is not exchanged without client_id."""
    client = clients.public()
    grant_for(client)
    code = code_for(client)

    answer = token.redeem(code.value, as_=None, redirect_uri=code.redirect_uri, verifier=code.verifier)

    assert not answer.grants_a_token


@requirement("9700-2.5-01", broken_by="client-id-alone-is-enough")
@tolerates("legal-client-body-failure-as-400", "legal-client-missing-credentials-as-invalid-request")
def test_authentication_is_enforced_for_every_kind_of_confidential_client(
    at_token: Place, clients: Clients
) -> None:
    """Every kind of client that holds credentials is refused a token when it shows none of them."""
    for auth in {client.auth for client in ordinary(clients, "client_credentials")}:
        client = at_token.admitted(auth)

        attempt = at_token.ask(client, as_=client, auth="none")

        assert not attempt.served, f"served {client.name}, which is registered for {auth}"
