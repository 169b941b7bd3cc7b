"""What a successful answer of the token endpoint holds and how it travels (RFC 6749 section 5.1, appendix A)."""

from __future__ import annotations

import json

import pytest

from conformance.checks.support.clocks import clock_of
from conformance.checks.support.controls import Grant, GrantFor, Issued
from conformance.checks.support.facts import Fact, all_of, as_json, fact, no_exceptions, shown
from conformance.checks.support.grammar import (
    is_bearer_credential,
    is_lifetime,
    is_parameter_name,
    is_scope,
    is_token,
    is_token_type,
)
from conformance.checks.support.liveness import Liveness
from conformance.checks.token.conftest import TokenRequest
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.urls import parts_of
from fixtures.target.clients import Clients

TYPES = frozenset({"bearer", "dpop", "pop", "n_a", "mac"})
"""What IANA's registry of access token types holds in 2026, and the mac of RFC 6749 section 7.1."""

LEEWAY = 60
"""Seconds by which two figures for one lifetime may differ: one may be rounded, or read a moment later."""


@requirement("6749-5.1-S01", broken_by="token-answers-201")
def test_a_token_comes_with_status_200(granted: Grant) -> None:
    """A token is issued in an answer with status 200, and not with another success."""
    assert granted.answer.has_status(200)


@requirement("6749-5.1-S02", broken_by="token-html-type")
@tolerates("legal-token-json-with-charset")
def test_a_token_comes_as_json(granted: Grant) -> None:
    """A token answer has the media type application/json."""
    assert granted.answer.has_type("application/json")


@requirement("6749-5.1-S02", broken_by="token-answer-as-form-unless-json-is-accepted")
@pytest.mark.parametrize("accept", [None, "*/*"], ids=["no Accept field", "Accept any"])
def test_a_token_comes_as_json_whatever_is_accepted(
    token: TokenEndpoint, token_request: TokenRequest, issued: Issued, accept: str | None
) -> None:
    """A token answer is JSON also for a request that does not ask for JSON: section 5.1 knows no other form."""
    client, fields = token_request()
    answer = issued.note(client, token.post(fields, as_=client, accept=accept))
    answer.require_success(f"No token for {client.name}")

    assert answer.has_type("application/json")
    assert answer.holds("access_token")


@requirement("6749-5.1-S03", broken_by="token-answer-as-form")
@requirement("6749-5.1-S03", broken_by="token-answer-nested")
@tolerates("legal-token-other-members")
def test_a_token_answer_is_one_object(granted: Grant) -> None:
    """A token answer is one JSON object in UTF-8, with access_token and token_type at its top level."""
    assert granted.answer.is_object
    assert all_of({name: granted.answer.holds(name) for name in ("access_token", "token_type")})


@requirement("6749-3.2-07a", broken_by="token-answer-repeats-a-member")
def test_a_token_answer_repeats_no_member(granted: Grant) -> None:
    """No parameter stands twice in a token answer."""
    twice = [f"member {name} twice" for name in granted.answer.duplicate_members]

    assert no_exceptions(twice, "no member twice in one object").seen_in(granted.answer)


@requirement("6749-5.1-01", broken_by="token-without-access-token")
@requirement("6749-A.12-S01", broken_by="token-access-token-charset")
@tolerates("legal-token-prefixed", "legal-token-signed")
def test_an_access_token_is_printable_text(granted: Grant) -> None:
    """Every token answer holds an access token: a string of printable ASCII characters that is not empty."""
    assert granted.answer.member_is(
        "access_token",
        is_token(granted.answer.members.get("access_token")),
        "a string of printable ASCII, not empty",
    )


@requirement("6750-2.1-S01", broken_by="token-access-token-charset")
@tolerates("legal-token-prefixed", "legal-token-signed", "legal-token-type-upper-case")
def test_a_bearer_token_fits_into_a_header(granted: Grant) -> None:
    """An access token of type bearer fits the grammar of the Authorization header."""
    told = granted.answer.members.get("token_type")
    if not isinstance(told, str) or told.lower() != "bearer":
        raise NotOffered(f"The server issues tokens of type {told!r}.", "a client that gets bearer tokens")

    assert granted.answer.member_is(
        "access_token",
        is_bearer_credential(granted.answer.members.get("access_token")),
        "made of what a Bearer credential may hold: letters, digits, - . _ ~ + / and = at the end",
    )


