"""Clients that show certificates and were seen to be served for it, and certificates that are not theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from conformance.checks.support.controls import Code, CodeFor, Issued
from conformance.checks.support.facts import Fact, fact
from conformance.checks.support.registering import Register, registering_at
from fixtures import certificates
from fixtures.discovery import with_aliases
from fixtures.endpoints import RegistrationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, CertificateRefused, NotOffered
from fixtures.http.client_certificate import ClientCertificate
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

PKI, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"
METHODS = (PKI, SELF_SIGNED)
BOUND = "tls_client_certificate_bound_access_tokens"
FILES = 'certificate = "client.pem", certificate_key = "client.key"'
Fields = Mapping[str, str | None]


def unless_refused(ask: Callable[[], Answer]) -> Answer | None:
    """The answer; None where the server ended the connection for the certificate that was shown."""
    try:
        return ask()
    except CertificateRefused:
        return None


def gives_nothing(answer: Answer | None) -> Fact:
    """Whether no token was given: the request was refused, or the connection before it."""
    return fact(answer is None or not answer.grants_a_token, "no access token", answer or "no answer")


def gives_a_token(answer: Answer | None) -> Fact:
    """Whether a token was given."""
    return fact(answer is not None and answer.grants_a_token, "an access token", answer or "no answer")


def require_judged(answer: Answer | None) -> Answer:
    """The answer of the authorization server; NotOffered where what stands before it refused the connection."""
    if answer is None:
        raise NotOffered(
            "The connection is refused for its certificate before any request is read.",
            "nothing, for certificates may be looked at in the handshake",
        )
    if answer.has_type("text/html") and "certificate" in answer.text.lower():
        raise NotOffered(
            f"Something in front of the authorization server refuses the connection: {answer.brief}.",
            "nothing, for TLS may end at an intermediary (RFC 8705 section 6.5)",
        )
    return answer


@dataclass(frozen=True, kw_only=True)
class Certified:
    """A client that was seen to be served with its certificate. fields: of a good request for a token, made afresh."""

    client: Client
    fields: Callable[[], Fields]
    token: TokenEndpoint
    issued: Issued

    def ask(self, certificate: ClientCertificate | None = None, *more: tuple[str, str]) -> Answer | None:
        """A good request on a connection that shows this certificate, or none. more: header fields beside.

        None where the server ended the connection.
        """
        shown = self.client.showing(certificate)
        return unless_refused(lambda: self._post(shown, *more))

    def require(self) -> Answer:
        """The answer to a good request with the client's own certificate; CannotTest where it is refused."""
        found = self._post(self.client)
        return found.require_success(
            f"{self.client.name} got no token with its certificate",
            f"Do id, auth, certificate, grants and scope of [clients.{self.client.name}] match the server?",
        )

    def _post(self, client: Client, *headers: tuple[str, str]) -> Answer:
        answer = self.token.post(self.fields(), as_=client, headers=headers)
        return self.issued.note(self.client, answer)


class NewCertificate(Protocol):
    """Makes a certificate that signs itself."""

    def __call__(self, *, like: ClientCertificate | None = None) -> ClientCertificate:
        """like: whose subject and alternative names it has."""
        ...


