"""Where the document stands, how it is served, and that it speaks for the issuer it was asked about."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.checks.support.addresses import NOBODYS, is_https_or_loopback
from conformance.checks.support.facts import equals, fact, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.discovery import fetch_metadata, well_known_urls
from fixtures.endpoints import MetadataEndpoint, with_query
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Request, Send
from fixtures.http.urls import parts_of
from fixtures.target import Target

X_FORWARDED_HOST = pytest.mark.requirement("9700-4.13-01a", broken_by="metadata-follows-a-forwarded-host")
FORWARDED = pytest.mark.requirement("9700-4.13-01a", broken_by="metadata-follows-the-forwarded-field")


@requirement("mcp-2026-07-28-overview-04", broken_by="metadata-not-found")
def test_a_client_can_discover_the_server(served: Target, send: Send) -> None:
    """Metadata of the server is served at a well-known URL of its issuer."""
    if served.unreachable:
        raise CannotTest(served.unreachable)
    tried: dict[str, Answer] = {}

    def asking(request: Request) -> Answer:
        tried[request.url] = answer = send(request)
        return answer

    named = {name: url for name, url in served.endpoints.items() if name != "metadata" or url is not None}
    found = fetch_metadata(replace(served, endpoints=named), asking)  # also where the target file says: none
    if not found and (not tried or any(answer.is_failure for answer in tried.values())):
        raise CannotTest(
            f"Whether there are metadata was not seen: {', '.join(map(str, tried.values())) or 'nothing was asked'}.",
            "Is the issuer of the target file the server's, and does it answer there?",
        )

    assert no_exceptions({} if found else tried, "metadata at a well-known URL of the issuer")


@requirement("8414-3.1-01", broken_by="metadata-not-found")
@requirement("8414-3.2-01", broken_by="metadata-answers-203")
@requirement("8414-3.2-01", broken_by="metadata-html-type")
@requirement("8414-3.2-01", broken_by="metadata-not-json")
@requirement("8414-3.2-01", broken_by="metadata-as-list")
@requirement("8414-3.2-01", broken_by="metadata-cut-off")
@requirement("8414-3.2-01", broken_by="metadata-answers-404-with-the-document")
@tolerates("legal-metadata-with-charset", "legal-metadata-with-unknown-members")
def test_the_document_is_a_json_object(metadata: MetadataEndpoint) -> None:
    """A GET for the metadata is answered with 200 and one JSON object, sent as application/json."""
    answer = metadata.fetch()

    assert answer.has_status(200).of("8414-3.1-01" if answer.status >= 400 else "8414-3.2-01")
    assert answer.has_type("application/json").of("8414-3.2-01")
    assert answer.is_object.of("8414-3.2-01")


@requirement("8414-3-01", broken_by="metadata-not-found")
def test_the_document_stands_at_the_well_known_place(metadata: MetadataEndpoint, target: Target) -> None:
    """The document stands where the well-known string is put between host and path of the issuer."""
    if not metadata.is_of_rfc_8414:
        raise NotOffered(
            "The server publishes OpenID Connect Discovery's document and none under the name of RFC 8414.",
            '[endpoints] metadata = "https://../.well-known/oauth-authorization-server"',
        )
    answer = metadata.fetch(well_known_urls(target.issuer)[0])

    assert answer.has_status(200)


@pytest.mark.embedded(house_style="telecom")
@requirement("8414-3.1-02", broken_by="metadata-not-found")
def test_an_issuer_with_a_path_has_its_document_before_the_path(
    metadata: MetadataEndpoint, target: Target
) -> None:
    """The path of the issuer, without a slash that ends it, follows the well-known string."""
    if not urlsplit(target.issuer).path.strip("/"):
        raise NotOffered("The issuer has no path.", "an issuer with a path, where the server has such")
    if not metadata.is_of_rfc_8414:
        raise NotOffered(
            "The server publishes OpenID Connect Discovery's document and none under the name of RFC 8414.",
            '[endpoints] metadata = "https://../.well-known/oauth-authorization-server/path"',
        )
    answer = metadata.fetch(well_known_urls(target.issuer)[0])

    assert answer.has_status(200)
    assert answer.is_object


@requirement("8414-2-01", broken_by="metadata-issuer-missing")
@requirement("8414-3.3-01", broken_by="metadata-issuer-other")
@requirement("mcp-2026-07-28-discovery-01", broken_by="metadata-issuer-other")
def test_the_issuer_is_the_one_that_was_asked(document: Mapping[str, Any], target: Target) -> None:
    """The document names, character by character, the issuer whose location it was fetched from."""
    issuer = document.get("issuer")
    if (
        isinstance(issuer, str)
        and issuer != target.issuer
        and issuer.rstrip("/") == target.issuer.rstrip("/")
    ):
        raise CannotTest(
            f"The document says {issuer!r} and the target file {target.issuer!r}: the same location, so it cannot be "
            "seen which of the two is meant.",
            f'Write issuer = "{issuer}" in the target file if that is what the server is called.',
        )

    assert equals("issuer", issuer, target.issuer).of("8414-2-01" if issuer is None else "8414-3.3-01")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param("X-Forwarded-Host", NOBODYS, id="X-Forwarded-Host", marks=X_FORWARDED_HOST),
        pytest.param("Forwarded", f"host={NOBODYS}", id="Forwarded", marks=FORWARDED),
    ],
)
def test_no_url_follows_a_forwarded_host(metadata: MetadataEndpoint, header: str, value: str) -> None:
    """The URLs of the document stay those of the issuer, by whichever host a request says that it was forwarded.

    A query that nobody sends again keeps what is answered out of the caches that others read from.
    """
    url = with_query(metadata.url, f"oauth-conformance={secrets.token_hex(8)}")
    if not metadata.fetch(url).members:
        raise NotOffered("The document is not served at its URL with a query.", "nothing: it need not be")
    answer = metadata.fetch(
        with_query(metadata.url, f"oauth-conformance={secrets.token_hex(8)}"), headers=[(header, value)]
    )
    foreign = {name: each for name, each in answer.members.items() if NOBODYS in str(each)}

    assert no_exceptions(foreign, f"URLs without the host of the header {header}", of=answer.members)


@requirement("8414-2-S01", broken_by="metadata-issuer-with-query")
@requirement("8414-3-02", broken_by="metadata-issuer-over-http")
def test_the_issuer_is_a_plain_https_url(document: Mapping[str, Any]) -> None:
    """The issuer, and with it the location of the document, is an https URL without query and fragment."""
    issuer = document.get("issuer")
    if not isinstance(issuer, str):
        raise CannotTest("The document names no issuer.")
    parts = parts_of(issuer)

    assert fact(
        (parts.query, parts.fragment) == ("", ""), "an issuer without query and fragment", f"issuer: {issuer}"
    )
    assert fact(is_https_or_loopback(issuer), "an issuer that begins with https", f"issuer: {issuer}").of(
        "8414-3-02"
    )


@requirement("9700-2.6-01", broken_by="metadata-not-found")
def test_the_server_publishes_metadata(metadata: MetadataEndpoint) -> None:
    """The server describes itself in a metadata document."""
    assert metadata.fetch().has_status(200)
