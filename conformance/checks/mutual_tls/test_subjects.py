"""The one subject by which a certificate that an authority has signed is a client's (RFC 8705, 2.1 and 2.1.2)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.checks.client_authentication.places import at
from conformance.checks.mutual_tls.conftest import (
    PKI,
    Certified,
    Certify,
    RegisterCertified,
    gives_a_token,
    gives_nothing,
    of_the_file,
    unless_refused,
)
from conformance.ledger.requirement import tolerates
from fixtures import certificates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.client_certificate import ClientCertificate
from fixtures.http.exchange import Answer
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(tls=True, mtls=True)

OTHERS = {
    "subject_dn": "CN=nobody,O=Nobody at all",
    "san_dns": "nobody.client.example",
    "san_uri": "https://client.example/nobody",
    "san_ip": "192.0.2.254",
    "san_email": "nobody@client.example",
}
"""Subjects that are no client's, by the last part of the member of the metadata."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One kind of subject: what a certificate that the server trusts has of it, and what it has not."""

    member: str
    mine: str
    other: str
    certificate: ClientCertificate
    trusted: Certified
    register_certified: RegisterCertified

    def ask(self, value: str) -> Answer | None:
        """What a client gets with the certificate that has registered this subject; None for no answer."""
        client = self.register_certified(self.certificate, PKI, **{self.member: value})
        fields = {"grant_type": "client_credentials", "scope": client.scope or None}
        return unless_refused(lambda: self.trusted.token.post(fields, as_=client))


@pytest.fixture(scope="session")
def trusted(clients: Clients, certify: Certify, liveness: object) -> Certified:  # noqa: ARG001 - ends with the server
    """A client of the target file whose certificate the server was seen to trust."""
    return certify(of_the_file(clients, PKI))


@pytest.fixture
def subject(
    request: pytest.FixtureRequest, trusted: Certified, register_certified: RegisterCertified
) -> Subject:
    """The subject of the kind that the parameter names; NotOffered where the certificate has none."""
    mine = trusted.client.certificate
    member = f"{PKI}_{request.param}"
    found = certificates.subjects(mine) if mine is not None else {}
    if mine is None or member not in found:
        raise NotOffered(
            f"The certificate of {trusted.client.name} has no subject for {member}.",
            "a certificate with such a name",
        )
    return Subject(
        member=member,
        mine=found[member],
        other=OTHERS[request.param],
        certificate=mine,
        trusted=trusted,
        register_certified=register_certified,
    )


@at(
    "subject",
    subject_dn={"8705-2.1.2-S01": "mtls-subject-dn-unknown"},
    san_dns={"8705-2.1.2-S02": "mtls-san-dns-unknown"},
    san_uri={"8705-2.1.2-S03": "mtls-san-uri-unknown"},
    san_ip={"8705-2.1.2-S04": "mtls-san-ip-unknown"},
    san_email={"8705-2.1.2-S05": "mtls-san-email-unknown"},
)
@tolerates("legal-mtls-without-aliases")
def test_a_certificate_of_the_registered_subject_is_the_clients(subject: Subject) -> None:
    """A client that registered a subject of its certificate gets a token with it."""
    answer = subject.ask(subject.mine)

    assert gives_a_token(answer)


@at(
    "subject",
    subject_dn={"8705-2.1-S02": "mtls-subject-dn-unchecked"},
    san_dns={"8705-2.1-S02": "mtls-san-dns-unchecked"},
    san_uri={"8705-2.1-S02": "mtls-san-uri-unchecked"},
    san_ip={"8705-2.1-S02": "mtls-san-ip-unchecked"},
    san_email={"8705-2.1-S02": "mtls-san-email-unchecked"},
)
@tolerates("legal-mtls-without-aliases")
def test_a_certificate_of_another_subject_is_not_the_clients(subject: Subject) -> None:
    """A client that registered another subject than its certificate has gets no token with it."""
    good = subject.ask(subject.mine)
    if good is None or not good.grants_a_token:
        raise CannotTest(f"A client with the subject of its certificate got no token: {good or 'no answer'}.")
    answer = subject.ask(subject.other)

    assert gives_nothing(answer)
