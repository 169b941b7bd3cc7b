"""The grant by the resource owner's password, where a client of the target has it (RFC 6749 section 4.3)."""

from __future__ import annotations

import pytest

from conformance.checks.support.brute_force import Guesses, Guessing
from conformance.checks.support.controls import Issued
from conformance.checks.support.expectations import (
    Again,
    expect_no_token,
    expect_refusal,
    expect_token_answer,
)
from conformance.checks.support.facts import all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Owner
from fixtures.target.clients import Clients

NAMES = ("ülrïke \u20ac \U0001f511", "名前", 'a "b" \\ & = + % ?')
"""User names that no server has, of characters that every server takes (appendix A.15)."""


@pytest.fixture(scope="session")
def owner(clients: Clients) -> Owner:
    """A resource owner who can sign in."""
    return clients.owner()


@pytest.fixture
def registered(clients: Clients) -> Client:
    """A confidential client that is registered for the grant."""
    return clients.first(
        lambda one: one.may("password") and not one.is_public,
        "confidential client with the grant password",
        '[clients.hybrid] grants = ["password"]',
    )


@pytest.fixture
def served_again(registered: Client, token: TokenEndpoint, owner: Owner, issued: Issued) -> Again:
    """Lets the client get a token by the owner's password; CannotTest where it gets none."""

    def ask() -> None:
        answer = token.password(
            owner.username, owner.password, as_=registered, scope=registered.scope or None
        )
        issued.note(registered, answer).require_success(
            f"No token for {registered.name} by the owner's password"
        )

    return ask


@pytest.fixture
def trusted(registered: Client, served_again: Again) -> Client:
    """A confidential client that was just seen to get a token by the owner's password."""
    served_again()
    return registered


@requirement("9700-2.4-01", broken_by="password-grant-offered")
@requirement("2.1-10.1-02", broken_by="password-grant-offered")
@requirement("10017-7.3-01", broken_by="password-grant-offered")
@requirement("mcp-2026-07-28-overview-01", broken_by="password-grant-offered")
def test_the_password_grant_is_off(
    token: TokenEndpoint, clients: Clients, owner: Owner, issued: Issued
) -> None:
    """No client gets a token for the password of a resource owner."""
    chosen = {client.auth: client for client in clients.all}
    chosen |= {client.auth: client for client in clients.all if client.may("password")}
    answers = {
        client.name: issued.note(
            client, token.password(owner.username, owner.password, as_=client, scope=client.scope or None)
        )
        for client in chosen.values()
    }

    assert all_of({f"client {name}": ~answer.grants_a_token for name, answer in answers.items()})


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.3-S01", broken_by="token-without-token-type")
@tolerates("legal-token-other-members")
def test_a_password_gets_a_token(token: TokenEndpoint, trusted: Client, owner: Owner, issued: Issued) -> None:
    """The right password of a resource owner gets an access token, in the form of section 5.1."""
    answer = token.password(owner.username, owner.password, as_=trusted, scope=trusted.scope or None)

    expect_token_answer(issued.note(trusted, answer))


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-01", broken_by="password-grant-type-guessed")
def test_a_password_needs_grant_type(
    token: TokenEndpoint, trusted: Client, owner: Owner, served_again: Again
) -> None:
    """A user name and a password without grant_type get no token."""
    answer = token.post({"username": owner.username, "password": owner.password}, as_=trusted)

    expect_no_token(answer, "invalid_request", "unsupported_grant_type", control=served_again)


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-02", broken_by="token-grant-type-in-any-case")
@tolerates("legal-token-unknown-grant-type-is-unauthorized")
def test_the_word_is_password(
    token: TokenEndpoint, trusted: Client, owner: Owner, served_again: Again
) -> None:
    """A grant_type that is not exactly the word password gets no token for one."""
    fields = {"username": owner.username, "password": owner.password}
    for word in ("PASSWORD", "Password"):
        answer = token.post({**fields, "grant_type": word}, as_=trusted)

        expect_no_token(
            answer, "unsupported_grant_type", "unauthorized_client", "invalid_request", control=served_again
        )


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-03", broken_by="password-missing-part-wrong-error")
@requirement("6749-4.3.2-04", broken_by="password-missing-part-wrong-error")
def test_a_missing_part_makes_the_request_invalid(
    token: TokenEndpoint, trusted: Client, owner: Owner, served_again: Again
) -> None:
    """A request without user name, or without password, is refused as invalid_request."""
    for part in ({"username": owner.username}, {"password": owner.password}):
        expect_refusal(
            token.post({"grant_type": "password", **part}, as_=trusted),
            "invalid_request",
            control=served_again,
        )


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-06", broken_by="password-client-unauthenticated")
@requirement("6749-4.3.2-07a", broken_by="password-client-unauthenticated")
def test_a_password_does_not_replace_the_clients_own(
    token: TokenEndpoint, trusted: Client, owner: Owner
) -> None:
    """A confidential client that only names itself gets no token for the right password of an owner."""
    fields = {"grant_type": "password", "username": owner.username, "password": owner.password}
    answer = token.post({**fields, "client_id": trusted.id})

    expect_no_token(answer, "invalid_client", "invalid_request", "unauthorized_client")


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-07b", broken_by="client-secret-unchecked")
def test_a_password_does_not_help_a_wrong_secret(
    token: TokenEndpoint, trusted: Client, owner: Owner, served_again: Again
) -> None:
    """A client whose secret is wrong gets no token for the right password of an owner."""
    if not trusted.secret:
        raise NotOffered(f"{trusted.name} has no secret.", f"[clients.{trusted.name}] secret")
    answer = token.password(
        owner.username,
        owner.password,
        as_=trusted.with_secret(f"{trusted.secret}x"),
        scope=trusted.scope or None,
    )

    expect_no_token(answer, "invalid_client", control=served_again)


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-07", broken_by="password-unchecked")
@requirement("6749-4.3.2-07c", broken_by="password-wrong-error")
def test_a_wrong_password_is_an_invalid_grant(
    token: TokenEndpoint, trusted: Client, owner: Owner, served_again: Again
) -> None:
    """A wrong password is refused as invalid_grant, with status 400."""
    answer = token.password(owner.username, f"{owner.password}x", as_=trusted, scope=trusted.scope or None)

    expect_refusal(answer, "invalid_grant", of="6749-4.3.2-07c", control=served_again)
    assert answer.has_status(400)


