"""What falls along with a revoked token, and what stands (RFC 7009 section 2.1).

How far a revocation reaches is the server's policy: the server may end a refresh token along with an access token, or
all that one owner allowed one client. What another owner allowed, or another client holds, is no related token.
"""

from __future__ import annotations

import pytest

from conformance.checks.revocation.conftest import CanRefresh, RefreshTokenFor
from conformance.checks.support.controls import GrantFor, Refresh, TokenFor
from conformance.checks.support.facts import all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client
from fixtures.target.clients import Clients


def owned_and_on_its_own(clients: Clients, grant: str) -> Client:
    """A confidential client that gets tokens by this grant of an owner, and on its own behalf."""
    return clients.first(
        lambda client: not client.is_public and client.may(grant) and client.may("client_credentials"),
        f"confidential client with both grants {grant} and client_credentials",
        '[clients.web] grants = ["authorization_code", "refresh_token", "client_credentials"]',
    )


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-07", broken_by="revoke-keeps-access-tokens")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-ends-the-consent")
def test_a_revoked_refresh_token_takes_its_access_token_along(
    revocation: RevocationEndpoint, liveness: Liveness, live_grant_for: GrantFor, owned: Client
) -> None:
    """The access token that came with a refresh token is dead once the refresh token is revoked."""
    grant = live_grant_for(owned)
    revocation.revoke(grant.refresh_token, as_=owned).require_success("The revocation was refused")

    assert liveness.is_dead(grant.access_token)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-07", broken_by="revoke-keeps-an-older-access-token")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-ends-the-consent")
def test_a_revoked_refresh_token_takes_every_access_token_of_its_grant_along(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    live_grant_for: GrantFor,
    refresh: Refresh,
    owned: Client,
) -> None:
    """Access tokens of one grant, from before and after a refresh, are all dead once its refresh token is revoked."""
    grant = live_grant_for(owned)
    answer = refresh(grant.refresh_token, as_=owned).require_success("A fresh refresh token does not work")
    current = answer.refresh_token or grant.refresh_token
    revocation.revoke(current, as_=owned).require_success("The revocation was refused")

    tokens = {"from before the refresh": grant.access_token, "from the refresh": answer.access_token}
    assert all_of({name: liveness.is_dead(token) for name, token in tokens.items() if token})


@requirement("7009-2.1-S06", broken_by="revoke-kills-other-grants")
@tolerates(
    "legal-revoke-answers-with-a-body",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-ends-the-consent",
)
def test_another_owners_access_token_survives(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    refresh_token_for: RefreshTokenFor,
    another_owners_live_grant_for: GrantFor,
    owned: Client,
) -> None:
    """What one owner allowed a client stays alive when the client revokes what another owner allowed it."""
    kept = another_owners_live_grant_for(owned)
    ended = refresh_token_for(owned)
    liveness.require_still_alive(kept.access_token, f"what a second owner allows {owned.name}")
    revocation.revoke(ended, as_=owned).require_success("The revocation was refused")
    liveness.settle()

    assert liveness.is_alive(kept.access_token)


@requirement("7009-2.1-S06", broken_by="revoke-kills-other-grants")
@tolerates("legal-revoke-ends-the-consent", "legal-revoke-access-token-unsupported")
def test_another_owners_refresh_token_survives(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    another_owners_grant_for: GrantFor,
    can_refresh: CanRefresh,
    owned: Client,
) -> None:
    """A refresh token of one owner still works when the client revokes what another owner allowed it."""
    kept = another_owners_grant_for(owned).refresh_token
    revocation.revoke(refresh_token_for(owned), as_=owned).require_success("The revocation was refused")

    assert can_refresh(kept, owned)


@requirement("7009-2.1-S06", broken_by="revoke-kills-other-clients")
@tolerates("legal-revoke-ends-the-consent", "legal-revoke-access-token-unsupported")
def test_another_clients_tokens_of_the_same_owner_survive(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    clients: Clients,
    live_grant_for: GrantFor,
    owned: Client,
) -> None:
    """What an owner allowed one client stays alive when another client revokes what the same owner allowed it."""
    kept = live_grant_for(clients.another(owned, "authorization_code"))
    ended = live_grant_for(owned).refresh_token
    liveness.require_still_alive(kept.access_token, f"what its owner allows {owned.name}")
    revocation.revoke(ended, as_=owned).require_success("The revocation was refused")
    liveness.settle()

    assert liveness.is_alive(kept.access_token)


@requirement("7009-2.1-S06", broken_by="revoke-kills-other-grants")
@tolerates("legal-revoke-ends-the-consent", "legal-revoke-access-token-unsupported")
def test_the_clients_own_token_survives_the_end_of_an_owners_grant(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    clients: Clients,
    refresh_token_for: RefreshTokenFor,
    token_for: TokenFor,
) -> None:
    """A token that a client got on its own behalf stays alive when it revokes what an owner allowed it."""
    both = owned_and_on_its_own(clients, "refresh_token")
    kept = token_for(both)
    ended = refresh_token_for(both)
    liveness.require_still_alive(kept, f"what an owner allows {both.name}")
    revocation.revoke(ended, as_=both).require_success("The revocation was refused")
    liveness.settle()

    assert liveness.is_alive(kept)


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-S06", broken_by="revoke-kills-other-grants")
@tolerates("legal-revoke-access-token-ends-the-grant", "legal-revoke-ends-the-consent")
def test_an_owners_grant_survives_the_end_of_the_clients_own_token(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    token_for: TokenFor,
    live_grant_for: GrantFor,
    clients: Clients,
) -> None:
    """What an owner allowed a client stays alive when the client revokes a token that it got on its own behalf."""
    both = owned_and_on_its_own(clients, "authorization_code")
    kept = live_grant_for(both)
    ended = token_for(both)
    liveness.require_still_alive(kept.access_token, f"a token that {both.name} gets on its own behalf")
    revocation.revoke(ended, as_=both).require_success("The revocation was refused")
    liveness.settle()

    assert liveness.is_alive(kept.access_token)
