"""What the members of the document are: present where they are required, of their type, and plausible as URLs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.checks.support.addresses import is_https_or_loopback
from conformance.checks.support.facts import Fact, as_json, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.urls import is_web

LISTS = (
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "ui_locales_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported",
)
URLS = (
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "service_documentation",
    "op_policy_uri",
    "op_tos_uri",
)
FRONT_CHANNEL_GRANTS = frozenset({"authorization_code", "implicit"})


def _grants(document: Mapping[str, Any]) -> frozenset[str] | None:
    """The grant types that the document lists, or None when it lists none."""
    listed = document.get("grant_types_supported")
    return frozenset(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else None


def names_string(document: Mapping[str, Any], name: str) -> Fact:
    """Whether the document has this member, as a string."""
    told = as_json(document[name]) if name in document else "absent"
    return fact(isinstance(document.get(name), str), f"a member {name} that is a string", f"{name}: {told}")


@requirement("8414-2-02", broken_by="metadata-authorization-endpoint-missing")
def test_the_authorization_endpoint_is_named(document: Mapping[str, Any]) -> None:
    """The document names the authorization endpoint where a grant of the server uses one."""
    grants = _grants(document)
    if grants is not None and not grants & FRONT_CHANNEL_GRANTS:
        raise NotOffered(
            "The server lists no grant that uses an authorization endpoint.",
            "grant_types_supported of the server",
        )

    assert names_string(document, "authorization_endpoint")


@requirement("8414-2-03", broken_by="metadata-token-endpoint-missing")
def test_the_token_endpoint_is_named(document: Mapping[str, Any]) -> None:
    """The document names the token endpoint where a grant of the server uses one."""
    if _grants(document) == frozenset({"implicit"}):
        raise NotOffered("The server lists the implicit grant alone.", "grant_types_supported of the server")

    assert names_string(document, "token_endpoint")


@requirement("8414-2-11", broken_by="metadata-response-types-missing")
def test_response_types_are_listed(document: Mapping[str, Any]) -> None:
    """The document lists the response types of the server."""
    assert fact(
        "response_types_supported" in document,
        "a member response_types_supported",
        f"members: {shown(list(document))}",
    )


@requirement("6749-8.4-01", broken_by="metadata-response-type-with-hyphen")
def test_response_types_have_plain_names(document: Mapping[str, Any]) -> None:
    """Every response type that is listed consists of names of letters, digits and underscores, one space apart."""
    listed = document.get("response_types_supported")
    if not isinstance(listed, list):
        raise NotOffered("The document lists no response types.", "response_types_supported in the metadata")

    wrong = [
        f"response_types_supported with {as_json(name)}"
        for name in listed
        if not re.fullmatch(r"\w+( \w+)*", str(name), re.ASCII)
    ]

    assert no_exceptions(wrong, "response types of letters, digits and underscores, one space apart")


@requirement("8414-2-S02", broken_by="metadata-response-types-as-string")
@requirement("8414-3.2-S01", broken_by="metadata-response-types-as-string")
def test_what_holds_several_values_is_a_list_of_strings(document: Mapping[str, Any]) -> None:
    """Every list in the document is a JSON array of strings."""
    wrong = {
        name: document[name]
        for name in LISTS
        if name in document
        and not (isinstance(document[name], list) and all(isinstance(item, str) for item in document[name]))
    }

    assert no_exceptions(
        {name: as_json(value) for name, value in wrong.items()}, "an array of strings for each list"
    )


@requirement("8414-2-S02", broken_by="metadata-token-endpoint-relative")
@requirement("8414-2-S02", broken_by="metadata-null-member")
def test_what_names_a_place_is_an_absolute_url(document: Mapping[str, Any]) -> None:
    """Every endpoint and every document that is named is an absolute http or https URL."""
    wrong = {name: document[name] for name in URLS if name in document and not is_web(str(document[name]))}

    assert no_exceptions(
        {name: as_json(value) for name, value in wrong.items()},
        "an absolute http or https URL for each place",
    )


@requirement("8414-3.2-03", broken_by="metadata-empty-list")
def test_a_list_without_values_is_left_out(document: Mapping[str, Any]) -> None:
    """No member of the document is an empty array."""
    empty = [f"{name}: []" for name, value in document.items() if value == []]

    assert no_exceptions(empty, "lists with a value, or none")


@requirement("8414-2-05", broken_by="metadata-jwks-over-http")
@tolerates("legal-metadata-with-keys")
def test_the_key_set_is_fetched_over_https(document: Mapping[str, Any]) -> None:
    """The URL of the key set is https."""
    if not isinstance(document.get("jwks_uri"), str):
        raise NotOffered("The document names no jwks_uri.", "jwks_uri in the server's metadata")

    assert fact(
        is_https_or_loopback(document["jwks_uri"]), "a jwks_uri that begins with https", document["jwks_uri"]
    )


@requirement("6749-3.1-03", broken_by="metadata-authorization-endpoint-with-fragment")
@requirement("6749-3.2-02", broken_by="metadata-token-endpoint-with-fragment")
@requirement("7009-2-02", broken_by="metadata-revocation-endpoint-with-fragment")
def test_no_endpoint_has_a_fragment(document: Mapping[str, Any]) -> None:
    """The URLs of the authorization, token and revocation endpoints have no fragment."""
    names = {
        "authorization_endpoint": "6749-3.1-03",
        "token_endpoint": "6749-3.2-02",
        "revocation_endpoint": "7009-2-02",
    }
    urls = {name: document[name] for name in names if isinstance(document.get(name), str)}
    wrong = {name: url for name, url in urls.items() if "#" in url}

    assert no_exceptions(wrong, "a URL without a fragment", of=urls.keys()).of(
        next((names[name] for name in wrong), "")
    )


@requirement("7009-2-04", broken_by="metadata-revocation-endpoint-over-http")
@requirement("7009-2-07", broken_by="metadata-revocation-endpoint-over-http")
def test_the_revocation_endpoint_is_never_published_as_http(document: Mapping[str, Any]) -> None:
    """The URL under which the document publishes the revocation endpoint is https."""
    if not isinstance(document.get("revocation_endpoint"), str):
        raise NotOffered(
            "The document names no revocation endpoint.", "revocation_endpoint in the server's metadata"
        )

    assert fact(
        is_https_or_loopback(document["revocation_endpoint"]),
        "a revocation_endpoint that begins with https",
        document["revocation_endpoint"],
    )


@requirement("9207-3-S01", broken_by="metadata-iss-parameter-as-string")
def test_the_claim_about_iss_is_a_boolean(document: Mapping[str, Any]) -> None:
    """What the document says of the iss parameter is true or false as JSON has them."""
    name = "authorization_response_iss_parameter_supported"
    if name not in document:
        raise NotOffered(
            f"The document does not hold {name}; left out, it means false.", f"{name} in the metadata"
        )

    assert fact(
        isinstance(document[name], bool), f"{name}: true or false", f"{name}: {as_json(document[name])}"
    )


@requirement("8414-2-09", broken_by="metadata-scopes-missing")
def test_scopes_are_listed(document: Mapping[str, Any]) -> None:
    """The document lists scope values that the server knows."""
    assert fact(
        document.get("scopes_supported"),
        "a member scopes_supported that lists scope values",
        f"scopes_supported: {shown(document.get('scopes_supported'))}",
    )
