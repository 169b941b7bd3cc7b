"""An object is of the client that sends it, for this server and for now (RFC 9101 sections 4, 5, 6.3 and 9.1)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.signed.conftest import PUSHED, QUERY, Signing, Ways
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(request_objects=True, par=True)

FAR = 86_400
"""Seconds by which no clock is wrong."""


@requirement("9101-4-S01", broken_by="request-object-aud-unchecked")
@tolerates("legal-request-object-needs-every-claim", "legal-request-object-needs-its-type")
def test_an_object_for_another_server_is_refused(signing: Signing) -> None:
    """An object whose aud names another server leads to no code."""
    landing = signing.opens(signing.sign(signing.claims(aud="https://another.example")))

    assert not landing.gives_code


@requirement("9101-4-S02", broken_by="request-object-iss-unchecked")
def test_an_object_of_another_issuer_is_refused(signing: Signing) -> None:
    """An object whose iss names somebody else than the client leads to no code."""
    landing = signing.opens(signing.sign(signing.claims(iss="somebody-else")))

    assert not landing.gives_code


@requirement("9101-9.1-S01", broken_by="request-object-exp-unchecked")
def test_an_expired_object_is_refused(signing: Signing) -> None:
    """An object that expired a day ago leads to no code."""
    then = int(signing.clock()) - FAR

    landing = signing.opens(signing.sign(signing.claims(iat=then - 60, exp=then)))

    assert not landing.gives_code


@requirement("9101-9.1-S01", broken_by="request-object-nbf-unchecked")
def test_an_object_is_refused_before_its_time(signing: Signing) -> None:
    """An object that is not to be taken before tomorrow leads to no code."""
    then = int(signing.clock()) + FAR

    landing = signing.opens(signing.sign(signing.claims(nbf=then, exp=then + 60)))

    assert not landing.gives_code


@requirement("9101-5-02", broken_by="request-object-client-id-unchecked")
@requirement("9101-6.3-03", broken_by="request-object-client-id-unchecked")
@requirement("9101-10.7-01", broken_by="request-object-client-id-unchecked")
@requirement("9126-3-03", broken_by="request-object-client-id-unchecked")
def test_an_object_about_another_client_is_refused(signing: Signing, clients: Clients) -> None:
    """An object whose client_id is that of another client leads to no code, for neither of them."""
    others = [each for each in clients.all if each.id != signing.client.id]
    if not others:
        raise NotOffered("The target file has one client alone.", '[clients.other] id = ".."')

    landing = signing.opens(signing.sign(signing.claims(client_id=others[0].id)))

    assert not landing.gives_code


@pytest.mark.parametrize("way", [QUERY, PUSHED])
@requirement("9101-5-02", broken_by="request-object-sent-by-anybody")
@requirement("9126-3-03", broken_by="request-object-sent-by-anybody")
def test_another_client_does_not_send_it(ways: Ways, signer: Client, clients: Clients, way: str) -> None:
    """An object leads to no code for another client, whose client_id stands beside it."""
    signing = ways.signing(way, signer)
    others = [
        each for each in clients.all if each.id != signer.id and each.redirect_uris and not each.is_public
    ]
    if not others:
        raise NotOffered(
            "One confidential client alone gets codes.", '[clients.other] redirect_uris = [".."]'
        )

    landing = signing.opens(signing.sign(signing.claims()), client=others[0])

    assert not landing.gives_code


@requirement("9101-6.3-S01", broken_by="request-object-without-client-id")
@tolerates("legal-request-object-needs-every-claim")
def test_an_object_that_names_no_client_is_refused(signing: Signing) -> None:
    """An object without client_id leads to no code, for it cannot be the same as the one beside it."""
    landing = signing.opens(signing.sign(signing.claims(client_id=None)))

    assert not landing.gives_code


@requirement("9101-4-S03", broken_by="request-object-in-a-request-object")
def test_an_object_holds_no_other(signing: Signing) -> None:
    """An object that holds another one as request is refused, or the outer one counts: the inner one never does."""
    inner = signing.sign(signing.claims(state="of-the-inner-one"))

    landing = signing.opens(signing.sign(signing.claims(state="of-the-outer-one", request=inner)))

    assert not landing.tells("state", "of-the-inner-one")
