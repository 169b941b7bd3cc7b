"""A request object counts only when a key of its client signed just these claims (RFC 9101 sections 5, 6.2 and 10)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.checks.authorization.signed.conftest import ALGORITHMS, Signing, error_of
from conformance.checks.support.facts import all_of, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.errors import NotOffered
from fixtures.target import Client, Target

pytestmark = pytest.mark.embedded(request_objects=True, par=True)

ODD_ERROR = "An error is told to the client only where the server trusts an address of it."


@requirement("9101-5-03", broken_by="request-object-alg-none-accepted")
@requirement("9101-10.1-01", broken_by="request-object-alg-none-accepted")
@tolerates("legal-request-object-refused-on-a-page")
def test_an_unsigned_object_is_refused(signing: Signing, announced: Sequence[str], target: Target) -> None:
    """An object that nobody signed leads to no code, however its header spells none."""
    if "none" in announced and target.metadata.get("require_signed_request_object") is not True:
        raise NotOffered(
            "The server announces none for request objects, as OpenID Connect lets it.",
            f"{ALGORITHMS} without none in the server's metadata",
        )
    spellings = {
        "alg none": "none",
        "alg none with a capital": "None",
        "alg none in capitals": "NONE",
        "alg none in both cases": "nOnE",
        "no signature": signing.client.algorithm,
    }
    facts = {
        words: ~signing.opens(assertion.unsigned(signing.claims(), algorithm=spelt)).gives_code
        for words, spelt in spellings.items()
    }

    assert all_of(facts)


@requirement("9101-6.2-01", broken_by="request-object-signature-unchecked")
@requirement("9101-6.2-03", broken_by="request-object-signature-unchecked")
@requirement("9101-10.2-01", broken_by="request-object-signature-unchecked")
@requirement("9126-3-02", broken_by="request-object-signature-unchecked")
@tolerates("legal-request-object-refused-on-a-page")
def test_an_object_of_a_foreign_key_is_refused(signing: Signing) -> None:
    """An object that a key signed which nobody registered leads to no code."""
    algorithm = signing.client.algorithm

    landing = signing.opens(signing.sign(signing.claims(), key=assertion.new_key(algorithm)))

    assert not landing.gives_code


@requirement("9101-6.2-01", broken_by="request-object-signature-unchecked")
@tolerates("legal-request-object-refused-on-a-page")
def test_an_altered_object_is_refused(signing: Signing) -> None:
    """An object whose claims were changed after it was signed leads to no code."""
    first, second = (signing.sign(signing.claims()).split(".") for _ in range(2))

    landing = signing.opens(".".join([first[0], second[1], first[2]]))

    assert not landing.gives_code


@requirement("9101-6.2-02", broken_by="request-object-kid-ignored")
@tolerates("legal-request-object-refused-on-a-page")
def test_an_object_that_names_another_key_is_refused(signing: Signing) -> None:
    """An object whose kid names no key of its client leads to no code, whoever signed it."""
    landing = signing.opens(signing.sign(signing.claims(), kid="a-key-that-nobody-registered"))

    assert not landing.gives_code


@requirement("9101-6.2-03", broken_by="request-object-of-any-clients-key")
def test_an_object_of_another_clients_key_is_refused(signing: Signing, second_signer: Client) -> None:
    """An object that the key of another client signed leads to no code."""
    text = assertion.sign(
        signing.claims(),
        second_signer.key or "",
        algorithm=second_signer.algorithm,
        key_id=second_signer.key_id,
    )

    landing = signing.opens(text)

    assert not landing.gives_code


@requirement("9101-6.2-03", broken_by="request-object-brings-its-key")
def test_an_object_brings_no_key_of_its_own(signing: Signing) -> None:
    """An object that a foreign key signed leads to no code, though its header holds that key."""
    key = assertion.new_key(signing.client.algorithm)
    claims, name = signing.claims(), signing.client.key_id or "1"

    landing = signing.opens(signing.sign(claims, key=key, jwk=assertion.public_jwk(key, name)))

    assert not landing.gives_code


@requirement("9101-6.2-04", broken_by="request-object-mac-by-a-public-key")
def test_a_public_key_is_no_secret(signing: Signing) -> None:
    """An object leads to no code that is authenticated by HMAC with the client's public key as the secret."""
    claims, key = signing.claims(), signing.client.key or ""
    forms = ("PEM", "PEM without its last line break", "DER", "JWK")

    facts = {
        form: ~signing.opens(assertion.authenticated(claims, secret)).gives_code
        for form, secret in zip(forms, assertion.public_forms(key), strict=True)
    }

    assert all_of(facts)


@requirement("9101-6.2-05", broken_by="request-object-refused-as-invalid-request")
@tolerates("legal-request-object-refused-on-a-page")
def test_a_wrong_signature_is_told_as_such(signing: Signing) -> None:
    """Where a client hears that its object was refused for its signature, it is as invalid_request_object."""
    key = assertion.new_key(signing.client.algorithm)
    error = error_of(signing.opens(signing.sign(signing.claims(), key=key)))
    if error is None:
        raise NotOffered("The server tells no client of an object that it does not trust.", ODD_ERROR)

    assert fact(error == "invalid_request_object", "error invalid_request_object", f"error {shown(error)}")


@requirement("9101-6.1-02", broken_by="request-object-refused-as-invalid-request")
@tolerates("legal-request-object-refused-on-a-page")
def test_what_cannot_be_decrypted_is_told_as_such(signing: Signing) -> None:
    """Where a client hears that its encrypted object cannot be read, it is as invalid_request_object."""
    header = assertion.encoded({"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", "cty": "JWT"})
    landing = signing.opens(".".join([header, *(assertion.encode(bytes(32)) for _ in range(4))]))
    error = error_of(landing)
    if error is None:
        raise NotOffered("The server tells no client of an object that it cannot read.", ODD_ERROR)

    assert fact(error == "invalid_request_object", "error invalid_request_object", f"error {shown(error)}")
