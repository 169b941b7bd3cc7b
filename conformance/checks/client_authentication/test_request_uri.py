"""Credentials in the request URI, which ends up in logs (RFC 6749 section 2.3.1).

A secret that is to last is put into no URI: a client of the run's own is registered for it, or the operator has said
that a run may do more than look.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from conformance.checks.client_authentication.places import BASIC, POST, Place, at_every_place
from conformance.checks.support.registering import registering_at
from conformance.ledger.requirement import tolerates
from fixtures.endpoints import RegistrationEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client, Target


@pytest.fixture
def exposed(request: pytest.FixtureRequest, place: Place, target: Target) -> Iterator[Client]:
    """A client that is served with its credentials in the body, and whose secret may be seen in a log."""
    with ExitStack() as until_the_end:
        if target.intrusive:
            client = _of_the_target(place)
        else:
            registration: RegistrationEndpoint = request.getfixturevalue("registration")
            client = until_the_end.enter_context(_registered(registration, place))
        if not place.ask(client, as_=client, auth=POST).served:
            raise NotOffered(
                f"The {place.name} endpoint takes no credentials of {client.name} from the body either.",
                '[clients.post] auth = "client_secret_post"',
            )
        yield client


def _of_the_target(place: Place) -> Client:
    try:
        return place.admitted(POST)
    except NotOffered:
        return place.admitted(BASIC)


@contextmanager
def _registered(registration: RegistrationEndpoint, place: Place) -> Iterator[Client]:
    if place.name == "introspection":
        raise NotOffered(
            "No client that may introspect is registered for a run.", "[limits] intrusive = true"
        )
    like = place.callers[0] if place.callers else None
    with registering_at(registration) as register:
        answer = register(
            grant_types=["authorization_code", "client_credentials"],
            token_endpoint_auth_method=POST,
            scope=like.scope or None if like else None,
        )
        identifier, secret = answer.members.get("client_id"), answer.members.get("client_secret")
        if like is None or not isinstance(identifier, str) or not isinstance(secret, str):
            raise NotOffered(
                f"No client with a secret could be registered: {answer.brief}.", "[limits] intrusive"
            )
        told = answer.members.get("redirect_uris")
        yield replace(
            like,
            name="registered",
            id=identifier,
            secret=secret,
            auth=POST,
            redirect_uris=tuple(told) if isinstance(told, list) else like.redirect_uris,
        )


@at_every_place("6749-2.3.1-08a", "credentials-in-the-uri-accepted")
@tolerates("legal-token-query-accepted", "legal-token-query-ignored")
def test_credentials_in_the_uri_are_none(place: Place, exposed: Client) -> None:
    """A request whose client_id and client_secret stand in the query of its URI, and nowhere else, is not served."""
    credentials = urlencode({"client_id": exposed.id, "client_secret": exposed.secret or ""})
    attempt = place.ask(exposed, as_=None, query=credentials)

    assert not attempt.served
