"""What a client is told of the token that it gets for another (RFC 8693 sections 2.1, 2.2.1 and 3)."""

from __future__ import annotations

import pytest

from conformance.checks.support.controls import ScopeOf
from conformance.checks.support.expectations import expect_lifetime, expect_token_answer
from conformance.checks.support.facts import equals, within
from conformance.checks.support.liveness import Liveness
from conformance.checks.token_exchange.conftest import ACCESS_TOKEN, TYPE, Exchange
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.urls import parts_of
from fixtures.target import Target

pytestmark = pytest.mark.embedded(exchange=True)


@requirement("8693-2.2-01", broken_by="exchange-answer-may-be-kept")
@requirement("8693-2.2.1-01", broken_by="exchange-without-token-type")
@requirement("8693-2.2.1-03", broken_by="exchange-without-token-type")
@tolerates("legal-exchange-tells-more")
def test_an_exchange_is_answered_as_every_token_request(exchanged: Answer) -> None:
    """A token is answered with 200 and JSON that no cache keeps, and that holds the token and how it is used."""
    assert exchanged.holds_kind("token_type", str, "a string").of("8693-2.2.1-03")
    expect_token_answer(exchanged)


@requirement("8693-2.2.1-02", broken_by="exchange-without-issued-token-type")
@requirement("8693-3-01", broken_by="exchange-issued-type-is-a-word")
@tolerates("legal-exchange-tells-more")
def test_the_type_of_the_token_is_told(exchanged: Answer) -> None:
    """The answer tells what kind of token was issued, by a URI."""
    told = exchanged.members.get("issued_token_type")

    assert exchanged.member_is("issued_token_type", isinstance(told, str) and parts_of(told).scheme, "a URI")


@requirement("8693-2.2.1-04", broken_by="exchange-access-token-is-n-a")
@tolerates("legal-exchange-tells-more")
def test_an_access_token_is_of_some_use(exchanged: Answer) -> None:
    """Where an access token was issued, token_type tells how it is used, and not that this does not apply."""
    if exchanged.members.get("issued_token_type") != ACCESS_TOKEN:
        raise NotOffered(
            "The token that was issued is none that the answer calls an access token.",
            "nothing, for the type is the server's choice where none was asked for",
        )
    told = str(exchanged.members.get("token_type", ""))

    assert exchanged.member_is("token_type", told.upper() != "N_A", "the type of a token that is of use")


@requirement("8693-2.2.1-05", broken_by="exchange-without-expires-in")
def test_the_lifetime_of_the_token_is_told(exchanged: Answer) -> None:
    """The answer tells for how many seconds the token lives."""
    expect_lifetime(exchanged)


@requirement("8693-2.1-S02", broken_by="exchange-ends-the-subject-token")
def test_an_exchange_leaves_the_subject_token_alive(
    exchange: Exchange, subject: str, liveness: Liveness
) -> None:
    """A token that was exchanged lives on."""
    liveness.require_alive(subject)
    exchange.require(subject)

    assert liveness.is_alive(subject)


@requirement("8693-2.1-S01", broken_by="exchange-requested-type-ignored")
@tolerates("legal-exchange-other-error-for-types")
def test_a_type_that_nobody_makes_is_not_issued(exchange: Exchange, subject: str) -> None:
    """A request for a token of a type that there is not gets no token of another type in its place."""
    exchange.require(exchange.subject())
    answer = exchange.send(subject, requested_token_type=f"{TYPE}no-such-type")

    assert not answer.grants_a_token


@requirement("8693-2.1-S01", broken_by="exchange-issued-type-is-a-word")
def test_an_access_token_is_issued_where_one_is_asked_for(exchange: Exchange, subject: str) -> None:
    """A request for an access token that is granted gets what the answer calls an access token."""
    answer = exchange.send(subject, requested_token_type=ACCESS_TOKEN)
    if not answer.grants_a_token:
        raise NotOffered(
            f"The server issues no access token where one is asked for by its type: {answer.brief}.",
            "nothing, for a refusal conforms",
        )

    assert equals("issued_token_type", answer.members.get("issued_token_type"), ACCESS_TOKEN)


class _Narrow:
    """An exchange that asks for more scope than the subject token has."""

    def __init__(self, exchange: Exchange, target: Target) -> None:
        owner = exchange.source.owner.asking_by(exchange.source.grant)
        may_ask = target.clients[exchange.client.name].scopes & owner.scopes
        if len(may_ask) < 2:
            raise NotOffered(
                f"{owner.name} has no two scope values, of which a token could have one.",
                f'[clients.{owner.name}] scope = "read write"',
            )
        self.held, *_ = sorted(may_ask)
        self.asked = frozenset(may_ask)
        subject = exchange.answer_for(owner, scope=self.held, grant=exchange.source.grant)
        if subject.scope not in (None, frozenset({self.held})):
            raise NotOffered(
                f"A token for the scope {self.held} alone is not given.",
                "a scope that comes without another one",
            )
        exchange.require(subject.access_token or "", scope=self.held)
        self.answer = exchange.send(subject.access_token or "", scope=" ".join(sorted(self.asked)))
        if self.answer.is_failure:
            raise CannotTest(f"The exchange for more scope failed: {self.answer.brief}.")


@requirement("8693-5-S01", broken_by="exchange-widens-the-scope")
@tolerates("legal-exchange-refuses-more-scope")
def test_an_exchange_gives_no_scope_that_the_subject_token_has_not(
    exchange: Exchange, target: Target, scope_of: ScopeOf
) -> None:
    """A token with one scope value is not exchanged for one with more, at the same server and for no other service."""
    narrow = _Narrow(exchange, target)
    if narrow.answer.grants_a_token:
        assert within(scope_of(narrow.answer, asked=narrow.asked), frozenset({narrow.held}))


@requirement("8693-2.2.1-06", broken_by="exchange-narrowed-scope-untold")
@tolerates("legal-exchange-refuses-more-scope")
def test_a_scope_other_than_was_asked_for_is_told(
    exchange: Exchange, target: Target, scope_of: ScopeOf
) -> None:
    """Where the token has another scope than was asked for, the answer tells it."""
    narrow = _Narrow(exchange, target)
    if narrow.answer.grants_a_token:
        has = scope_of(narrow.answer, asked=narrow.asked)
        told = narrow.answer.scope or narrow.asked
        assert equals("scope of the token answer", sorted(told), sorted(has))
