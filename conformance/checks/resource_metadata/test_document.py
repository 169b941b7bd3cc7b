"""What stands in the metadata of a protected resource, and where they are (RFC 9728 sections 2, 3 and 5)."""

from __future__ import annotations

import pytest

from conformance.checks.resource_metadata.conftest import Document, fetch, place_of
from conformance.checks.support.addresses import is_https_or_loopback
from conformance.checks.support.facts import equals, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.exchange import Send
from fixtures.http.urls import parts_of
from fixtures.jwt import Jwt, read_jwt
from fixtures.target import Target

pytestmark = pytest.mark.embedded(resource_metadata=True)

LISTS = (
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "resource_signing_alg_values_supported",
    "authorization_details_types_supported",
    "dpop_signing_alg_values_supported",
)
FLAGS = ("tls_client_certificate_bound_access_tokens", "dpop_bound_access_tokens_required")
ANY = (
    "legal-resource-metadata-without-servers",
    "legal-resource-metadata-without-methods",
    "legal-resource-metadata-with-more",
    "legal-resource-metadata-untold",
)
OWN_CHOICE = "nothing, for the member is optional"


@requirement("9728-3.2-01", broken_by="resource-metadata-as-text")
@requirement("9728-3.2-01", broken_by="resource-metadata-with-status-203")
@tolerates("legal-resource-metadata-with-more", "legal-resource-metadata-untold")
def test_the_document_comes_as_json(document: Document) -> None:
    """The metadata of the resource come with 200, as a JSON object of the type application/json."""
    assert document.answer.has_status(200)
    assert document.answer.has_type("application/json")
    assert document.answer.is_object


@requirement("9728-2-01", broken_by="resource-metadata-without-resource")
@tolerates("legal-resource-metadata-with-more")
def test_the_document_names_its_resource(document: Document) -> None:
    """The metadata name the resource that they are of, as an absolute URL without a fragment."""
    assert document.answer.holds_kind("resource", str, "a string")
    parts = parts_of(str(document.answer.members["resource"]))
    assert document.answer.member_is(
        "resource", parts.scheme and parts.netloc and not parts.fragment, "an absolute URL without a fragment"
    )


@requirement("9728-3.3-01", broken_by="resource-metadata-of-another")
@requirement("9728-3-01", broken_by="resource-metadata-of-another")
@tolerates("legal-resource-metadata-untold")
def test_the_document_stands_at_the_place_of_its_resource(document: Document, send: Send) -> None:
    """At the place that follows from the identifier in the metadata stand metadata that name this very identifier."""
    named = document.answer.members.get("resource")
    if not isinstance(named, str) or not parts_of(named).netloc:
        raise NotOffered("The document names no resource, and another check judges that.", OWN_CHOICE)
    if document.url == place_of(document.resource):
        assert equals("resource of the metadata", named, document.resource)
        return

    found = fetch(place_of(named), send)
    assert found.holds("resource", named)


@requirement("9728-3.3-02", broken_by="resource-metadata-told-of-another")
def test_the_challenge_tells_of_the_resource_that_was_asked(told_document: Document) -> None:
    """The metadata that a challenge tells of are of the very URL that was asked."""
    if not told_document.answer.is_success:
        raise NotOffered(
            "There are no metadata where the challenge says, and another check judges that.", OWN_CHOICE
        )
    assert equals(
        "resource of the metadata", told_document.answer.members.get("resource"), told_document.resource
    )


@requirement("9728-5.1-01", broken_by="resource-metadata-told-elsewhere")
def test_the_metadata_are_where_the_challenge_says(told_document: Document) -> None:
    """The URL in the parameter resource_metadata of a challenge answers with metadata of a resource."""
    assert told_document.answer.has_status(200)
    assert told_document.answer.holds("resource")


@requirement("9728-3.2-S01", broken_by="resource-metadata-servers-as-text")
@tolerates(*ANY)
def test_what_has_several_values_is_a_list(document: Document) -> None:
    """Members of the metadata that have several values are lists of strings."""
    told = {name: document.answer.members[name] for name in LISTS if name in document.answer.members}
    wrong = {
        name: value
        for name, value in told.items()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value)
    }

    assert no_exceptions(wrong, "a list of strings", of=told)


@requirement("9728-3.2-02", broken_by="resource-metadata-empty-list")
@tolerates(*ANY)
def test_what_has_no_value_is_left_out(document: Document) -> None:
    """No member of the metadata is an empty list, but for bearer_methods_supported, to which that means something."""
    empty = [
        f"{name}: []"
        for name, value in document.answer.members.items()
        if value == [] and name != "bearer_methods_supported"
    ]

    assert no_exceptions(empty, "no member without a value")


