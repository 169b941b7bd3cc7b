"""Only a refresh token that the server issued, unaltered, in time and not revoked, is exchanged (RFC 6749 6, 10.4)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.controls import Code, CodeFor, Grant, GrantFor, Refresh, require_a_refresh
from conformance.checks.support.expectations import Again, expect_refusal
from conformance.checks.support.facts import all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint, RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client


@requirement("6749-6-07c", broken_by="refresh-unknown-accepted")
@requirement("6749-10.4-07", broken_by="refresh-unknown-accepted")
@requirement("6749-6-07c", broken_by="refresh-unknown-wrong-error")
def test_an_invented_refresh_token_is_an_invalid_grant(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client, refreshes_again: Again
) -> None:
    """A refresh token that the server never issued is refused as invalid_grant."""
    grant_for(refresh_client)

    answer = refresh("no-such-token-was-ever-issued", as_=refresh_client)

    expect_refusal(answer, "invalid_grant", control=refreshes_again)


@requirement("6749-6-07c", broken_by="refresh-unknown-accepted")
@requirement("6749-10.4-07", broken_by="refresh-unknown-accepted")
@requirement("9700-4.14.2-05", broken_by="refresh-unknown-accepted")
def test_an_altered_refresh_token_is_worthless(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client
) -> None:
    """A refresh token with a character changed, with its end cut off, or with more behind it, is refused."""

    def altered(token: str) -> dict[str, str]:
        middle = len(token) // 2
        swapped = "A" if token[middle] != "A" else "B"
        return {
            "changed": token[:middle] + swapped + token[middle + 1 :],
            "shortened": token[: -max(4, len(token) // 4)],
            "lengthened": f"{token}AAAA",
        }

    answers = {}
    for how in altered("....."):
        token = grant_for(refresh_client).refresh_token
        answers[how] = refresh(altered(token)[how], as_=refresh_client)

    assert all_of({how: ~answer.grants_a_token for how, answer in answers.items()})


@requirement("6749-6-07c", broken_by="refresh-access-token-accepted")
def test_an_access_token_is_no_refresh_token(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client
) -> None:
    """An access token in the place of a refresh token gives nothing."""
    grant = grant_for(refresh_client)

    answer = refresh(grant.access_token, as_=refresh_client)

    assert not answer.grants_a_token


@requirement("6749-6-07c", broken_by="refresh-code-accepted")
def test_a_code_is_no_refresh_token(refresh: Refresh, code_for: CodeFor, refresh_client: Client) -> None:
    """An authorization code in the place of a refresh token gives nothing."""
    code: Code = code_for(refresh_client)

    answer = refresh(code.value, as_=refresh_client)

    assert not answer.grants_a_token


@requirement("6749-6-07c", broken_by="refresh-works-after-revocation")
def test_a_revoked_refresh_token_is_an_invalid_grant(
    refresh: Refresh,
    grant_for: GrantFor,
    revocation: RevocationEndpoint,
    liveness: Liveness,
    *,
    refresh_client: Client,
    refreshes_again: Again,
) -> None:
    """A refresh token is refused as invalid_grant once it was revoked."""
    grant = grant_for(refresh_client)
    revocation.revoke(grant.refresh_token, as_=refresh_client).require_success("The revocation was refused")
    liveness.settle()

    answer = refresh(grant.refresh_token, as_=refresh_client)

    expect_refusal(answer, "invalid_grant", control=refreshes_again)


@requirement("6749-5.2-S06", broken_by="refresh-used-wrong-error")
@tolerates("legal-refresh-without-rotation", "legal-refresh-without-refresh-token")
def test_a_used_refresh_token_is_an_invalid_grant(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client, refreshes_again: Again
) -> None:
    """Where a refresh token that was exchanged is refused, it is refused as invalid_grant."""
    token = grant_for(refresh_client).refresh_token
    refresh(token, as_=refresh_client).require_success("Refreshing was refused")

    again = refresh(token, as_=refresh_client)
    if again.grants_a_token:
        raise NotOffered(
            "The server lets a refresh token be exchanged again.", "a server that rotates them, and at once"
        )

    expect_refusal(again, "invalid_grant", control=refreshes_again)


@requirement("6749-6-07c", broken_by="refresh-never-expires")
def test_an_expired_refresh_token_is_an_invalid_grant(
    refresh: Refresh, grant_for: GrantFor, expired_refresh_token: Callable[[], Grant]
) -> None:
    """A refresh token is refused as invalid_grant when its lifetime is over."""
    grant = expired_refresh_token()

    answer = refresh(grant.refresh_token, as_=grant.client)

    expect_refusal(
        answer, "invalid_grant", control=lambda: require_a_refresh(grant.client, refresh, grant_for)
    )


@requirement("6749-1.5-S01", broken_by="resource-refresh-token-accepted")
def test_a_refresh_token_opens_no_resource(
    resource: ResourceEndpoint, grant_for: GrantFor, refresh_client: Client
) -> None:
    """A protected resource that takes the access token of a grant refuses its refresh token."""
    grant = grant_for(refresh_client)
    if not resource.get_with(grant.access_token).is_success:
        raise CannotTest(
            "The resource refuses an access token that was just issued.",
            "Is [resource] scope right, and does the client ask for it?",
        )

    answer = resource.get_with(grant.refresh_token)

    assert not answer.is_success
