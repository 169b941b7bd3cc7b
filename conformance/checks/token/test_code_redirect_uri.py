"""A code is tied to the redirection URI by which it was obtained (RFC 6749 sections 4.1.2, 4.1.3, 10.6)."""

from __future__ import annotations

from conformance.checks.support.controls import CodeFor, Redeem
from conformance.checks.support.expectations import Again, expect_no_token, expect_refusal
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-4.1.3-04", broken_by="token-ignores-redirect-uri")
@requirement("6749-4.1.3-07e", broken_by="code-redirect-uri-prefix")
@requirement("6749-4.1.3-07", broken_by="token-ignores-redirect-uri")
@requirement("6749-10.6-01", broken_by="token-ignores-redirect-uri")
@requirement("2.1-10.2-02", broken_by="token-ignores-redirect-uri")
@tolerates("legal-code-burnt-by-wrong-redirect-uri")
def test_a_different_redirect_uri_redeems_no_code(
    redeem: Redeem, code_for: CodeFor, code_client: Client
) -> None:
    """A code is refused with a redirect_uri that is not identical, however near it comes."""
    right = code_client.redirect_uri
    different = (
        f"{right}/more",
        f"{right}{'&' if '?' in right else '?'}more=1",
        f"{right}x",
        "https://somewhere-else.example/cb",
    )
    answers = {uri: redeem(code_for(code_client), redirect_uri=uri) for uri in different}

    assert all_of({uri: ~answer.grants_a_token for uri, answer in answers.items()})


@requirement("6749-5.2-S06", broken_by="code-redirect-uri-wrong-error")
@tolerates("legal-code-burnt-by-wrong-redirect-uri")
def test_a_different_redirect_uri_makes_the_grant_invalid(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A code with another redirect_uri than that of the authorization request is refused as invalid_grant."""
    answer = redeem(code_for(code_client), redirect_uri="https://somewhere-else.example/cb")

    expect_refusal(answer, "invalid_grant", control=redeems_again)


@requirement("6749-4.1.3-04", broken_by="code-redirect-uri-optional")
@requirement("6749-4.1.3-07e", broken_by="code-redirect-uri-optional")
@tolerates("legal-code-redirect-uri-missing-is-invalid-request", "legal-code-burnt-by-wrong-redirect-uri")
def test_a_redirect_uri_that_was_sent_is_sent_again(
    redeem: Redeem, code_for: CodeFor, code_client: Client, redeems_again: Again
) -> None:
    """A code is refused without redirect_uri when the authorization request had one."""
    answer = redeem(code_for(code_client), redirect_uri=None)

    expect_no_token(answer, "invalid_request", "invalid_grant", control=redeems_again)


@requirement("6749-4.1.2-S02", broken_by="code-redirect-uri-any-registered")
@requirement("6749-10.6-01", broken_by="code-redirect-uri-any-registered")
@tolerates("legal-code-burnt-by-wrong-redirect-uri")
def test_another_registered_redirect_uri_redeems_no_code(
    redeem: Redeem, code_for: CodeFor, clients: Clients
) -> None:
    """A code obtained by one of a client's redirection URIs is refused with another of them."""
    client = clients.first(
        lambda item: len(item.redirect_uris) > 1 and item.may("authorization_code"),
        "client with two redirection URIs",
        '[clients.multi] redirect_uris = ["https://client.example/a", "https://client.example/b"]',
    )
    first, second, *_ = client.redirect_uris
    for uri in (first, second):
        redeem(code_for(client, redirect_uri=uri)).require_success(f"A code sent to {uri} was not exchanged")

    answer = redeem(code_for(client, redirect_uri=first), redirect_uri=second)

    expect_no_token(answer, "invalid_grant", "invalid_request")


@requirement("6749-4.1.4-S01", broken_by="code-redirect-uri-always-needed")
def test_a_redirect_uri_that_was_not_sent_is_not_needed(
    redeem: Redeem, code_for: CodeFor, clients: Clients
) -> None:
    """A code is exchanged without redirect_uri when the authorization request had none."""
    client = clients.first(
        lambda item: len(item.redirect_uris) == 1 and item.may("authorization_code"),
        "client with exactly one redirection URI",
        '[clients.web] redirect_uris = ["https://client.example/cb"]',
    )

    answer = redeem(code_for(client, redirect_uri=None))

    assert answer.grants_a_token.mended_by(
        "Demand redirect_uri with a code only where the authorization request had one."
    )
