"""A code that was issued for a challenge is redeemed by its verifier and by nothing else (RFC 7636 section 4)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress

from conformance.checks.support.controls import CodeFor, Redeem
from conformance.checks.support.expectations import expect_no_token, expect_refusal, of_the_code
from conformance.checks.support.facts import all_of, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
OTHER = "another-verifier.of-43-characters-or-more_~1234"
BOTH_SIGNS = "a-verifier-whose-hash-has-both-odd-letters_~1"
"""The hash of this one has both characters in which base64url and standard base64 differ."""


@requirement("7636-4.6-01", broken_by="pkce-verifier-refused-beyond-64-characters")
@requirement("7636-4.1-S01", broken_by="pkce-verifier-refused-beyond-64-characters")
@requirement("7636-4.1-S01", broken_by="pkce-verifier-refused-with-a-tilde")
def test_every_verifier_of_the_grammar_works(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """A verifier of 43 or of 128 characters, of all unreserved ones, redeems the code of its challenge."""
    verifiers = (UNRESERVED[:43], UNRESERVED, (UNRESERVED * 2)[-128:])
    answers = {one: redeem(code_for(pkce_client, verifier=one)) for one in verifiers}

    assert all_of({one: answer.grants_a_token for one, answer in answers.items()}).of("7636-4.1-S01")


@requirement("7636-4.2-01", broken_by="pkce-s256-hexadecimal")
@requirement("7636-7.2-S01", broken_by="pkce-s256-hexadecimal")
@requirement("7636-4.2-S01", broken_by="pkce-s256-padded")
@requirement("7636-4.6-01", broken_by="pkce-s256-hexadecimal")
@requirement("9700-2.1.1-07", broken_by="pkce-s256-hexadecimal")
@requirement("2.1-4.1.1-01", broken_by="pkce-s256-hexadecimal")
def test_a_verifier_meets_its_s256_challenge(
    redeem: Redeem, code_for: CodeFor, registered_client: Client
) -> None:
    """A verifier redeems a code whose challenge is the unpadded base64url form of its SHA-256 hash."""
    answer = redeem(code_for(registered_client))

    assert answer.grants_a_token.of("7636-4.2-S01")


@requirement("7636-4.6-02", broken_by="pkce-not-verified")
@requirement("7636-4.6-02", broken_by="pkce-mismatch-wrong-error")
@requirement("7636-4.4-01", broken_by="pkce-not-verified")
@requirement("9700-2.1.1-08", broken_by="pkce-not-verified")
@requirement("9700-4.8.2-S01", broken_by="pkce-not-verified")
@requirement("2.1-4.1.3-02", broken_by="pkce-not-verified")
@requirement("10017-6.3.2.1-01", broken_by="pkce-not-verified")
@requirement("mcp-2026-07-28-security-05", broken_by="pkce-not-verified")
@tolerates("legal-pkce-wrong-verifier-burns-the-code")
def test_a_wrong_verifier_is_an_invalid_grant(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """A code is refused as invalid_grant with a verifier that does not lead to its challenge."""
    answer = redeem(code_for(pkce_client), code_verifier=OTHER)

    expect_refusal(of_the_code(answer), "invalid_grant")
    assert answer.has_status(400)


@requirement("7636-4.6-02", broken_by="pkce-verified-of-public-clients-only")
@tolerates("legal-pkce-wrong-verifier-burns-the-code")
def test_a_wrong_verifier_helps_no_confidential_client(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client, confidential_client: Client
) -> None:
    """A code of a client with credentials is refused with a wrong verifier as that of a public client is.

    pkce_client: the control that the server has PKCE.
    """
    if pkce_client.id == confidential_client.id:
        raise NotOffered("No public client gets codes, so the other checks use this one.", "[clients.app]")
    answer = redeem(code_for(confidential_client), code_verifier=OTHER)

    expect_no_token(of_the_code(answer), "invalid_grant")


@requirement("7636-4.5-01", broken_by="pkce-verifier-optional-for-confidential-clients")
@requirement("7636-4.6-S01", broken_by="pkce-verifier-optional-for-confidential-clients")
@tolerates("legal-pkce-missing-verifier-is-invalid-request", "legal-pkce-missing-verifier-is-invalid-client")
def test_a_missing_verifier_helps_no_confidential_client(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client, confidential_client: Client
) -> None:
    """A code of a client with credentials that was issued for a challenge is refused without the verifier too.

    A server that looks at no verifier of such clients is told of once, by the check of a wrong one.
    """
    if pkce_client.id == confidential_client.id:
        raise NotOffered("No public client gets codes, so the other checks use this one.", "[clients.app]")
    if redeem(code_for(confidential_client), code_verifier=OTHER).grants_a_token:
        raise NotOffered("The server looks at no verifier of this client.", "a server that looks at it")
    answer = redeem(code_for(confidential_client), code_verifier=None)

    expect_no_token(answer, "invalid_grant", "invalid_request", "invalid_client")


@requirement("7636-4.4-01", broken_by="pkce-verifier-of-any-code")
@requirement("7636-4.6-02", broken_by="pkce-verifier-of-any-code")
def test_a_verifier_is_good_for_its_own_code_only(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A code is refused as invalid_grant with the verifier of another code of the same client."""
    one, two = code_for(pkce_client), code_for(pkce_client)

    answer = redeem(one, code_verifier=two.verifier)

    expect_refusal(of_the_code(answer), "invalid_grant")


