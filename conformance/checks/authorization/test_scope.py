"""The scope of an authorization request (RFC 6749 sections 3.3 and 4.1.2.1)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.controls import Code, Redeem, ScopeOf, s256
from conformance.checks.support.expectations import expect_told_refusal
from conformance.checks.support.facts import lacks
from conformance.checks.support.grammar import is_scope
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client


@pytest.fixture
def granted_scope(
    ask: Ask, redeem: Redeem, code_client: Client, scope_of: ScopeOf
) -> Callable[[str], frozenset[str] | None]:
    """Tells which scope a client gets that asks for this one by a code: None where the request is refused."""

    def tell(scope: str) -> frozenset[str] | None:
        verifier = secrets.token_urlsafe(48)
        landing = ask(code_client, scope=scope, code_challenge=s256(verifier))
        if not landing.code:
            return None
        uri = code_client.redirect_uri
        code = Code(value=landing.code, client=code_client, redirect_uri=uri, verifier=verifier)
        answer = redeem(code).require_success("A code for a scope was not exchanged")
        return scope_of(answer, asked=frozenset({scope}))

    return tell


@requirement("6749-3.3-03", broken_by="authorize-scope-missing-wrong-error")
@tolerates("legal-authorize-scope-required")
def test_no_scope_means_the_default_or_an_error(ask: Ask, code_client: Client) -> None:
    """A request without scope gets a code for the default scope, or is refused as invalid_scope."""
    landing = ask(code_client, scope=None)

    if not landing.code:
        expect_told_refusal(landing, "invalid_scope")


@requirement("6749-3.3-S02", broken_by="authorize-scope-order-matters")
def test_the_order_of_a_scope_means_nothing(ask: Ask, code_client: Client) -> None:
    """The values of a scope get a code in whatever order they come."""
    words = sorted(code_client.scopes)
    if len(words) < 2:
        raise NotOffered(
            f"[clients.{code_client.name}] has no two scope values.",
            f'[clients.{code_client.name}] scope = "read write"',
        )
    landings = [ask(code_client, scope=" ".join(order)) for order in (words, words[::-1])]

    assert landings[0].gives_code
    assert landings[1].gives_code


@requirement("6749-4.1.2.1-S06", broken_by="authorize-invalid-scope-wrong-error")
@tolerates("legal-authorize-any-scope-granted", "legal-authorize-unknown-scope-ignored")
def test_an_unknown_scope_is_refused_or_left_out(
    ask: Ask, redeem: Redeem, code_client: Client, scope_of: ScopeOf
) -> None:
    """A scope that the server does not know is refused as invalid_scope, or left out of what is granted and told.

    A server that grants whatever string it is asked for knows them all.
    """
    unknown = f"no_such_scope_{secrets.token_hex(4)}"
    verifier = secrets.token_urlsafe(48)
    asked = f"{code_client.scope} {unknown}".strip()
    landing = ask(code_client, scope=asked, code_challenge=s256(verifier))
    if not landing.code:
        expect_told_refusal(landing, "invalid_scope")
        return
    uri = code_client.redirect_uri
    code = Code(value=landing.code, client=code_client, redirect_uri=uri, verifier=verifier)
    answer = redeem(code).require_success("A code for a scope that was left out in part was not exchanged")

    if unknown in scope_of(answer, asked=frozenset(asked.split())):
        raise NotOffered(
            "The server grants any scope that it is asked for.", "a server that knows its scopes"
        )

    assert answer.member_is("scope", answer.scope is not None, "told, for another was asked for")
    assert lacks(answer.scope or (), unknown)


@requirement("6749-3.3-S02", broken_by="authorize-scope-in-any-case")
@requirement("6749-1.9-S01", broken_by="authorize-scope-in-any-case")
@tolerates("legal-authorize-any-scope-granted", "legal-authorize-unknown-scope-ignored")
@tolerates("legal-authorize-malformed-scope-ignored", "legal-authorize-unknown-scope-means-the-default")
def test_a_scope_in_other_letters_is_another(
    granted_scope: Callable[[str], frozenset[str] | None], code_client: Client
) -> None:
    """A scope value in upper case where the client's is in lower case gets what a value gets that nobody knows.

    That may be nothing, the default scope, or that very value, where the server grants whatever it is asked for.
    """
    words = [word for word in sorted(code_client.scopes) if word.swapcase() not in code_client.scopes]
    if not words:
        raise NotOffered(
            f"[clients.{code_client.name}] has no scope with letters.",
            f'[clients.{code_client.name}] scope = "read"',
        )
    granted = granted_scope(words[0].swapcase())
    if granted is None or words[0].swapcase() in granted:
        return
    if granted == granted_scope(f"no_such_scope_{secrets.token_hex(4)}"):
        return

    assert lacks(granted, words[0])


@requirement("6749-4.1.2.1-S06", broken_by="authorize-invalid-scope-wrong-error")
@tolerates("legal-authorize-scope-syntax-unchecked", "legal-authorize-unknown-scope-ignored")
def test_a_malformed_scope_is_refused_by_its_name(ask: Ask, code_client: Client) -> None:
    """A scope outside its grammar, where it is refused, is refused as invalid_scope or invalid_request."""
    for malformed in ('with "quotation marks"', "back\\slash", "two  spaces", "a\ttab"):
        landing = ask(code_client, scope=malformed)
        if not landing.code:
            expect_told_refusal(landing, "invalid_scope", "invalid_request")


@requirement("6749-3.3-S01", broken_by="authorize-malformed-scope-granted")
@requirement("6749-A.4-S01", broken_by="authorize-malformed-scope-granted")
@tolerates("legal-authorize-malformed-scope-ignored", "legal-authorize-scope-syntax-unchecked")
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_malformed_scope_is_not_granted(ask: Ask, redeem: Redeem, code_client: Client) -> None:
    """A scope with a quotation mark or a backslash in it is refused, or left out of what is granted and told."""
    for malformed in ('say"hello"', "back\\slash"):
        verifier = secrets.token_urlsafe(48)
        asked = f"{code_client.scope} {malformed}".strip()
        landing = ask(code_client, scope=asked, code_challenge=s256(verifier))
        if not landing.code:
            continue
        uri = code_client.redirect_uri
        code = Code(value=landing.code, client=code_client, redirect_uri=uri, verifier=verifier)
        answer = redeem(code).require_success(
            "A code for a scope that was left out in part was not exchanged"
        )

        assert answer.member_is("scope", answer.scope is not None, "told, for another was asked for")
        assert answer.member_is(
            "scope",
            not answer.scope or is_scope(answer.members["scope"]),
            "made of printable ASCII, without quotation mark and backslash",
        )
