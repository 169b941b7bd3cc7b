"""The refresh request and its answers (RFC 6749 section 6). Whether refresh tokens rotate is open here."""

from __future__ import annotations

from conformance.checks.support.controls import GrantFor, Refresh
from conformance.checks.support.expectations import (
    Again,
    expect_no_token,
    expect_refusal,
    expect_token_answer,
)
from conformance.checks.support.facts import all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.target import Client


@requirement("6749-6-S03", broken_by="token-without-token-type")
@requirement("6749-6-S03", broken_by="token-cacheable")
@tolerates(
    "legal-refresh-without-rotation", "legal-refresh-without-refresh-token", "legal-refresh-without-scope"
)
def test_a_refresh_is_answered_with_an_access_token(
    refresh: Refresh, grant_for: GrantFor, registered_client: Client
) -> None:
    """A valid refresh is answered with an access token and its type, as JSON that no cache keeps."""
    grant = grant_for(registered_client)

    answer = refresh(grant.refresh_token, as_=registered_client)

    expect_token_answer(answer)


@requirement("6749-6-S03", broken_by="refresh-gives-the-same-access-token")
@tolerates("legal-refresh-without-rotation", "legal-refresh-ends-the-old-access-token")
def test_the_access_token_of_a_refresh_is_alive(
    refresh: Refresh, grant_for: GrantFor, liveness: Liveness, registered_client: Client
) -> None:
    """The access token that a refresh gives works."""
    grant = grant_for(registered_client)
    liveness.require_alive(grant.access_token)

    answer = refresh(grant.refresh_token, as_=registered_client).require_success("Refreshing was refused")

    assert answer.grants_a_token
    assert liveness.is_alive(answer.access_token or "").mended_by(
        "Issue a new access token with each refresh, or one that is alive."
    )


@requirement("6749-6-S03", broken_by="token-error-as-403")
@requirement("6749-6-S03", broken_by="token-error-not-json")
def test_a_failed_refresh_is_answered_with_an_error(refresh: Refresh, refresh_client: Client) -> None:
    """A refresh that fails is answered with status 400 and an error code in a JSON object."""
    answer = refresh("no-such-token-was-ever-issued", as_=refresh_client)

    assert answer.has_status(400)
    assert answer.has_type("application/json")
    assert answer.has_error()


@requirement("6749-6-01", broken_by="token-grant-type-guessed")
def test_a_refresh_token_is_not_exchanged_without_grant_type(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client, refreshes_again: Again
) -> None:
    """A request that leaves grant_type out gets no token for its refresh token."""
    grant = grant_for(refresh_client)

    answer = refresh(grant.refresh_token, as_=refresh_client, grant_type=None)

    expect_no_token(answer, "invalid_request", "unsupported_grant_type", control=refreshes_again)


@requirement("6749-6-02", broken_by="token-grant-type-in-any-case")
def test_grant_type_is_exactly_refresh_token(
    refresh: Refresh, grant_for: GrantFor, refresh_client: Client
) -> None:
    """A grant_type in other letters than refresh_token exchanges no refresh token."""
    other_letters = ("REFRESH_TOKEN", "Refresh_Token", "refresh")
    answers = {
        word: refresh(grant_for(refresh_client).refresh_token, as_=refresh_client, grant_type=word)
        for word in other_letters
    }

    assert all_of({word: ~answer.grants_a_token for word, answer in answers.items()})


@requirement("6749-6-03", broken_by="refresh-missing-wrong-error")
def test_a_request_without_a_refresh_token_is_invalid(
    refresh: Refresh, refresh_client: Client, refreshes_again: Again
) -> None:
    """A request that leaves refresh_token out is refused as invalid_request."""
    answer = refresh("", as_=refresh_client, refresh_token=None)

    expect_refusal(answer, "invalid_request", control=refreshes_again)


@requirement("6749-3.2-05", broken_by="token-empty-counts-as-present")
def test_an_empty_refresh_token_counts_as_missing(
    refresh: Refresh, refresh_client: Client, refreshes_again: Again
) -> None:
    """A refresh_token parameter without a value is refused as invalid_request, as a missing one is."""
    answer = refresh("", as_=refresh_client)

    expect_refusal(answer, "invalid_request", control=refreshes_again)


@requirement("6749-3.2-07", broken_by="token-repeats-accepted")
@requirement("2.1-3.1-02", broken_by="token-repeats-accepted")
def test_a_repeated_parameter_makes_a_refresh_invalid(
    token: TokenEndpoint, grant_for: GrantFor, refresh_client: Client, refreshes_again: Again
) -> None:
    """A refresh that carries refresh_token or scope twice is refused as invalid_request."""
    for name in ("refresh_token", "scope"):
        grant = grant_for(refresh_client)
        fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", grant.refresh_token),
            ("scope", refresh_client.scope),
        ]
        repeated = [field for field in fields if field[0] == name]

        answer = token.refreshing.post([*fields, *repeated], as_=refresh_client)

        expect_refusal(answer, "invalid_request", control=refreshes_again)
