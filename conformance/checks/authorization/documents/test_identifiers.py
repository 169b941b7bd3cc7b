"""Which URLs are identifiers of clients (draft-ietf-oauth-client-id-metadata-document-01, section 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.authorization.documents.conftest import Publisher
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.serving_documents import Served, serving_documents

pytestmark = pytest.mark.embedded(tls=True, client_documents=True)


@requirement("cimd-01-3-01", broken_by="client-document-over-http")
@tolerates("legal-client-documents-cached")
def test_an_identifier_is_https(documents: Publisher, ask: Ask) -> None:
    """A URL of plain http identifies no client, at a server that fetches documents by https."""
    if not documents.server.base.startswith("https:"):
        raise NotOffered("The documents are served by plain HTTP.", '[client_documents] certificate = ".."')
    with serving_documents(None) as plain:
        made = replace(documents, server=plain).publish()

        assert ~ask(made.client).gives_code


@requirement("cimd-01-3-02", broken_by="client-document-at-a-bare-host")
@tolerates("legal-client-documents-cached")
def test_an_identifier_has_a_path(documents: Publisher, ask: Ask) -> None:
    """A URL that ends after host and port identifies no client, though its document stands there."""
    made = documents.draft(identifier="{base}")
    documents.server.put("/", Served(made.text))

    assert ~ask(made.client).gives_code


@requirement("cimd-01-3-03", broken_by="client-document-behind-dots")
@tolerates("legal-client-documents-cached")
def test_an_identifier_has_no_segments_of_dots(documents: Publisher, ask: Ask) -> None:
    """A URL with a segment of one dot, or of two, identifies no client."""
    landings = {}
    for words, before in (("one dot", "/."), ("two dots", "/elsewhere/..")):
        made = documents.publish(identifier="{base}" + before + "{path}")
        documents.server.put(before + made.path, Served(made.text))
        landings[words] = ~ask(made.client).gives_code

    assert all_of(landings)


@requirement("cimd-01-3-04", broken_by="client-document-with-a-fragment")
@tolerates("legal-client-documents-cached")
def test_an_identifier_has_no_fragment(documents: Publisher, ask: Ask) -> None:
    """A URL with a fragment identifies no client."""
    assert ~ask(documents.publish(identifier="{base}{path}#part").client).gives_code


@requirement("cimd-01-3-05", broken_by="client-document-of-a-user")
@tolerates("legal-client-documents-cached")
def test_an_identifier_names_no_user(documents: Publisher, ask: Ask) -> None:
    """A URL with a user name, or with a password too, identifies no client."""
    scheme = documents.server.base.partition(":")[0]
    landings = {
        words: ~ask(documents.publish(identifier=f"{scheme}://{user}@{{host}}{{path}}").client).gives_code
        for words, user in (("a user name", "somebody"), ("a user name and a password", "somebody:anything"))
    }

    assert all_of(landings)
