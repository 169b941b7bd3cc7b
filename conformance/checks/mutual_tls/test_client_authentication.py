"""Whose certificate it has to be for a client to be known by it, at each endpoint (RFC 8705 sections 2 and 7.1)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest

from conformance.checks.client_authentication.places import at
from conformance.checks.mutual_tls.conftest import (
    PKI,
    SELF_SIGNED,
    Certified,
    Certify,
    NewCertificate,
    RegisterCertified,
    gives_a_token,
    gives_nothing,
    require_judged,
    unless_refused,
)
from conformance.checks.support.controls import GrantFor
from conformance.checks.support.facts import all_of, fact
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.offered import url_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures import certificates
from fixtures.endpoints import Endpoint, IntrospectionEndpoint, RevocationEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.client_certificate import ClientCertificate
from fixtures.http.exchange import Send
from fixtures.target import Target

pytestmark = pytest.mark.embedded(tls=True, mtls=True, par=True)


def both(fault: str, *rows: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a check for each method, as evidence for these rows; one fault breaks all of it."""
    cited = dict.fromkeys(rows, fault)
    return at("certified", **{PKI: cited, SELF_SIGNED: cited})


@both("mtls-no-certificate-accepted", "8705-2-02")
@tolerates("legal-mtls-without-aliases", "legal-mtls-at-the-aliases-only", "legal-mtls-failure-as-400")
def test_a_client_gets_nothing_without_its_certificate(certified: Certified) -> None:
    """A client that is known by its certificate gets no token by its name alone."""
    assert gives_nothing(certified.ask())


@at(
    "certified",
    tls_client_auth={"8705-2.1-S01": "mtls-chain-unchecked", "8705-2-02": "mtls-chain-unchecked"},
    self_signed_tls_client_auth={
        "8705-2.2-S01": "mtls-self-signed-known-by-its-name",
        "8705-2-02": "mtls-self-signed-known-by-its-name",
    },
)
@tolerates("legal-mtls-certificates-of-strangers-cut-off", "legal-mtls-without-aliases")
def test_a_certificate_with_the_same_names_is_another(
    certified: Certified, strangers: ClientCertificate
) -> None:
    """A certificate with all the names of the client's own, which nobody but its holder has signed, gets no token."""
    assert gives_nothing(certified.ask(strangers))


@at(
    "certified",
    tls_client_auth={"8705-2.1-S02": "mtls-subject-unchecked", "8705-2-02": "mtls-subject-unchecked"},
    self_signed_tls_client_auth={
        "8705-2.2-S01": "mtls-any-self-signed-accepted",
        "8705-2-02": "mtls-any-self-signed-accepted",
    },
)
def test_the_certificate_of_another_client_gets_nothing(
    certified: Certified, another_clients: ClientCertificate
) -> None:
    """A client gets no token with the certificate of another client."""
    assert gives_nothing(certified.ask(another_clients))


def in_header_fields(certificate: ClientCertificate) -> dict[str, list[tuple[str, str]]]:
    """Header fields by which intermediaries tell a server of a certificate, by the name of each."""
    text = certificate.certificate_file.read_text(encoding="utf-8")
    der = base64.b64encode(certificate.der).decode("ascii")
    hashed = f'Hash={certificate.der.hex()[:64]};Cert="{quote(text, safe="")}"'
    fields = {
        "Client-Cert": f":{der}:",  # RFC 9440
        "X-SSL-Client-Cert": quote(text, safe=""),
        "X-Client-Cert": quote(text, safe=""),
        "SSL-Client-Cert": " ".join(text.split("\n")).strip(),
        "X-ARR-ClientCert": der,
        "X-Forwarded-Client-Cert": hashed,
        "X-Forwarded-Tls-Client-Cert": der,
        "X-Amzn-Mtls-Clientcert": quote(text, safe="+=/"),
    }
    return {name: [(name, value), ("X-SSL-Client-Verify", "SUCCESS")] for name, value in fields.items()}


@both("mtls-certificate-from-a-header", "8705-2-01")
def test_a_certificate_in_a_header_field_counts_for_nothing(certified: Certified) -> None:
    """A certificate that comes in a header field, on a connection that shows none, gets no token."""
    mine = certified.client.certificate
    fields = in_header_fields(mine) if mine is not None else {}

    assert all_of({name: gives_nothing(certified.ask(None, *pairs)) for name, pairs in fields.items()})


@both("mtls-failure-is-an-invalid-grant", "8705-2-S01")
@tolerates(
    "legal-mtls-failure-as-400",
    "legal-mtls-at-the-aliases-only",
    "legal-client-missing-credentials-as-invalid-request",
)
def test_a_missing_certificate_is_an_invalid_client(certified: Certified) -> None:
    """A client that shows no certificate is told invalid_client, or that its request lacks something."""
    answer = require_judged(certified.ask())

    assert not answer.grants_a_token
    assert answer.has_error("invalid_client", "invalid_request")


