"""Where requests have to be signed, none that is not leads anywhere (RFC 9101 section 10.5)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.conftest import ordinary
from conformance.checks.authorization.signed.conftest import QUERY, Enrol, Signing, Ways
from conformance.checks.support.facts import all_of, fact, shown
from conformance.ledger.requirement import requirement
from fixtures import assertion
from fixtures.errors import NotOffered
from fixtures.target import Target

MEMBER = "require_signed_request_object"


@pytest.fixture
def required(signing: Signing, target: Target) -> Signing:
    """A client that signs its requests; NotOffered where the server does not demand that of all."""
    if target.metadata.get(MEMBER) is not True:
        raise NotOffered(
            "The server takes requests that are not signed.", f"{MEMBER} = true in the server's metadata"
        )
    return signing


@pytest.fixture
def bound(ways: Ways, enrol: Enrol) -> Signing:
    """A client that registered itself with the demand that its requests be signed."""
    return ways.signing(QUERY, enrol("bound", require_signed_request_object=True))


def plain(signing: Signing) -> list[tuple[str, str]]:
    """The parameters of an ordinary request that nobody signed."""
    return [pair for pair in ordinary(signing.client, {}) if pair[0] != "client_id"]


@pytest.mark.embedded(request_objects=True, par=True, request_objects_required=True)
@requirement("9101-10.5-03", broken_by="request-object-not-required-after-all")
def test_a_plain_request_is_refused_where_all_are_signed(required: Signing) -> None:
    """A server whose metadata say that requests have to be signed gives no code for one that is not."""
    landing = required.opens(None, *plain(required))

    assert not landing.gives_code


@pytest.mark.embedded(request_objects=True, par=True, request_objects_required=True)
@requirement("9101-10.5-04", broken_by="request-object-alg-none-accepted")
def test_an_unsigned_object_is_refused_where_all_are_signed(required: Signing) -> None:
    """A server whose metadata say that requests have to be signed gives no code for an object of alg none."""
    landing = required.opens(assertion.unsigned(required.claims()))

    assert not landing.gives_code


@pytest.mark.embedded(request_objects=True)
@requirement("9101-10.5-01", broken_by="request-object-not-required-after-all")
def test_a_plain_request_is_refused_of_a_client_that_signs_all(bound: Signing) -> None:
    """A client that registered that its requests are signed gets no code for one that is not."""
    landing = bound.opens(None, *plain(bound))

    assert not landing.gives_code


@pytest.mark.embedded(request_objects=True)
@requirement("9101-10.5-02", broken_by="request-object-alg-none-accepted")
def test_an_unsigned_object_is_refused_of_a_client_that_signs_all(bound: Signing) -> None:
    """A client that registered that its requests are signed gets no code for an object of alg none."""
    landing = bound.opens(assertion.unsigned(bound.claims()))

    assert not landing.gives_code


@pytest.mark.embedded(request_objects=True)
@requirement("9101-10.5-S01", broken_by="request-object-demand-as-a-string")
def test_the_demand_is_a_boolean(target: Target) -> None:
    """Where the metadata say whether requests have to be signed, it is as true or false."""
    if MEMBER not in target.metadata:
        raise NotOffered("The metadata do not say it, and need not.", f"{MEMBER} in the server's metadata")
    told = target.metadata[MEMBER]

    assert all_of({MEMBER: fact(isinstance(told, bool), "true or false", shown(told))})
