"""Only the client that a token was issued to can revoke it (RFC 7009 sections 2.1, 2.2.1 and 5).

Whether a foreign token is refused or passed over with 200 is the server's style; that it lives on is judged.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.revocation.conftest import CanRefresh, RefreshTokenFor
from conformance.checks.support.controls import TokenFor
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("7009-2.1-S03", broken_by="revoke-wrong-secret-accepted")
@requirement("7009-2.1-S03", broken_by="revoke-acts-before-it-authenticates")
@tolerates("legal-revoke-access-token-unsupported")
def test_a_wrong_secret_revokes_nothing(
    revocation: RevocationEndpoint, liveness: Liveness, clients: Clients, token_for: TokenFor
) -> None:
    """A client's token stays alive when its revocation is asked for with a wrong secret."""
    client = clients.first(
        lambda client: (
            bool(client.secret) and client.may("client_credentials") and client.access_token_seconds is None
        ),
        "client with a secret and the grant client_credentials",
        '[clients.web] secret = { env = "WEB_SECRET" }, grants = ["client_credentials"]',
    )
    token = token_for(client)

    answer = revocation.revoke(token, as_=client.with_secret("not-the-secret-of-this-client"))

    assert not answer.is_success
    assert liveness.is_alive(token)


@requirement("7009-2.1-S03", broken_by="revoke-anonymous")
@tolerates("legal-revoke-access-token-unsupported")
def test_nobody_revokes_nothing(revocation: RevocationEndpoint, liveness: Liveness, live_token: str) -> None:
    """A confidential client's token stays alive when its revocation is asked for without any credentials."""
    answer = revocation.revoke(live_token, as_=None)

    assert not answer.is_success
    assert liveness.is_alive(live_token)


@requirement("7009-5-S01", broken_by="revoke-client-id-alone-is-enough")
@tolerates("legal-revoke-access-token-unsupported")
def test_a_confidential_clients_name_revokes_nothing(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """A confidential client's token stays alive when its revocation is asked for with its client_id alone."""
    answer = revocation.revoke(live_token, as_=web, auth="none")

    assert not answer.is_success
    assert liveness.is_alive(live_token)


@requirement("7009-2.1-S03", broken_by="revoke-acts-before-it-authenticates")
@tolerates("legal-revoke-access-token-unsupported")
def test_a_refused_authentication_method_revokes_nothing(
    revocation: RevocationEndpoint, liveness: Liveness, clients: Clients, token_for: TokenFor
) -> None:
    """Where a client is refused because it authenticates by another method than its own, its token stays alive."""
    client = clients.confidential("client_credentials", auth="client_secret_basic")
    token = token_for(client)

    answer = revocation.revoke(token, as_=client, auth="client_secret_post")

    assert answer.is_success or liveness.is_alive(token)


@requirement("7009-2.1-S04", broken_by="revoke-anyones-token")
@requirement("7009-2.1-S04", broken_by="revoke-foreign-refused-but-done")
@tolerates(
    "legal-revoke-foreign-passed-over",
    "legal-revoke-foreign-unauthorized",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-answers-with-a-body",
)
def test_another_client_does_not_revoke_an_access_token(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    live_token: str,
    other: Client,
    admitted: Callable[[Client], Client],
) -> None:
    """An access token stays alive when a client other than its own asks for its revocation."""
    revocation.revoke(live_token, as_=admitted(other))
    liveness.settle()

    assert liveness.is_alive(live_token)


@requirement("7009-2.1-S04", broken_by="revoke-anyones-token")
@tolerates(
    "legal-revoke-foreign-passed-over",
    "legal-revoke-foreign-unauthorized",
    "legal-revoke-answers-with-a-body",
)
def test_another_client_does_not_revoke_a_refresh_token(
    revocation: RevocationEndpoint,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
    owned: Client,
    another_admitted: Callable[[Client], Client],
) -> None:
    """A refresh token still works for its own client after another client asked for its revocation."""
    another = another_admitted(owned)
    token = refresh_token_for(owned)
    revocation.revoke(token, as_=another)

    assert can_refresh(token, owned)


@requirement("7009-2.1-S04", broken_by="revoke-anyones-token-for-public-clients")
@requirement("7009-5-S01", broken_by="revoke-anyones-token-for-public-clients")
@tolerates(
    "legal-revoke-foreign-passed-over",
    "legal-revoke-foreign-unauthorized",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-answers-with-a-body",
)
def test_a_public_client_does_not_revoke_a_foreign_token(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    clients: Clients,
    live_token: str,
    admitted: Callable[[Client], Client],
) -> None:
    """A confidential client's access token stays alive when a public client asks for its revocation."""
    revocation.revoke(live_token, as_=admitted(clients.public()))
    liveness.settle()

    assert liveness.is_alive(live_token)


@requirement("7009-2.2.1-S04", broken_by="revoke-public-client-refused")
@tolerates("legal-revoke-access-token-unsupported", "legal-revoke-answers-with-a-body")
def test_a_public_client_revokes_its_own_refresh_token(
    revocation: RevocationEndpoint,
    clients: Clients,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
) -> None:
    """A public client revokes its own refresh token with its client_id and no credentials."""
    client = clients.public("refresh_token")
    token = refresh_token_for(client)

    answer = revocation.revoke(token, as_=client)

    assert answer.is_success
    assert not can_refresh(token, client)


@requirement("7009-5-S01", broken_by="revoke-public-token-without-client-id")
@tolerates("legal-revoke-access-token-unsupported")
def test_a_public_clients_token_is_not_revoked_for_a_caller_without_a_name(
    revocation: RevocationEndpoint,
    clients: Clients,
    refresh_token_for: RefreshTokenFor,
    can_refresh: CanRefresh,
) -> None:
    """A public client's refresh token still works after a revocation was asked for without a client_id."""
    client = clients.public("refresh_token")
    token = refresh_token_for(client)

    answer = revocation.revoke(token, as_=None)

    assert not answer.is_success
    assert can_refresh(token, client)
