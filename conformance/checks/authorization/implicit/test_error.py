"""How the client hears that an implicit request failed (RFC 6749 section 4.2.2.1)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.checks.authorization.conftest import STATE
from conformance.checks.authorization.implicit.conftest import AskForToken
from conformance.checks.authorization.test_error_answer import CODES, EXTENSIONS
from conformance.checks.support.expectations import told_to_the_client
from conformance.checks.support.facts import all_of, no_exceptions
from conformance.checks.support.grammar import is_error_text, is_uri_reference
from conformance.ledger.requirement import requirement
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.without_browser import Landing
from fixtures.target import Client

pytestmark = pytest.mark.embedded(implicit=True)


PLAIN = "printable ASCII without quotation mark and backslash"


def _told(refused: Mapping[str, Landing], name: str) -> dict[str, str]:
    """A parameter of the refusals, wherever it stands, by what was refused."""
    found = {what: {**landing.query, **landing.fragment}.get(name) for what, landing in refused.items()}
    return {what: value for what, value in found.items() if value}


@requirement("6749-4.2.2.1-02", broken_by="implicit-error-missing")
@requirement("6749-4.2.2.1-S01", broken_by="implicit-error-in-query")
def test_an_error_stands_in_the_fragment(refused: Mapping[str, Landing]) -> None:
    """The client is told of a failure by the parameter error in the fragment of its redirection URI."""
    told = {what: landing.tells("error", place="fragment") for what, landing in refused.items()}
    elsewhere = any(landing.tells("error", place="query") for landing in refused.values())

    assert all_of(told).of("6749-4.2.2.1-S01" if elsewhere else "6749-4.2.2.1-02")


@requirement("6749-4.2.2.1-03", broken_by="authorize-error-quoted")
def test_an_error_is_printable_ascii(refused: Mapping[str, Landing]) -> None:
    """The error of an implicit request holds printable ASCII without quotation mark and backslash."""
    assert no_exceptions(
        {what: told for what, told in _told(refused, "error").items() if not is_error_text(told)},
        f"an error that is {PLAIN}",
        of=refused,
    )


@requirement("6749-4.2.2.1-05", broken_by="authorize-error-description-charset")
def test_an_error_description_is_printable_ascii(refused: Mapping[str, Landing]) -> None:
    """The description of an implicit error holds printable ASCII without quotation mark and backslash."""
    told = _told(refused, "error_description")

    assert no_exceptions(
        {what: f"error_description: {text}" for what, text in told.items() if not is_error_text(text)},
        f"an error_description that is {PLAIN}",
        of=refused,
    )


@requirement("6749-4.2.2.1-07", broken_by="authorize-error-uri-malformed")
def test_an_error_uri_is_a_uri(refused: Mapping[str, Landing]) -> None:
    """The error_uri of an implicit request is a URI reference."""
    told = _told(refused, "error_uri")

    assert no_exceptions(
        {what: f"error_uri: {uri}" for what, uri in told.items() if not is_uri_reference(uri)},
        "an error_uri that is a URI reference",
        of=refused,
    )


@requirement("6749-4.2.2.1-08", broken_by="authorize-state-dropped-on-error")
@requirement("6749-4.2.2.1-S09", broken_by="authorize-state-reencoded")
def test_state_comes_back_with_the_error(refused: Mapping[str, Landing]) -> None:
    """The state beside an implicit error is, once decoded, the one that was sent."""
    assert all_of({what: landing.tells("state", STATE) for what, landing in refused.items()})


@requirement("6749-4.2.2.1-S09", broken_by="authorize-error-code-unregistered")
def test_an_error_is_a_registered_code(refused: Mapping[str, Landing]) -> None:
    """The error of an implicit request is one of RFC 6749 or of a registered extension."""
    told = _told(refused, "error")

    assert no_exceptions(
        {what: f"error={code}" for what, code in told.items() if code not in CODES | EXTENSIONS},
        "an error of the list, or of a registered extension",
        of=refused,
    )


@requirement("6749-4.2.2.1-S04", broken_by="authorize-denied-as-unauthorized-client")
def test_a_denial_is_access_denied(refused: Mapping[str, Landing]) -> None:
    """When the owner says no to an implicit request, the client hears access_denied."""
    if "a denied request" not in refused:
        raise CannotTest("The denial did not lead back to the client, or no consent was asked for.")

    assert refused["a denied request"].tells("error", "access_denied")


@requirement("6749-4.2.2.1-S06", broken_by="authorize-invalid-scope-wrong-error")
def test_a_refused_scope_is_invalid_scope(refused: Mapping[str, Landing]) -> None:
    """A scope that the server refuses as malformed is told as invalid_scope, or as an invalid request."""
    if "a malformed scope" not in refused:
        raise NotOffered("The server tells no client of a malformed scope.", "a server that refuses it")

    assert refused["a malformed scope"].tells("error", "invalid_scope", "invalid_request")


@requirement("6749-4.2.2.1-S02", broken_by="authorize-invalid-request-wrong-error")
@requirement("6749-4.2.1-S01", broken_by="authorize-repeats-accepted")
def test_a_repeated_parameter_is_an_invalid_request(ask_for_token: AskForToken, token_client: Client) -> None:
    """A request that holds a parameter twice gives no token, and is told as invalid_request."""
    landing = ask_for_token(token_client, state="first", more=[("state", "second")])
    assert not landing.gives_token.of("6749-4.2.1-S01")
    assert told_to_the_client(landing).tells("error", "invalid_request")


@requirement("6749-4.2.2.1-S07", broken_by="authorize-fails-on-control-characters")
def test_no_value_ends_in_a_server_error(ask_for_token: AskForToken, token_client: Client) -> None:
    """A request with a control character in its state is granted or refused, and not answered by a 5xx status."""
    landings = {
        f"with a {name}": ask_for_token(token_client, state=f"with{value}{name}", crash_counts=True)
        for name, value in (("null", "\x00"), ("bell", "\x07"))
    }

    assert all_of({f"state {case}": ~landing.is_failure for case, landing in landings.items()})
