"""Clients with a password are served by HTTP Basic, however they spell what Basic leaves free (RFC 6749 section 2.3.1).

A refusal is held against the server only after the same credentials were taken somewhere else.
"""

from __future__ import annotations

from conformance.checks.client_authentication.places import BASIC, Place, ask_with_credentials_that_count, at
from conformance.ledger.requirement import tolerates
from fixtures.endpoints import Endpoint, basic
from fixtures.target.clients import Clients

REFUSED_ELSEWHERE = "the same credentials are good at another endpoint"


@at(
    token={"6749-2.3.1-02": "client-basic-refused"},
    revocation={"7009-2.1-S02": "revoke-basic-refused"},
)
@tolerates("legal-revoke-access-token-unsupported", "legal-client-any-password-method")
def test_a_client_authenticates_by_http_basic(place: Place, endpoints: list[Endpoint]) -> None:
    """A client with a password is served when it sends id and secret by HTTP Basic."""
    client = place.client(BASIC)

    attempt = ask_with_credentials_that_count(place, client, endpoints)

    assert attempt.served, REFUSED_ELSEWHERE


@at(
    token={"6749-2.3.1-02": "client-basic-case-sensitive"},
    revocation={"7009-2.1-S02": "revoke-basic-case-sensitive"},
)
def test_the_scheme_name_is_read_in_any_case(place: Place) -> None:
    """The scheme Basic is known in any spelling of its letters (RFC 9110 section 11.1)."""
    client = place.admitted(BASIC)
    _, value = basic(client.id, client.secret or "")
    credentials = value.removeprefix("Basic")

    for scheme in ("basic", "BASIC", "bAsIc"):
        attempt = place.ask(client, as_=None, headers=[("Authorization", scheme + credentials)])

        assert attempt.served, f"refused with the scheme spelt {scheme}"


@at(
    token={"6749-2.3.1-S01": "client-basic-not-decoded", "6749-B-S01": "client-basic-not-decoded"},
    revocation={"7009-2.1-S02": "revoke-basic-not-decoded", "6749-B-S01": "revoke-basic-not-decoded"},
)
def test_id_and_secret_are_form_decoded(place: Place, endpoints: list[Endpoint], clients: Clients) -> None:
    """An id and a secret with reserved characters work by HTTP Basic once they are form-encoded."""
    client = clients.with_special_characters()

    attempt = ask_with_credentials_that_count(place, client, endpoints)

    assert attempt.served, REFUSED_ELSEWHERE


@at(
    token={"6749-2.3.1-02": "client-id-beside-basic-refused"},
    revocation={"7009-2.1-S02": "revoke-id-beside-basic-refused"},
)
def test_client_id_in_the_body_is_no_second_mechanism(place: Place) -> None:
    """A client that authenticates by HTTP Basic may repeat its client_id in the body (section 3.2.1)."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client, more={"client_id": client.id})

    assert attempt.served
