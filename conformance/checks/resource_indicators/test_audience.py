"""A token for a resource is for that resource: its audience, its scope, and what it opens (RFC 8707 sections 2, 3)."""

from __future__ import annotations

import pytest

from conformance.checks.resource_indicators.conftest import AskFor, Pair
from conformance.checks.support.facts import differ, equals, fact, shown, within
from conformance.checks.support.resources import AudienceOf
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.jwt import Jwt, read_jwt
from fixtures.target import Client
from fixtures.target.values import Indicated

pytestmark = pytest.mark.embedded(resources=True, jwt=True)


@requirement("8707-2-08", broken_by="resources-one-audience-for-all")
@tolerates("legal-resources-mapped")
@pytest.mark.embedded(resources=True)
def test_a_token_is_for_the_resource_that_was_named(
    ask_for: AskFor, audience_of: AudienceOf, pair: Pair, first_token: Answer
) -> None:
    """Tokens for two resources differ in their audience, as the token or introspection tells it."""
    other = ask_for([pair.second.uri]).require_success(f"No token was given for {pair.second.uri}")
    first, second = audience_of(first_token), audience_of(other)

    assert differ("audiences of tokens for two resources", sorted(first), sorted(second))


def _profiled(answer: Answer) -> Jwt:
    """The token of an answer where it is a JWT of RFC 9068."""
    jwt = read_jwt(answer.access_token or "")
    if jwt is None or jwt.type != "at+jwt":
        raise NotOffered(
            "The access token for a resource is no JWT that says it follows RFC 9068.",
            "nothing, for the form of an access token is the server's own choice",
        )
    return jwt


@requirement("9068-5-01", broken_by="resources-one-audience-for-all")
@tolerates("legal-resources-mapped")
def test_jwt_access_tokens_for_two_resources_have_two_audiences(
    ask_for: AskFor, pair: Pair, first_token: Answer
) -> None:
    """The claim aud is not the same in JWT access tokens for two resources."""
    other = ask_for([pair.second.uri]).require_success(f"No token was given for {pair.second.uri}")

    assert differ(
        "aud of tokens for two resources",
        _profiled(first_token).claims.get("aud"),
        _profiled(other).claims.get("aud"),
    )


@requirement("9068-3-01", broken_by="resources-named-by-their-path")
def test_the_audience_is_what_the_client_named(first_token: Answer, resource_api: Indicated) -> None:
    """The claim aud of a JWT access token is the value of the parameter resource."""
    told = _profiled(first_token).claims.get("aud")

    assert fact(
        told in (resource_api.uri, [resource_api.uri]), f"aud: {resource_api.uri}", f"aud: {shown(told)}"
    )


@requirement("9068-2.2.3-02", broken_by="resources-scope-not-narrowed")
def test_the_scope_of_a_token_means_something_to_its_resource(
    ask_for: AskFor, resource_api: Indicated
) -> None:
    """A JWT access token for one resource has no scope value that the resource does not know."""
    if not resource_api.scopes:
        raise NotOffered(
            f"Nobody says which scope {resource_api.uri} understands.",
            f'[resources.{resource_api.name}] scope = ".."',
        )
    answer = ask_for([resource_api.uri])
    if not answer.grants_a_token:
        raise NotOffered(
            "The server refuses a request for more scope than the resource understands, as it may.",
            "nothing, for a refusal conforms",
        )
    told = _profiled(answer).claims.get("scope", "")

    assert within(frozenset(str(told).split()), resource_api.scopes)


@requirement("8707-2.2-06", broken_by="resources-narrowed-scope-untold")
def test_a_scope_that_was_narrowed_is_told(
    ask_for: AskFor, introspection: IntrospectionEndpoint, resource_api: Indicated, web: Client
) -> None:
    """Where a token for a resource has less scope than was asked for, the token answer tells which."""
    asked = web.asking_by("client_credentials").scopes
    answer = ask_for([resource_api.uri]).require_success(f"No token was given for {resource_api.uri}")
    jwt = read_jwt(answer.access_token or "")
    told = jwt.claims.get("scope") if jwt is not None else None
    if told is None:
        told = introspection.introspect(answer.access_token or "").members.get("scope")
    if not isinstance(told, str) or not asked or frozenset(told.split()) >= asked:
        raise NotOffered(
            "The token was not seen to have less scope than was asked for.",
            f"[clients.{web.name}] scope with values that [resources.{resource_api.name}] does not understand",
        )

    assert equals("scope of the token answer", answer.scope, frozenset(told.split()))


@requirement("8707-3-S01", broken_by="resources-audience-unchecked")
@requirement("9068-4-06", broken_by="resources-audience-unchecked")
@tolerates("legal-resources-mapped")
def test_a_token_opens_no_other_resource(ask_for: AskFor, send: Send, pair: Pair) -> None:
    """A token for one resource does not open another one, which a token for that one opens."""
    places = [each for each in pair if each.url]
    if not places:
        raise NotOffered(
            "Nobody says where the resources are asked.", f'[resources.{pair.first.name}] url = "https://.."'
        )
    at = places[0]
    other = pair.second if at is pair.first else pair.first
    resource = ResourceEndpoint(url=at.url, send=send)
    own = ask_for([at.uri]).require_success(f"No token was given for {at.uri}").access_token or ""
    if not resource.admits(own):
        raise CannotTest(
            f"A token for {at.uri} does not open {at.url}, so nothing can be learnt from a refusal.",
            f"Does [resources.{at.name}] url take tokens for its uri?",
        )
    foreign = ask_for([other.uri]).require_success(f"No token was given for {other.uri}").access_token or ""

    assert not resource.admits(foreign)
