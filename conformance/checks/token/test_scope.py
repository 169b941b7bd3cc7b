"""Which scope is granted, and what the client is told of it (RFC 6749 sections 3.3, 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.checks.support.controls import ScopeOf
from conformance.checks.support.expectations import Again, expect_no_token, expect_refusal
from conformance.checks.support.facts import equals, lacks, within
from conformance.checks.support.grammar import is_scope
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

UNKNOWN = "no-such-scope-x7"
"""A scope value that no server defines."""


def _of_any_scope() -> NotOffered:
    return NotOffered("The server grants any scope that it is asked for.", "a server that knows its scopes")


@pytest.fixture
def knows_its_scopes(token: TokenEndpoint, asker: Client, scope_of: ScopeOf) -> None:
    """The control for what is said of one scope value: NotOffered where a value that nobody defined is granted too.

    It is so where nothing tells that it was left out (RFC 6749 section 5.1), which another check judges.
    """
    answer = token.client_credentials(as_=asker, scope=UNKNOWN)
    if answer.grants_a_token and UNKNOWN in scope_of(answer, asked=frozenset({UNKNOWN})):
        raise _of_any_scope()


@pytest.fixture
def words(asker: Client) -> list[str]:
    """The scope values of a client that has two or more, in order."""
    if len(asker.scopes) < 2:
        raise NotOffered(
            f"[clients.{asker.name}] has no two scope values.", f'[clients.{asker.name}] scope = "read write"'
        )
    return sorted(asker.scopes)


@requirement("6749-3.3-03", broken_by="token-scope-missing-wrong-error")
@tolerates("legal-token-scope-required", "legal-token-scope-empty")
def test_no_scope_means_the_default_or_an_error(
    token: TokenEndpoint, asker: Client, served_again: Again
) -> None:
    """A request without scope gets a token with the default scope, or is refused as invalid_scope."""
    answer = token.post({"grant_type": "client_credentials"}, as_=asker)

    if not answer.grants_a_token:
        expect_refusal(answer, "invalid_scope", control=served_again)


@requirement("6749-3.3-02", broken_by="token-unknown-scope-dropped-silently")
@requirement("6749-5.1-06", broken_by="token-unknown-scope-dropped-silently")
@tolerates("legal-token-unknown-scope-dropped", "legal-token-unknown-scope-replaced")
@tolerates("legal-token-any-scope-granted")
def test_a_scope_that_is_not_granted_is_not_told(
    token: TokenEndpoint, asker: Client, scope_of: ScopeOf
) -> None:
    """A scope value that nobody defined is refused, or left out of the scope that the answer tells.

    A server that grants whatever string it is asked for has no such value.
    """
    asked = " ".join([*sorted(asker.scopes)[:1], UNKNOWN])
    answer = token.client_credentials(as_=asker, scope=asked)
    if answer.grants_a_token and UNKNOWN in scope_of(answer, asked=frozenset(asked.split())):
        raise _of_any_scope()

    assert not answer.grants_a_token or answer.member_is(
        "scope",
        answer.scope is not None and UNKNOWN not in answer.scope,
        f"without {UNKNOWN}, which was not granted",
    )


@requirement("6749-5.2-S09", broken_by="token-invalid-scope-wrong-error")
@tolerates("legal-token-unknown-scope-dropped", "legal-token-unknown-scope-replaced")
def test_a_scope_that_is_refused_is_called_invalid(
    token: TokenEndpoint, asker: Client, served_again: Again
) -> None:
    """A scope value that nobody defined, when it is refused, is refused as invalid_scope."""
    answer = token.client_credentials(as_=asker, scope=UNKNOWN)

    if not answer.grants_a_token:
        expect_refusal(answer, "invalid_scope", control=served_again)


@requirement("6749-3.3-S01", broken_by="token-malformed-scope-granted")
@requirement("6749-A.4-S01", broken_by="token-malformed-scope-granted")
@tolerates(
    "legal-token-malformed-scope-is-an-invalid-request",
    "legal-token-scope-syntax-unchecked",
    "legal-token-unknown-scope-replaced",
)
def test_a_scope_outside_the_grammar_is_not_granted(token: TokenEndpoint, asker: Client) -> None:
    """A scope with a quotation mark, a backslash or a letter beyond ASCII is refused, or not told as granted."""
    for value in ('say"hello"', "back\\slash", "réaliser"):
        fields = {"grant_type": "client_credentials", "scope": value}
        answer = token.post(fields, as_=asker, crash_counts=True)

        if answer.grants_a_token:
            assert answer.member_is("scope", answer.scope is not None, "told, for another was asked for")
            assert answer.member_is(
                "scope",
                not answer.scope or is_scope(answer.members["scope"]),
                "made of printable ASCII, without quotation mark and backslash",
            )
        else:
            expect_no_token(answer, "invalid_scope", "invalid_request")


@requirement("6749-3.3-S02", broken_by="token-scope-order-matters")
@tolerates("legal-token-scope-omitted", "legal-introspect-hides-some-scope")
def test_the_order_of_a_scope_means_nothing(token: TokenEndpoint, asker: Client, words: list[str]) -> None:
    """The same scope values in another order get the same scope."""
    there = token.client_credentials(as_=asker, scope=" ".join(words))
    back = token.client_credentials(as_=asker, scope=" ".join(reversed(words)))

    assert there.grants_a_token
    assert back.grants_a_token
    assert equals(
        "the scope in the other order",
        sorted(scope_of_answer(back, words)),
        sorted(scope_of_answer(there, words)),
    )


@pytest.mark.usefixtures("knows_its_scopes")
@requirement("6749-3.3-S02", broken_by="token-scope-in-any-case")
@requirement("6749-1.9-S01", broken_by="token-scope-in-any-case")
@tolerates("legal-token-unknown-scope-dropped", "legal-token-unknown-scope-replaced")
@tolerates("legal-token-any-scope-granted")
def test_a_scope_in_other_letters_is_another(token: TokenEndpoint, scope_of: ScopeOf, asker: Client) -> None:
    """A scope value in upper case where the client's is in lower case is refused, or told nowhere as granted."""
    others = [word.swapcase() for word in sorted(asker.scopes) if word.swapcase() not in asker.scopes]
    if not others:
        raise NotOffered(f"[clients.{asker.name}] has no scope.", f'[clients.{asker.name}] scope = "read"')
    answer = token.client_credentials(as_=asker, scope=others[0])

    assert not answer.grants_a_token or lacks(scope_of(answer, asked=frozenset()), others[0])


