"""What is told of a lifetime and when it really ends (RFC 6749 sections 4.1.2 and 5.1).

A leeway for clocks that differ is legal: where the target file does not state one, a token that outlives its lifetime
is not judged.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.controls import Code, LastingToken, Redeem
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.server_time import ServerTime
from fixtures.target import Client

MARGIN = 2.0
"""Seconds before the end of a lifetime until which it is surely not over: whole seconds, and clocks that differ."""


@requirement("6749-5.1-S07", broken_by="token-outlives-expires-in")
@tolerates("legal-introspect-exp-rounded")
def test_a_token_is_dead_when_its_lifetime_is_over(
    expired_token: Callable[[], str], liveness: Liveness
) -> None:
    """An access token that was alive is dead when the time that expires_in told is over."""
    token = expired_token()

    assert liveness.is_dead(token)


@requirement("6749-5.1-S07", broken_by="token-dies-before-expires-in")
@tolerates("legal-introspect-exp-rounded")
def test_a_token_lives_as_long_as_it_is_told(
    lasting_token: LastingToken, liveness: Liveness, server_time: ServerTime, own_client: Client
) -> None:
    """An access token works until shortly before the end of the time that expires_in told."""
    if not server_time.has_hook:
        raise NotOffered(
            "Tokens that are asked for while the time passes may end this one, so it is judged only in no time.",
            '[times] let_pass = ["./move-clock", "{seconds}"]',
        )
    lasting = lasting_token(own_client)
    liveness.require_alive(lasting.value)
    server_time.wait_until(lasting.end - MARGIN)

    assert liveness.is_alive(lasting.value)


@requirement("6749-4.1.2-03", broken_by="code-lives-for-a-week")
def test_no_code_is_exchanged_after_ten_minutes(
    redeem: Redeem, expired_code_of_ten_minutes: Callable[[], Code]
) -> None:
    """A code that is older than ten minutes is not exchanged."""
    answer = redeem(expired_code_of_ten_minutes())

    assert not answer.grants_a_token
