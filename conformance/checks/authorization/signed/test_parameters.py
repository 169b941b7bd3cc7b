"""What counts of a request is what its object holds, and nothing beside it (RFC 9101 sections 5 and 6.3)."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from conformance.checks.authorization.conftest import ordinary
from conformance.checks.authorization.signed.conftest import Signing
from conformance.checks.support.controls import Code, Redeem, ScopeOf, s256
from conformance.checks.support.facts import within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.owner.landing import Landing

pytestmark = pytest.mark.embedded(request_objects=True, par=True)
UNREGISTERED = "https://somewhere-else.example/cb"


def code_of(landing: Landing, signing: Signing, verifier: str) -> Code:
    """The code that a signed request led to, with what its redemption needs."""
    return Code(
        value=landing.code or "",
        client=signing.client,
        redirect_uri=signing.client.redirect_uri,
        verifier=verifier,
    )


@requirement("9101-6.3-01", broken_by="pkce-not-verified")
def test_the_challenge_of_the_object_counts(signing: Signing, redeem: Redeem) -> None:
    """A code is exchanged with the verifier of the challenge that stands in the object, and with no other."""
    verifier = secrets.token_urlsafe(48)
    codes = [
        code_of(signing.opens(signing.sign(signing.claims(code_challenge=s256(verifier)))), signing, verifier)
        for _ in range(2)
    ]
    redeem(codes[0]).require_success("A code of a signed request was not exchanged")

    answer = redeem(codes[1], code_verifier=secrets.token_urlsafe(48))

    assert not answer.grants_a_token


@requirement("9101-5-04", broken_by="request-object-outside-wins")
@requirement("9101-6.3-02", broken_by="request-object-outside-wins")
@requirement("9101-10.7-02", broken_by="request-object-outside-wins")
def test_another_value_beside_the_object_does_not_count(signing: Signing) -> None:
    """A state beside the object does not take the place of the one in it."""
    beside = secrets.token_urlsafe(12)

    landing = signing.opens(signing.sign(signing.claims()), ("state", beside))

    assert not landing.tells("state", beside)


@requirement("9101-6.3-S02", broken_by="request-object-merged-with-what-is-beside")
def test_what_stands_beside_the_object_alone_does_not_count(signing: Signing) -> None:
    """A state beside an object that has none does not come back."""
    beside = secrets.token_urlsafe(12)

    landing = signing.opens(signing.sign(signing.claims(state=None)), ("state", beside))

    assert not landing.tells("state", beside)


@requirement("9101-5-04", broken_by="request-object-outside-wins")
@requirement("9101-10.7-02", broken_by="request-object-outside-wins")
def test_the_scope_is_that_of_the_object(signing: Signing, redeem: Redeem, scope_of: ScopeOf) -> None:
    """A wider scope beside the object does not widen what it asks for."""
    wide = signing.client.asking_by("authorization_code").scope
    narrow = wide.split(" ")[0]
    if narrow == wide:
        raise NotOffered(
            f"[clients.{signing.client.name}] has one scope value at most.",
            f'[clients.{signing.client.name}] scope = "read write"',
        )
    verifier = secrets.token_urlsafe(48)
    claims = signing.claims(scope=narrow, code_challenge=s256(verifier))
    landing = signing.opens(signing.sign(claims), ("scope", wide))
    if not landing.code:
        raise NotOffered(
            "The server refuses an object beside which another scope stands, so nothing is widened.",
            "a server that leaves what stands beside an object aside",
        )
    answer = redeem(code_of(landing, signing, verifier)).require_success("The code was not exchanged")

    assert within(scope_of(answer, asked=frozenset({narrow})), {narrow})


@requirement("9101-5-S03", broken_by="request-object-needs-more-beside-it")
def test_an_object_is_enough(signing: Signing) -> None:
    """A request of client_id and its object, and nothing else, leads to a code."""
    alone = replace(signing, outside=())

    landing = alone.opens(alone.sign(alone.claims()))

    assert landing.gives_code


@requirement("9101-5-S01", broken_by="request-object-alone-or-not-at-all")
def test_the_same_values_beside_the_object_do_no_harm(in_the_query: Signing) -> None:
    """A request may repeat beside the object what stands in it, and leads to a code all the same."""
    claims = in_the_query.claims()
    named = [name for name, _ in ordinary(in_the_query.client, {}) if name != "client_id"]
    beside = [(name, str(claims[name])) for name in named if name in claims]

    landing = in_the_query.opens(in_the_query.sign(claims), *beside)

    assert landing.gives_code


@requirement("9101-6.3-04", broken_by="par-takes-new-redirect-uris")
def test_an_object_brings_no_new_redirect_uri(in_the_query: Signing) -> None:
    """An object with a redirection URI that the client never registered has nobody sent there."""
    claims = in_the_query.claims(redirect_uri=UNREGISTERED)

    landing = in_the_query.opens(in_the_query.sign(claims), uris=[UNREGISTERED])

    assert not landing.gives_code


@requirement("9101-6.3-04", broken_by="request-object-of-any-response-type")
@requirement("9101-6.3-05", broken_by="request-object-of-any-response-type")
@tolerates("legal-request-object-refused-on-a-page")
def test_the_request_in_an_object_is_looked_at(signing: Signing) -> None:
    """An object with a response_type that no server has leads to no code."""
    landing = signing.opens(signing.sign(signing.claims(response_type="no_such_type")))

    assert not landing.gives_code