@requirement("6749-3.3-02", broken_by="token-scope-widened-silently")
@requirement("6749-5.1-06", broken_by="token-scope-widened-silently")
@tolerates("legal-token-unknown-scope-replaced", "legal-token-scope-omitted")
def test_a_token_has_no_scope_that_was_not_told(
    token: TokenEndpoint, liveness: Liveness, asker: Client, words: list[str]
) -> None:
    """Introspection tells no scope of a token but what its answer told, or else what was asked for."""
    answer = token.client_credentials(as_=asker, scope=words[0]).require_success(f"No token for {words[0]}")

    assert within(introspected(liveness, answer.access_token), scope_of_answer(answer, words[:1]))


@requirement("6749-3.3-S03", broken_by="token-scope-with-commas")
@tolerates("legal-token-scope-omitted", "legal-introspect-hides-some-scope")
def test_every_scope_value_is_told_as_it_is(
    token: TokenEndpoint, liveness: Liveness, asker: Client, words: list[str]
) -> None:
    """When several scope values are granted, an answer that tells them tells each just as introspection does."""
    answer = token.client_credentials(as_=asker, scope=" ".join(words)).require_success("No token")

    assert within(introspected(liveness, answer.access_token), scope_of_answer(answer, words))


@requirement("6749-3.3-02", broken_by="token-scope-lies")
@tolerates("legal-token-scope-omitted", "legal-introspect-hides-some-scope")
def test_a_scope_that_is_told_is_granted(
    token: TokenEndpoint, target: Target, send: Send, asker: Client, words: list[str]
) -> None:
    """A token whose answer tells a scope that was not asked for opens the resource that needs that scope."""
    place = target.resource
    needed = frozenset(place.insufficient_scope.split()) if place else frozenset()
    less = [word for word in words if word not in needed]
    if (
        place is None
        or place.insufficient_url is None
        or not less
        or not needed
        or not needed <= asker.scopes
    ):
        raise NotOffered(
            "The target file names no resource that needs one scope value of several.",
            '[resource] insufficient = { url = "https://..", scope = "write" }',
        )
    resource = ResourceEndpoint(url=place.insufficient_url, send=send)
    whole = token.client_credentials(as_=asker, scope=" ".join(words)).access_token
    if whole is None or not resource.admits(whole):
        raise NotOffered(
            f"{resource.url} does not open for the tokens that {asker.name} gets on its own behalf.",
            "[resource] insufficient, of a resource that takes such tokens",
        )

    answer = token.client_credentials(as_=asker, scope=" ".join(less)).require_success("No token")

    claimed = answer.scope is not None and needed <= answer.scope
    assert not answer.member_is("scope", claimed, f"with {' '.join(sorted(needed))}") or resource.admits(
        answer.access_token or ""
    )