@pytest.mark.embedded(password_grant=True)
@requirement("6749-4.3.2-S01", broken_by="password-ascii-only")
@requirement("6749-A.15-S01", broken_by="password-ascii-only")
@requirement("6749-A.16-S01", broken_by="password-ascii-only")
def test_names_and_passwords_are_of_any_characters(
    token: TokenEndpoint, trusted: Client, served_again: Again
) -> None:
    """A user name and a password of any characters are well-formed: when unknown, they are an invalid grant."""
    for name in NAMES:
        expect_refusal(
            token.password(name, name, as_=trusted, scope=trusted.scope or None),
            "invalid_grant",
            control=served_again,
        )


@pytest.mark.embedded(password_grant=True, password_attempts=8)
@requirement("6749-4.3.2-08", broken_by="password-guessing-unhindered")
@tolerates("legal-password-guessing-is-throttled")
def test_the_token_endpoint_resists_who_guesses_a_password(
    token: TokenEndpoint, trusted: Client, guesses: Guesses, issued: Issued
) -> None:
    """Wrong passwords in a row at the token endpoint, as many as the operator says, meet resistance."""
    wrong: list[Answer] = []

    def ask(password: str) -> Answer:
        name, scope = guesses.owner.username, trusted.scope or None
        return issued.note(trusted, token.password(name, password, as_=trusted, scope=scope))

    def guess(password: str) -> tuple[int, str | None]:
        answer = ask(password)
        wrong.append(answer)
        return answer.status, answer.error

    place = Guessing(guess=guess, lets_in=lambda: bool(ask(guesses.owner.password).grants_a_token))
    resistance = guesses.resistance(place)

    assert fact(
        resistance,
        f"throttling, a delay, a lock-out or another answer within {guesses.count} wrong passwords",
        f"{guesses.asked} were all answered alike ({wrong[-1]}), and the right one gets a token then",
    ).after(*wrong)
