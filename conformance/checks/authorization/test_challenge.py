"""code_challenge and code_challenge_method in an authorization request (RFC 7636 sections 4.2 to 4.4)."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote_plus

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support import choosing
from conformance.checks.support.expectations import expect_no_code, expect_told_refusal
from conformance.checks.support.facts import Fact, all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.owner.without_browser import Landing
from fixtures.target import Client
from fixtures.target.clients import Clients

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

pytestmark = pytest.mark.usefixtures("supports_pkce")


@pytest.fixture
def refusal_of_no_challenge(ask: Ask, challenged_client: Client) -> Landing:
    """How a server that demands PKCE of a client refuses a request without it."""
    landing = ask(challenged_client, code_challenge=None, code_challenge_method=None)
    if landing.code:
        raise NotOffered(
            f"The server demands no PKCE of {challenged_client.name}.",
            "a server that demands PKCE of this client",
        )
    return landing


@pytest.fixture
def plain_client(ask: Ask, challenged_client: Client) -> Client:
    """A client that gets codes for challenges of the method plain."""
    if not ask(challenged_client, code_challenge=UNRESERVED[:43], code_challenge_method="plain").code:
        raise NotOffered("The server does not take the method plain.", "a server that supports plain")
    return challenged_client


@requirement("7636-7.2-S01", broken_by="pkce-s256-refused")
@requirement("2.1-4.1.1-01", broken_by="pkce-s256-refused")
@requirement("mcp-2026-07-28-security-05", broken_by="pkce-s256-refused")
def test_s256_is_among_the_methods(ask: Ask, clients: Clients) -> None:
    """A server with PKCE gives a code for a challenge of the method S256."""
    client = choosing.who_is_challenged(clients)
    landing = ask(client)
    if not landing.code and not ask(client, code_challenge_method="plain").code:
        raise CannotTest(
            f"Requests of {client.name} end without a code, whatever the challenge method.",
            f"Do redirect_uris and scope of [clients.{client.name}] match the server?",
        )

    assert landing.gives_code


@requirement("7636-4.2-S02", broken_by="pkce-challenge-refused-beyond-64-characters")
@requirement("7636-4.2-S02", broken_by="pkce-challenge-refused-with-a-tilde")
def test_every_challenge_of_the_grammar_is_taken(ask: Ask, plain_client: Client) -> None:
    """A challenge of 43 or of 128 characters, of all unreserved ones, gets a code."""
    challenges = (UNRESERVED[:43], UNRESERVED, (UNRESERVED * 2)[-128:])
    landings = {
        one: ask(plain_client, code_challenge=one, code_challenge_method="plain") for one in challenges
    }

    assert all_of({one: landing.gives_code for one, landing in landings.items()})


@requirement("6749-4.1.2.1-S02", broken_by="authorize-invalid-request-wrong-error")
@tolerates("pkce-challenge-syntax-unchecked")
def test_a_malformed_challenge_is_refused_by_its_name(ask: Ask, challenged_client: Client) -> None:
    """A challenge outside its grammar, where it is refused, is refused as invalid_request."""
    for malformed in (UNRESERVED[:42], (UNRESERVED * 2)[:129], "!" * 43):
        landing = ask(challenged_client, code_challenge=malformed)
        if not landing.code:
            expect_told_refusal(landing, "invalid_request")


@requirement("7636-4.2-S02a", broken_by="pkce-challenge-syntax-unchecked")
def test_a_malformed_challenge_gets_no_code(ask: Ask, challenged_client: Client) -> None:
    """A challenge of 42 or of 129 characters, or with characters that a challenge cannot have, gets no code."""
    malformed = {
        "42 characters": UNRESERVED[:42],
        "129 characters": (UNRESERVED * 2)[:129],
        "characters that are reserved": "!" * 43,
    }
    landings = {what: ask(challenged_client, code_challenge=one) for what, one in malformed.items()}

    assert all_of({what: ~landing.gives_code for what, landing in landings.items()})


@requirement("7636-4.4.1-03", broken_by="pkce-unknown-method-accepted")
@requirement("7636-4.4.1-03", broken_by="pkce-unknown-method-wrong-error")
@requirement("2.1-4.1.2.1-02", broken_by="pkce-unknown-method-accepted")
@tolerates("legal-authorize-asks-before-it-tells")
def test_an_unknown_method_is_an_invalid_request(ask: Ask, challenged_client: Client) -> None:
    """A challenge method that does not exist is refused as invalid_request."""
    landing = ask(challenged_client, code_challenge_method="S1")

    expect_told_refusal(landing, "invalid_request")


@requirement("7636-4.4.1-03", broken_by="pkce-default-is-s256")
@pytest.mark.embedded(pkce_plain=False)
def test_a_challenge_without_a_method_is_a_plain_one(ask: Ask, challenged_client: Client) -> None:
    """No code_challenge_method means plain (RFC 7636 section 4.3): a server that refuses plain refuses that too."""
    if ask(challenged_client, code_challenge_method="plain").code:
        raise NotOffered("The server takes the method plain.", "a server without plain")
    landing = ask(challenged_client, code_challenge_method=None)

    expect_told_refusal(landing, "invalid_request")


@requirement("7636-4.3-S01", broken_by="pkce-unknown-method-accepted")
def test_methods_are_matched_by_case(ask: Ask, challenged_client: Client) -> None:
    """The name s256 is no method, so a challenge of it is refused."""
    landing = ask(challenged_client, code_challenge_method="s256")

    expect_no_code(landing, "invalid_request")


@requirement("7636-4.4.1-01", broken_by="pkce-missing-challenge-wrong-error")
@requirement("2.1-4.1.2.1-01", broken_by="pkce-missing-challenge-wrong-error")
@tolerates("legal-pkce-optional-for-public-clients")
@tolerates("legal-authorize-asks-before-it-tells")
def test_a_missing_challenge_is_an_invalid_request(refusal_of_no_challenge: Landing) -> None:
    """Where a challenge is demanded, a request without one is refused as invalid_request."""
    expect_told_refusal(refusal_of_no_challenge, "invalid_request")


@requirement("7636-4.3-01", broken_by="pkce-method-does-for-a-challenge")
@pytest.mark.usefixtures("refusal_of_no_challenge")
@tolerates("legal-pkce-optional-for-public-clients")
def test_a_method_is_no_challenge(ask: Ask, challenged_client: Client) -> None:
    """Where a challenge is demanded, a request with a method and no challenge, or an empty one, gets no code."""
    for nothing in (None, ""):
        landing = ask(challenged_client, code_challenge=nothing, code_challenge_method="S256")

        expect_no_code(landing, "invalid_request")


@requirement("7636-4.4.1-02", broken_by="pkce-refusal-unexplained")
def test_a_missing_challenge_is_explained(refusal_of_no_challenge: Landing) -> None:
    """The error for a missing challenge has a description, or names a page about it."""
    assert _explained(refusal_of_no_challenge)


@requirement("7636-4.4.1-04", broken_by="pkce-refusal-unexplained")
def test_an_unknown_method_is_explained(ask: Ask, challenged_client: Client) -> None:
    """The error for a challenge method that does not exist has a description, or names a page about it."""
    landing = ask(challenged_client, code_challenge_method="S1")

    assert _explained(landing)


@requirement("7636-4.4-02", broken_by="pkce-code-holds-its-challenge")
@requirement("2.1-4.1.2-02", broken_by="pkce-code-holds-its-challenge")
def test_an_answer_does_not_show_the_challenge(ask: Ask, challenged_client: Client) -> None:
    """The challenge of a request can be read neither from the redirect with the code nor out of the code."""
    challenge = "Q2hhbGxlbmdlIG9mIG9uZSByZXF1ZXN0LCBub3QgdHc"
    landing = ask(challenged_client, code_challenge=challenge)
    if not landing.code:
        raise NotOffered("The server refuses this challenge.", "a server that takes S256")

    assert fact(
        challenge not in _readable(landing),
        "a redirection in which nobody can read the challenge",
        f"{landing}: {_where(challenge, landing)}",
    ).seen_in(landing)


@requirement("7636-7.2-05", broken_by="pkce-code-holds-its-challenge")
def test_a_code_does_not_show_a_plain_challenge(ask: Ask, plain_client: Client) -> None:
    """A challenge of the method plain, which is the verifier itself, cannot be read out of the code."""
    verifier = "this.verifier-is_known-to-its-client-and-to~nobody.else"
    landing = ask(plain_client, code_challenge=verifier, code_challenge_method="plain")

    assert fact(
        verifier not in _readable(landing),
        "a redirection in which nobody can read the challenge, which is the verifier",
        f"{landing}: {_where(verifier, landing)}",
    ).seen_in(landing)


def _explained(landing: Landing) -> Fact:
    """Whether the client is told more than the error. NotOffered where the client was not told at all."""
    if not landing.is_at_client or landing.code:
        raise NotOffered(
            "The server does not tell the client of this request, so there is no error to explain.",
            "a server that reports errors to the redirection URI",
        )
    told = {**landing.fragment, **landing.query}
    explained = told.get("error_description") or told.get("error_uri")
    return fact(explained, "an error_description or an error_uri beside the error", landing)


def _where(challenge: str, landing: Landing) -> str:
    """Where the challenge can be read, in words."""
    plain = challenge in unquote_plus(landing.uri)
    return f"the challenge stands {'in the redirection' if plain else 'in the code, decoded as base64'}"


def _readable(landing: Landing) -> str:
    """The redirect as anybody reads it: as it is, decoded, and the parts of the code as base64 and base64url."""
    shown = [landing.uri, unquote_plus(landing.uri)]
    for part in re.findall(r"[A-Za-z0-9+/_-]+", landing.code or ""):
        standard = part.translate(str.maketrans("-_", "+/"))
        usable = standard[: len(standard) // 4 * 4] if len(standard) % 4 == 1 else standard
        decoded = base64.b64decode(usable + "=" * (-len(usable) % 4))
        shown.append(decoded.decode("latin-1"))
    return "\n".join(shown)
