"""What an authorization request asks for: response_type (RFC 6749 sections 3.1.1 and 4.1.1)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.authorization.conftest import STATE, Ask
from conformance.checks.support.expectations import (
    expect_no_code,
    expect_told_refusal,
    told_to_the_client,
)
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client

UNKNOWN = ("unsupported_response_type", "invalid_request", "unauthorized_client")
"""What an unknown type may be called: no such type, no such value, or none that this client may use. The order in
which a server looks is free."""

refused_by_any_name = tolerates(
    "legal-authorize-unknown-response-type-is-invalid-request",
    "legal-authorize-unknown-response-type-is-unauthorized",
)
"""For a check of an unknown type: the server chooses how it calls the refusal."""


@requirement("6749-3.1.1-01", broken_by="authorize-response-type-optional")
@requirement("6749-3.1.1-04", broken_by="authorize-response-type-optional")
@requirement("6749-4.1.1-01", broken_by="authorize-response-type-optional")
@requirement("6749-4.1.1-S01", broken_by="authorize-response-type-optional")
@requirement("6749-4.1.2.1-S02", broken_by="authorize-invalid-request-wrong-error")
@tolerates(
    "authorize-missing-response-type-is-unsupported",
    "legal-authorize-asks-before-it-tells",
)
def test_a_request_without_response_type_gets_no_code(ask: Ask, code_client: Client) -> None:
    """A request that does not say what it asks for is refused as invalid_request."""
    landing = ask(code_client, response_type=None)

    expect_told_refusal(landing, "invalid_request", "unsupported_response_type", of="6749-4.1.2.1-S02")


@requirement("6749-4.1.2.1-S02a", broken_by="authorize-missing-response-type-is-unsupported")
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_missing_response_type_is_told_as_missing(ask: Ask, code_client: Client) -> None:
    """A request without response_type, where the client is told, is refused as invalid_request and by no other name."""
    landing = told_to_the_client(ask(code_client, response_type=None))
    if landing.code:
        raise NotOffered("The server serves a request without response_type.", "a server that refuses it")

    assert landing.tells("error", "invalid_request")


@requirement("6749-3.1-06", broken_by="authorize-response-type-optional")
@requirement("6749-3.1.1-01", broken_by="authorize-response-type-optional")
@tolerates("authorize-missing-response-type-is-unsupported")
def test_an_empty_response_type_is_a_missing_one(ask: Ask, code_client: Client) -> None:
    """A response_type without a value is refused as one that was not sent."""
    landing = ask(code_client, response_type="")

    expect_told_refusal(landing, "invalid_request", "unsupported_response_type")


@requirement("6749-3.1.1-02", broken_by="authorize-response-type-substring")
@requirement("6749-3.1.1-04", broken_by="authorize-response-type-substring")
@requirement("6749-4.1.1-S01", broken_by="authorize-response-type-substring")
@requirement("6749-4.1.2.1-S05", broken_by="authorize-unsupported-response-type-wrong-error")
@refused_by_any_name
@tolerates("legal-authorize-asks-before-it-tells")
def test_an_unknown_response_type_is_unsupported(ask: Ask, code_client: Client) -> None:
    """A response_type that nobody registered is refused as unsupported_response_type."""
    for unknown in ("no_such_type", "codes", "my_code"):
        landing = ask(code_client, response_type=unknown)

        expect_told_refusal(landing, *UNKNOWN, of="6749-4.1.2.1-S05")


@requirement("6749-4.1.2.1-S05", broken_by="authorize-unsupported-response-type-wrong-error")
@requirement("6749-4.1.2.1-08", broken_by="authorize-state-dropped-on-error")
@refused_by_any_name
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_refusal_survives_the_sign_in(
    ask: Ask, code_client: Client, fresh_owner: Callable[[], OwnerSession]
) -> None:
    """A response_type that nobody registered is refused in the same way where the owner has yet to sign in."""
    landing = ask(code_client, response_type="no_such_type", owner=fresh_owner(), state=STATE)

    expect_told_refusal(landing, *UNKNOWN)
    assert landing.tells("state", STATE).of("6749-4.1.2.1-08")


@requirement("6749-4.1.1-02", broken_by="authorize-response-type-in-any-case")
@requirement("6749-3.1.1-02", broken_by="authorize-response-type-in-any-case")
@refused_by_any_name
def test_response_type_is_matched_by_case(ask: Ask, code_client: Client) -> None:
    """The word code in capital letters is another response type, which gets no code."""
    for unknown in ("CODE", "Code"):
        landing = ask(code_client, response_type=unknown)

        expect_no_code(landing, *UNKNOWN)


@requirement("6749-3.1.1-02", broken_by="authorize-response-type-by-any-word")
@requirement("6749-3.1.1-04", broken_by="authorize-response-type-by-any-word")
@refused_by_any_name
@tolerates("legal-authorize-response-type-read-as-a-list")
def test_a_list_with_an_unknown_word_gets_no_code(ask: Ask, code_client: Client) -> None:
    """The word code beside one that nobody registered is another response type, which gets no code."""
    for unknown in ("code no_such_type", "no_such_type code"):
        landing = ask(code_client, response_type=unknown)

        expect_no_code(landing, *UNKNOWN)


@requirement("6749-3.1.1-04", broken_by="authorize-blank-response-type-is-code")
@requirement("6749-A.3-S01", broken_by="authorize-blank-response-type-is-code")
@tolerates(
    "legal-authorize-response-type-read-as-a-list",
    "authorize-missing-response-type-is-unsupported",
    "legal-authorize-unknown-response-type-is-invalid-request",
)
def test_blanks_are_no_response_type(ask: Ask, code_client: Client) -> None:
    """A response_type that is nothing but blanks gets no code."""
    for blank in (" ", "  "):
        landing = ask(code_client, response_type=blank)

        expect_no_code(landing, *UNKNOWN)


@requirement("6749-4.1.2.1-S05", broken_by="authorize-unsupported-response-type-wrong-error")
@refused_by_any_name
@tolerates("legal-authorize-response-type-read-as-a-list")
def test_a_blank_too_many_is_refused_by_its_name(ask: Ask, code_client: Client) -> None:
    """The word code with a blank around it, where it is refused, is refused as an unknown response type.

    It may get a code: a response type with a blank in it is compared as a list of words (section 8.4).
    """
    for padded in ("code ", " code"):
        landing = ask(code_client, response_type=padded)
        if not landing.code:
            expect_told_refusal(landing, *UNKNOWN)


@requirement("6749-A.3-S01", broken_by="authorize-response-type-substring")
@requirement("6749-4.1.2.1-S02", broken_by="authorize-unsupported-response-type-wrong-error")
@refused_by_any_name
def test_a_malformed_response_type_gets_no_code(ask: Ask, code_client: Client) -> None:
    """A response_type that joins its words by anything but a space gets no code."""
    for malformed in ("code,token", "code-token", "code;"):
        landing = ask(code_client, response_type=malformed)

        expect_no_code(landing, *UNKNOWN, of="6749-4.1.2.1-S02")
