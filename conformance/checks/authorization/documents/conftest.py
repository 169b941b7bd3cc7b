"""Clients whose identifier is the URL of a document that the harness serves, one of which was seen to get a code."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from conformance.checks.authorization.conftest import Ask, ending_of
from conformance.checks.support.liveness import Liveness
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.serving_documents import DocumentServer, Served, serving_documents
from fixtures.owner.without_browser import Landing
from fixtures.target import Client, Target
from fixtures.target.client_documents import ANNOUNCED
from fixtures.target.clients import Clients

KEY = (
    '[client_documents] certificate = ".." for 127.0.0.1, which the server trusts, and a server that fetches from this '
    "machine"
)


@dataclass(frozen=True)
class Published:
    """A client and its document. path: where the document stands; members: what it holds."""

    client: Client
    path: str
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        """The document as it is written."""
        return json.dumps(self.members).encode()


@dataclass(frozen=True)
class Publisher:
    """Makes clients with documents. scope: which they ask for; empty for none."""

    server: DocumentServer
    scope: str

    def draft(self, *, identifier: str = "{base}{path}", **changes: Any) -> Published:
        """A client whose document is not served yet: of a public client, with members changed; None leaves one out.

        identifier: the client identifier, with {base}, {host} and {path} in it.
        """
        path = f"/{secrets.token_hex(6)}/client.json"
        base = self.server.base
        name = identifier.format(base=base, path=path, host=base.partition("//")[2])
        uri = f"{base}{path.rpartition('/')[0]}/callback"
        members = {
            "client_id": name,
            "client_name": "oauth-conformance probe",
            "redirect_uris": [uri],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": self.scope or None,
            **changes,
        }
        client = Client(
            name="documented",
            id=name,
            auth="none",
            redirect_uris=(uri,),
            grants=("authorization_code",),
            scope=self.scope,
        )
        held = {member: value for member, value in members.items() if value is not None}
        return Published(client, path, held)

    def publish(self, *, identifier: str = "{base}{path}", **changes: Any) -> Published:
        """The same, and its document is served."""
        made = self.draft(identifier=identifier, **changes)
        self.serve(made, Served(made.text))
        return made

    def serve(self, made: Published, served: Served) -> None:
        """Serve this where the document of a client is to stand."""
        self.server.put(made.path, served)

    def calls(self, made: Published) -> int:
        """How often the document of a client was asked for."""
        return self.server.calls(made.path)


@pytest.fixture(scope="session")
def document_server(target: Target, liveness: Liveness) -> Iterator[DocumentServer]:  # noqa: ARG001 - whose it is
    """Serves documents while the server is judged."""
    with serving_documents(target.document_certificate) as server:
        yield server


@pytest.fixture(scope="session")
def publisher(document_server: DocumentServer, clients: Clients) -> Publisher:
    """Makes clients with documents, with the scope of one of the target's."""
    scopes = [
        each.asking_by("authorization_code").scope for each in clients.all if each.may("authorization_code")
    ]
    return Publisher(document_server, next((scope for scope in scopes if scope), ""))


@dataclass(frozen=True)
class Control:
    """An ordinary request of a client with a document, which was asked for: where the request led."""

    made: Published
    landing: Landing


@pytest.fixture(scope="session")
def control(publisher: Publisher, ask: Ask, document_server: DocumentServer) -> Control:
    """An ordinary request of a client with a document. NotOffered where nobody asked for it."""
    made = publisher.publish()
    landing = ask(made.client)
    if not publisher.calls(made):
        what = "The server asked for no document of a client on this machine"
        if document_server.untrusted:
            what = (
                "The server opened a connection to the document of a client and did not trust the certificate"
            )
        raise NotOffered(f"{what}: the request ended with {ending_of(landing)}.", KEY)
    return Control(made, landing)


@pytest.fixture(scope="session")
def announced(target: Target) -> None:
    """NotOffered where the metadata do not say that the server knows clients by their documents."""
    if target.metadata.get(ANNOUNCED) is not True:
        raise NotOffered(
            "The server does not say that it knows clients by their documents.",
            f"{ANNOUNCED}: true in the server's metadata",
        )


@pytest.fixture
def documents(request: pytest.FixtureRequest, announced: None, publisher: Publisher) -> Publisher:  # noqa: ARG001 - asked first
    """Makes clients with documents, after an ordinary one got a code."""
    seen: Control = request.getfixturevalue("control")
    if not seen.landing.code:
        raise CannotTest(
            "The server asked for the document of an ordinary client, and its request ended without a code: "
            f"{ending_of(seen.landing)}.",
            "Which clients with documents does the server trust? It may refuse those of this machine.",
        )
    return publisher


Opened = Callable[[Published], Landing]


@pytest.fixture
def opens(ask: Ask, documents: Publisher) -> Opened:
    """Opens an ordinary request of a client whose document has to be asked for. CannotTest where it was not.

    A server that fetches no more for the moment gives no code either, and nothing is learnt from that.
    """

    def open_it(made: Published) -> Landing:
        landing = ask(made.client)
        if not documents.calls(made):
            raise CannotTest(
                f"The server did not ask for the document of this client: {ending_of(landing)}.",
                "Does the server limit how many documents it fetches in a while?",
            )
        return landing

    return open_it


def known_by(made: Published, **credentials: Any) -> Client:
    """The client with other credentials."""
    return replace(made.client, **credentials)
