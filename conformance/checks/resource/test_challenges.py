"""The challenge of a refusal: scheme Bearer and well-formed parameters in WWW-Authenticate (RFC 6750 section 3)."""

from __future__ import annotations

import re

import pytest

from conformance.checks.resource.conftest import UNKNOWN_TOKEN
from conformance.checks.support.facts import all_of, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint
from fixtures.errors import NotOffered
from fixtures.http.challenges import Challenge
from fixtures.http.exchange import Answer

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
TEXT = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
URI_REFERENCE = re.compile(r"([A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})+")


@pytest.fixture(scope="session")
def challenged(refusals: dict[str, Answer]) -> dict[str, Answer]:
    """The refusals with a Bearer challenge. NotOffered where there is none, which another check judges."""
    found = {case: answer for case, answer in refusals.items() if answer.challenge("bearer")}
    if not found:
        raise NotOffered("No refusal carries a Bearer challenge.", "a resource that challenges")
    return found


def _bearer(answer: Answer) -> list[Challenge]:
    return [item for item in answer.challenges if item.scheme == "bearer"]


def _values(answers: dict[str, Answer], *names: str) -> list[tuple[str, str, str]]:
    """What challenges hold under these names: case, name and value. NotOffered where none does: they are optional."""
    found = [
        (case, name, item.parameters[name])
        for case, answer in answers.items()
        for item in _bearer(answer)
        for name in names
        if name in item.parameters
    ]
    if not found:
        raise NotOffered(
            f"No challenge holds {' or '.join(names)}, which is optional.", "a resource that tells it"
        )
    return found


def _wrong(values: list[tuple[str, str, str]], grammar: re.Pattern[str]) -> dict[str, str]:
    """By case, which of these values break a grammar: `error_description: le jeton est refusé`."""
    found: dict[str, str] = {}
    for case, name, value in values:
        if not grammar.fullmatch(value):
            found[case] = "; ".join([*([found[case]] if case in found else []), f"{name}: {shown(value)}"])
    return found


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-01", broken_by="resource-no-challenge")
@tolerates(
    "legal-resource-no-token-as-403", "legal-resource-challenge-by-scope", "legal-resource-second-challenge"
)
def test_a_request_without_a_token_is_challenged(unauthenticated: Answer) -> None:
    """The refusal of a request without credentials carries WWW-Authenticate."""
    assert unauthenticated.has_header("www-authenticate")


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-01", broken_by="resource-no-challenge-for-an-unknown-token")
@tolerates("legal-resource-challenge-by-scope", "legal-resource-second-challenge")
def test_an_unknown_token_is_challenged(resource: ResourceEndpoint) -> None:
    """The refusal of a token that was never issued carries WWW-Authenticate."""
    assert resource.get_with(UNKNOWN_TOKEN).has_header("www-authenticate")


@requirement("6750-3-01", broken_by="resource-no-challenge-for-scope")
@tolerates("legal-revoke-ends-the-clients-own-tokens")
def test_a_token_without_the_scope_is_challenged(narrow_resource: ResourceEndpoint, weak_token: str) -> None:
    """The refusal of a token that lacks the resource's scope carries WWW-Authenticate."""
    answer = narrow_resource.get_with(weak_token)
    if answer.is_success:
        raise NotOffered("The resource admits the token all the same.", "[resource] insufficient")

    assert answer.has_header("www-authenticate")


@pytest.mark.usefixtures("admitted_token")
@pytest.mark.parametrize("value", ["Bearer", "Bearer a b c", 'Bearer "quoted"'])
@requirement("6750-3-01", broken_by="resource-no-challenge-for-a-malformed-header")
def test_a_malformed_header_is_challenged(resource: ResourceEndpoint, value: str) -> None:
    """An Authorization header that holds no token is refused with WWW-Authenticate, be it by 400 or by 401."""
    answer = resource.ask(headers=[("Authorization", value)])

    assert not answer.is_success
    assert answer.has_header("www-authenticate")


@requirement("6750-3-02", broken_by="resource-wrong-challenge-scheme")
@tolerates("legal-resource-second-challenge", "legal-resource-no-token-as-403")
def test_the_challenge_names_the_scheme_bearer(refusals: dict[str, Answer]) -> None:
    """Every refusal that carries WWW-Authenticate has a challenge of the scheme Bearer in it."""
    cases = {case: answer for case, answer in refusals.items() if answer.challenges}

    assert all_of({case: answer.challenges_by("Bearer") for case, answer in cases.items()})


@requirement("6750-3-03", broken_by="resource-challenge-without-parameters")
@tolerates("legal-resource-challenge-by-scope", "legal-resource-second-challenge")
def test_bearer_never_stands_alone(challenged: dict[str, Answer]) -> None:
    """At least one parameter follows the scheme Bearer in every challenge."""
    wrong = {
        case: f"WWW-Authenticate: {answer.header('www-authenticate')}"
        for case, answer in challenged.items()
        if not all(item.parameters for item in _bearer(answer))
    }

    assert no_exceptions(wrong, "a parameter after Bearer in every challenge", of=challenged)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            ["realm"],
            marks=pytest.mark.requirement("6750-3-06", broken_by="resource-challenge-repeats-realm"),
            id="realm",
        ),
        pytest.param(
            ["scope"],
            marks=pytest.mark.requirement("6750-3-08", broken_by="resource-challenge-repeats-scope"),
            id="scope",
        ),
        pytest.param(
            ["error", "error_description", "error_uri"],
            marks=pytest.mark.requirement("6750-3-12", broken_by="resource-challenge-repeats-error"),
            id="error",
        ),
    ],
)
@tolerates("legal-resource-second-challenge")
def test_no_parameter_stands_twice(challenged: dict[str, Answer], names: list[str]) -> None:
    """No challenge names realm, scope, error, error_description or error_uri twice."""
    wrong = {
        case: f"WWW-Authenticate: {answer.header('www-authenticate')}"
        for case, answer in challenged.items()
        if any(item.repeated & set(names) for item in _bearer(answer))
    }

    assert no_exceptions(wrong, f"no parameter {' or '.join(names)} twice in a challenge", of=challenged)


@requirement("6750-3-13", broken_by="resource-challenge-scope-malformed")
@tolerates("legal-resource-challenge-by-scope")
def test_the_scope_of_a_challenge_is_well_formed(challenged: dict[str, Answer]) -> None:
    """The scope of a challenge consists of scope values with single spaces between them."""
    values = _values(challenged, "scope")

    assert no_exceptions(
        _wrong(values, SCOPE), "a scope of scope values with single spaces between them", of=challenged
    )


@requirement("6750-3-14", broken_by="resource-challenge-description-charset")
@requirement("6750-3-14", broken_by="resource-challenge-error-quoted")
def test_error_and_description_are_plain_ascii(challenged: dict[str, Answer]) -> None:
    """Values of error and error_description are printable ASCII without quotation mark and backslash."""
    values = _values(challenged, "error", "error_description")

    assert no_exceptions(
        _wrong(values, TEXT),
        "error and error_description in the challenge that are printable ASCII without quotation mark and backslash",
        of=challenged,
    )


@requirement("6750-3-15", broken_by="resource-challenge-error-uri-malformed")
@tolerates("legal-resource-challenge-with-error-uri")
def test_the_error_uri_is_a_uri(challenged: dict[str, Answer]) -> None:
    """Every error_uri of a challenge is a URI reference."""
    values = _values(challenged, "error_uri")

    assert no_exceptions(_wrong(values, URI_REFERENCE), "an error_uri that is a URI reference", of=challenged)
