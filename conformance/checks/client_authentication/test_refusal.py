"""What a client hears that failed to authenticate: invalid_client, with the status of RFC 6749 section 5.2."""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.checks.client_authentication.places import (
    BASIC,
    JWT,
    POST,
    Place,
    at,
    claims,
    present,
    signed,
)
from conformance.ledger.requirement import tolerates
from fixtures import assertion

UNKNOWN = "no-client-has-this-identifier"
WRONG = "not-the-secret-of-this-client"
MISSING = {"invalid_client", "invalid_request"}

unknown_client_at_every_place = at(
    token={"6749-5.2-S05": "client-unknown-wrong-error"},
    revocation={"7009-2.2.1-S01": "revoke-unknown-client-wrong-error"},
    introspection={"7662-2.3-S01": "introspect-unknown-client-wrong-error"},
)


@at(
    token={"6749-5.2-S05": "client-failure-wrong-error"},
    revocation={"7009-2.2.1-S01": "revoke-failure-wrong-error"},
    introspection={"7662-2.3-S01": "introspect-failure-wrong-error"},
)
def test_a_wrong_secret_by_basic_is_invalid_client(place: Place) -> None:
    """A wrong secret by HTTP Basic is answered with the error code invalid_client."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret(WRONG))

    assert attempt.answer.has_error("invalid_client")


@at(
    token={"6749-5.2-S05": "client-failure-as-invalid-grant", "6749-5.2-S01": "client-failure-as-403"},
    revocation={"7009-2.2.1-S01": "revoke-failure-wrong-error"},
    introspection={"7662-2.3-S01": "introspect-failure-wrong-error"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_a_wrong_secret_in_the_body_is_invalid_client(place: Place) -> None:
    """A wrong secret in the body is answered with the error code invalid_client, and with 400 or 401."""
    client = place.admitted(POST)

    attempt = place.ask(client, as_=client.with_secret(WRONG))

    assert attempt.answer.has_error("invalid_client").of("6749-5.2-S05" if place.name == "token" else "")
    assert attempt.answer.has_status(400, 401)


@unknown_client_at_every_place
def test_an_unknown_client_by_basic_is_invalid_client(place: Place) -> None:
    """A client by HTTP Basic that is not registered is answered as one with a wrong secret is: invalid_client."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=replace(client, id=UNKNOWN))

    assert attempt.answer.has_error("invalid_client")


@unknown_client_at_every_place
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_an_unknown_client_in_the_body_is_invalid_client(place: Place) -> None:
    """A client in the body that is not registered is answered invalid_client, with 400 or 401."""
    client = place.admitted(POST)

    attempt = place.ask(client, as_=replace(client, id=UNKNOWN))

    assert attempt.answer.has_error("invalid_client")
    assert attempt.answer.has_status(400, 401)


@at(
    token={
        "6749-5.2-S05": "client-failure-as-invalid-grant",
        "6749-5.2-01": "client-missing-credentials-told-by-nothing",
    }
)
@tolerates("legal-client-body-failure-as-400", "legal-client-missing-credentials-as-invalid-request")
def test_missing_credentials_are_told_as_missing(place: Place) -> None:
    """A token request without credentials is answered invalid_client or invalid_request, with 400 or 401."""
    client = place.admitted(BASIC)

    for auth in (None, "none"):
        attempt = place.ask(client, as_=client if auth else None, auth=auth)

        assert attempt.answer.has_error(*MISSING).of(
            "6749-5.2-S05" if attempt.answer.error else "6749-5.2-01"
        )
        assert attempt.answer.has_status(400, 401)


@at(
    token={"7523-3.2-01": "client-failure-wrong-error", "6749-5.2-S05": "client-failure-as-invalid-grant"},
    revocation={"7523-3.2-01": "revoke-failure-wrong-error"},
    introspection={"7523-3.2-01": "introspect-failure-wrong-error"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_an_assertion_that_is_not_valid_is_invalid_client(place: Place) -> None:
    """An assertion that has expired, is for another audience or has a foreign signature gets invalid_client."""
    client = place.admitted(JWT)
    good, then = claims(place, client), int(time.time()) - 86_400
    wrong = {
        "expired": signed(client, {**claims(place, client), "iat": then - 60, "exp": then}),
        "for another server": signed(
            client, {**claims(place, client), "aud": "https://another-server.example"}
        ),
        "signed by a foreign key": assertion.sign(good, assertion.new_key(), key_id=client.key_id),
    }

    for what, text in wrong.items():
        attempt = present(place, client, text)

        assert attempt.answer.has_error("invalid_client"), (
            f"answered {attempt.error} to an assertion that is {what}"
        )
        assert attempt.answer.has_status(400, 401)
