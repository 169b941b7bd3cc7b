"""Metadata of the wrong type, and keys that are none: refused or replaced, but not failed at (RFC 7591 section 3.2).

Which of both a server does is its own choice (section 2), so that only what it cannot have chosen is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

ODD: Mapping[str, Mapping[str, Any]] = {
    "redirect_uris that is a number": {"redirect_uris": 7},
    "redirect_uris with a number in it": {"redirect_uris": [7]},
    "a redirection URI with half an address": {"redirect_uris": ["https://[client.example/cb"]},
    "a redirection URI with a port that no host has": {"redirect_uris": ["https://client.example:99999/cb"]},
    "grant_types that is a number": {"grant_types": 7},
    "grant_types with an object in it": {"grant_types": [{}]},
    "response_types that is a number": {"response_types": 7},
    "a list of methods": {"token_endpoint_auth_method": ["none"]},
    "no client_name": {"client_name": None},
    "client_name that is an object": {"client_name": {}},
    "scope that is a list": {"scope": ["read"]},
    "contacts that is a number": {"contacts": 7},
    "client_uri that is a number": {"client_uri": 7},
}
POINT = {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}
ODD_KEYS: Mapping[str, Any] = {
    "a text": "keys",
    "an empty object": {},
    "a number of keys": {"keys": 7},
    "a key that is a number": {"keys": [7]},
    "an empty key": {"keys": [{}]},
    "a key of an unknown kind": {"keys": [{"kty": "unknown"}]},
    "an EC key without coordinates": {"keys": [{"kty": "EC", "crv": "P-256"}]},
    "an EC key with numbers for coordinates": {"keys": [{**POINT, "x": 1, "y": 1}]},
    "an EC key with coordinates that are no base64url": {"keys": [{**POINT, "x": "!!!", "y": "!!!"}]},
    "an EC key beside the curve": {"keys": [POINT]},
    "an RSA key of one bit": {"keys": [{"kty": "RSA", "n": "AQ", "e": "AQ"}]},
}


@requirement("7591-3.2.2-01", broken_by="register-fails-at-odd-texts")
@requirement("7591-3.2.2-02", broken_by="register-refuses-odd-texts-without-a-code")
@tolerates("legal-register-replaces-odd-texts")
@pytest.mark.usefixtures("registered")
def test_metadata_of_the_wrong_type_upsets_nothing(register: Register) -> None:
    """A registration with a member of the wrong type, or without a name, is answered and not failed at."""
    for what, odd in ODD.items():
        answer = register(**odd)

        expect_no_failure(answer)
        named = answer.has_error().of("7591-3.2.2-02")
        assert not answer.has_status(400) or named, f"the refusal of {what} names no error"


def _holder(answer: Answer, key: str) -> Client:
    return Client(
        name="key holder",
        id=str(answer.members.get("client_id")),
        key=key,
        algorithm="ES256",
        auth="private_key_jwt",
    )


def _with_keys(register: Register, keys: Any) -> Answer:
    return register(
        grant_types=["authorization_code", "client_credentials"],
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        jwks=keys,
    )


def _key_holder(register: Register, token: TokenEndpoint) -> tuple[Answer, str]:
    """The answer to a registration with a key, and the public key, after the client was given a token for it."""
    key = assertion.new_key()
    answer = _with_keys(register, {"keys": [assertion.public_jwk(key)]})
    if not answer.is_success or not token.client_credentials(as_=_holder(answer, key)).grants_a_token:
        raise NotOffered(
            f"No client could be registered that is given a token for its key: {answer.brief}.",
            "private_key_jwt and client_credentials at registration",
        )
    return answer, key


@requirement("7591-3.2.2-01", broken_by="register-fails-at-odd-keys")
@requirement("7523-3-06", broken_by="register-odd-keys-fail-the-token-endpoint")
@tolerates("legal-register-drops-odd-keys")
def test_a_key_that_is_none_upsets_nothing(register: Register, token: TokenEndpoint) -> None:
    """Keys that are none are refused or dropped at registration; a client with such keys is refused, not failed at."""
    _key_holder(register, token)
    key = assertion.new_key()

    for what, odd in ODD_KEYS.items():
        answer = _with_keys(register, odd)
        expect_no_failure(answer)
        if answer.is_success:
            asked = {"grant_type": "client_credentials"}
            told = token.post(asked, as_=_holder(answer, key), crash_counts=True)
            assert not told.grants_a_token, f"a client with {what} for its key was given a token"
            expect_no_failure(told, of="7523-3-06")


@requirement("7591-3.2.1-04", broken_by="register-keys-not-told")
@tolerates("legal-register-more-members")
def test_the_keys_of_a_client_are_told(register: Register, token: TokenEndpoint) -> None:
    """A registration with keys that the client is then known by is answered with these keys."""
    answer, key = _key_holder(register, token)
    told = answer.members.get("jwks")
    keys = told.get("keys") if isinstance(told, dict) else None

    assert answer.member_is("jwks", isinstance(keys, list), "the key set of the client")
    assert answer.member_is(
        "jwks",
        assertion.public_jwk(key)["x"] in [each.get("x") for each in keys or () if isinstance(each, dict)],
        "a set that holds the key that was registered",
    )
