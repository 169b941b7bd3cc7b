"""What the pushed authorization request endpoint takes and answers (RFC 9126 sections 2 and 5)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.pushed.conftest import Push, request_uri_of
from conformance.checks.support.addresses import is_https_or_loopback
from conformance.checks.support.entropy import SAMPLES, hard_to_guess
from conformance.checks.support.expectations import expect_error_answer
from conformance.checks.support.facts import fact, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import PushedAuthorizationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

ENOUGH_BITS = 128
pytestmark = pytest.mark.embedded(par=True)


@pytest.fixture(scope="session")
def pushed(push: Push, code_client: Client) -> Answer:
    """The answer to an ordinary pushed request."""
    return push(code_client).require_success("A pushed authorization request was refused")


@pytest.mark.embedded(par=True, tls=True)
@requirement("9126-2-01", broken_by="par-published-as-http")
def test_requests_are_pushed_over_https(pushing: PushedAuthorizationEndpoint) -> None:
    """The URL to which requests are pushed is https."""
    assert fact(is_https_or_loopback(pushing.url), "an https URL", pushing.url)


@requirement("9126-2.2-01", broken_by="par-answers-200")
@tolerates("legal-par-request-uri-of-its-own-form", "legal-par-client-id-in-the-header-is-enough")
def test_a_pushed_request_is_answered_with_201(pushed: Answer) -> None:
    """A request that is taken is answered with 201, and with no other status of success."""
    assert pushed.has_status(201)


@requirement("9126-2.2-S01", broken_by="par-as-plain-text")
@tolerates("legal-par-request-uri-of-its-own-form")
def test_a_reference_comes_as_json(pushed: Answer) -> None:
    """The answer is JSON, and its member request_uri is a string."""
    assert pushed.has_type("application/json")
    assert pushed.holds_kind("request_uri", str, "a string")


@requirement("9126-2.2-S02", broken_by="par-without-expires-in")
@requirement("9126-2.2-S02", broken_by="par-lifetime-as-text")
def test_the_lifetime_of_a_reference_is_told(pushed: Answer) -> None:
    """The answer tells the lifetime of the request_uri as a positive whole number."""
    told = pushed.members.get("expires_in")

    assert pushed.member_is(
        "expires_in",
        isinstance(told, int) and not isinstance(told, bool) and told > 0,
        "a positive whole number",
    )


@requirement("9126-2.2-02", broken_by="par-request-uri-is-a-counter")
@requirement("9126-7.1-01", broken_by="par-request-uri-is-a-counter")
@tolerates("legal-par-request-uri-of-its-own-form")
def test_a_reference_holds_too_much_to_guess(push: Push, code_client: Client) -> None:
    """Values of request_uri differ by 128 bits or more that no clock and no counter accounts for."""
    values = [request_uri_of(push(code_client)) for _ in range(SAMPLES)]

    assert hard_to_guess("request URIs", values, ENOUGH_BITS)


@requirement("9126-2.1-02", broken_by="par-takes-a-request-uri")
def test_no_reference_is_pushed(push: Push, pushed: Answer, code_client: Client) -> None:
    """A pushed request that holds a request_uri is refused."""
    answer = push(code_client, request_uri=request_uri_of(pushed))

    assert not answer.is_success


@requirement("9126-2.1-01", broken_by="par-secret-unchecked")
@requirement("9126-2-03", broken_by="par-secret-unchecked")
def test_a_wrong_secret_pushes_nothing(push: Push, clients: Clients) -> None:
    """A confidential client with a wrong secret pushes no request."""
    client = clients.first(
        lambda one: one.secret is not None and one.may("authorization_code"),
        "client with a secret that gets codes",
        '[clients.web] secret = { env = "WEB_SECRET" }, grants = ["authorization_code"]',
    )
    push(client).require_success("A pushed authorization request was refused")

    answer = push(client.with_secret("not-the-secret-of-this-client"))

    assert not answer.is_success


@requirement("9126-2.1-01", broken_by="par-client-id-is-enough")
@requirement("9126-2-03", broken_by="par-client-id-is-enough")
def test_a_confidential_client_does_not_push_by_its_name(
    pushing: PushedAuthorizationEndpoint, push: Push, confidential_client: Client
) -> None:
    """A confidential client that only names itself pushes no request."""
    push(confidential_client).require_success("A pushed authorization request was refused")
    fields = {
        "response_type": "code",
        "redirect_uri": confidential_client.redirect_uri,
        "scope": confidential_client.scope or None,
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }

    answer = pushing.push(confidential_client, fields, auth="none")

    assert not answer.is_success


@requirement("9126-2-04", broken_by="par-audience-is-its-own-url")
@requirement("9126-2-04", broken_by="par-audience-is-not-its-own-url")
def test_an_assertion_may_be_for_any_of_three_audiences(
    pushing: PushedAuthorizationEndpoint, token: TokenEndpoint, target: Target, clients: Clients
) -> None:
    """An assertion is taken for the issuer, for the URL of the token endpoint and for that of this endpoint."""
    client = clients.confidential("authorization_code", auth="private_key_jwt")
    answers = {
        audience: pushing.push(
            client, [*_request(client), *_asserted(pushing, client, audience)], auth="none"
        )
        for audience in (target.issuer, token.url, pushing.url)
    }
    if not any(answer.is_success for answer in answers.values()):
        raise CannotTest(f"No assertion of {client.name} is taken here: {answers[target.issuer].brief}.")

    assert no_exceptions(
        {audience: str(answer) for audience, answer in answers.items() if not answer.is_success}, "201"
    )


def _request(client: Client) -> list[tuple[str, str]]:
    return [
        ("response_type", "code"),
        ("redirect_uri", client.redirect_uri),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]


def _asserted(pushing: PushedAuthorizationEndpoint, client: Client, audience: str) -> list[tuple[str, str]]:
    """The parameters of an assertion for this audience; client_id comes by the method none."""
    claims = assertion.claims_for(client, audience, now=pushing.clock())
    signed = assertion.sign(claims, client.key or "", algorithm=client.algorithm, key_id=client.key_id)
    return [("client_assertion_type", assertion.ASSERTION_TYPE), ("client_assertion", signed)]


@requirement("9126-2.3-S01", broken_by="par-errors-without-code")
def test_a_refusal_is_an_error_answer(push: Push, code_client: Client) -> None:
    """A request for an unknown response_type is refused here in the form of the token endpoint's errors, if it is."""
    answer = push(code_client, response_type="no_such_type")
    if answer.is_success:
        raise NotOffered(
            "The server judges response_type only when the browser comes, as section 2.1 lets it.",
            "a server that validates what is pushed",
        )

    expect_error_answer(answer)