@requirement("7636-4.5-01", broken_by="pkce-verifier-optional")
@requirement("7636-4.6-S01", broken_by="pkce-verifier-optional")
@requirement("9700-2.1.1-08", broken_by="pkce-verifier-optional")
@requirement("9700-4.8.2-S01", broken_by="pkce-verifier-optional")
@requirement("2.1-4.1.3-01", broken_by="pkce-verifier-optional")
@requirement("10017-6.3.2.1-01", broken_by="pkce-verifier-optional")
@requirement("mcp-2026-07-28-security-05", broken_by="pkce-verifier-optional")
@tolerates(
    "legal-pkce-missing-verifier-is-invalid-request",
    "legal-pkce-missing-verifier-is-invalid-client",
)
def test_a_missing_verifier_redeems_no_code(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """A code that was issued for a challenge is refused when the verifier is left out, or empty."""
    for nothing in (None, ""):
        answer = redeem(code_for(pkce_client), code_verifier=nothing)

        # No code is made for this. To some a public client without a verifier is one that did not authenticate.
        expect_no_token(answer, "invalid_grant", "invalid_request", "invalid_client")


@requirement("7636-4.5-02", broken_by="pkce-plain-accepted-for-s256")
@requirement("7636-4.6-02", broken_by="pkce-plain-accepted-for-s256")
@tolerates("legal-pkce-wrong-verifier-burns-the-code")
def test_the_challenge_is_no_verifier(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """A code with an S256 challenge is refused as invalid_grant when the challenge itself comes as verifier."""
    code = code_for(pkce_client)

    answer = redeem(code, code_verifier=code.challenge)

    expect_refusal(of_the_code(answer), "invalid_grant")


@requirement("7636-4.5-02", broken_by="pkce-method-read-from-the-token-request")
@requirement("2.1-4.1.3-02", broken_by="pkce-method-read-from-the-token-request")
def test_the_token_request_does_not_choose_the_method(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A code_challenge_method of plain in the token request does not make a verifier of an S256 challenge."""
    code = code_for(pkce_client)

    answer = redeem(code, code_verifier=code.challenge, code_challenge_method="plain")

    assert not answer.grants_a_token


@requirement("7636-4.2-S01", broken_by="pkce-s256-in-hexadecimal-too")
def test_only_base64url_makes_an_s256_challenge(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A verifier does not meet a challenge that is its hash in hexadecimal, or base64url of that."""
    verifier = OTHER
    digits = hashlib.sha256(verifier.encode("ascii")).hexdigest()
    twice = base64.urlsafe_b64encode(digits.encode("ascii")).rstrip(b"=").decode("ascii")
    forms = {"a challenge in hexadecimal": digits, "a challenge in base64url of the hexadecimal": twice}
    answers = {
        name: redeem(code_for(pkce_client, verifier=verifier, challenge=form)) for name, form in forms.items()
    }

    assert all_of({name: ~answer.grants_a_token for name, answer in answers.items()})


@requirement("7636-4.2-S01", broken_by="pkce-challenge-in-any-base64")
@requirement("7636-4.6-02", broken_by="pkce-challenge-in-any-base64")
@tolerates("pkce-challenge-syntax-unchecked", "legal-pkce-wrong-verifier-burns-the-code")
def test_no_other_base64_makes_an_s256_challenge(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A verifier does not meet a challenge that is its hash in padded or in standard base64."""
    digest = hashlib.sha256(BOTH_SIGNS.encode("ascii")).digest()
    padded, standard = (
        base64.urlsafe_b64encode(digest).decode("ascii"),
        base64.b64encode(digest).decode("ascii"),
    )
    forms = {
        "in padded base64url": padded,
        "in standard base64 without padding": standard.rstrip("="),
        "in standard base64": standard,
    }
    met = {}
    for name, form in forms.items():
        with suppress(NotOffered):  # a challenge outside its grammar may be refused at once
            code = code_for(pkce_client, verifier=BOTH_SIGNS, challenge=form)
            answer = redeem(code)
            if answer.grants_a_token:
                met[f"a challenge {name}"] = answer

    assert no_exceptions(met, "a verifier that meets no challenge in padded or standard base64")


@requirement("7636-4.2-S01", broken_by="pkce-verifier-trimmed")
@requirement("7636-4.6-02", broken_by="pkce-verifier-trimmed")
@tolerates("legal-pkce-malformed-verifier-is-invalid-request", "pkce-verifier-syntax-unchecked")
def test_a_verifier_with_more_around_it_is_another(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A verifier with padding, a space or a further character behind it, or cut short, redeems no code."""
    changed: dict[str, Callable[[str], str]] = {
        "padded": lambda one: f"{one}=",
        "spaced": lambda one: f"{one} ",
        "longer": lambda one: f"{one}A",
        "shorter": lambda one: one[:-1],
        "in other letters": str.swapcase,
    }
    answers = {}
    for how, change in changed.items():
        code = code_for(pkce_client, verifier=UNRESERVED)
        answers[how] = redeem(code, code_verifier=change(UNRESERVED))

    assert all_of({how: ~answer.grants_a_token for how, answer in answers.items()})


@requirement("7636-4.6-02", broken_by="pkce-malformed-verifier-called-otherwise")
@tolerates("legal-pkce-malformed-verifier-is-invalid-request", "pkce-verifier-syntax-unchecked")
def test_a_malformed_verifier_is_refused_by_a_known_code(
    redeem: Redeem, code_for: CodeFor, pkce_client: Client
) -> None:
    """A verifier that is too short, too long or of other characters is refused as invalid_grant or invalid_request."""
    for verifier in (UNRESERVED[:42], (UNRESERVED * 2)[:129], f"{UNRESERVED[:50]}+/="):
        answer = redeem(code_for(pkce_client, verifier=UNRESERVED), code_verifier=verifier)

        expect_refusal(of_the_code(answer), "invalid_grant", "invalid_request")


@requirement("7636-4.1-S01a", broken_by="pkce-verifier-syntax-unchecked")
@tolerates("legal-pkce-malformed-verifier-is-invalid-request", "legal-pkce-wrong-verifier-burns-the-code")
def test_a_malformed_verifier_redeems_no_code(redeem: Redeem, code_for: CodeFor, pkce_client: Client) -> None:
    """A verifier of 42 or 129 characters, or of reserved ones, redeems no code, though its hash is the challenge."""
    malformed = {
        "42 characters": UNRESERVED[:42],
        "129 characters": (UNRESERVED * 2)[:129],
        "characters that are reserved": f"{UNRESERVED[:50]}+/=",
    }
    answers = {what: redeem(code_for(pkce_client, verifier=one)) for what, one in malformed.items()}

    assert all_of({what: ~answer.grants_a_token for what, answer in answers.items()})
