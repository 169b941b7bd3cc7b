"""The form of an answer about a live token (RFC 7662 section 2.2); its truth is judged in test_truth_of_answers.py."""

from __future__ import annotations

import pytest

from conformance.checks.introspection.answers import (
    SCOPE,
    Described,
    ask,
    is_string_or_strings,
    is_whole,
    members_named,
)
from conformance.checks.support.facts import as_json, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import NotOffered

YEAR_33658 = 10**12
"""Seconds; a time of our days in milliseconds lies beyond it."""


@requirement("7662-2.2-S01", broken_by="introspect-html-type")
@requirement("7662-2.2-S01", broken_by="introspect-not-json")
@requirement("7662-2.2-S10", broken_by="introspect-success-is-201")
@tolerates("legal-introspect-only-active", "legal-introspect-with-a-charset")
def test_an_answer_is_a_json_object(introspection: IntrospectionEndpoint, unseen_token: str) -> None:
    """The answer about a live token is a JSON object, sent as application/json with status 200."""
    answer = ask(introspection, unseen_token).require_success("Introspection was refused")

    assert answer.has_status(200).of("7662-2.2-S10")
    assert answer.has_type("application/json")
    assert answer.is_object


@pytest.mark.embedded(jwt_introspection=True)
@requirement("7662-2.2-S01", broken_by="introspect-as-form-unless-json-is-accepted")
@tolerates("legal-signed-introspection-for-who-takes-anything")
@pytest.mark.parametrize("accept", [None, "*/*"], ids=["no Accept field", "Accept any"])
def test_an_answer_is_json_whatever_is_accepted(
    introspection: IntrospectionEndpoint, live_token: str, accept: str | None
) -> None:
    """The answer about a live token is JSON also for a request that does not ask for JSON.

    RFC 7662 knows JSON alone. RFC 9701 extends it by a JWT for who asks for one (section 4), and says nothing of who
    takes anything, as both requests here do by RFC 9110 section 12.5.1: to these a server that offers it may send one.
    """
    answer = introspection.post({"token": live_token}, as_=introspection.caller, accept=accept)
    answer.require_success("Introspection was refused")
    if answer.media_type == "application/token-introspection+jwt":
        raise NotOffered("Who takes anything is sent a signed answer (RFC 9701).", "a server that does not")

    assert answer.has_type("application/json")
    assert answer.is_object


@requirement("7662-2.2-01", broken_by="introspect-active-missing")
@requirement("7662-2.2-S02", broken_by="introspect-active-as-string")
@requirement("7662-2.2-S03", broken_by="introspect-members-in-an-envelope")
@tolerates("legal-introspect-only-active", "legal-introspect-more-members")
def test_active_is_a_boolean_at_the_top(introspection: IntrospectionEndpoint, unseen_token: str) -> None:
    """The member active stands at the top level of the answer and is a JSON boolean."""
    answer = ask(introspection, unseen_token).require_success("Introspection was refused")

    assert answer.holds("active")
    assert answer.holds_kind("active", bool, "true or false").of("7662-2.2-S02")


@requirement("7662-2.2-S04", broken_by="introspect-scope-as-list")
@tolerates("legal-introspect-hides-some-scope")
def test_scope_is_one_string(descriptions: list[Described]) -> None:
    """The member scope is one string, its values separated by single spaces."""
    values = [value for _, value in members_named(descriptions, "scope")]

    assert no_exceptions(
        [f"scope: {as_json(value)}" for value in values if not isinstance(value, str)],
        "scope as one JSON string",
    )
    assert no_exceptions(
        [f"scope: {as_json(value)}" for value in values if value and not SCOPE.fullmatch(value)],
        "scope values with single spaces between them",
    )


@requirement("7662-2.2-S05", broken_by="introspect-exp-as-string")
@requirement("7662-2.2-S05", broken_by="introspect-exp-in-milliseconds")
@requirement("7662-2.2-S05", broken_by="introspect-times-with-fractions")
def test_times_are_whole_seconds(descriptions: list[Described]) -> None:
    """The members exp, iat and nbf are whole numbers of seconds since 1970."""
    names = ("exp", "iat", "nbf")
    members_named(descriptions, *names)
    answers = {
        f"{name} of token {number}": one.answer
        for number, one in enumerate(descriptions, start=1)
        for name in names
        if name in one.answer.members
    }
    times = {what: answer.members[what.partition(" ")[0]] for what, answer in answers.items()}

    assert no_exceptions(
        {what: as_json(value) for what, value in times.items() if not is_whole(value)},
        "whole numbers of seconds",
        of=answers,
    )
    assert no_exceptions(
        {what: as_json(value) for what, value in times.items() if not 0 <= value < YEAR_33658},
        "seconds since 1970, and no other unit",
        of=answers,
    )


@requirement("7662-2.2-S06", broken_by="introspect-jti-as-number")
@requirement("7662-2.2-S06", broken_by="introspect-null-members")
@tolerates("legal-introspect-more-members")
def test_names_are_strings(descriptions: list[Described]) -> None:
    """The members client_id, username, token_type, sub, iss and jti are strings."""
    names = members_named(descriptions, "client_id", "username", "token_type", "sub", "iss", "jti")

    assert no_exceptions(
        [f"{name}: {as_json(value)}" for name, value in names if not isinstance(value, str)], "JSON strings"
    )


@requirement("7662-2.2-S07", broken_by="introspect-aud-as-object")
@tolerates("legal-introspect-many-audiences")
def test_the_audience_is_a_string_or_strings(descriptions: list[Described]) -> None:
    """The member aud is a string, or an array of strings."""
    audiences = members_named(descriptions, "aud")

    assert no_exceptions(
        [f"aud: {as_json(value)}" for _, value in audiences if not is_string_or_strings(value)],
        "aud as a string, or an array of strings",
    )
