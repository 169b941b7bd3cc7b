"""Only a code that the server issued, unaltered and in time, is exchanged (RFC 6749 sections 4.1.2, 4.1.3, 10.5)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.controls import Code, CodeFor, Grant, Redeem, require_a_redemption
from conformance.checks.support.expectations import Again, expect_refusal
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement
from fixtures.target import Client


@requirement("6749-4.1.3-07d", broken_by="code-unknown-accepted")
@requirement("6749-4.1.3-07", broken_by="code-unknown-accepted")
@requirement("6749-4.1.3-07d", broken_by="code-unknown-wrong-error")
def test_an_invented_code_is_an_invalid_grant(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A code that the server never issued is refused as invalid_grant."""
    answer = redeem(code_for(code_client), code="no-such-code-was-ever-issued")

    expect_refusal(answer, "invalid_grant", control=redeems_again)


@requirement("6749-4.1.3-07d", broken_by="code-unknown-accepted")
def test_an_altered_code_is_worthless(redeem: Redeem, code_for: CodeFor, code_client: Client) -> None:
    """A code with a character changed, with its end cut off, or with more behind it, is refused."""

    def altered(code: str) -> dict[str, str]:
        middle = len(code) // 2
        swapped = "A" if code[middle] != "A" else "B"
        return {
            "changed": code[:middle] + swapped + code[middle + 1 :],
            "shortened": code[: -max(4, len(code) // 4)],
            "lengthened": f"{code}AAAA",
        }

    answers = {}
    for how in altered("....."):
        code = code_for(code_client)
        answers[how] = redeem(code, code=altered(code.value)[how])

    assert all_of({how: ~answer.grants_a_token for how, answer in answers.items()})


@requirement("6749-4.1.3-07d", broken_by="code-may-be-a-token")
def test_a_token_is_no_code(redeem: Redeem, code_for: CodeFor, code_client: Client) -> None:
    """An access token or a refresh token in the place of a code gives nothing."""
    grant = Grant(client=code_client, answer=redeem(code_for(code_client)).require_success("No token"))
    tokens = [token for token in (grant.access_token, grant.answer.refresh_token) if token]

    for token in tokens:
        assert not redeem(code_for(code_client), code=token).grants_a_token


@requirement("6749-4.1.2-02", broken_by="code-never-expires")
@requirement("6749-4.1.2-02", broken_by="code-lives-for-a-week")
@requirement("6749-4.1.3-07d", broken_by="code-never-expires")
@requirement("6749-10.5-03", broken_by="code-never-expires")
@requirement("2.1-4.1.2-01", broken_by="code-never-expires")
def test_an_expired_code_is_an_invalid_grant(
    redeem: Redeem, code_for: CodeFor, expired_code: Callable[[], Code]
) -> None:
    """A code is refused as invalid_grant when its lifetime is over."""
    code = expired_code()
    answer = redeem(code)

    expect_refusal(
        answer, "invalid_grant", control=lambda: require_a_redemption(code.client, redeem, code_for)
    )
