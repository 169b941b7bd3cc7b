"""A token that is bound to a certificate: what its JWT, introspection and the resource say (RFC 8705 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.checks.mutual_tls.conftest import (
    BOUND,
    FILES,
    SELF_SIGNED,
    Certified,
    Certify,
    NewCertificate,
    RegisterCertified,
    unless_refused,
)
from conformance.checks.mutual_tls.test_client_authentication import in_header_fields
from conformance.checks.support.controls import GrantFor
from conformance.checks.support.facts import Fact, all_of, equals, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures import certificates
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.client_certificate import ClientCertificate
from fixtures.http.exchange import Answer
from fixtures.jwt import read_jwt
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(tls=True, mtls=True, jwt=True)

MEMBER = "x5t#S256"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """An access token that a client got with a certificate, and what is told of it.

    introspected: the members of its introspection; claims: those of the JWT that it is, None where it is none.
    """

    value: str
    client: Client
    certificate: ClientCertificate
    introspected: Mapping[str, Any] | None
    claims: Mapping[str, Any] | None

    @property
    def is_told(self) -> bool:
        """Whether anybody tells which certificate it is bound to."""
        return told_by(self.introspected) is not None or told_by(self.claims) is not None


def told_by(members: Mapping[str, Any] | None) -> object:
    """The thumbprint that members tell as cnf, whatever it is; None where they tell none."""
    confirmed = (members or {}).get("cnf")
    return confirmed.get(MEMBER) if isinstance(confirmed, dict) else None


@pytest.fixture(scope="session")
def holder(clients: Clients, certify: Certify, liveness: object) -> Certified:  # noqa: ARG001 - ends with the server
    """A client with a certificate and credentials, that gets tokens with both."""
    client = clients.first(
        lambda one: one.certificate is not None and not one.is_public and bool(one.grants),
        "confidential client with a certificate",
        f"[clients.NAME] {FILES}",
    )
    return certify(client)


def _bound(given: Certified, introspection: IntrospectionEndpoint | None) -> Bound:
    return _described(given.client, given.require().access_token or "", introspection)


def _described(client: Client, value: str, introspection: IntrospectionEndpoint | None) -> Bound:
    mine = client.certificate
    if mine is None:
        raise CannotTest(f"{client.name} has no certificate.")
    told = introspection.introspect(value).members if introspection is not None else None
    jwt = read_jwt(value)
    return Bound(
        value=value,
        client=client,
        certificate=mine,
        introspected=told if told is not None and told.get("active") is True else None,
        claims=None if jwt is None else jwt.claims,
    )


@pytest.fixture
def bound(holder: Certified, introspection: IntrospectionEndpoint) -> Bound:
    """A token that is bound by its own word or introspection's; NotOffered where the server binds none."""
    found = _bound(holder, introspection)
    if not found.is_told:
        raise NotOffered(
            f"The server binds no access token of {holder.client.name} to its certificate.",
            f"{BOUND} for the client at the server",
        )
    return found


@requirement("8705-3.2-S01", broken_by="mtls-introspection-without-cnf")
@tolerates("legal-mtls-without-aliases")
def test_introspection_tells_the_certificate(bound: Bound) -> None:
    """Introspection of a token that is bound tells which certificate it is bound to."""
    if bound.introspected is None:
        raise CannotTest("Introspection does not say that a fresh token is active.")
    told = bound.introspected.get("cnf")

    assert fact(
        told_by(bound.introspected) is not None, f"a thumbprint as cnf.{MEMBER}", f"cnf: {shown(told)}"
    )


@requirement("8705-3.1-01", broken_by="mtls-jwt-without-cnf")
def test_a_jwt_tells_the_certificate(bound: Bound) -> None:
    """An access token that is a JWT and is bound tells which certificate it is bound to."""
    if bound.claims is None:
        raise NotOffered(
            "The server's access tokens are no JWTs.", "nothing, for their form is the server's choice"
        )
    told = bound.claims.get("cnf")

    assert fact(told_by(bound.claims) is not None, f"a thumbprint as cnf.{MEMBER}", f"cnf: {shown(told)}")


@requirement("8705-3.1-S01", broken_by="mtls-thumbprint-of-the-key")
@requirement("8705-3.1-02", broken_by="mtls-thumbprint-with-padding")
@requirement("8705-3.1-03", broken_by="mtls-thumbprint-with-a-line-break")
@tolerates("legal-mtls-without-aliases")
def test_the_thumbprint_is_of_the_certificate(bound: Bound) -> None:
    """A thumbprint that is told is the SHA-256 hash of the whole certificate, in base64url and nothing beside it."""
    told = {"introspection": told_by(bound.introspected), "the JWT": told_by(bound.claims)}

    assert all_of(
        {
            where: equals(f"cnf.{MEMBER}", value, bound.certificate.thumbprint)
            for where, value in told.items()
            if value is not None
        }
    )


# -- at the resource