@requirement("9728-2-03", broken_by="resource-metadata-flag-as-text")
@tolerates(*ANY)
def test_what_is_so_or_not_is_a_truth_value(document: Document) -> None:
    """Members of the metadata that say whether something is so are true or false."""
    told = {name: document.answer.members[name] for name in FLAGS if name in document.answer.members}

    assert no_exceptions(
        {name: value for name, value in told.items() if not isinstance(value, bool)}, "a boolean"
    )


@requirement("9728-2-04", broken_by="resource-metadata-unknown-method")
@tolerates(*ANY)
def test_tokens_are_sent_in_ways_that_there_are(document: Document) -> None:
    """The metadata name no way to send a bearer token but header, body and query."""
    told = document.answer.members.get("bearer_methods_supported")
    if not isinstance(told, list):
        raise NotOffered("The metadata do not say how tokens are sent.", OWN_CHOICE)

    assert no_exceptions(
        [
            f"bearer_methods_supported with {shown(each)}"
            for each in told
            if each not in ("header", "body", "query")
        ],
        "header, body or query as bearer_methods_supported",
    )


@requirement("9728-2-05", broken_by="resource-metadata-signs-with-none")
@tolerates(*ANY)
def test_nothing_is_signed_by_none(document: Document) -> None:
    """The algorithms by which the resource signs its answers do not include 'none'."""
    told = document.answer.members.get("resource_signing_alg_values_supported", [])

    assert fact(
        "none" not in told,
        "algorithms without 'none'",
        f"resource_signing_alg_values_supported: {shown(told)}",
    )


@requirement("9728-2-06", broken_by="resource-metadata-keys-over-http")
@tolerates(*ANY)
def test_the_keys_of_the_resource_are_behind_https(document: Document) -> None:
    """Where the metadata name jwks_uri, it is an https URL."""
    told = document.answer.members.get("jwks_uri")

    assert fact(told is None or is_https_or_loopback(str(told)), "an https URL", f"jwks_uri: {shown(told)}")


@requirement("9728-2-07", broken_by="resource-metadata-without-scopes")
def test_the_scope_of_the_resource_is_told(document: Document) -> None:
    """The metadata say in scopes_supported which scope is asked for to reach the resource."""
    assert document.answer.holds("scopes_supported")


@requirement("9728-2-08", broken_by="resource-metadata-without-name")
def test_the_name_of_the_resource_is_told(document: Document) -> None:
    """The metadata say what the resource is called, in some language."""
    named = [name for name in document.answer.members if name.partition("#")[0] == "resource_name"]

    assert fact(named, "a member resource_name", f"members: {shown(list(document.answer.members))}")


def _signed(document: Document) -> Jwt:
    """The signed metadata; NotOffered where there are none."""
    told = document.answer.members.get("signed_metadata")
    found = read_jwt(told) if isinstance(told, str) else None
    if found is None:
        raise NotOffered("The resource signs no metadata.", OWN_CHOICE)
    return found


@requirement("9728-2.2-01", broken_by="resource-metadata-signed-without-signature")
def test_signed_metadata_are_signed(document: Document) -> None:
    """Signed metadata of a resource have a signature, and name in iss who vouches for them."""
    signed = _signed(document)

    assert fact(
        signed.signature and signed.algorithm.lower() != "none",
        "a signature",
        f"alg {signed.algorithm}, and {'a' if signed.signature else 'no'} signature behind it",
    )
    assert fact(signed.claims.get("iss"), "a claim iss", f"claims: {shown(list(signed.claims))}")


@requirement("9728-2.2-02", broken_by="resource-metadata-signed-in-signed")
def test_signed_metadata_do_not_hold_themselves(document: Document) -> None:
    """Signed metadata of a resource hold no signed_metadata again."""
    claims = _signed(document).claims

    assert fact("signed_metadata" not in claims, "no claim signed_metadata", f"claims: {shown(list(claims))}")


@requirement("9728-4-01", broken_by="resource-metadata-resources-as-text")
def test_the_server_lists_its_resources(target: Target) -> None:
    """Where the authorization server's metadata have protected_resources, it is a list of absolute URLs."""
    told = target.metadata.get("protected_resources")
    if told is None:
        raise NotOffered("The authorization server lists no resources.", OWN_CHOICE)
    entries = told if isinstance(told, list) else [told]
    odd = [each for each in entries if not isinstance(each, str) or not parts_of(each).netloc or "#" in each]

    assert fact(isinstance(told, list), "a list", f"protected_resources: {shown(told)}")
    assert no_exceptions(odd, "an absolute URL without a fragment")
