"""Looking for a client whose access tokens are JWTs: nobody is asked twice."""

from __future__ import annotations

import pytest

from conformance.checks.jwt_access_tokens.conftest import GRANTED, JwtClients
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

APPS = {
    name: Client(name=name, id=name, auth="none", redirect_uris=("https://c/cb",), grants=(GRANTED,))
    for name in ("one", "two")
}
CLIENTS = Clients(Target(name="as", issuer="https://as.example", source="typed", clients=APPS))


def test_that_no_client_gets_a_jwt_is_found_out_once() -> None:
    asked = []

    def opaque(client: Client, grant: str, scope: str | None = None) -> tuple[Answer, str | None]:
        asked.append((client.name, grant, scope))
        raise NotOffered("The server's access tokens are opaque.", "nothing")

    found = JwtClients(CLIENTS, opaque)
    for _ in range(3):
        with pytest.raises(NotOffered, match="opaque"):
            found.first(GRANTED, public=True)

    assert asked == [("one", GRANTED, None), ("two", GRANTED, None)]


def test_what_could_not_be_found_out_is_tried_again() -> None:
    tried = []

    def fails_once(client: Client, grant: str, scope: str | None = None) -> tuple[Answer, str | None]:
        tried.append((client.name, grant, scope))
        if len(tried) <= len(APPS):
            raise CannotTest("A time-out.")
        return Answer(status=200), None

    found = JwtClients(CLIENTS, fails_once)
    with pytest.raises(CannotTest, match="time-out"):
        found.first(GRANTED, public=True)

    assert found.first(GRANTED, public=True).name == "one"
