"""The parameters beside a client assertion: its type, and a client_id that agrees with it (RFC 7521 section 4.2)."""

from __future__ import annotations

from conformance.checks.client_authentication.places import (
    JWT,
    Place,
    at_every_place,
    claims,
    present,
    present_alone,
    signed,
)
from conformance.ledger.requirement import tolerates
from fixtures.assertion import ASSERTION_TYPE
from fixtures.target.clients import Clients


@at_every_place("7523-2.2-01", "assertion-type-unchecked")
@tolerates("legal-client-assertion-type-as-invalid-request")
def test_an_assertion_of_another_type_is_refused(place: Place) -> None:
    """A JWT that is announced as another kind of assertion is refused."""
    client = place.admitted(JWT)
    kinds = (
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "jwt-bearer",
    )

    for kind in kinds:
        attempt = present(place, client, signed(client, claims(place, client)), kind=kind)

        assert not attempt.served


@at_every_place("7521-4.2-01", "assertion-type-optional")
def test_an_assertion_without_a_type_is_refused(place: Place) -> None:
    """A client_assertion without client_assertion_type is refused."""
    client = place.admitted(JWT)

    more = {"client_id": client.id, "client_assertion": signed(client, claims(place, client))}
    attempt = place.ask(client, as_=None, more=more)

    assert not attempt.served


@at_every_place("7521-4.2-02", "assertion-type-is-enough")
@tolerates("legal-client-missing-credentials-as-invalid-request")
def test_a_type_without_an_assertion_is_refused(place: Place) -> None:
    """A client_assertion_type without client_assertion is refused, though client_id names the client."""
    client = place.admitted(JWT)

    for sent in ({}, {"client_assertion": ""}):
        more = {"client_id": client.id, "client_assertion_type": ASSERTION_TYPE, **sent}
        attempt = place.ask(client, as_=None, more=more)

        assert not attempt.served


@at_every_place("7521-4.2-03", "id-mismatch-accepted")
def test_a_client_id_that_differs_from_the_assertion_is_refused(place: Place, clients: Clients) -> None:
    """A good assertion beside the client_id of another client is refused."""
    client = place.admitted(JWT)
    other = clients.another(client)

    attempt = present(place, client, signed(client, claims(place, client)), client_id=other.id)

    assert not attempt.served


@at_every_place("7521-4.2-04", "id-wanted-beside-an-assertion")
def test_an_assertion_needs_no_client_id(place: Place) -> None:
    """A good assertion identifies its client by itself: without client_id it is accepted too."""
    client = place.admitted(JWT)

    attempt = present_alone(place, client, signed(client, claims(place, client)))

    assert attempt.served
