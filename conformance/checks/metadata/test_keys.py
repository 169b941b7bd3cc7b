"""Algorithms for client assertions, the key set, and signed metadata: what the document says of keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.checks.support.facts import covers, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import MetadataEndpoint
from fixtures.errors import CannotTest, NotOffered

SIGNED_METHODS = frozenset({"private_key_jwt", "client_secret_jwt"})
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


SIGNING = "{}_endpoint_auth_signing_alg_values_supported"


def _algorithms(document: Mapping[str, Any], endpoint: str) -> Any:
    """The algorithms of an endpoint that announces client assertions, or None; NotOffered when it announces none."""
    methods = document.get(f"{endpoint}_endpoint_auth_methods_supported")
    if not isinstance(methods, list) or not SIGNED_METHODS & {
        item for item in methods if isinstance(item, str)
    }:
        raise NotOffered(
            f"The document announces no client assertions at the {endpoint} endpoint.",
            f"{endpoint}_endpoint_auth_methods_supported in the server's metadata",
        )
    return document.get(f"{endpoint}_endpoint_auth_signing_alg_values_supported")


@requirement("8414-2-16", broken_by="metadata-signing-alg-missing")
def test_algorithms_for_assertions_at_the_token_endpoint_are_listed(
    document: Mapping[str, Any], metadata: MetadataEndpoint
) -> None:
    """Where the token endpoint takes client assertions, the document lists their signing algorithms."""
    listed = _algorithms(document, "token")
    if listed is None and "openid-configuration" in metadata.url:
        raise NotOffered(
            "The document is one of OpenID Connect Discovery alone, which makes this list optional.",
            "the document at /.well-known/oauth-authorization-server",
        )

    assert fact(listed, f"{SIGNING.format('token')} that lists algorithms", shown(listed))


@requirement("8414-2-28", broken_by="metadata-revocation-signing-alg-missing")
def test_algorithms_for_assertions_at_the_revocation_endpoint_are_listed(document: Mapping[str, Any]) -> None:
    """Where the revocation endpoint takes client assertions, the document lists their signing algorithms."""
    assert fact(
        _algorithms(document, "revocation"),
        f"{SIGNING.format('revocation')} that lists algorithms",
        shown(_algorithms(document, "revocation")),
    )


@requirement("8414-2-34", broken_by="metadata-introspection-signing-alg-missing")
def test_algorithms_for_assertions_at_the_introspection_endpoint_are_listed(
    document: Mapping[str, Any],
) -> None:
    """Where the introspection endpoint takes client assertions, the document lists their signing algorithms."""
    assert fact(
        _algorithms(document, "introspection"),
        f"{SIGNING.format('introspection')} that lists algorithms",
        shown(_algorithms(document, "introspection")),
    )


@requirement("8414-2-18", broken_by="metadata-signing-alg-none")
@requirement("8414-2-29", broken_by="metadata-revocation-signing-alg-none")
@requirement("8414-2-35", broken_by="metadata-introspection-signing-alg-none")
def test_unsigned_assertions_are_never_announced(document: Mapping[str, Any]) -> None:
    """The value 'none' appears in no list of signing algorithms for client assertions."""
    names = {
        "token_endpoint_auth_signing_alg_values_supported": "8414-2-18",
        "revocation_endpoint_auth_signing_alg_values_supported": "8414-2-29",
        "introspection_endpoint_auth_signing_alg_values_supported": "8414-2-35",
    }
    if not any(isinstance(document.get(name), list) for name in names):
        raise NotOffered(
            "The document lists no signing algorithms for client assertions.", f"{next(iter(names))} there"
        )

    with_none = {name: document[name] for name in names if "none" in (document.get(name) or [])}
    about = next((names[name] for name in with_none), "")
    assert no_exceptions(with_none, "lists of signing algorithms without 'none'").of(about)


@requirement("8414-2-17", broken_by="metadata-without-rs256")
def test_rs256_is_among_the_algorithms(document: Mapping[str, Any]) -> None:
    """A server that takes signed client assertions knows RS256."""
    listed = _algorithms(document, "token")
    if listed is None:
        raise NotOffered(
            "The document does not list the algorithms, and another check judges that.",
            "token_endpoint_auth_signing_alg_values_supported in the server's metadata",
        )

    assert covers(listed, ["RS256"], "algorithms")


@pytest.fixture
def keys(document: Mapping[str, Any], metadata: MetadataEndpoint) -> list[Mapping[str, Any]]:
    """The keys of the set that the document points to."""
    url = document.get("jwks_uri")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise NotOffered("The document names no jwks_uri.", "jwks_uri in the server's metadata")
    answer = metadata.fetch(url)
    found = answer.members.get("keys")
    if answer.status != 200 or not isinstance(found, list):
        raise CannotTest(f"There is no key set at {url}: {answer.brief}.")
    return [key for key in found if isinstance(key, dict)]


@requirement("8414-2-07", broken_by="metadata-keys-without-use")
@tolerates("legal-metadata-with-keys")
def test_keys_of_a_mixed_set_say_what_they_are_for(keys: list[Mapping[str, Any]]) -> None:
    """In a key set with signing and encryption keys, every key says which it is."""
    uses = [key.get("use") for key in keys]
    mixed = {"sig", "enc"} <= set(uses)

    assert fact(not mixed or None not in uses, "a member use in every key", f"use of the keys: {shown(uses)}")


@requirement("8414-2-S03", broken_by="metadata-keys-with-private-part")
@tolerates("legal-metadata-with-keys")
def test_no_private_key_is_published(keys: list[Mapping[str, Any]]) -> None:
    """The published key set holds public keys and nothing private or symmetric."""
    assert no_exceptions(
        [
            f"the key with kid {shown(key.get('kid'))} has the member {shown(PRIVATE_MEMBERS & set(key))}"
            for key in keys
            if PRIVATE_MEMBERS & set(key)
        ],
        "public keys alone",
    ).mended_by("Publish of each key the public members alone.")


@requirement("8414-2-S03", broken_by="metadata-advertises-absent-jwks")
@tolerates("legal-metadata-with-keys")
def test_the_key_set_is_where_the_document_says(
    document: Mapping[str, Any], metadata: MetadataEndpoint
) -> None:
    """The URL of the key set answers with a key set."""
    url = document.get("jwks_uri")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise NotOffered("The document names no jwks_uri.", "jwks_uri in the server's metadata")
    answer = metadata.fetch(url)

    assert answer.has_status(200)
    assert answer.holds_kind("keys", list, "a list")


def _signed(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature of the signed metadata; NotOffered when there is none."""
    value = document.get("signed_metadata")
    if value is None:
        raise NotOffered("The document holds no signed metadata.", "signed_metadata in the server's metadata")
    parts = str(value).split(".")
    if len(parts) != 3:
        raise CannotTest("The signed metadata is not a compact JWS, so its parts cannot be read.")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2])
    except ValueError:
        raise CannotTest("The parts of the signed metadata are not JSON in base64url.") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise CannotTest("Header and claims of the signed metadata are not JSON objects.")
    return header, claims, parts[2]


@pytest.mark.decoded
@requirement("8414-2.1-02", broken_by="metadata-signed-without-signature")
@requirement("8414-2.1-02", broken_by="metadata-signed-without-issuer")
@tolerates("legal-metadata-signed")
def test_signed_metadata_is_signed_and_names_its_signer(document: Mapping[str, Any]) -> None:
    """Signed metadata has a signature, and says in iss who vouches for it."""
    header, claims, signature = _signed(document)

    assert fact(
        str(header.get("alg", "none")).lower() != "none",
        "a signature algorithm in the header",
        f"alg: {shown(header.get('alg'))}",
    )
    assert fact(signature, "a signature", "the third part is empty")
    assert fact(claims.get("iss"), "a claim iss", f"claims: {shown(list(claims))}")


@pytest.mark.decoded
@requirement("8414-2.1-06", broken_by="metadata-signed-in-signed")
@tolerates("legal-metadata-signed")
def test_signed_metadata_does_not_hold_itself(document: Mapping[str, Any]) -> None:
    """The claims of signed metadata hold no signed_metadata again."""
    assert fact(
        "signed_metadata" not in _signed(document)[1],
        "signed metadata without a member signed_metadata",
        f"claims: {shown(list(_signed(document)[1]))}",
    )
