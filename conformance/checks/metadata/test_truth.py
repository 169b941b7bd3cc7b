"""What the document claims agrees with what the server does, as far as one can be held against the other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.checks.support.controls import Issued
from conformance.checks.support.facts import Fact, all_of, covers, equals, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Request, Send
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

PROOFS = ("code", "refresh_token", "device_code", "assertion", "auth_req_id")
"""The parameters in which grants bring what they are given for, so that none of them has to be missed."""


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list):
        raise NotOffered(f"The document does not list {name}.", f"{name} in the server's metadata")
    return found


@requirement("8414-2-S03", broken_by="metadata-advertises-dead-method")
@tolerates("legal-metadata-without-lists")
def test_an_authentication_method_that_works_is_listed(
    document: Mapping[str, Any], token: TokenEndpoint, clients: Clients
) -> None:
    """The method by which a client gets a token stands among the methods that the token endpoint lists."""
    listed = _listed(document, "token_endpoint_auth_methods_supported")
    client = clients.confidential("client_credentials")
    answer = token.client_credentials(as_=client, scope=client.scope or None)
    answer.require_success(f"No token for {client.name} by {client.auth}")

    assert covers(listed, [client.auth], "token_endpoint_auth_methods_supported")


@requirement("8414-2-S03", broken_by="metadata-advertises-dead-grant")
@tolerates("legal-metadata-without-lists")
def test_a_grant_that_works_is_listed(
    document: Mapping[str, Any], token: TokenEndpoint, own_client: Client
) -> None:
    """The client credentials grant, where it gives a token, stands among the grant types that are listed."""
    listed = _listed(document, "grant_types_supported")
    answer = token.client_credentials(as_=own_client, scope=own_client.scope or None)
    answer.require_success(f"No token for {own_client.name} by client credentials")

    assert covers(listed, ["client_credentials"], "grant_types_supported")


@requirement("8414-2-S03", broken_by="metadata-advertises-dead-grant")
@tolerates("legal-metadata-without-lists")
def test_a_grant_that_is_listed_is_known(
    document: Mapping[str, Any], token: TokenEndpoint, issued: Issued, own_client: Client
) -> None:
    """The token endpoint calls no grant type unsupported that the document lists.

    Where only this client may not use it, unauthorized_client is the answer (RFC 6749 section 5.2).
    """
    judged_elsewhere = ("implicit", "client_credentials")
    listed = [grant for grant in _listed(document, "grant_types_supported") if grant not in judged_elsewhere]
    control = issued.note(
        own_client, token.client_credentials(as_=own_client, scope=own_client.scope or None)
    )
    control.require_success(f"No token for {own_client.name} by client credentials")
    invented = dict.fromkeys(PROOFS, "no-such-value-was-ever-issued")
    answers = {
        f"grant_type={grant}": token.post({**invented, "grant_type": str(grant)}, as_=own_client)
        for grant in listed
    }

    assert all_of({case: ~answer.has_error("unsupported_grant_type") for case, answer in answers.items()})


@requirement("8414-2-S05", broken_by="metadata-code-without-its-grant")
@tolerates("legal-metadata-without-lists")
def test_response_types_and_grant_types_fit_together(document: Mapping[str, Any]) -> None:
    """The response type code is listed with the authorization code grant, and token with the implicit grant."""
    types, grants = _listed(document, "response_types_supported"), _listed(document, "grant_types_supported")

    assert fact(
        "code" not in types or "authorization_code" in grants,
        "authorization_code among the grant types, for code is among the response types",
        f"grant_types_supported: {shown(grants)}",
    )
    assert fact(
        "token" not in types or "implicit" in grants,
        "implicit among the grant types, for token is among the response types",
        f"grant_types_supported: {shown(grants)}",
    )


def _is_there(url: str, send: Send) -> Fact:
    """Whether anything takes a POST at a URL: a 404 or 410 says that nothing does."""
    form = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
    answer = send(Request(method="POST", url=url, headers=form, body=b""))
    there = answer.status not in {404, 410}
    return fact(there, f"an endpoint that takes a POST at {url}", f"{answer} at {url}").seen_in(answer)


@requirement("8414-2-S03", broken_by="metadata-token-endpoint-elsewhere")
def test_the_token_endpoint_is_where_the_document_says(document: Mapping[str, Any], send: Send) -> None:
    """The published token endpoint takes a POST."""
    _endpoint_is_there(document, "token_endpoint", send)


@requirement("8414-2-S03", broken_by="metadata-revocation-endpoint-elsewhere")
def test_the_revocation_endpoint_is_where_the_document_says(document: Mapping[str, Any], send: Send) -> None:
    """The published revocation endpoint takes a POST."""
    _endpoint_is_there(document, "revocation_endpoint", send)


@requirement("8414-2-S03", broken_by="metadata-introspection-endpoint-elsewhere")
def test_the_introspection_endpoint_is_where_the_document_says(
    document: Mapping[str, Any], send: Send
) -> None:
    """The published introspection endpoint takes a POST."""
    _endpoint_is_there(document, "introspection_endpoint", send)


def _endpoint_is_there(document: Mapping[str, Any], name: str, send: Send) -> None:
    __tracebackhide__ = True
    url = document.get(name)
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise NotOffered(f"The document names no {name}.", f"{name} in the server's metadata")

    assert _is_there(url, send)


@pytest.fixture
def landing(authorization: AuthorizationEndpoint, owner_session: OwnerSession, clients: Clients) -> Landing:
    """Where an ordinary request for a code came to rest: at the client."""
    client = clients.confidential("authorization_code")
    request = authorization.request(
        client,
        scope=client.scope or None,
        state=secrets.token_urlsafe(12),
        code_challenge=secrets.token_urlsafe(32),
        code_challenge_method="S256",
    )
    landing = owner_session.opens(request, client.redirect_uris)
    if not landing.is_at_client:
        raise CannotTest("The authorization request did not come back to the client.")
    return landing


@requirement("8414-2-S03", broken_by="metadata-response-mode-query-missing")
@tolerates("legal-metadata-without-lists")
def test_a_response_mode_that_works_is_listed(document: Mapping[str, Any], landing: Landing) -> None:
    """Where codes come in the query, query stands among the response modes that are listed."""
    listed = _listed(document, "response_modes_supported")
    if "code" not in landing.query:
        raise NotOffered(
            "The server sends no code in the query of a redirection URI.", "nothing: it is optional"
        )

    assert covers(listed, ["query"], "response_modes_supported")


@requirement("9207-2.3-03", broken_by="metadata-iss-parameter-missing")
@requirement("mcp-2026-07-28-response-02", broken_by="metadata-iss-parameter-missing")
def test_a_server_that_sends_iss_says_so(document: Mapping[str, Any], landing: Landing) -> None:
    """A server whose authorization responses carry iss says so in its metadata."""
    if "iss" not in landing.query:
        raise NotOffered("The server sends no iss in authorization responses.", "RFC 9207 at the server")

    assert equals(
        "authorization_response_iss_parameter_supported",
        document.get("authorization_response_iss_parameter_supported"),
        wanted=True,
    )


@requirement("9700-2.1.1-11", broken_by="metadata-pkce-missing")
@requirement("9700-4.7.1-05", broken_by="metadata-pkce-missing")
@requirement("9700-2.1.1-11", broken_by="metadata-pkce-method-unknown")
@requirement("mcp-2026-07-28-discovery-02", broken_by="metadata-pkce-missing")
def test_support_for_pkce_is_published(document: Mapping[str, Any]) -> None:
    """The document lists S256 among the methods of PKCE that the server knows."""
    assert covers(
        document.get("code_challenge_methods_supported") or [], ["S256"], "code_challenge_methods_supported"
    )


@requirement("9700-2.5-02", broken_by="metadata-without-asymmetric-methods")
def test_asymmetric_client_authentication_is_offered(document: Mapping[str, Any], target: Target) -> None:
    """The token endpoint offers a client authentication method that needs no shared secret."""
    methods = document.get("token_endpoint_auth_methods_supported")
    if not isinstance(methods, list):
        raise NotOffered(
            f"The metadata of {target.name} lists no authentication methods.",
            "token_endpoint_auth_methods_supported",
        )

    assert fact(
        {"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"} & set(methods),
        "private_key_jwt or a method of mutual TLS among the methods",
        f"token_endpoint_auth_methods_supported: {shown(methods)}",
    )
