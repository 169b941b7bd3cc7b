"""How the parameters of an authorization request are read: missing, empty, unknown, repeated (RFC 6749 section 3.1)."""

from __future__ import annotations

import secrets

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.expectations import expect_no_code, expect_told_refusal
from conformance.checks.support.facts import all_of, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.owner.without_browser import Landing
from fixtures.target import Client


@requirement("6749-4.1.2.1-01", broken_by="authorize-redirects-unknown-client")
@requirement("6749-4.1.1-03", broken_by="authorize-redirects-bad-uri")
def test_nobody_is_sent_on_for_an_unknown_client(ask: Ask, code_client: Client) -> None:
    """A request with a client_id that was never issued does not send the owner to the redirection URI in it."""
    landing = ask(code_client, client_id=f"no-such-client-{secrets.token_hex(4)}", crash_counts=True)

    assert not landing.sent_on


@requirement("6749-4.1.2.1-01", broken_by="authorize-redirects-unknown-client")
@requirement("6749-4.1.1-03", broken_by="authorize-redirects-bad-uri")
@requirement("6749-4.1.1-S01", broken_by="authorize-redirects-unknown-client")
def test_nobody_is_sent_on_without_a_client(ask: Ask, code_client: Client) -> None:
    """A request without client_id, or with an empty one, does not send the owner to the redirection URI in it."""
    cases = {"no client_id": None, "an empty client_id": ""}
    landings = {
        case: ask(code_client, client_id=nothing, crash_counts=True) for case, nothing in cases.items()
    }

    assert all_of({case: ~landing.sent_on for case, landing in landings.items()})


@requirement("6749-3.1-07", broken_by="authorize-unknown-parameter-refused")
def test_an_unknown_parameter_is_ignored(ask: Ask, code_client: Client) -> None:
    """A request with a parameter that no specification defines gets a code like any other."""
    landing = ask(code_client, more=[("x_no_such_parameter", "of any meaning")])

    assert landing.gives_code


@requirement("6749-3.1-06", broken_by="authorize-empty-counts-as-present")
def test_an_empty_parameter_is_an_omitted_one(ask: Ask, code_client: Client) -> None:
    """A request gets a code with an empty parameter where it gets one without that parameter, and only there."""
    kinds = (("scope",), ("redirect_uri",), ("code_challenge", "code_challenge_method"))
    differ: dict[str, Landing] = {}
    for names in kinds:
        omitted = ask(code_client, dict.fromkeys(names))
        empty = ask(code_client, dict.fromkeys(names, ""))
        if bool(omitted.code) != bool(empty.code):
            words = " and ".join(names)
            differ[f"{words} empty: {empty}; without {words}: {omitted}"] = empty

    assert no_exceptions(
        list(differ), "a code with the parameter empty where there is one without it, and only there"
    ).shown_by(differ)


@requirement("6749-3.1-08", broken_by="authorize-repeats-accepted")
@requirement("6749-4.1.2.1-S02", broken_by="authorize-repeats-accepted")
@requirement("6749-4.1.2.1-S02", broken_by="authorize-invalid-request-wrong-error")
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_repeated_parameter_is_an_invalid_request(ask: Ask, code_client: Client) -> None:
    """A request that repeats response_type, scope or state is refused as invalid_request."""
    for again in (("response_type", "code"), ("scope", code_client.scope), ("state", "another")):
        landing = ask(code_client, scope=code_client.scope, more=[again])

        expect_told_refusal(landing, "invalid_request", of="6749-4.1.2.1-S02")


@requirement("6749-3.1-08", broken_by="authorize-repeated-client-id-accepted")
@requirement("6749-4.1.2.1-S02", broken_by="authorize-repeated-client-id-accepted")
def test_a_client_names_itself_and_its_address_once(ask: Ask, code_client: Client) -> None:
    """A request that repeats client_id, with the same value or another, or redirect_uri gets no code."""
    stranger = f"no-such-client-{secrets.token_hex(4)}"
    again_and_again = (
        ("client_id", code_client.id),
        ("client_id", stranger),
        ("redirect_uri", code_client.redirect_uri),
    )
    for again in again_and_again:
        landing = ask(code_client, more=[again])

        expect_no_code(landing, "invalid_request")


@requirement("6749-4.1.2.1-S07", broken_by="authorize-fails-on-control-characters")
@pytest.mark.parametrize("name", ["state", "scope", "response_type"])
def test_no_value_ends_in_a_server_error(ask: Ask, code_client: Client, name: str) -> None:
    """A request with a control character in a value is granted or refused, and not answered by a 5xx status."""
    values = {"a null": "with\x00null", "a bell": "with\x07bell"}
    landings = {case: ask(code_client, {name: value}, crash_counts=True) for case, value in values.items()}

    assert all_of({f"{name} with {case}": ~landing.is_failure for case, landing in landings.items()})
