"""The form of a redirect that reports an error (RFC 6749 section 4.1.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.expectations import expect_told_refusal
from conformance.checks.support.facts import all_of, no_exceptions
from conformance.checks.support.grammar import is_error_text, is_uri_reference
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.urls import parts_of
from fixtures.owner.without_browser import Landing
from fixtures.target import Client

SPELT = "characters %x20-21 / %x23-5B / %x5D-7E alone"
"""How errors are written (RFC 6749 section 4.1.2.1)."""
CODES = {
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
}
EXTENSIONS = {
    *("interaction_required", "login_required", "account_selection_required", "consent_required"),
    *("invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported"),
    *("registration_not_supported", "unmet_authentication_requirements"),
    *("invalid_target", "invalid_authorization_details"),
}
"""Error codes of the authorization endpoint that extensions have registered (section 8.5)."""


@requirement("6749-4.1.2.1-02", broken_by="authorize-error-in-fragment")
@requirement("6749-4.1.2.1-S01", broken_by="authorize-error-in-fragment")
@tolerates("legal-authorize-with-a-dummy-fragment", "legal-authorize-with-other-parameters")
def test_an_error_stands_in_the_query(refusals: Mapping[str, Landing]) -> None:
    """The client is told of a wrong request by the parameter error in the query of its redirection URI."""
    assert all_of({what: landing.tells("error", place="query") for what, landing in refusals.items()})


@requirement("6749-4.1.2.1-S09", broken_by="authorize-error-code-unregistered")
@requirement("6749-4.1.2.1-S09", broken_by="authorize-answers-twice")
@tolerates("legal-authorize-with-other-parameters")
def test_an_error_is_one_registered_code(refusals: Mapping[str, Landing]) -> None:
    """Each redirect names one error, of RFC 6749 or of a registered extension, once."""
    wrong = {
        what: ", ".join(f"error={each}" for each in told)
        for what, landing in refusals.items()
        if (told := _values(landing, "error")) and (len(told) > 1 or told[0] not in CODES | EXTENSIONS)
    }

    assert no_exceptions(wrong, "one error of the list, or of a registered extension", of=refusals)


@requirement("6749-4.1.2.1-03", broken_by="authorize-error-quoted")
def test_an_error_is_printable_ascii(refusals: Mapping[str, Landing]) -> None:
    """An error holds printable ASCII characters without quotation mark and backslash."""
    assert no_exceptions(_misspelt(refusals, "error"), f"an error of {SPELT}", of=refusals)


@requirement("6749-4.1.2.1-05", broken_by="authorize-error-description-charset")
def test_an_error_description_is_printable_ascii(refusals: Mapping[str, Landing]) -> None:
    """An error_description holds printable ASCII characters without quotation mark and backslash."""
    assert no_exceptions(
        _misspelt(refusals, "error_description"), f"an error_description of {SPELT}", of=refusals
    )


@requirement("6749-4.1.2.1-07", broken_by="authorize-error-uri-malformed")
def test_an_error_uri_is_a_uri(refusals: Mapping[str, Landing]) -> None:
    """An error_uri is a URI reference."""
    wrong = {
        what: f"error_uri: {value}"
        for what, landing in refusals.items()
        for value in _values(landing, "error_uri")
        if not is_uri_reference(value)
    }

    assert no_exceptions(wrong, "an error_uri that is a URI reference", of=refusals)


@requirement("6749-4.1.2.1-S03", broken_by="authorize-response-type-not-registered-accepted")
@requirement("6749-4.1.2.1-S03", broken_by="authorize-unauthorized-client-wrong-error")
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_client_without_the_grant_is_unauthorized(ask: Ask, codeless_client: Client) -> None:
    """A client that is not registered for authorization codes is refused as unauthorized_client."""
    landing = ask(codeless_client)
    if landing.is_at_client and landing.query.get("error") == "invalid_scope":
        raise NotOffered(
            "The server looks at the scope first, and which one the client may ask for is not known.",
            '[clients.batch] redirect_uris = [".."], forbidden_grants = ["authorization_code"], scope = ".."',
        )

    expect_told_refusal(landing, "unauthorized_client", "unsupported_response_type")


def _values(landing: Landing, name: str) -> list[str]:
    """The values of a parameter of the query, in the order in which they came."""
    pairs = parse_qsl(parts_of(landing.uri).query, keep_blank_values=True)
    return [value for key, value in pairs if key == name]


def _misspelt(refusals: Mapping[str, Landing], name: str) -> dict[str, list[str]]:
    """The values of a parameter that hold characters outside %x20-21 / %x23-5B / %x5D-7E, by what was refused."""
    found = {what: _values(landing, name) for what, landing in refusals.items()}
    return {
        what: values for what, values in found.items() if not all(map(is_error_text, filter(None, values)))
    }
