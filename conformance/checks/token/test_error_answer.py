"""How the token endpoint says no: status, media type, members and their characters (RFC 6749 section 5.2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.checks.support.facts import all_of, as_json, no_exceptions
from conformance.checks.support.grammar import is_error_text, is_uri_reference
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

REGISTERED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        # From the registry of OAuth extension errors, for use at the token endpoint.
        "access_denied",
        "authorization_pending",
        "expired_token",
        "invalid_authorization_details",
        "invalid_dpop_proof",
        "invalid_target",
        "slow_down",
        "use_dpop_nonce",
    }
)
"""What the refusals here may be called: none of them needs a code that is not in the registry."""


PLAIN = "printable ASCII without quotation mark and backslash"


def texts(refusals: Mapping[str, Answer], name: str) -> dict[str, object]:
    """What a member holds in each refusal that has it."""
    found = {what: answer.members.get(name) for what, answer in refusals.items()}
    return {what: value for what, value in found.items() if value is not None}


@requirement("6749-5.2-S02", broken_by="token-error-as-form-unless-json-is-accepted")
@pytest.mark.parametrize("accept", [None, "*/*"], ids=["no Accept field", "Accept any"])
def test_an_error_comes_as_json_whatever_is_accepted(
    token: TokenEndpoint, caller: Client, accept: str | None
) -> None:
    """An error of the token endpoint is JSON also for a request that does not ask for JSON."""
    answer = token.post({"grant_type": "no-such-grant-type"}, as_=caller, accept=accept)
    if answer.grants_a_token:
        raise CannotTest("The token endpoint refuses no grant type, so there is no error answer to read.")

    assert answer.has_type("application/json")
    assert answer.holds("error")


@requirement("6749-5.2-S01", broken_by="token-error-as-403")
@requirement("6749-5.2-S01", broken_by="token-error-as-200")
@tolerates("legal-token-error-cacheable")
def test_a_refusal_has_status_400(refusals: Mapping[str, Answer]) -> None:
    """A token request that is refused for what it says is answered with status 400."""
    of_the_request = {what: answer for what, answer in refusals.items() if answer.error != "invalid_client"}
    if not of_the_request:
        raise NotOffered(
            "The server looks first at who asks, and the target file has no client.", "[clients.web]"
        )

    assert all_of({what: answer.has_status(400) for what, answer in of_the_request.items()})


@requirement("6749-5.2-S02", broken_by="token-error-html-type")
@tolerates("legal-token-json-with-charset")
def test_a_refusal_comes_as_json(refusals: Mapping[str, Answer]) -> None:
    """A refusal of the token endpoint has the media type application/json."""
    assert all_of({what: answer.has_type("application/json") for what, answer in refusals.items()})


@requirement("6749-5.2-01", broken_by="token-error-without-code")
@requirement("6749-5.2-S03", broken_by="token-error-nested")
@requirement("6749-5.2-S03", broken_by="token-error-not-json")
@tolerates("legal-token-error-bare")
def test_a_refusal_names_its_error(refusals: Mapping[str, Answer]) -> None:
    """A refusal of the token endpoint is one JSON object with the string error at its top level."""
    odd = any(
        not answer.members or isinstance(answer.members.get("error"), dict) for answer in refusals.values()
    )
    named = all_of({what: answer.has_error() for what, answer in refusals.items()})

    assert named.of("6749-5.2-S03" if odd else "6749-5.2-01")


@requirement("6749-5.2-S03", broken_by="token-error-description-as-list")
@tolerates("legal-token-error-bare", "legal-token-error-other-members")
def test_what_goes_with_an_error_is_text(refusals: Mapping[str, Answer]) -> None:
    """The companions of an error, its description and its URI, are JSON strings."""
    held = {name: texts(refusals, name) for name in ("error_description", "error_uri")}
    other = {
        f"{name} of {what}": as_json(value)
        for name, found in held.items()
        for what, value in found.items()
        if not isinstance(value, str)
    }

    assert no_exceptions(
        other,
        "error_description and error_uri that are JSON strings",
        of={f"{name} of {what}": refusals[what] for name, found in held.items() for what in found},
    ).mended_by("Send error_description and error_uri as JSON strings, and no lists, objects or numbers.")


@requirement("6749-3.2-07a", broken_by="token-error-repeats-a-member")
def test_a_refusal_repeats_no_member(refusals: Mapping[str, Answer]) -> None:
    """No parameter stands twice in a refusal of the token endpoint."""
    assert no_exceptions(
        {
            what: f"member {' and '.join(answer.duplicate_members)} twice"
            for what, answer in refusals.items()
            if answer.duplicate_members
        },
        "no member twice in one object",
        of=refusals,
    )


@requirement("6749-5.2-S10", broken_by="token-error-code-unregistered")
@tolerates("legal-token-error-other-members")
def test_an_error_is_one_of_the_list(refusals: Mapping[str, Answer]) -> None:
    """The error of a refusal is a single code of the list in section 5.2, or of a registered extension."""
    assert all_of(
        {
            what: answer.member_is("error", answer.error in REGISTERED, "a code that is registered for this")
            for what, answer in refusals.items()
        }
    )


@requirement("6749-5.2-04", broken_by="token-error-charset")
@requirement("6749-8.5-04", broken_by="token-error-charset")
@requirement("6749-A.7-S01", broken_by="token-error-charset")
def test_an_error_is_plain_ascii(refusals: Mapping[str, Answer]) -> None:
    """An error code consists of printable ASCII characters without quotation mark and backslash."""
    assert no_exceptions(
        {what: held for what, held in texts(refusals, "error").items() if not is_error_text(held)},
        f"an error that is {PLAIN}",
        of=refusals,
    )


@requirement("6749-5.2-06", broken_by="token-error-description-charset")
@tolerates("legal-token-error-bare")
def test_a_description_is_plain_ascii(refusals: Mapping[str, Answer]) -> None:
    """An error description consists of printable ASCII characters without quotation mark and backslash."""
    held = texts(refusals, "error_description")

    assert no_exceptions(
        {what: text for what, text in held.items() if text != "" and not is_error_text(text)},
        f"an error_description that is {PLAIN}",
        of=refusals,
    )


@requirement("6749-5.2-06", broken_by="token-error-description-echoes")
@tolerates("legal-token-error-bare")
def test_a_description_stays_plain_whatever_was_sent(token: TokenEndpoint, refused_caller: Client) -> None:
    """An error description repeats nothing of the request that it may not hold."""
    answers = {
        f"grant_type={word}": token.post({"grant_type": word}, as_=refused_caller)
        for word in ('say"hello"', "back\\slash", "crédit")
    }
    held = texts(answers, "error_description")

    assert no_exceptions(
        {what: as_json(text) for what, text in held.items() if text != "" and not is_error_text(text)},
        f"an error_description that is {PLAIN}",
        of=answers,
    )


@requirement("6749-A.8-S01", broken_by="token-error-description-empty")
@tolerates("legal-token-error-bare")
def test_a_description_says_something(refusals: Mapping[str, Answer]) -> None:
    """An error description, where there is one, is not empty."""
    assert no_exceptions(
        {what: text for what, text in texts(refusals, "error_description").items() if text == ""},
        "an error_description that says something, or none",
        of=refusals,
    )


@requirement("6749-5.2-08", broken_by="token-error-uri-malformed")
@requirement("6749-A.9-S01", broken_by="token-error-uri-malformed")
@tolerates("legal-token-error-uri-relative")
def test_an_error_uri_is_a_uri(refusals: Mapping[str, Answer]) -> None:
    """The error_uri of a refusal, where there is one, is a URI reference."""
    assert no_exceptions(
        {what: held for what, held in texts(refusals, "error_uri").items() if not is_uri_reference(held)},
        "an error_uri that is a URI reference",
        of=refusals,
    )


@requirement("6749-4.4.3-S01", broken_by="token-error-with-tokens")
def test_a_refusal_holds_no_token(refusals: Mapping[str, Answer]) -> None:
    """A refusal of the token endpoint holds no token beside its error."""
    tokens = {"access_token", "refresh_token", "id_token"}

    assert no_exceptions(
        {
            what: f"{answer}, a member {' and '.join(sorted(held))} in it"
            for what, answer in refusals.items()
            if (held := tokens & answer.members.keys())
        },
        "no token beside the error",
        of=refusals,
    ).mended_by("Put no token into an answer that refuses.")
