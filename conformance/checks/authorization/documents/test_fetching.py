"""How a document is fetched, and what is no document (draft-ietf-oauth-client-id-metadata-document-01, section 4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.authorization.documents.conftest import Opened, Published, Publisher
from conformance.checks.support.controls import CodeFor, Redeem
from conformance.checks.support.facts import Fact, all_of, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.http.fact import fact
from fixtures.http.serving_documents import Served

pytestmark = pytest.mark.embedded(tls=True, client_documents=True)

MUCH = 16 << 20
"""Bytes of a document that no server needs to read: the draft recommends to stop at 5 kilobytes."""
CACHEABLE = (("Content-Type", "application/json"), ("Cache-Control", "max-age=600"))


@requirement("cimd-01-4-01", broken_by="client-document-unknown-where-tokens-are")
@requirement("cimd-01-6.4-01", broken_by="client-document-unknown-where-tokens-are")
@requirement("mcp-2026-07-28-overview-02", broken_by="client-document-unknown-where-tokens-are")
@tolerates("legal-client-documents-cached", "legal-client-documents-held-narrowly")
@tolerates("legal-client-documents-asked-for-twice", "legal-client-documents-of-public-clients-only")
def test_a_client_is_known_by_its_document(documents: Publisher, code_for: CodeFor, redeem: Redeem) -> None:
    """A client that nobody registered, with a document at its identifier, gets a token for its code."""
    made = documents.publish()

    assert redeem(code_for(made.client)).grants_a_token


@requirement("cimd-01-4-02", broken_by="client-document-of-any-status")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_a_document_comes_with_status_200(documents: Publisher, opens: Opened) -> None:
    """A document that comes with another status than 200 makes no client known."""

    def at(status: int) -> Fact:
        made = documents.draft()
        documents.serve(made, Served(made.text, status=status))
        return ~opens(made).gives_code

    assert all_of({f"a document with status {status}": at(status) for status in (201, 404, 500)})


@requirement("cimd-01-4-03", broken_by="client-document-redirect-followed")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_no_redirection_of_a_document_is_followed(documents: Publisher, opens: Opened) -> None:
    """A redirection in place of a document is followed nowhere, and makes no client known."""
    followed = {}
    for status in (301, 302, 307, 308):
        made = documents.draft()
        target = made.path + ".elsewhere"
        documents.server.put(target, Served(made.text))
        headers = (("Location", documents.server.base + target),)
        documents.serve(made, Served(status=status, headers=headers))
        opens(made)
        if documents.server.calls(target):
            followed[f"a redirection with {status}"] = "followed"

    assert no_exceptions(followed, "no call from the server where the redirection leads to")


@requirement("cimd-01-4.3-01", broken_by="client-document-failure-passed-over")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_a_request_ends_where_its_document_cannot_be_fetched(documents: Publisher, opens: Opened) -> None:
    """A client whose document cannot be fetched gets no code."""
    missing, closed = documents.draft(), documents.draft()
    documents.serve(closed, Served(closes=True))

    assert all_of(
        {
            "no document there": ~opens(missing).gives_code,
            "a connection that is closed": ~opens(closed).gives_code,
        }
    )


@requirement("cimd-01-6.6-01", broken_by="client-document-of-any-length")
@tolerates("legal-client-documents-up-to-a-megabyte", "legal-client-documents-cached")
def test_a_document_has_a_longest_size(documents: Publisher, opens: Opened) -> None:
    """A document of sixteen megabytes makes no client known."""
    made = documents.draft()
    documents.serve(made, Served(made.text + b" " * MUCH))

    assert ~opens(made).gives_code


@pytest.fixture
def again(documents: Publisher, opens: Opened) -> Callable[[Published, Served], Fact]:
    """Whether a document is asked for again, once it is good, after this stood in its place."""

    def tried(made: Published, first: Served) -> Fact:
        documents.serve(made, first)
        opens(made)
        before = documents.calls(made)
        documents.serve(made, Served(made.text))
        landing = opens(made)
        asked = documents.calls(made) > before
        if asked and not landing.code:
            raise CannotTest(
                f"The server asked for a document again, and the request ended without a code: {landing}."
            )
        return fact(asked, "a second call for the document", "no second call").seen_in(landing)

    return tried


@requirement("cimd-01-4.4-03", broken_by="client-document-error-cached")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_an_error_is_not_cached(documents: Publisher, again: Callable[[Published, Served], Fact]) -> None:
    """A document that could not be fetched is fetched at the next request of its client."""
    assert again(documents.draft(), Served(status=404, headers=CACHEABLE))


@requirement("cimd-01-4.4-04", broken_by="client-document-invalid-cached")
@tolerates("legal-client-documents-cached", "legal-client-documents-asked-for-twice")
def test_a_bad_document_is_not_cached(
    documents: Publisher, again: Callable[[Published, Served], Fact]
) -> None:
    """A document that was no JSON is fetched anew at the next request of its client."""
    assert again(documents.draft(), Served(b"{", headers=CACHEABLE))
