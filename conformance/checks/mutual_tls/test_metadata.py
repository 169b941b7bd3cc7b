"""What the metadata tell of mutual TLS: whether tokens are bound, and where its clients go (RFC 8705, 3.3 and 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.mutual_tls.conftest import BOUND, PKI, of_the_file
from conformance.checks.support.controls import Issued
from conformance.checks.support.facts import Fact, all_of, as_json, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.urls import parts_of
from fixtures.target import Target
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(tls=True, mtls=True, par=True)

ALIASES = "mtls_endpoint_aliases"


def told(target: Target, member: str) -> object:
    """A member of the metadata; NotOffered where it is not there, as it need not be."""
    if target.unreachable:
        raise CannotTest(target.unreachable)
    if member not in target.metadata:
        raise NotOffered(f"The metadata tell no {member}.", "nothing in the target file: it is optional")
    return target.metadata[member]


@requirement("8705-3.3-S01", broken_by="mtls-bound-tokens-announced-in-words")
@tolerates("legal-mtls-without-aliases")
def test_bound_tokens_are_announced_by_a_boolean(target: Target) -> None:
    """tls_client_certificate_bound_access_tokens is true or false, and no text."""
    found = told(target, BOUND)

    assert fact(isinstance(found, bool), f"{BOUND}: true or false", f"{BOUND}: {as_json(found)}")


def is_endpoint(url: object, issuer: str) -> Fact:
    """Whether one of the aliases names an endpoint by a URL that TLS can be spoken with.

    A server that speaks no TLS at all, as one on loopback for a test, has its aliases in the clear too.
    """
    parts = parts_of(url) if isinstance(url, str) else None
    schemes = {"https", parts_of(issuer).scheme}
    return fact(
        parts is not None and parts.scheme in schemes and parts.hostname,
        "the URL of an endpoint, with https",
        as_json(url),
    )


@requirement("8705-5-S01", broken_by="mtls-aliases-in-a-list")
@requirement("8705-5-S01", broken_by="mtls-aliases-empty")
@requirement("8705-5-S02", broken_by="mtls-aliases-without-tls")
def test_aliases_are_endpoints_by_name(target: Target) -> None:
    """mtls_endpoint_aliases is an object with one endpoint or more, each by its name and as a URL with https."""
    found = told(target, ALIASES)

    assert fact(
        isinstance(found, dict) and found,
        f"{ALIASES}: an object with members",
        f"{ALIASES}: {as_json(found)}",
    )
    named = {name: url for name, url in dict(found).items() if name.endswith("_endpoint")}  # type: ignore[call-overload]
    assert fact(named, f"{ALIASES} with an endpoint", f"{ALIASES}: {as_json(found)}")
    assert all_of({name: is_endpoint(url, target.issuer) for name, url in named.items()}).of("8705-5-S02")


@requirement("8705-5-S03", broken_by="mtls-alias-leads-nowhere")
@tolerates("legal-mtls-at-the-aliases-only")
def test_the_alias_is_the_endpoint(
    target: Target, clients: Clients, token: TokenEndpoint, issued: Issued
) -> None:
    """Where the metadata have an alias of the token endpoint, it serves a client with its certificate."""
    aliases = told(target, ALIASES)
    alias = aliases.get("token_endpoint") if isinstance(aliases, dict) else None
    if not isinstance(alias, str):
        raise NotOffered("The metadata have no alias of the token endpoint.", "nothing: it is optional")
    client = of_the_file(clients, PKI)
    fields = {"grant_type": "client_credentials", "scope": client.scope or None}
    answer = issued.note(client, token.post(fields, as_=client))
    if not answer.grants_a_token:
        elsewhere = token.post(fields, as_=replace(client, aliases={}))
        issued.note(client, elsewhere).require_success(
            f"{client.name} got no token with its certificate, at the alias and at the endpoint itself"
        )

    assert answer.grants_a_token