@both("mtls-failure-is-an-invalid-grant", "8705-2-S01")
@tolerates("legal-mtls-failure-as-400", "legal-mtls-certificates-of-strangers-cut-off")
def test_another_certificate_is_an_invalid_client(certified: Certified, strangers: ClientCertificate) -> None:
    """A client that shows another certificate than its own is told invalid_client."""
    answer = require_judged(certified.ask(strangers))

    assert not answer.grants_a_token
    assert answer.has_error("invalid_client")


@requirement("8705-2.2-S02", broken_by="mtls-first-certificate-only")
@tolerates("legal-mtls-without-aliases")
def test_each_registered_certificate_is_the_clients(
    announced: frozenset[str],
    new_certificate: NewCertificate,
    register_certified: RegisterCertified,
    certify: Certify,
) -> None:
    """A client that registered two certificates is known by either."""
    if SELF_SIGNED not in announced:
        raise NotOffered(
            f"The metadata do not announce {SELF_SIGNED}.",
            "token_endpoint_auth_methods_supported in the server's metadata",
        )
    first, second = new_certificate(), new_certificate()
    keys = [certificates.jwk(each) for each in (first, second)]
    client = certify(register_certified(first, SELF_SIGNED, jwks={"keys": keys}))
    answer = client.ask(second)

    assert gives_a_token(answer)


# -- the other endpoints


@both("mtls-no-certificate-accepted", "8705-7.1-S01")
@tolerates("legal-mtls-without-aliases")
def test_refreshing_wants_the_certificate(
    certified: Certified, token: TokenEndpoint, grant_for: GrantFor
) -> None:
    """The refresh token of a client that is known by its certificate gets nothing without it."""
    client = certified.client
    if not client.may("refresh_token"):
        raise NotOffered(
            f"{client.name} gets no refresh tokens.",
            f'[clients.{client.name}] grants = [.., "refresh_token"]',
        )
    first = grant_for(client).refresh_token
    token.refresh(first, as_=client).require_success(f"{client.name} could not refresh with its certificate")
    value = grant_for(client).refresh_token

    assert gives_nothing(unless_refused(lambda: token.refresh(value, as_=client.showing(None))))


@both("mtls-introspection-without-certificate", "8705-2-S02")
@tolerates("legal-mtls-without-aliases")
def test_introspection_wants_the_certificate(
    certified: Certified, introspection: IntrospectionEndpoint
) -> None:
    """A client that is known by its certificate learns nothing of its token without it."""
    client = certified.client
    token = certified.require().access_token or ""
    with_it = unless_refused(lambda: introspection.introspect(token, as_=client))
    if with_it is None or with_it.members.get("active") is not True:
        raise NotOffered(
            f"{client.name} may not introspect its own token: {with_it.brief if with_it else 'no answer'}.",
            "a client with a certificate that may introspect",
        )
    answer = unless_refused(lambda: introspection.introspect(token, as_=client.showing(None)))

    assert fact(
        answer is None or answer.members.get("active") is not True,
        "nothing of the token",
        answer or "no answer",
    )


@both("mtls-revocation-without-certificate", "8705-2-S02")
@tolerates("legal-mtls-without-aliases")
def test_revocation_wants_the_certificate(
    certified: Certified, revocation: RevocationEndpoint, liveness: Liveness
) -> None:
    """A client that is known by its certificate ends no token of its own without it, and ends one with it."""
    client = certified.client
    token = certified.require().access_token or ""
    liveness.require_alive(token)
    unless_refused(lambda: revocation.revoke(token, as_=client.showing(None)))
    lives = liveness.is_alive(token)
    if not revocation.revoke(token, as_=client).is_success or not liveness.is_dead(token):
        raise NotOffered(
            "The server ends no access token of this client at revocation.",
            "a server that revokes access tokens",
        )

    assert lives


@both("mtls-push-without-certificate", "8705-2-S02")
def test_a_request_is_pushed_with_the_certificate(certified: Certified, target: Target, send: Send) -> None:
    """A client that is known by its certificate pushes no authorization request without it."""
    endpoint = Endpoint(url=url_of(target, "pushed_authorization_request"), send=send)
    client = certified.client
    fields = {
        "response_type": "code",
        "redirect_uri": client.redirect_uri,
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "scope": client.scope or None,
    }
    if not client.redirect_uri:
        raise NotOffered(
            f"{client.name} has no redirection URI.", f'[clients.{client.name}] redirect_uris = [".."]'
        )
    endpoint.post(fields, as_=client).require_success(f"{client.name} could push no request")
    answer = unless_refused(lambda: endpoint.post(fields, as_=client.showing(None)))

    assert fact(answer is None or not answer.is_success, "a refusal", answer or "no answer")
