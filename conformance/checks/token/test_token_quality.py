"""How hard it is to guess, to forge and to outlive a token (RFC 6749 sections 5.1, 10.3, 10.10; RFC 6750 section 5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from conformance.checks.support.controls import CodeFor, Grant, Issued, Redeem, TokenFor
from conformance.checks.support.entropy import (
    SAMPLES,
    hard_to_guess,
    hashes_of_something_known,
    is_signed_token,
    signature_bits,
)
from conformance.checks.support.facts import fact, no_exceptions, shown
from conformance.checks.support.grammar import is_lifetime
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

ENOUGH_BITS = 128
"""The chance of guessing a token is at most 2^-128 (RFC 6749 section 10.10)."""

FEW = 3
"""Codes and refresh tokens are gathered one consent each, so only enough to see their length and alphabet."""


@pytest.fixture(scope="session")
def sample(token: TokenEndpoint, own_client: Client, issued: Issued) -> Sequence[str]:
    """Access tokens in the order of their issue, each once: a server may hand a token out again until it expires."""
    found: dict[str, None] = {}
    for _ in range(SAMPLES):
        answer = issued.note(
            own_client, token.client_credentials(as_=own_client, scope=own_client.scope or None)
        )
        value = answer.require_success(f"No token for {own_client.name}").access_token
        if value is None:
            raise CannotTest(f"The token answer for {own_client.name} holds no access token: {answer.brief}.")
        found[value] = None
    return list(found)


def opaque(sample: Sequence[str]) -> list[str]:
    """The tokens that are not signed. NotOffered when all are: what guards those is the signature."""
    found = [value for value in sample if not is_signed_token(value)]
    if not found:
        raise NotOffered("All access tokens are signed.", "a server that issues opaque tokens")
    return found


@requirement("6749-10.10-02", broken_by="token-access-token-short")
@requirement("6749-10.10-02", broken_by="token-access-token-predictable")
@requirement("6750-5.2-01", broken_by="token-access-token-mostly-alike")
@tolerates("legal-token-prefixed", "legal-token-signed", "legal-token-handed-out-again")
def test_an_access_token_holds_too_much_to_guess(sample: Sequence[str]) -> None:
    """Opaque access tokens differ from one another by 128 bits or more that no clock and no counter accounts for."""
    assert hard_to_guess("access tokens", opaque(sample), ENOUGH_BITS)


@requirement("6749-10.10-02", broken_by="token-access-token-hashed-from-a-counter")
@tolerates("legal-token-signed")
def test_an_access_token_is_no_hash_of_something_known(
    sample: Sequence[str], own_client: Client, target: Target
) -> None:
    """An access token is not the plain hash of a number, a time or a name that anybody can guess."""
    now = int(time.time())
    known = [target.issuer, own_client.id, *(owner.username for owner in target.owners.values())]

    found = hashes_of_something_known(sample, [*known, *map(str, range(now - 10, now + 10))])

    assert no_exceptions(
        [f"the hash of {shown(source)}" for source in found.values()],
        "access tokens that are no plain hash of a number, a time or a name",
    )


@requirement("6749-10.3-03", broken_by="token-access-token-unsigned")
@tolerates("legal-token-signed")
def test_a_signed_token_has_a_signature(sample: Sequence[str]) -> None:
    """An access token that is a JWT names an algorithm and carries a signature of 128 bits or more."""
    assert no_exceptions(
        [
            f"{signature_bits(value)} bits"
            for value in sample
            if is_signed_token(value) and signature_bits(value) < ENOUGH_BITS
        ],
        f"signed access tokens whose signature has {ENOUGH_BITS} bits or more",
    )


@requirement("6750-5.2-01", broken_by="token-access-token-shared")
@tolerates("legal-token-handed-out-again")
def test_two_clients_never_get_the_same_token(token_for: TokenFor, own_client: Client, other: Client) -> None:
    """The access token of one client is not that of another."""
    assert fact(
        token_for(own_client) != token_for(other),
        "access tokens of two clients that differ",
        "the same access token for both",
    )


@requirement("6749-10.3-03", broken_by="introspect-unknown-says-active")
@tolerates("legal-token-prefixed")
def test_an_altered_token_is_worthless(live_token: str, liveness: Liveness) -> None:
    """An access token with one character changed, in the middle of its last part, is dead."""
    at = (live_token.rfind(".") + 1 + len(live_token)) // 2
    altered = live_token[:at] + ("A" if live_token[at] != "A" else "B") + live_token[at + 1 :]

    assert not liveness.is_alive(altered)


@requirement("6749-5.1-S07", broken_by="introspect-ignores-expiry")
def test_a_token_dies_when_its_time_is_over(expired_token: Callable[[], str], liveness: Liveness) -> None:
    """An access token that was alive is dead when the lifetime that the client was told is over."""
    assert liveness.is_dead(expired_token())


@requirement("6750-5.3-06", broken_by="token-lives-for-a-day")
@requirement("mcp-2026-07-28-security-04", broken_by="token-lives-for-a-day")
def test_a_token_lives_for_an_hour_at_most(granted: Grant) -> None:
    """An access token lives for an hour or less."""
    told = granted.answer.members.get("expires_in")
    if told is None or not is_lifetime(told):
        raise NotOffered(
            "The server does not tell the lifetime of its tokens.", "expires_in in token answers"
        )

    assert granted.answer.member_is("expires_in", told <= 3600, "3600 or less")


@requirement("6749-10.10-02", broken_by="code-short")
@requirement("6749-10.10-02", broken_by="code-predictable")
def test_a_code_holds_too_much_to_guess(clients: Clients, code_for: CodeFor) -> None:
    """An authorization code has 128 bits or more that cannot be predicted."""
    client = clients.first(
        lambda one: one.may("authorization_code"),
        "client with the grant authorization_code",
        '[clients.web] grants = ["authorization_code"]',
    )
    values = [code_for(client).value for _ in range(FEW)]

    assert hard_to_guess(
        "values", [value for value in values if not is_signed_token(value)] or values, ENOUGH_BITS
    )


@requirement("6749-10.10-02", broken_by="token-refresh-token-short")
def test_a_refresh_token_holds_too_much_to_guess(clients: Clients, code_for: CodeFor, redeem: Redeem) -> None:
    """A refresh token has 128 bits or more that cannot be predicted."""
    client = clients.first(
        lambda one: one.may("refresh_token") and one.may("authorization_code"),
        "client with the grants authorization_code and refresh_token",
        '[clients.web] grants = ["authorization_code", "refresh_token"]',
    )
    answers = [redeem(code_for(client)).require_success("A code was not exchanged") for _ in range(FEW)]
    values = [answer.refresh_token for answer in answers if answer.refresh_token]
    if not values:
        raise NotOffered(
            f"The server gives {client.name} no refresh token.", f"[clients.{client.name}] scope"
        )

    assert hard_to_guess(
        "values", [value for value in values if not is_signed_token(value)] or values, ENOUGH_BITS
    )
