"""The exchange of an authorization code: the request and its answers (RFC 6749 sections 4.1.3 and 4.1.4)."""

from __future__ import annotations

from urllib.parse import urlencode

from conformance.checks.support.controls import CodeFor, Redeem, ScopeOf
from conformance.checks.support.expectations import (
    Again,
    expect_no_token,
    expect_refusal,
    expect_token_answer,
)
from conformance.checks.support.facts import all_of, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-4.1.4-S01", broken_by="token-without-token-type")
@requirement("6749-4.1.4-S01", broken_by="token-cacheable")
@tolerates(
    "legal-code-with-other-members",
    "legal-code-without-refresh-token",
    "legal-code-refresh-token-for-everyone",
)
def test_a_code_is_exchanged_for_an_access_token(
    redeem: Redeem, code_for: CodeFor, registered_client: Client
) -> None:
    """A valid exchange is answered with an access token and its type, as JSON that no cache keeps."""
    answer = redeem(code_for(registered_client))

    expect_token_answer(answer)


@requirement("6749-4.1.4-S01", broken_by="token-error-as-403")
@requirement("6749-4.1.4-S01", broken_by="token-error-not-json")
@tolerates("legal-code-refusal-without-description")
def test_a_failed_exchange_is_answered_with_an_error(
    redeem: Redeem, code_for: CodeFor, code_client: Client
) -> None:
    """An exchange that fails is answered with status 400 and an error code in a JSON object."""
    answer = redeem(code_for(code_client), code="no-such-code-was-ever-issued")

    assert answer.has_status(400)
    assert answer.has_type("application/json")
    assert answer.has_error()


@requirement("6749-4.1.3-S01", broken_by="token-form-names-not-decoded")
def test_the_request_is_read_as_form_encoded(
    token: TokenEndpoint, code_for: CodeFor, code_client: Client
) -> None:
    """Names and values whose signs are percent-encoded, as form-encoding allows, mean the same."""
    fields = code_for(code_client).fields
    _, identity = token.credentials(code_client)
    plain = urlencode([*((name, value or "") for name, value in fields.items()), *identity])
    encoded = plain.replace("_", "%5F").replace("-", "%2D").replace(".", "%2E").replace("~", "%7E")

    answer = token.post({}, as_=code_client, body=encoded.encode("ascii"))

    assert answer.grants_a_token


@requirement("6749-4.1.3-01", broken_by="token-grant-type-guessed")
def test_a_code_is_not_exchanged_without_grant_type(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A request that leaves grant_type out gets no token for its code."""
    answer = redeem(code_for(code_client), grant_type=None)

    expect_no_token(answer, "invalid_request", "unsupported_grant_type", control=redeems_again)


@requirement("6749-4.1.3-02", broken_by="token-grant-type-in-any-case")
def test_grant_type_is_exactly_authorization_code(
    redeem: Redeem, code_for: CodeFor, code_client: Client
) -> None:
    """A grant_type in other letters than authorization_code exchanges no code."""
    other_letters = ("AUTHORIZATION_CODE", "Authorization_Code", "code")
    answers = {word: redeem(code_for(code_client), grant_type=word) for word in other_letters}

    assert all_of({word: ~answer.grants_a_token for word, answer in answers.items()})


@requirement("6749-4.1.3-03", broken_by="code-missing-wrong-error")
def test_a_request_without_a_code_is_invalid(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A request that leaves code out is refused as invalid_request."""
    answer = redeem(code_for(code_client), code=None)

    expect_refusal(answer, "invalid_request", control=redeems_again)


@requirement("6749-4.1.3-03", broken_by="code-missing-wrong-error")
@requirement("6749-3.2-06", broken_by="code-array-accepted")
def test_a_code_under_another_name_is_no_code(
    token: TokenEndpoint, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A parameter code[] is unknown and ignored, so code is missing: invalid_request."""
    code = code_for(code_client)
    fields = {**code.fields, "code": None, "code[]": code.value}

    answer = token.post(fields, as_=code_client)

    assert not answer.grants_a_token.of("6749-3.2-06").mended_by(
        "Read the code from code alone, not from code[]."
    )
    expect_refusal(answer, "invalid_request", control=redeems_again)


@requirement("6749-3.2-05", broken_by="token-empty-counts-as-present")
def test_an_empty_code_counts_as_missing(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A code parameter without a value is refused as invalid_request, as a missing one is."""
    answer = redeem(code_for(code_client), code="")

    expect_refusal(answer, "invalid_request", control=redeems_again)


@requirement("6749-3.2-07", broken_by="token-repeats-accepted")
@requirement("2.1-3.1-02", broken_by="token-repeats-accepted")
def test_a_repeated_parameter_makes_an_exchange_invalid(
    token: TokenEndpoint, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """An exchange that carries code or redirect_uri twice is refused as invalid_request."""
    for name in ("code", "redirect_uri"):
        code = code_for(code_client)
        fields = [
            ("grant_type", "authorization_code"),
            ("code", code.value),
            ("redirect_uri", code.redirect_uri or ""),
            ("code_verifier", code.verifier or ""),
        ]
        repeated = [field for field in fields if field[0] == name]

        expect_refusal(
            token.post([*fields, *repeated], as_=code_client), "invalid_request", control=redeems_again
        )


def _two_scopes(clients: Clients) -> Client:
    return clients.first(
        lambda item: item.may("authorization_code") and item.code_seconds is None and len(item.scopes) > 1,
        "client with two scopes",
        '[clients.web] scope = "read write"',
    )


@requirement("9700-2.3-01", broken_by="code-scope-widened")
@requirement("9700-2.3-06", broken_by="code-scope-widened")
def test_a_token_covers_no_scope_that_nobody_asked_for(
    redeem: Redeem, code_for: CodeFor, scope_of: ScopeOf, clients: Clients
) -> None:
    """An access token has no scope beyond that of the authorization request."""
    client = _two_scopes(clients)
    first, *_ = client.scope.split()
    answer = redeem(code_for(client, scope=first)).require_success("A code of less scope was not exchanged")

    assert within(scope_of(answer, asked=frozenset({first})), {first})


@requirement("9700-2.3-01", broken_by="code-scope-read-from-the-token-request")
def test_the_exchange_does_not_widen_the_scope(
    redeem: Redeem, code_for: CodeFor, scope_of: ScopeOf, clients: Clients
) -> None:
    """A scope in the token request adds nothing to what the owner allowed."""
    client = _two_scopes(clients)
    first, *_ = client.scope.split()
    allowed = redeem(code_for(client, scope=first)).require_success("A code of less scope was not exchanged")
    before = scope_of(allowed, asked=frozenset({first}))
    if before >= client.scopes:
        raise NotOffered("The server grants the whole scope at once.", "a scope that the server can withhold")

    answer = redeem(code_for(client, scope=first), scope=client.scope)

    assert not answer.grants_a_token or within(scope_of(answer, asked=before), before)
