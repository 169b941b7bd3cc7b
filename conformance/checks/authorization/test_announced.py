"""What the metadata announce of authorization requests is served: response types and methods of PKCE (RFC 8414)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.facts import no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.owner.without_browser import Landing
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

KNOWN_TYPES = frozenset({"code", "token", "id_token", "none"})
KNOWN_METHODS = ("S256", "plain")
CHALLENGE = "a-challenge-of-either-method-and-of-43-letters"

AskEach = Callable[..., list[Landing]]


@pytest.fixture
def ask_each(ask: Ask, code_client: Client, clients: Clients) -> AskEach:
    """Opens a request, changed as told, as each client that gets codes: one without credentials among them."""
    kinds = [code_client, *(client for client in clients.all if client.may("authorization_code"))]
    own = {client.id: client for client in kinds if client.redirect_uris}

    def send(**changes: str | None) -> list[Landing]:
        return [ask(client, changes) for client in own.values()]

    return send


def listed(target: Target, name: str) -> list[str]:
    """The strings of a list in the metadata; NotOffered where there is none."""
    found = (target.metadata or {}).get(name)
    if not isinstance(found, list):
        raise NotOffered(f"The metadata have no {name}.", f"{name} in the server's metadata")
    return [each for each in found if isinstance(each, str)]


@requirement("8414-2-S03a", broken_by="metadata-announces-a-response-type-that-is-refused")
@tolerates("legal-metadata-without-lists", "legal-authorize-unknown-response-type-is-unauthorized")
def test_a_response_type_that_is_listed_is_known(target: Target, ask_each: AskEach) -> None:
    """No response type of the metadata is refused to every client as unsupported_response_type."""
    types = [each for each in listed(target, "response_types_supported") if set(each.split()) <= KNOWN_TYPES]
    refused = {}
    for each in types:
        landings = ask_each(response_type=each, nonce=secrets.token_urlsafe(12))
        told = {landing.parameters.get("error") for landing in landings if landing.is_at_client}
        if told == {"unsupported_response_type"}:
            refused[each] = "unsupported_response_type"

    assert no_exceptions(refused, "served to some client, or refused by another name", of=types)


@requirement("8414-2-S03a", broken_by="metadata-announces-a-method-that-is-refused")
@tolerates("legal-metadata-without-lists")
@pytest.mark.embedded(pkce_plain=False)
def test_a_method_that_is_listed_is_taken(target: Target, ask_each: AskEach) -> None:
    """Each method of PKCE in the metadata gets some client a code."""
    named = listed(target, "code_challenge_methods_supported")
    methods = [each for each in KNOWN_METHODS if each in named]
    refused = {}
    for each in methods:
        landings = ask_each(code_challenge=CHALLENGE[:43], code_challenge_method=each)
        if not any(landing.code for landing in landings):
            refused[each] = ", ".join(sorted({str(landing) for landing in landings}))

    assert no_exceptions(refused, "taken of some client", of=methods)
