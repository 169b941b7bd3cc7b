"""Of a token that is none for the caller, a JWT says that it is not active, and nothing else (RFC 9701 section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from conformance.checks.signed_introspection.conftest import OWN_CHOICE, AskSigned, SignedAnswer, jwt_of
from conformance.checks.support.facts import Fact, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import SIGNED_ANSWER, IntrospectionEndpoint, RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client

pytestmark = [pytest.mark.embedded(jwt_introspection=True), pytest.mark.decoded]

UNKNOWN = "no-such-token-was-ever-issued"


def says_inactive(signed: SignedAnswer) -> Fact:
    """Whether a JWT says that a token is not active."""
    return fact(
        signed.told.get("active") is False, "active: false", f"token_introspection: {shown(signed.told)}"
    )


def says_nothing_else(signed: SignedAnswer) -> Fact:
    """Whether a JWT says nothing of a token but whether it is active."""
    return fact(
        set(signed.told) == {"active"},
        "active and no other member",
        f"token_introspection: {shown(list(signed.told))}",
    )


@pytest.mark.usefixtures("signed")
@requirement("9701-5-08", broken_by="introspect-unknown-says-active")
@requirement("9701-5-09", broken_by="signed-introspection-tells-why-a-token-is-dead")
@tolerates("legal-introspect-resource-servers-only")
def test_an_unknown_token_is_inactive(ask_signed: AskSigned) -> None:
    """Of a token that was never issued, the JWT says that it is not active, and no more."""
    answer = ask_signed(UNKNOWN)

    assert says_inactive(answer).of("9701-5-08")
    assert says_nothing_else(answer).of("9701-5-09")


@pytest.fixture
def revoked_token(signed: SignedAnswer, revocation: RevocationEndpoint, web: Client) -> SignedAnswer:
    """A JWT about a live token, which was revoked since; NotOffered where the server does not revoke it."""
    answer = revocation.revoke(signed.token, as_=web)
    if answer.error == "unsupported_token_type":
        raise NotOffered("The server does not revoke this kind of token.", OWN_CHOICE)
    answer.require_success("The revocation was refused")
    if not signed.caller.calls_dead(signed.token):
        raise CannotTest("A revoked token is still active in plain JSON, which is judged elsewhere.")
    return signed


@requirement("9701-5-08", broken_by="signed-introspection-ignores-revocation")
@requirement("9701-5-09", broken_by="signed-introspection-tells-why-a-token-is-dead")
def test_a_revoked_token_is_inactive(revoked_token: SignedAnswer, ask_signed: AskSigned) -> None:
    """Of a token that was revoked, the JWT says that it is not active, and no more."""
    answer = ask_signed(revoked_token.token)

    assert says_inactive(answer).of("9701-5-08")
    assert says_nothing_else(answer).of("9701-5-09")


@requirement("9701-5-08", broken_by="signed-introspection-ignores-expiry")
def test_an_expired_token_is_inactive(ask_signed: AskSigned, expired_token: Callable[[], str]) -> None:
    """Of a token whose lifetime is over, the JWT says that it is not active."""
    token = expired_token()
    answer = ask_signed(token)
    if answer.caller.introspect(token).members.get("active") is not False:
        raise CannotTest("An expired token is still active in plain JSON, which is judged elsewhere.")

    assert says_inactive(answer).of("9701-5-08")


@requirement("9701-3-02", broken_by="signed-introspection-tells-strangers")
@requirement("9701-5-08", broken_by="signed-introspection-tells-strangers")
@requirement("9701-5-09", broken_by="signed-introspection-names-the-client-to-strangers")
@tolerates("legal-introspect-resource-servers-only", "legal-introspect-any-client-sees-all")
def test_a_token_for_somebody_else_is_inactive(
    signed: SignedAnswer, seeing: Sequence[IntrospectionEndpoint], other: Client, ask_signed: AskSigned
) -> None:
    """A caller that may not see a token in plain JSON sees nothing of it in a JWT either."""
    candidates = {each.caller.id: each for each in (*seeing, replace(signed.caller, caller=other))}
    hidden = [
        each
        for each in candidates.values()
        if each.introspect(signed.token).members.get("active") is False
        and jwt_of(each.introspect(UNKNOWN, accept=SIGNED_ANSWER)) is not None
    ]
    if not hidden:
        raise NotOffered(
            "Every caller that gets JWTs sees every token.",
            "two clients of which one may not see the tokens of the other",
        )
    answer = ask_signed(signed.token, by=hidden[0])

    assert says_inactive(answer).of("9701-5-08")
    assert says_nothing_else(answer).of("9701-5-09")