@requirement("6749-5.1-02", broken_by="token-without-token-type")
@requirement("6749-A.13-S01", broken_by="token-type-of-two-words")
@requirement("6749-8.1-03", broken_by="token-type-of-two-words")
@tolerates("legal-token-type-upper-case", "legal-token-type-lower-case")
def test_a_token_answer_names_the_type(granted: Grant) -> None:
    """Every token answer names the type of the token: a registered name, or a URI."""
    assert granted.answer.member_is(
        "token_type",
        is_token_type(granted.answer.members.get("token_type")),
        "a registered name of plain characters, or a URI",
    )


@requirement("6749-5.1-02a", broken_by="token-type-is-no-type")
@tolerates("legal-token-type-upper-case", "legal-token-type-lower-case", "legal-token-type-of-one-vendor")
def test_the_type_is_one_that_there_is(granted: Grant) -> None:
    """The token_type of an answer is Bearer or another registered type, or a URI by which a vendor names its own."""
    told = granted.answer.members.get("token_type")
    if not isinstance(told, str) or not is_token_type(told):
        raise NotOffered("The answer names no type that could be one.", "nothing: 6749-A.13-S01 judges that")

    assert granted.answer.member_is(
        "token_type",
        told.lower() in TYPES or parts_of(told).scheme,
        "a type of the registry of access token types, or an absolute URI",
    )


@requirement("6750-4-S01", broken_by="token-wrong-token-type")
@tolerates("legal-token-type-upper-case", "legal-token-type-lower-case")
def test_a_token_that_works_as_bearer_is_called_bearer(granted: Grant, resource: ResourceEndpoint) -> None:
    """An access token that the protected resource takes under the scheme Bearer is named Bearer in its answer."""
    value = granted.access_token
    if not resource.admits(value):
        raise NotOffered(
            f"The protected resource does not take the tokens of {granted.client.name} as bearer tokens.",
            "[resource] url, of a resource that these tokens open",
        )

    assert granted.answer.member_is(
        "token_type", str(granted.answer.members.get("token_type")).lower() == "bearer", "Bearer, in any case"
    )


@requirement("6749-5.1-03", broken_by="token-expires-in-missing")
def test_a_token_answer_tells_the_lifetime(granted: Grant) -> None:
    """A token answer tells how long the access token lives."""
    assert granted.answer.holds("expires_in")


@requirement("6749-A.14-S01", broken_by="token-expires-in-with-fraction")
@requirement("6749-5.1-S04", broken_by="token-expires-in-as-string")
def test_a_lifetime_is_a_whole_number(granted: Grant) -> None:
    """The lifetime of an access token, where it is told, is a JSON number without sign, fraction or exponent."""
    told = granted.answer.members.get("expires_in", 0)

    assert granted.answer.member_is(
        "expires_in", told is None or is_lifetime(told), "a whole number of seconds"
    )


@requirement("6749-5.1-S04", broken_by="token-type-as-list")
@tolerates("legal-token-null-members", "legal-token-other-members")
def test_what_is_text_is_a_json_string(granted: Grant) -> None:
    """The members of a token answer that are text are JSON strings."""
    text = ("access_token", "token_type", "refresh_token", "scope")
    held = {name: granted.answer.members.get(name) for name in text}

    assert no_exceptions(
        {name: as_json(value) for name, value in held.items() if not isinstance(value, str | None)},
        "each a JSON string, where it is there",
        of=held,
    )


@requirement("6749-5.1-S07", broken_by="token-expires-in-in-milliseconds")
@requirement("6749-5.1-S07", broken_by="token-expires-in-is-a-date")
@tolerates("legal-introspect-exp-rounded")
def test_a_lifetime_is_the_one_that_introspection_tells(granted: Grant, liveness: Liveness) -> None:
    """The lifetime that a token answer tells ends when introspection says that the token does.

    It counts from the answer on: a token that is handed out again has less of its life left than when it was issued.
    """
    if liveness.introspection is None:
        raise NotOffered("The target has no introspection endpoint.", "[introspection] client")
    told = granted.answer.members.get("expires_in")
    expires = liveness.introspection.introspect(granted.access_token).members.get("exp")
    if told is None or expires is None:
        raise NotOffered(
            "The server does not tell expires_in as well as exp.",
            "an introspection endpoint that answers with exp",
        )
    answered = clock_of(granted.answer)

    assert granted.answer.member_is("expires_in", is_lifetime(told), "a whole number of seconds")
    assert ends_as_told(told, expires, answered)


