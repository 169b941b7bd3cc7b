"""What is told of documents: to clients in the metadata, to the owner on the page (draft 01, sections 5 and 6)."""

from __future__ import annotations

import re

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.authorization.documents.conftest import Control, Publisher
from conformance.checks.support.facts import fact, shown
from conformance.checks.support.registering import registering_at
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RegistrationEndpoint
from fixtures.errors import NotOffered
from fixtures.http.urls import parts_of
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Target
from fixtures.target.client_documents import ANNOUNCED

pytestmark = pytest.mark.embedded(tls=True, client_documents=True)


@requirement("cimd-01-5-01", broken_by="client-documents-unannounced")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_a_server_that_fetches_documents_says_so(target: Target, control: Control) -> None:
    """The metadata of a server that fetched the document of a client say that it does."""
    if not target.metadata:
        raise NotOffered("The server publishes no metadata.", "[endpoints] metadata")
    if not control.landing.code:
        raise NotOffered("The server asked for a document, and gave its client no code.", ANNOUNCED)
    told = target.metadata.get(ANNOUNCED)

    assert fact(told is not None, f"{ANNOUNCED} in the metadata", f"{ANNOUNCED}: {shown(told)}")


@requirement("cimd-01-5-02", broken_by="client-documents-announced-in-a-string")
@tolerates("legal-client-documents-of-its-own-machine-not-fetched")
def test_support_for_documents_is_told_by_a_boolean(target: Target) -> None:
    """What the metadata say of documents of clients is true or false."""
    if ANNOUNCED not in target.metadata:
        raise NotOffered("The metadata say nothing of documents of clients.", ANNOUNCED)
    told = target.metadata[ANNOUNCED]

    assert fact(isinstance(told, bool), "true or false", f"{ANNOUNCED}: {told!r}")


@requirement("cimd-01-6.4-02", broken_by="client-document-host-untold")
@tolerates("legal-client-document-shown-whole", "legal-client-documents-cached")
def test_the_owner_sees_the_host_of_a_client(
    documents: Publisher, ask: Ask, owner_session: OwnerSession
) -> None:
    """The page that asks the owner shows the host of the client's identifier."""
    made = documents.publish()
    landing = ask(made.client)
    if owner_session.is_at_browser:
        raise NotOffered(
            "The pages of the server take a browser, which keeps no text of them.", "plain pages"
        )
    texts = [_visible(hop.text) for hop in landing.hops if hop.media_type == "text/html" and hop.text]
    if not any("<form" in hop.text for hop in landing.hops):
        raise NotOffered("The server asked the owner nothing.", "a server that asks for consent")
    host = parts_of(made.client.id).hostname or ""

    assert fact(any(host in text for text in texts), f"a page with {host} in it", " / ".join(texts)[-300:])


def _visible(page: str) -> str:
    bare = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^>]*>", " ", page)
    return " ".join(bare.split())


@requirement("cimd-01-6.9-01", broken_by="client-ids-like-documents")
@tolerates("legal-client-documents-cached")
@pytest.mark.usefixtures("announced")
def test_no_registered_identifier_looks_like_a_document(registration: RegistrationEndpoint) -> None:
    """The identifier that a server makes for a registered client does not begin with https://."""
    with registering_at(registration) as register:
        answer = register()
        identifier = answer.members.get("client_id")
        if not isinstance(identifier, str):
            raise NotOffered(f"No client could be registered: {answer.brief}.", "open registration")

        assert fact(
            not identifier.startswith("https://"),
            "an identifier that is no https URL",
            f"client_id: {identifier}",
        )
