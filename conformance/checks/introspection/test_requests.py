"""How a question is put: the form, its parameters, and the hint about the type of the token (RFC 7662 section 2.1)."""

from __future__ import annotations

import pytest

from conformance.checks.introspection.answers import OWN_CHOICE, ask
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import Fields, IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer

REFUSED = frozenset({"unsupported_token_type", "invalid_request"})
"""How a server may refuse a hint that it does not know."""


def ask_exactly(introspection: IntrospectionEndpoint, fields: Fields) -> Answer:
    """Send these parameters as the entitled caller."""
    return introspection.post(fields, as_=introspection.caller)


@requirement("7662-2.1-S01", broken_by="introspect-form-refused")
@requirement("7662-2.1-S01", broken_by="introspect-hint-required")
@tolerates("legal-introspect-get-accepted", "legal-introspect-query-accepted", "legal-introspect-cacheable")
def test_a_question_is_a_posted_form(introspection: IntrospectionEndpoint, unseen_token: str) -> None:
    """A question that is posted as a form gets an introspection answer."""
    answer = ask(introspection, unseen_token)

    assert answer.has_status(200)
    assert answer.holds("active")


@requirement("7662-2.1-S01", broken_by="introspect-leaves-the-form-encoded")
def test_the_encoding_of_the_form_is_undone(introspection: IntrospectionEndpoint, live_token: str) -> None:
    """A token of which every byte is percent-encoded, as a form may have it, is the same token."""
    _, identity = introspection.credentials(introspection.caller)
    if identity:
        raise NotOffered(
            "The caller authenticates in the body.", "an [introspection] client with client_secret_basic"
        )
    encoded = "".join(f"%{byte:02X}" for byte in live_token.encode("utf-8"))

    answer = introspection.post({}, as_=introspection.caller, body=f"token={encoded}".encode("ascii"))

    assert answer.holds("active", True)


@requirement("7662-2.1-04", broken_by="introspect-wrong-hint-hides-token")
@tolerates("legal-introspect-access-tokens-only")
def test_the_wrong_hint_does_not_hide_an_access_token(
    introspection: IntrospectionEndpoint, live_token: str
) -> None:
    """A live access token is active with the right hint, and with the hint refresh_token."""
    answers = {hint: ask(introspection, live_token, hint=hint) for hint in ("access_token", "refresh_token")}

    assert answers["access_token"].holds("active", True)
    assert answers["refresh_token"].holds("active", True)


@requirement("7662-2.1-04", broken_by="introspect-wrong-hint-hides-token")
def test_the_wrong_hint_does_not_hide_a_refresh_token(
    introspection: IntrospectionEndpoint, refresh_token: str
) -> None:
    """A live refresh token is active with the hint access_token, if it is active with the right one."""
    if not ask(introspection, refresh_token, hint="refresh_token").members.get("active"):
        raise NotOffered("The server answers for access tokens only.", OWN_CHOICE)

    answer = ask(introspection, refresh_token, hint="access_token")

    assert answer.holds("active", True)


@requirement("7662-2.1-04", broken_by="introspect-odd-hint-hides-token")
@tolerates("legal-introspect-odd-hint-refused")
@pytest.mark.parametrize("hint", ["", "no_such_type", "ACCESS_TOKEN"])
def test_an_odd_hint_does_not_hide_a_token(
    introspection: IntrospectionEndpoint, live_token: str, hint: str
) -> None:
    """A live token is never called inactive because its hint is empty or names no known type; it may be refused."""
    ask(introspection, live_token).require_success("Introspection without a hint does not work")
    answer = introspection.introspect(live_token, hint=hint)

    assert answer.has_error(*REFUSED) or answer.holds("active", True)


@requirement("7662-2.1-01", broken_by="introspect-missing-token-says-active")
@tolerates("legal-introspect-missing-token-is-inactive")
@pytest.mark.parametrize(
    "fields",
    [{}, {"token": ""}, {"token_type_hint": "access_token"}, {"token[]": "{token}"}],
    ids=["nothing", "empty", "hint-alone", "brackets"],
)
def test_a_question_without_a_token_is_about_none(
    introspection: IntrospectionEndpoint, live_token: str, fields: dict[str, str]
) -> None:
    """A request without the parameter token, or with an empty one, is not answered as if a live token were shown."""
    filled = {name: value.format(token=live_token) for name, value in fields.items()}

    answer = ask_exactly(introspection, filled)

    assert not answer.holds("active", True)


@requirement("7662-1.1-S01", broken_by="introspect-takes-names-in-any-case")
@tolerates("legal-introspect-missing-token-is-inactive")
def test_the_name_of_the_parameter_is_exact(introspection: IntrospectionEndpoint, live_token: str) -> None:
    """A live token under the name TOKEN is not the parameter token, so nothing is said of it."""
    answer = ask_exactly(introspection, {"TOKEN": live_token})

    assert not answer.holds("active", True)