@pytest.fixture(scope="session")
def new_certificate(tmp_path_factory: pytest.TempPathFactory) -> NewCertificate:
    """Makes certificates in files of this run."""
    folder: Path = tmp_path_factory.mktemp("certificates")
    names = iter(f"certificate-{number}" for number in range(1_000_000))
    return lambda *, like=None: certificates.self_signed(folder, next(names), like=like)


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers clients, and gives them up at the end."""
    with registering_at(registration) as send:
        yield send


class RegisterCertified(Protocol):
    """Registers a client that shows a certificate; NotOffered where the server registers none like it."""

    def __call__(self, certificate: ClientCertificate, auth: str, /, **members: Any) -> Client:
        """The client, by what the server says of it. members: of its registration, beside those of any client."""
        ...


@pytest.fixture(scope="session")
def register_certified(register: Register, target: Target, clients: Clients) -> RegisterCertified:
    """Registers clients of the client credentials grant, or of codes where they have no credentials."""

    def send(certificate: ClientCertificate, auth: str, /, **members: Any) -> Client:
        grants = ["client_credentials"] if auth in METHODS else ["authorization_code", "refresh_token"]
        changed: dict[str, Any] = {"grant_types": grants, "token_endpoint_auth_method": auth, **members}
        if auth in METHODS:
            changed |= {"response_types": [], "redirect_uris": None}
        answer = register(**changed)
        told = answer.members
        identifier = told.get("client_id")
        plain = {
            name: value for name, value in members.items() if name != "jwks"
        }  # keys may be told at more length
        kept = {name: told.get(name, value) for name, value in plain.items()}
        as_asked = told.get("token_endpoint_auth_method", auth) == auth and kept == plain
        if not answer.is_success or not isinstance(identifier, str) or not as_asked:
            raise NotOffered(
                f"The server registers no client with {auth} as it was asked to: {answer.brief}.",
                f'[clients.NAME] auth = "{auth}", {FILES}',
            )
        uris = told.get("redirect_uris")
        scope = told.get("scope")
        made = Client(
            name="registered",
            id=identifier,
            auth=auth,
            certificate=certificate,
            redirect_uris=tuple(uris) if isinstance(uris, list) else (),
            grants=tuple(grants),
            scope=scope if isinstance(scope, str) else _any_scope(clients),
        )
        return with_aliases(made, target)

    return send


def _any_scope(clients: Clients) -> str:
    """What some client may ask for, for one of which the server does not say it; empty where nobody may ask."""
    return next((each.scope for each in clients.all if each.scope), "")


@pytest.fixture(scope="session")
def announced(target: Target) -> frozenset[str]:
    """The methods of mutual TLS that the metadata announce at the token endpoint."""
    if target.unreachable:
        raise CannotTest(target.unreachable)
    told = target.metadata.get("token_endpoint_auth_methods_supported")
    return frozenset(told) & frozenset(METHODS) if isinstance(told, list) else frozenset()


Certify = Callable[[Client], Certified]


@pytest.fixture(scope="session")
def certify(request: pytest.FixtureRequest, token: TokenEndpoint, issued: Issued) -> Certify:
    """Hands a client on after it got a token with its certificate."""

    def fields_for(client: Client) -> Fields:
        if client.may("client_credentials"):
            return {"grant_type": "client_credentials", "scope": client.scope or None}
        code_for: CodeFor = request.getfixturevalue("code_for")
        code: Code = code_for(client)
        return code.fields

    def see(client: Client) -> Certified:
        made = Certified(client=client, fields=lambda: fields_for(client), token=token, issued=issued)
        made.require()
        return made

    return see


def of_the_file(clients: Clients, auth: str) -> Client:
    """A client of the target file that is known by its certificate."""
    return clients.first(
        lambda one: one.auth == auth and one.certificate is not None and bool(one.grants),
        f"client that authenticates by {auth}",
        f'[clients.NAME] auth = "{auth}", {FILES}, grants = ["client_credentials"]',
    )


@pytest.fixture(scope="session")
def self_registered(
    request: pytest.FixtureRequest, announced: frozenset[str], new_certificate: NewCertificate
) -> Client:
    """A client that registered a certificate which signs itself."""
    if SELF_SIGNED not in announced:
        raise NotOffered(
            f"The metadata do not announce {SELF_SIGNED}.", f'[clients.NAME] auth = "{SELF_SIGNED}", {FILES}'
        )
    register_certified: RegisterCertified = request.getfixturevalue("register_certified")
    certificate = new_certificate()
    return register_certified(certificate, SELF_SIGNED, jwks={"keys": [certificates.jwk(certificate)]})


@pytest.fixture(scope="session", params=METHODS)
def certified(
    request: pytest.FixtureRequest,
    clients: Clients,
    certify: Certify,
    liveness: object,  # noqa: ARG001 - ends with the server
) -> Certified:
    """A client that is known by its certificate, by each method: of the target file, else registered for this run."""
    auth: str = request.param
    with suppress(NotOffered):
        return certify(of_the_file(clients, auth))
    if auth == SELF_SIGNED:
        return certify(request.getfixturevalue("self_registered"))
    return certify(of_the_file(clients, auth))


@pytest.fixture(scope="session")
def strangers(certified: Certified, new_certificate: NewCertificate) -> ClientCertificate:
    """A certificate with the names of the client's own that nobody else has signed."""
    return new_certificate(like=certified.client.certificate)


@pytest.fixture(scope="session")
def another_clients(certified: Certified, clients: Clients) -> ClientCertificate:
    """The certificate of another client, known by the same method where there is one."""
    mine = certified.client
    others = [
        one
        for one in clients.all
        if one.certificate is not None and one.id != mine.id and one.certificate != mine.certificate
    ]
    for one in sorted(others, key=lambda each: each.auth != mine.auth):
        if one.certificate is not None:
            return one.certificate
    raise NotOffered(
        "The target file has no second client with a certificate.",
        f"[clients.OTHER] {FILES}, of another client",
    )
