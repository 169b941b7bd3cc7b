"""Which clients checks take: a public one does for pages, and a confidential one for PKCE, where there is no other."""

from __future__ import annotations

import pytest

from conformance.checks.support.choosing import who_asks_owners, who_is_challenged
from fixtures.errors import NotOffered
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

WEB = Client(
    name="web", id="web", secret="s", redirect_uris=("https://c/web",), grants=("authorization_code",)
)
APP = Client(
    name="app", id="app", auth="none", redirect_uris=("https://c/app",), grants=("authorization_code",)
)
BATCH = Client(name="batch", id="batch", secret="s", grants=("client_credentials",))


def _clients(*registered: Client) -> Clients:
    named = {client.name: client for client in registered}
    return Clients(Target(name="as", issuer="https://as.example", source="typed", clients=named))


@pytest.mark.parametrize(
    ("registered", "asks", "challenged"),
    [((WEB, APP), WEB, APP), ((BATCH, APP), APP, APP), ((WEB, BATCH), WEB, WEB)],
)
def test_a_client_of_the_other_kind_does_where_there_is_none(
    registered: tuple[Client, ...], asks: Client, challenged: Client
) -> None:
    assert who_asks_owners(_clients(*registered)) == asks
    assert who_is_challenged(_clients(*registered)) == challenged


def test_without_any_client_with_codes_the_first_kind_is_missed() -> None:
    with pytest.raises(NotOffered, match="confidential client"):
        who_asks_owners(_clients(BATCH))
    with pytest.raises(NotOffered, match="public client"):
        who_is_challenged(_clients(BATCH))
