"""A request object is good for nothing else (RFC 9101 section 10.8)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.signed.conftest import Signing
from conformance.ledger.requirement import requirement
from fixtures import assertion
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered

pytestmark = pytest.mark.embedded(request_objects=True)


@requirement("9101-10.8-S01", broken_by="client-assertion-subject-unchecked")
def test_an_object_does_not_authenticate_its_client(in_the_query: Signing, token: TokenEndpoint) -> None:
    """A request object in the place of a client assertion authenticates nobody, though the same key signed it."""
    client = in_the_query.client
    if client.auth != "private_key_jwt" or not client.may("client_credentials"):
        raise NotOffered(
            "The client that signs its requests does not authenticate by its key, or gets no tokens of its own.",
            f'[clients.{client.name}] auth = "private_key_jwt", grants = ["authorization_code", "client_credentials"]',
        )
    own = {"grant_type": "client_credentials", "scope": client.scope or None}
    token.post(own, as_=client).require_success("The client gets no token by an assertion")
    kind = {"client_assertion_type": assertion.ASSERTION_TYPE}

    answer = token.post({**own, **kind, "client_assertion": in_the_query.sign(in_the_query.claims())})

    assert not answer.grants_a_token
