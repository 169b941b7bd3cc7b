"""How a client names a resource, and what the server makes of one that it does not take (RFC 8707 sections 2, 2.1)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import pytest

from conformance.checks.resource_indicators.conftest import MADE_UP, AskFor, Pair
from conformance.checks.support.controls import require_no_failure, s256
from conformance.checks.support.expectations import expect_refusal
from conformance.checks.support.facts import covers, fact, shown
from conformance.checks.support.resources import AudienceOf
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import NotOffered
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client
from fixtures.target.clients import Clients
from fixtures.target.values import Indicated

pytestmark = pytest.mark.embedded(resources=True)

TARGET = "invalid_target"


@pytest.mark.usefixtures("first_token")
@requirement("8707-2-01", broken_by="resources-relative-accepted")
@tolerates("legal-resources-anything-goes")
def test_a_relative_uri_names_no_resource(ask_for: AskFor) -> None:
    """A token request with a relative URI as its resource is refused."""
    assert not ask_for(["/resource"]).grants_a_token


@pytest.mark.usefixtures("first_token")
@requirement("8707-2-02", broken_by="resources-fragment-accepted")
@tolerates("legal-resources-anything-goes")
def test_a_uri_with_a_fragment_names_no_resource(ask_for: AskFor, resource_api: Indicated) -> None:
    """A token request whose resource has a fragment is refused."""
    assert not ask_for([f"{resource_api.uri}#part"]).grants_a_token


@pytest.mark.usefixtures("first_token")
@requirement("8707-2-06", broken_by="resources-error-is-invalid-request")
def test_a_resource_that_is_refused_is_an_invalid_target(ask_for: AskFor, resource_api: Indicated) -> None:
    """Whichever resource a token request is refused for, the error is invalid_target."""
    for uri in (MADE_UP, "/resource", f"{resource_api.uri}#part"):
        answer = ask_for([uri])
        if not answer.grants_a_token:
            expect_refusal(answer, TARGET)


@pytest.mark.usefixtures("first_token")
@requirement("8707-2-07", broken_by="resources-unknown-ignored")
@tolerates("legal-resources-anything-goes")
def test_an_unknown_resource_is_not_passed_over(ask_for: AskFor, audience_of: AudienceOf) -> None:
    """A token request for a resource that nobody told the server of is refused, or its token is for that one."""
    answer = ask_for([MADE_UP])
    if answer.grants_a_token:
        told = audience_of(answer)
        assert fact(MADE_UP in told, f"aud: {MADE_UP}, or a refusal", f"aud: {shown(sorted(told))}")


@requirement("8707-2.2-05", broken_by="resources-first-of-two-counts")
@tolerates("legal-resources-one-at-a-time", "legal-resources-mapped")
def test_a_token_for_two_resources_is_for_both(
    ask_for: AskFor, audience_of: AudienceOf, pair: Pair, audiences: Sequence[frozenset[str]]
) -> None:
    """A token request that names two resources gets a token for both, or is refused with invalid_target."""
    answer = ask_for([pair.first.uri, pair.second.uri])
    if not answer.grants_a_token:
        expect_refusal(answer, TARGET)
        return

    assert covers(audience_of(answer), audiences[0] | audiences[1], "aud")


def _landing(
    session: OwnerSession, authorization: AuthorizationEndpoint, client: Client, resources: Sequence[str]
) -> Landing:
    """Where an authorization request that names these resources ends, allowed by the owner."""
    url = authorization.request(
        client,
        scope=client.scope or None,
        state=secrets.token_urlsafe(12),
        code_challenge=s256(secrets.token_urlsafe(48)),
        code_challenge_method="S256",
        resource=resources or None,
    )
    landing = session.opens(url, client.redirect_uris)
    require_no_failure(landing)
    return landing


@pytest.fixture
def asking(clients: Clients) -> Client:
    """A confidential client that gets codes."""
    return clients.confidential("authorization_code")


@requirement("8707-2.1-03", broken_by="resources-authorize-unknown-accepted")
@requirement("8707-2.1-04", broken_by="resources-authorize-error-is-invalid-request")
def test_an_authorization_request_for_no_resource_is_refused(
    owner_session: OwnerSession,
    authorization: AuthorizationEndpoint,
    asking: Client,
    resource_api: Indicated,
) -> None:
    """An authorization request whose resource is no absolute URI gives no code, and tells the client invalid_target."""
    good = _landing(owner_session, authorization, asking, [resource_api.uri])
    if not good.code:
        raise NotOffered(
            f"The server gives no code for the resource {resource_api.uri}.",
            f"[resources.{resource_api.name}] uri of one that codes are given for",
        )
    landing = _landing(owner_session, authorization, asking, ["no-absolute-uri"])

    assert not landing.gives_code
    if landing.is_at_client:
        assert landing.tells("error", TARGET).of("8707-2.1-04")


@requirement("8707-2-03", broken_by="resources-authorize-repeated-refused")
@tolerates("legal-resources-one-at-a-time")
def test_an_authorization_request_may_name_two_resources(
    owner_session: OwnerSession, authorization: AuthorizationEndpoint, asking: Client, pair: Pair
) -> None:
    """An authorization request that names two resources is no malformed one: it gives a code, or invalid_target."""
    landing = _landing(owner_session, authorization, asking, [pair.first.uri, pair.second.uri])
    if not landing.is_at_client:
        raise NotOffered(
            "The request for two resources ended at a page, which tells no reason.",
            "a server that tells the client",
        )
    if not landing.code:
        assert landing.tells("error", TARGET)