def ends_as_told(lifetime: float, expires: float, answered: float) -> Fact:
    """Whether exp ends a lifetime that began with the answer. answered: when it came, in seconds since 1970."""
    left = expires - answered
    return fact(
        abs(left - lifetime) <= LEEWAY,
        f"expires_in within {LEEWAY} s of the time from the answer to exp at introspection",
        f"expires_in: {as_json(lifetime)}; from the answer to exp: {shown(round(left))} s",
    )


@requirement("6749-5.1-07", broken_by="token-cacheable")
@requirement("6749-5.1-07", broken_by="token-publicly-cacheable")
@requirement("2.1-3.2.3-01", broken_by="token-cacheable")
@tolerates("legal-token-cache-control-of-many-words")
def test_no_cache_keeps_a_token(granted: Grant) -> None:
    """A token answer carries Cache-Control with no-store, among whatever else."""
    assert granted.answer.is_uncacheable


@requirement("6749-5.1-07", broken_by="token-without-pragma")
def test_no_old_cache_keeps_a_token(granted: Grant) -> None:
    """A token answer carries Pragma with no-cache, for caches that know nothing newer."""
    assert fact(
        "no-cache" in (granted.answer.header("pragma") or "").lower(),
        "a header Pragma with no-cache",
        f"{granted.answer}; Pragma: {shown(granted.answer.header('pragma'))}",
    ).seen_in(granted.answer)


@requirement("6749-A.18-S01", broken_by="token-member-with-blank")
@requirement("6749-8.2-01", broken_by="token-member-with-blank")
@tolerates("legal-token-other-members")
def test_parameters_have_plain_names(granted: Grant) -> None:
    """The names in a token answer consist of letters, digits, hyphens, dots and underscores."""
    assert no_exceptions(
        [f"a member named {as_json(name)}" for name in granted.answer.members if not is_parameter_name(name)],
        "names of members of letters, digits, hyphens, dots and underscores",
    ).seen_in(granted.answer)


@requirement("6749-3.3-S03", broken_by="token-scope-as-list")
@requirement("6749-A.4-S01", broken_by="token-scope-with-quotes")
@tolerates("legal-token-scope-empty", "legal-token-scope-omitted")
def test_a_scope_is_a_list_of_words(granted: Grant) -> None:
    """The scope in a token answer is one string of scope tokens joined by single spaces."""
    told = granted.answer.members.get("scope")

    assert granted.answer.member_is(
        "scope",
        told in (None, "") or is_scope(told),
        "one string of scope tokens with single spaces between them",
    )


@requirement("6749-A.17-S01", broken_by="token-refresh-token-charset")
def test_a_refresh_token_is_printable_text(clients: Clients, grant_for: GrantFor) -> None:
    """A refresh token is a string of printable ASCII characters that is not empty."""
    key = '[clients.web] grants = ["authorization_code", "refresh_token"]'
    client = clients.first(lambda one: one.may("refresh_token"), "client with the grant refresh_token", key)
    answer = grant_for(client).answer
    told = answer.members.get("refresh_token")
    if told is None:
        raise NotOffered(f"The server gives {client.name} no refresh token.", key)

    assert answer.member_is("refresh_token", is_token(told), "a string of printable ASCII, not empty")


@requirement("6749-5.1-S03", broken_by="token-answer-with-nan")
def test_a_token_answer_is_strict_json(granted: Grant) -> None:
    """A token answer is JSON to the letter: nothing stands in it that only some parsers take."""
    assert granted.answer.is_object

    constants: list[str] = []
    json.loads(granted.answer.body, parse_constant=constants.append)
    told = [f"{word} as a value" for word in constants]

    assert (
        no_exceptions(told, "JSON without values that JSON does not have")
        .seen_in(granted.answer)
        .mended_by("Write the answer by a strict JSON writer, which refuses NaN and Infinity.")
    )
