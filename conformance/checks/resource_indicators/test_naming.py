"""How a client names a resource, and what the server makes of one that it does not take (RFC 8707 sections 2, 2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.checks.authorization.conftest import ending_of
from conformance.checks.resource_indicators.conftest import MADE_UP, AskFor, LandingAt, Pair
from conformance.checks.support.expectations import expect_refusal
from conformance.checks.support.facts import Fact, covers, fact, shown
from conformance.checks.support.resources import AudienceOf
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.owner.landing import Landing
from fixtures.target import Client
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


def calls_it_a_target(landing: Landing) -> Fact:
    """Whether the client is told invalid_target: at its redirection URI, or where it pushed the request."""
    if landing.pushed and landing.answer is not None:
        return landing.answer.has_error(TARGET)
    return landing.tells("error", TARGET)


def require_codes_for(resource: Indicated, landing_at: LandingAt, client: Client) -> None:
    """NotOffered where a request for this resource, and no other, leads to no code."""
    landing = landing_at(client, [resource.uri])
    if not landing.code:
        raise NotOffered(
            f"The server gives no code for the resource {resource.uri}: {ending_of(landing)}.",
            f"[resources.{resource.name}] uri of one that codes are given for",
        )


@requirement("8707-2.1-03", broken_by="resources-authorize-unknown-accepted")
@requirement("8707-2.1-04", broken_by="resources-authorize-error-is-invalid-request")
def test_an_authorization_request_for_no_resource_is_refused(
    landing_at: LandingAt, asking: Client, resource_api: Indicated
) -> None:
    """An authorization request whose resource is no absolute URI gives no code, and tells the client invalid_target."""
    require_codes_for(resource_api, landing_at, asking)
    landing = landing_at(asking, ["no-absolute-uri"])

    assert not landing.gives_code
    if landing.is_at_client or landing.pushed:
        assert calls_it_a_target(landing).of("8707-2.1-04")


@requirement("8707-2-03", broken_by="resources-authorize-repeated-refused")
@tolerates("legal-resources-one-at-a-time")
def test_an_authorization_request_may_name_two_resources(
    landing_at: LandingAt, asking: Client, pair: Pair
) -> None:
    """An authorization request that names two resources is no malformed one: it gives a code, or invalid_target."""
    require_codes_for(pair.first, landing_at, asking)
    landing = landing_at(asking, [pair.first.uri, pair.second.uri])
    if not landing.is_at_client and not landing.pushed:
        raise NotOffered(
            "The request for two resources ended at a page, which tells no reason.",
            "a server that tells the client",
        )
    if not landing.code:
        assert calls_it_a_target(landing)
