"""What is not a live token is inactive, and that is no error (RFC 7662 sections 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.introspection.answers import OWN_CHOICE, UNKNOWN
from conformance.checks.introspection.conftest import Describe
from conformance.checks.support.controls import TokenFor
from conformance.checks.support.facts import Fact, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients


def revoke(revocation: RevocationEndpoint, token: str, client: Client) -> None:
    """Revoke a token. NotOffered where the server cannot revoke that kind of token (RFC 7009 section 2.2.1)."""
    answer = revocation.revoke(token, as_=client)
    if answer.error == "unsupported_token_type":
        raise NotOffered("The server does not revoke this kind of token.", OWN_CHOICE)
    answer.require_success("The revocation was refused")


def tells_nothing_else(answer: Answer) -> Fact:
    """Whether the answer about an inactive token holds the member active alone."""
    return fact(
        set(answer.members) == {"active"},
        "active: false and no other member",
        f"{answer}; members: {shown(list(answer.members))}",
    )


@requirement("7662-2.2-18", broken_by="introspect-unknown-says-active")
@requirement("7662-2.2-01", broken_by="introspect-inactive-without-member")
@requirement("7662-2.3-01", broken_by="introspect-unknown-is-an-error")
@requirement("7662-2.3-01", broken_by="introspect-inactive-as-401")
@requirement("7662-2.2-S10", broken_by="introspect-unknown-is-404")
@tolerates("legal-introspect-resource-servers-only")
def test_an_unknown_token_is_inactive(introspection: IntrospectionEndpoint, live_token: str) -> None:
    """A token that the server never issued is answered with 200 and active false, and with no error."""
    if not introspection.is_active(live_token):
        raise CannotTest("A live token is not active to the caller under [introspection].")

    answer = introspection.introspect(UNKNOWN)

    assert answer.has_status(200).of("7662-2.3-01")
    assert answer.holds("active").of("7662-2.2-01")
    assert answer.holds("active", False)
    assert not answer.holds("error").of("7662-2.3-01")


@requirement("7662-2.2-S01", broken_by="introspect-inactive-in-plain-text")
@tolerates("legal-introspect-with-a-charset")
def test_an_answer_about_an_unknown_token_is_json(
    introspection: IntrospectionEndpoint, live_token: str
) -> None:
    """The answer about a token that the server never issued is a JSON object, sent as application/json."""
    if not introspection.is_active(live_token):
        raise CannotTest("A live token is not active to the caller under [introspection].")

    answer = introspection.introspect(UNKNOWN)

    assert answer.has_type("application/json")
    assert answer.is_object


@requirement("7662-2.2-19", broken_by="introspect-leaks-when-inactive")
@requirement("7662-4-12", broken_by="introspect-leaks-when-inactive")
def test_a_revoked_token_is_described_by_nothing_else(
    introspection: IntrospectionEndpoint,
    revocation: RevocationEndpoint,
    token_for: TokenFor,
    web: Client,
) -> None:
    """The answer about a revoked token holds no member but active, which is false."""
    token = token_for(web)
    revoke(revocation, token, web)
    if not introspection.calls_dead(token):
        raise CannotTest("A revoked token is still active, which is judged elsewhere.")

    answer = introspection.introspect(token)

    assert tells_nothing_else(answer)


@requirement("7662-4-12", broken_by="introspect-tells-that-a-token-is-unknown")
def test_an_unknown_token_is_described_by_nothing_else(
    introspection: IntrospectionEndpoint, live_token: str
) -> None:
    """The answer about a token that the server never issued holds no member but active."""
    if not introspection.is_active(live_token) or introspection.is_active(UNKNOWN):
        raise CannotTest("Introspection does not tell a live token from an invented one.")

    answer = introspection.introspect(UNKNOWN)

    assert tells_nothing_else(answer)


@requirement("7662-4-04", broken_by="introspect-ignores-revocation")
@tolerates("legal-introspect-jwt-access-tokens")
def test_a_revoked_access_token_is_inactive(
    introspection: IntrospectionEndpoint, revocation: RevocationEndpoint, describe: Describe, web: Client
) -> None:
    """An access token is inactive once its revocation was answered with success."""
    token = describe(web).token
    revoke(revocation, token, web)

    assert introspection.calls_dead(token)


@requirement("7662-4-04", broken_by="introspect-ignores-revocation")
@tolerates("legal-introspect-access-tokens-only")
def test_a_revoked_refresh_token_is_inactive(
    introspection: IntrospectionEndpoint, revocation: RevocationEndpoint, refresh_token: str, clients: Clients
) -> None:
    """A refresh token is inactive once its revocation was answered with success."""
    revoke(revocation, refresh_token, clients.confidential("refresh_token"))

    assert introspection.calls_dead(refresh_token)


@requirement("7662-4-02", broken_by="introspect-ignores-expiry")
@requirement("6750-5.2-10", broken_by="introspect-ignores-expiry")
def test_an_expired_access_token_is_inactive(
    introspection: IntrospectionEndpoint, expired_token: Callable[[], str]
) -> None:
    """An access token is inactive once its lifetime is over."""
    assert introspection.calls_dead(expired_token()), (
        "active after its lifetime; a leeway that the server allows on purpose is declared as [times] propagation"
    )
