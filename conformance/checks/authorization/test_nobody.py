"""Authorization requests of nobody's client: judged without any client, and without an owner, in the target file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

import pytest

from conformance.checks.authorization.conftest import IdleOwner
from conformance.checks.support.addresses import NOBODYS
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint, s256, with_query
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Send
from fixtures.owner.landing import Landing

ATTACKERS = f"https://{NOBODYS}/cb"
CLIENT_IDS: dict[str, Sequence[str]] = {
    "a name": ["no-such-client-was-registered"],
    "a UUID": ["5f0c1a52-0d4e-4b5e-9b7e-6c1f5a0e9d11"],
    "reserved characters": ["no such:client+100%&=~"],
    "no client_id": [],
    "an empty client_id": [""],
}
"""What stands in client_id, by what it is: nothing that any server can have given out."""
RESPONSE_TYPES = ("code", "token", "no_such_type")


@pytest.fixture
def landings_of_nobody(
    authorization: AuthorizationEndpoint, send: Send, request: pytest.FixtureRequest
) -> list[Landing]:
    """Where requests for each response type lead a browser in which nobody does anything, by what client_id holds.

    CannotTest where there is no authorization endpoint.
    """
    landings = []
    for response_type in RESPONSE_TYPES:
        sent = [
            ("response_type", response_type),
            *(("client_id", value) for value in CLIENT_IDS[request.param]),
            ("redirect_uri", ATTACKERS),
            ("state", secrets.token_urlsafe(12)),
            ("code_challenge", s256(secrets.token_urlsafe(48))),
            ("code_challenge_method", "S256"),
        ]
        found = IdleOwner(send).opens(with_query(authorization.url, urlencode(sent)), [ATTACKERS])
        if found.status in {404, 410, 501}:
            raise CannotTest(f"There is no authorization endpoint at {authorization.url}: {found}.")
        landings.append(found)
    return landings


def may_lead_on(landing: Landing) -> bool:
    """Whether somebody has to sign in before it is known where a request leads, or scripts have to run."""
    text = landing.answer.text.lower() if landing.answer is not None else ""
    return not landing.is_at_client and landing.status == 200 and ("password" in text or "<script" in text)


every_client_id = pytest.mark.parametrize("landings_of_nobody", list(CLIENT_IDS), indirect=True)


@requirement("6749-4.1.2.1-01", broken_by="authorize-redirects-bad-uri")
@requirement("6749-3.1.2.4-01", broken_by="authorize-redirects-bad-uri")
@tolerates("legal-authorize-error-page-with-200")
@every_client_id
def test_nobody_is_sent_where_nobody_registered(landings_of_nobody: list[Landing]) -> None:
    """A request whose client is unknown or not named sends no browser to the redirection URI that it brings along."""
    sent_on = [landing.uri for landing in landings_of_nobody if landing.is_at_client]

    assert fact(
        not sent_on, "nobody sent to a redirection URI of no client", f"the browser was sent to {NOBODYS}"
    )
    if any(may_lead_on(landing) for landing in landings_of_nobody):
        raise NotOffered("The server has an owner sign in before it looks at who asks.", "[owners.alice]")
