"""What a client hears whose assertion is not valid: invalid_client (RFC 7523 section 3.2)."""

from __future__ import annotations

import time

from conformance.client_authentication.places import JWT, Place, at, claims, present, signed
from conformance.requirement import tolerates
from fixtures import assertion


@at(
    token={"7523-3.2-01": "client-failure-wrong-error", "6749-5.2-S05": "client-failure-as-invalid-grant"},
    revocation={"7523-3.2-01": "revoke-failure-wrong-error"},
    introspection={"7523-3.2-01": "introspect-failure-wrong-error"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_an_assertion_that_is_not_valid_is_invalid_client(place: Place) -> None:
    """An assertion that has expired, is meant for somebody else or has a foreign signature is invalid_client."""
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

        assert not attempt.served
        assert attempt.error == "invalid_client", f"answered {attempt.error} to an assertion that is {what}"
        assert attempt.status in {400, 401}
