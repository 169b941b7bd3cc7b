"""What checks of pages are handed: visitors, authorization requests, and pages that were seen to work."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from conformance.controls import Code, s256
from conformance.pages.visitor import Stop, Visitor
from fixtures.clients import Clients
from fixtures.endpoints import AuthorizationEndpoint, RegistrationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client, Owner
from fixtures.wire import Answer, Send

NewVisitor = Callable[..., Visitor]
"""Makes an owner at a fresh browser: of [owners], the first unless another is given."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One authorization request: its URL, and what its code needs to be redeemed."""

    url: str
    client: Client
    verifier: str

    def code(self, stop: Stop) -> Code:
        """The code that the client got. CannotTest when it got none."""
        if not stop.code:
            raise CannotTest(f"The authorization request of {self.client.name} ended without a code.")
        return Code(
            value=stop.code,
            client=self.client,
            redirect_uri=self.client.redirect_uri,
            verifier=self.verifier,
        )


class Ask(Protocol):
    """Builds an authorization request with PKCE and state."""

    def __call__(self, client: Client, *, scope: str | None = None, **more: str | None) -> Asked:
        """scope: None asks for all that the client is registered for. more: parameters to add or replace."""
        ...


class Register(Protocol):
    """Registers a confidential client for the code grant."""

    def __call__(self, **changes: Any) -> Answer:
        """changes: members that replace those of an ordinary client."""
        ...


@pytest.fixture(scope="session")
def visitor(clients: Clients, send: Send) -> NewVisitor:
    """Makes a visitor with no cookies."""

    def make(owner: Owner | None = None) -> Visitor:
        return Visitor(owner or clients.owner(), send)

    return make


@pytest.fixture(scope="session")
def ask(authorization: AuthorizationEndpoint) -> Ask:
    """Builds authorization requests."""

    def build(client: Client, *, scope: str | None = None, **more: str | None) -> Asked:
        verifier = secrets.token_urlsafe(48)
        fields: dict[str, str | None] = {
            "state": secrets.token_urlsafe(12),
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            **more,
        }
        asked = scope if scope is not None else client.scope or None
        return Asked(
            url=authorization.request(client, scope=asked, **fields), client=client, verifier=verifier
        )

    return build


@pytest.fixture(scope="session")
def asking(clients: Clients) -> Client:
    """A confidential client that may send owners to the authorization endpoint."""
    return clients.confidential("authorization_code")


@pytest.fixture(scope="session")
def login_page(visitor: NewVisitor, ask: Ask, asking: Client) -> Callable[[], tuple[Visitor, Stop]]:
    """Opens an authorization request in a fresh browser, up to the page that asks to sign in."""

    def open_it() -> tuple[Visitor, Stop]:
        person = visitor()
        page = person.goes_to(ask(asking).url, asking.redirect_uris)
        if not page.asks_to_sign_in:
            raise CannotTest(
                "An authorization request in a fresh browser shows no form for signing in that was recognised.",
                "Does the login page work without scripts?",
            )
        return person, page

    return open_it


@pytest.fixture(scope="session")
def consent_page(visitor: NewVisitor) -> Callable[..., tuple[Visitor, Stop]]:
    """Opens a request and signs in, up to the page that asks for consent. NotOffered where none is shown."""

    def open_it(request: Asked, owner: Owner | None = None) -> tuple[Visitor, Stop]:
        person = visitor(owner)
        page = person.signs_in(person.goes_to(request.url, request.client.redirect_uris))
        if page.is_at_client and page.code:
            raise NotOffered(
                f"The server asks no consent for {request.client.name}, or remembers it.",
                "a client in [clients] whose owner is asked",
            )
        if not page.asks_for_consent:
            raise CannotTest(
                "No consent page was recognised after signing in.", "Does it work without scripts?"
            )
        return person, page

    return open_it


@pytest.fixture(scope="session")
def consents(consent_page: Callable[..., tuple[Visitor, Stop]], ask: Ask, asking: Client) -> None:
    """The positive control: the owner's consent, given from her own page in her own browser, yields a code."""
    request = ask(asking)
    person, page = consent_page(request)
    request.code(person.goes_on(page))


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers clients, and gives them up at the end. NotOffered when registering needs a token."""
    given_up: list[tuple[str, str]] = []

    def send(**changes: Any) -> Answer:
        answer = registration.register(
            {
                "client_name": "oauth-conformance probe",
                "redirect_uris": [f"https://client.example/cb/{secrets.token_hex(4)}"],
                "grant_types": ["authorization_code"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
                **changes,
            }
        )
        if answer.status in {401, 403}:
            raise NotOffered(
                "Only holders of a token may register clients.", "open registration at the server"
            )
        place, token = (
            answer.members.get(name) for name in ("registration_client_uri", "registration_access_token")
        )
        if isinstance(place, str) and isinstance(token, str):
            given_up.append((place, token))
        return answer

    yield send
    for place, token in given_up:
        with suppress(CannotTest):
            registration.delete(place, token)


def as_client(registered: Answer) -> Client:
    """The Client that a registration's answer describes."""
    members = registered.members
    return Client(
        name="registered",
        id=str(members.get("client_id", "")),
        secret=str(members.get("client_secret") or "") or None,
        redirect_uris=tuple(str(uri) for uri in members.get("redirect_uris") or ()),
        grants=("authorization_code",),
        scope=str(members.get("scope") or ""),
    )
