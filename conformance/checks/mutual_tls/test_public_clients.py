"""The refresh token of a client without credentials is bound to its certificate (RFC 8705 section 4)."""

from __future__ import annotations

import pytest

from conformance.checks.mutual_tls.conftest import FILES, NewCertificate, gives_nothing, unless_refused
from conformance.checks.mutual_tls.test_bound_tokens import told_by
from conformance.checks.support.controls import GrantFor
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.jwt import read_jwt
from fixtures.target import Client
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(tls=True, mtls=True, jwt=True)


@pytest.fixture(scope="session")
def public_holder(clients: Clients, grant_for: GrantFor, introspection: IntrospectionEndpoint) -> Client:
    """A public client with a certificate that was seen to get bound access tokens."""
    client = clients.first(
        lambda one: one.is_public and one.certificate is not None and one.may("refresh_token"),
        "public client with a certificate and the grant refresh_token",
        f'[clients.app] auth = "none", {FILES}, grants = ["authorization_code", "refresh_token"]',
        "authorization_code",
    )
    token = grant_for(client).access_token
    jwt = read_jwt(token)
    told = (introspection.introspect(token).members, jwt.claims if jwt is not None else None)
    if not any(told_by(members) for members in told):
        raise NotOffered(
            f"The server binds no access token of {client.name} to its certificate.",
            "tls_client_certificate_bound_access_tokens for the client at the server",
        )
    return client


@pytest.fixture
def refresh_token(public_holder: Client, grant_for: GrantFor, token: TokenEndpoint) -> str:
    """A fresh refresh token, after one like it was exchanged with its certificate."""
    first = grant_for(public_holder).refresh_token
    token.refresh(first, as_=public_holder).require_success(
        f"{public_holder.name} could not refresh with its certificate"
    )
    return grant_for(public_holder).refresh_token


@requirement("8705-4-01", broken_by="mtls-refresh-token-unbound")
@requirement("8705-4-02", broken_by="mtls-refresh-binding-unchecked")
@tolerates("legal-mtls-without-aliases")
def test_a_public_client_refreshes_with_its_certificate(
    token: TokenEndpoint, refresh_token: str, public_holder: Client
) -> None:
    """The refresh token that a public client got with a certificate gets nothing without one."""
    assert gives_nothing(
        unless_refused(lambda: token.refresh(refresh_token, as_=public_holder.showing(None)))
    )


@requirement("8705-4-02", broken_by="mtls-refresh-binding-unchecked")
@tolerates("legal-mtls-certificates-of-strangers-cut-off")
def test_a_public_client_refreshes_with_no_other_certificate(
    token: TokenEndpoint, refresh_token: str, public_holder: Client, new_certificate: NewCertificate
) -> None:
    """The refresh token that a public client got with a certificate gets nothing with another one of the same names."""
    other = public_holder.showing(new_certificate(like=public_holder.certificate))

    assert gives_nothing(unless_refused(lambda: token.refresh(refresh_token, as_=other)))
