"""The metadata document of the protected resource, by its place and by the challenge that tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlunsplit

import pytest

from fixtures.endpoints import ResourceEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Request, Send
from fixtures.http.urls import parts_of

WELL_KNOWN = "/.well-known/oauth-protected-resource"
KEY = "[resource] url of a resource that publishes its metadata at /.well-known/oauth-protected-resource"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as it was fetched. url: where; resource: whose it is to be."""

    url: str
    resource: str
    answer: Answer


def place_of(resource: str) -> str:
    """Where the document of a resource stands: the well-known name goes between host and path (section 3.1)."""
    parts = parts_of(resource)
    path = "" if parts.path == "/" else parts.path
    return urlunsplit((parts.scheme, parts.netloc, WELL_KNOWN + path, parts.query, ""))


def fetch(url: str, send: Send) -> Answer:
    """What stands at a URL; a 5xx is CannotTest."""
    answer = send(Request(method="GET", url=url, headers=(("Accept", "application/json"),)))
    if answer.status >= 500:
        raise CannotTest(f"GET {url} was answered {answer.status}.")
    return answer


@pytest.fixture(scope="session")
def told_url(resource: ResourceEndpoint) -> str | None:
    """Where the challenge of the resource says that its document is; None where it does not say."""
    told = [each.parameters.get("resource_metadata") for each in resource.ask().challenges]
    return next((url for url in told if url), None)


@pytest.fixture(scope="session")
def told_document(told_url: str | None, resource: ResourceEndpoint, send: Send) -> Document:
    """The document that the challenge of the resource tells of."""
    if told_url is None:
        raise NotOffered("No challenge of the resource says where its metadata are.", KEY)
    return Document(url=told_url, resource=resource.url, answer=fetch(told_url, send))


@pytest.fixture(scope="session")
def document(request: pytest.FixtureRequest, resource: ResourceEndpoint, send: Send) -> Document:
    """The document of the resource: at the place that follows from its URL, else where its challenge says."""
    url = place_of(resource.url)
    answer = fetch(url, send)
    if answer.is_success and answer.members:
        return Document(url=url, resource=resource.url, answer=answer)
    told: Document = request.getfixturevalue("told_document")
    if not told.answer.is_success or not told.answer.members:
        raise NotOffered("The protected resource publishes no metadata.", KEY)
    return told