@pytest.fixture
def at_resource(
    request: pytest.FixtureRequest,
    bound: Bound,
    resource: ResourceEndpoint,
    introspection: IntrospectionEndpoint,
) -> Bound:
    """A bound token that opened the resource with its certificate, of the client's own or by an owner's consent.

    NotOffered where neither opens it.
    """
    answer = unless_refused(lambda: resource.get_with(bound.value, by=bound.client))
    if answer is not None and answer.is_success:
        return bound
    if bound.client.may("authorization_code"):
        grant_for: GrantFor = request.getfixturevalue("grant_for")
        found = _described(bound.client, grant_for(bound.client).access_token, introspection)
        answer = unless_refused(lambda: resource.get_with(found.value, by=found.client))
        if found.is_told and answer is not None and answer.is_success:
            return found
    raise NotOffered(
        f"The resource takes no bound token with its certificate: {answer or 'no answer'}.",
        "[resource] url of a resource that asks for certificates",
    )


def stays_shut(answer: Answer | None) -> Fact:
    """Whether the resource gave nothing: it refused the token, or the connection."""
    return fact(answer is None or not answer.is_success, "no access to the resource", answer or "no answer")


@requirement("8705-3-02", broken_by="mtls-resource-wants-no-certificate")
@tolerates("legal-mtls-without-aliases")
def test_a_bound_token_opens_nothing_without_its_certificate(
    at_resource: Bound, resource: ResourceEndpoint
) -> None:
    """A bound token opens nothing on a connection that shows no certificate."""
    assert stays_shut(unless_refused(lambda: resource.get_with(at_resource.value)))


@requirement("8705-3-02", broken_by="mtls-resource-takes-any-certificate")
@requirement("8705-3-03", broken_by="mtls-resource-takes-any-certificate")
@tolerates("legal-mtls-certificates-of-strangers-cut-off")
def test_a_bound_token_opens_nothing_with_another_certificate(
    at_resource: Bound, resource: ResourceEndpoint, new_certificate: NewCertificate
) -> None:
    """A bound token opens nothing with another certificate, though that has the same names."""
    other = at_resource.client.showing(new_certificate(like=at_resource.certificate))

    assert stays_shut(unless_refused(lambda: resource.get_with(at_resource.value, by=other)))


@requirement("8705-3-04", broken_by="mtls-resource-says-forbidden")
@requirement("8705-3-04", broken_by="mtls-resource-says-invalid-request")
@tolerates("legal-mtls-certificates-of-strangers-cut-off")
def test_another_certificate_makes_the_token_invalid(
    at_resource: Bound, resource: ResourceEndpoint, new_certificate: NewCertificate
) -> None:
    """A bound token with another certificate is answered 401 and invalid_token."""
    other = at_resource.client.showing(new_certificate(like=at_resource.certificate))
    answer = unless_refused(lambda: resource.get_with(at_resource.value, by=other))
    if answer is None:
        raise NotOffered(
            "The connection is refused for its certificate before any request is read.",
            "nothing, for a resource may look at certificates in the handshake",
        )
    challenge = answer.challenge("Bearer") or answer.challenge("DPoP")
    told = challenge.parameters.get("error") if challenge else answer.error

    assert answer.has_status(401)
    assert fact(told == "invalid_token", "error=invalid_token in the challenge", f"error: {shown(told)}")


@requirement("8705-3-01", broken_by="mtls-resource-certificate-from-a-header")
def test_the_resource_believes_no_header_field(at_resource: Bound, resource: ResourceEndpoint) -> None:
    """A bound token opens nothing where its certificate comes in a header field, and the connection shows none."""
    authorization = ("Authorization", f"Bearer {at_resource.value}")
    fields = in_header_fields(at_resource.certificate)

    assert all_of(
        {name: stays_shut(resource.ask(headers=[authorization, *pairs])) for name, pairs in fields.items()}
    )


# -- what clients register and the metadata tell


@requirement("8705-3.4-S01", broken_by="mtls-tokens-never-bound")
@tolerates("legal-mtls-without-aliases")
def test_a_client_that_registered_for_bound_tokens_gets_them(
    *,
    target: Target,
    announced: frozenset[str],
    new_certificate: NewCertificate,
    register_certified: RegisterCertified,
    certify: Certify,
    introspection: IntrospectionEndpoint,
) -> None:
    """Where the metadata announce bound tokens, a client that registered for them gets one with its certificate."""
    if target.metadata.get(BOUND) is not True or SELF_SIGNED not in announced:
        raise NotOffered(
            f"The metadata do not announce both {BOUND} and {SELF_SIGNED}.",
            f"{BOUND} = true in the server's metadata",
        )
    mine = new_certificate()
    members: dict[str, Any] = {BOUND: True, "jwks": {"keys": [certificates.jwk(mine)]}}
    found = _bound(certify(register_certified(mine, SELF_SIGNED, **members)), introspection)
    if found.introspected is None and found.claims is None:
        raise NotOffered(
            "Nobody tells anything of a token of a client that registered itself.",
            "[introspection] client of one that sees the tokens of all clients",
        )
    told = told_by(found.introspected) or told_by(found.claims)

    assert fact(told is not None, f"a thumbprint as cnf.{MEMBER}", "a token that is bound to nothing")
