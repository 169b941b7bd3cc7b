"""A code works once, and its second use costs what the first one gave (RFC 6749 sections 4.1.2 and 10.5).

A replay burns the grant, so no check shares its grant with another.
"""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Grant, Redeem, Refresh
from conformance.checks.support.expectations import (
    OF_THE_ADDRESS,
    WRONG_CLIENT,
    Again,
    expect_no_token,
    expect_refusal,
)
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client


@requirement("6749-4.1.2-05", broken_by="code-usable-twice")
@requirement("6749-10.5-03", broken_by="code-usable-twice")
@requirement("6749-4.1.3-07d", broken_by="code-usable-twice")
@requirement("9700-4.2.4-02", broken_by="code-usable-twice")
@requirement("6749-4.1.2-05", broken_by="code-replay-wrong-error")
@requirement("2.1-4.1.3-04", broken_by="code-usable-twice")
@requirement("mcp-2026-07-28-overview-01", broken_by="code-usable-twice")
def test_a_code_works_once(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A code that was exchanged is refused as invalid_grant the second time, and the third."""
    code = code_for(code_client)
    redeem(code).require_success("The first exchange was refused")

    for answer in (redeem(code), redeem(code)):
        expect_refusal(answer, "invalid_grant", control=redeems_again)


@requirement("6749-4.1.2-05", broken_by="code-used-works-for-another-client")
@requirement("6749-4.1.3-07c", broken_by="code-used-works-for-another-client")
@tolerates("legal-code-of-another-client-is-unauthorized")
@tolerates("legal-code-address-of-another-client-is-invalid-request")
def test_a_used_code_works_for_no_other_client(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client, second_client: Client
) -> None:
    """A code that was exchanged is refused to another client as well."""
    code = code_for(confidential_client)
    redeem(code).require_success("The first exchange was refused")

    answer = redeem(code, as_=second_client)

    expect_no_token(answer, *WRONG_CLIENT, OF_THE_ADDRESS)


@requirement("6749-10.5-04", broken_by="code-replay-keeps-tokens")
@requirement("9700-4.2.4-03", broken_by="code-replay-keeps-tokens")
@requirement("2.1-4.1.3-05", broken_by="code-replay-keeps-tokens")
def test_a_replay_ends_the_access_token(
    redeem: Redeem, code_for: CodeFor, liveness: Liveness, code_client: Client
) -> None:
    """The access token that a code was exchanged for dies when the code comes again."""
    code = code_for(code_client)
    grant = Grant(client=code_client, answer=redeem(code).require_success("The first exchange was refused"))
    liveness.require_alive(grant.access_token)

    redeem(code)

    assert liveness.is_dead(grant.access_token)


@requirement("9700-4.2.4-03", broken_by="code-replay-keeps-refresh-token")
@requirement("2.1-4.1.3-05", broken_by="code-replay-keeps-refresh-token")
def test_a_replay_ends_the_refresh_token(
    redeem: Redeem, code_for: CodeFor, refresh: Refresh, liveness: Liveness, code_client: Client
) -> None:
    """The refresh token that a code was exchanged for dies when the code comes again."""
    untouched = Grant(client=code_client, answer=redeem(code_for(code_client)).require_success("No tokens"))
    refresh(untouched.refresh_token, as_=code_client).require_success("Refreshing was refused")
    code = code_for(code_client)
    grant = Grant(client=code_client, answer=redeem(code).require_success("The first exchange was refused"))

    redeem(code)
    liveness.settle()

    assert not refresh(grant.refresh_token, as_=code_client).grants_a_token