def scope_of_answer(answer: Answer, asked: Iterable[str]) -> frozenset[str]:
    """The scope that an answer tells; without one it is the scope asked for (section 5.1)."""
    return frozenset(asked) if answer.scope is None else answer.scope


def introspected(liveness: Liveness, value: str | None) -> frozenset[str]:
    """The scope that introspection tells of an access token, at least a part. NotOffered when it tells none."""
    if liveness.introspection is not None and value is not None:
        answer = liveness.introspection.introspect(value)
        if answer.members.get("active") is True and answer.scope is not None:
            return answer.scope
    raise NotOffered(
        "No introspection endpoint tells the scope of the tokens.",
        "[introspection] client, with the endpoint",
    )


@pytest.mark.usefixtures("knows_its_scopes")
@requirement("6749-10.3-05", broken_by="token-scope-of-any-client")
@tolerates("legal-token-unknown-scope-replaced", "legal-token-any-scope-granted")
def test_the_scope_depends_on_the_client(token: TokenEndpoint, scope_of: ScopeOf, clients: Clients) -> None:
    """A scope value that another client is registered for is not granted to a client that is not."""
    own = [one.asking_by("client_credentials") for one in clients.all if one.may("client_credentials")]
    askers = [one for one in own if not one.is_public and one.scopes]
    for client in askers:
        foreign = sorted({word for one in askers for word in one.scopes} - client.scopes)
        if foreign:
            break
    else:
        raise NotOffered(
            "No two clients differ in scope.",
            '[clients.batch] scope = "read", of a client that is registered for less than another',
        )
    token.client_credentials(as_=client, scope=client.scope).require_success(f"No token for {client.name}")

    answer = token.client_credentials(as_=client, scope=foreign[0])

    assert not answer.grants_a_token or lacks(scope_of(answer, asked=frozenset(foreign[:1])), foreign[0])


@requirement("9700-2.3-01", broken_by="token-scope-ignored-silently")
@requirement("9700-2.3-06", broken_by="token-scope-ignored-silently")
def test_a_token_has_no_more_scope_than_was_asked_for(
    token: TokenEndpoint, scope_of: ScopeOf, asker: Client, words: list[str]
) -> None:
    """A client that asks for one of its scope values gets a token with no other."""
    answer = token.client_credentials(as_=asker, scope=words[0]).require_success(f"No token for {words[0]}")

    assert within(scope_of(answer, asked=frozenset(words[:1])), words[:1])
