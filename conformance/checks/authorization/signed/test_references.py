"""A request_uri leads the server nowhere: it asks no address that it was not told of before (RFC 9101, 5 and 10.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import pytest

from conformance.checks.authorization.signed.conftest import Enrol, Signing, error_of
from conformance.checks.support.facts import no_exceptions
from conformance.checks.support.listening import Listener, listening
from conformance.checks.support.offered import if_offered
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import NotOffered
from fixtures.http.connection import is_loopback
from fixtures.http.recorder import Recorder
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(request_objects=True, request_uris=True, par=True)

HeardAt = Callable[[str], Sequence[str]]


@pytest.fixture
def nearby(authorization: AuthorizationEndpoint, target: Target, *, is_announced: bool) -> None:
    """NotOffered where the server takes no request objects, or runs elsewhere: it would call an address of its own."""
    if not is_announced and target.metadata.get("request_uri_parameter_supported") is not True:
        raise NotOffered(
            "The server does not say that it takes request objects.",
            "request_parameter_supported or request_uri_parameter_supported in the server's metadata",
        )
    if not is_loopback(urlsplit(authorization.url).hostname or ""):
        raise NotOffered(
            "The server runs elsewhere, and could not be heard calling this machine.",
            "a server on this machine (127.0.0.1)",
        )


@pytest.fixture(scope="session")
def followed(
    request: pytest.FixtureRequest,
    authorization: AuthorizationEndpoint,
    owner_session: OwnerSession,
    clients: Clients,
) -> Client | None:
    """A client that registered a request_uri of this machine at which the server then called, if it did."""
    enrol: Enrol | None = if_offered(request, "enrol")
    if enrol is None or not clients.all:
        return None
    with listening() as listener:
        uri = _address("https", listener)
        try:
            client = enrol("referrer", request_uris=[uri])
        except NotOffered:
            return None
        owner_session.opens(authorization.request(client, request_uri=uri), client.redirect_uris)
        return client if listener.heard else None


@pytest.fixture
def heard_at(
    *,
    authorization: AuthorizationEndpoint,
    owner_session: OwnerSession,
    registered_client: Client,
    followed: Client | None,
    recorder: Recorder,
    target: Target,
) -> HeardAt:
    """Opens a request whose request_uri, of this scheme, is of this machine; what was heard there.

    NotOffered where nothing was, and nothing says that the server would have called at all.
    """
    client = followed or registered_client

    def opened(scheme: str) -> Sequence[str]:
        with listening() as listener:
            url = authorization.request(client, state="anything", request_uri=_address(scheme, listener))
            landing = owner_session.opens(url, client.redirect_uris)
            heard = listener.heard
        if not heard:
            recorder.remark(_why_silent(landing, target, followed))
        return heard

    return opened


def _address(scheme: str, listener: Listener) -> str:
    return f"{scheme}://127.0.0.1:{listener.port}/object"


def _why_silent(landing: Landing, target: Target, followed: Client | None) -> str:
    """What shows that a server which called nobody does follow no such request_uri. NotOffered where nothing does."""
    if followed is not None:
        return "The server called at a request_uri that the client had registered, and not at this one."
    if error_of(landing) == "request_uri_not_supported":
        return "The server says that it takes no request_uri."
    if landing.code:
        return "The server passes over request_uri, and gives a code."
    if target.metadata.get("request_uri_parameter_supported") is False:
        return "The server's metadata say that it takes no request_uri."
    raise NotOffered(
        "The server called nobody, and was not seen to call at a request_uri that a client had registered either.",
        "clients that can be registered with request_uris, at a server that fetches them from this machine",
    )


@pytest.mark.usefixtures("nearby")
@requirement("9101-5.2-01", broken_by="request-uri-fetched-over-http")
@tolerates("legal-request-uris-of-its-own-machine-not-fetched")
def test_no_object_is_fetched_over_plain_http(heard_at: HeardAt) -> None:
    """A server that is shown a request_uri of plain http asks nobody there."""
    assert no_exceptions(heard_at("http"), "no call from the server")


@pytest.mark.usefixtures("nearby")
@requirement("9101-10.4.1-01", broken_by="request-uri-fetched-from-anywhere")
@requirement("9101-10.4.2-01", broken_by="request-uri-fetched-from-anywhere")
@tolerates("legal-request-uris-of-its-own-machine-not-fetched")
def test_no_object_is_fetched_from_an_unexpected_place(heard_at: HeardAt) -> None:
    """A server that is shown a request_uri of https that nobody registered asks nobody there."""
    assert no_exceptions(heard_at("https"), "no call from the server")


@pytest.mark.usefixtures("nearby")
@requirement("9101-10.4.1-02", broken_by="request-uri-in-an-object-fetched")
def test_an_object_sends_the_server_nowhere(signing: Signing) -> None:
    """A server that is shown an object with a request_uri in it asks nobody there."""
    with listening() as listener:
        uri = f"https://127.0.0.1:{listener.port}/object"
        signing.opens(signing.sign(signing.claims(request_uri=uri)))
        heard = listener.heard

    assert no_exceptions(heard, "no call from the server")


@requirement("9101-5-S02", broken_by="request-object-beside-a-reference")
def test_an_object_excludes_a_reference(in_the_query: Signing) -> None:
    """A request that holds request_uri beside request leads to no code."""
    beside = ("request_uri", "urn:ietf:params:oauth:request_uri:of-nobody")

    landing = in_the_query.opens(in_the_query.sign(in_the_query.claims()), beside)

    assert not landing.gives_code
