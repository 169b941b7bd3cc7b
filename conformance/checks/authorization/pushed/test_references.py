"""What a request_uri is good for: its own client, once, for a while, and nothing beside it (RFC 9126 section 4)."""

from __future__ import annotations

import secrets

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.authorization.pushed.conftest import OpenReference, Push, request_uri_of
from conformance.checks.support.controls import Code, Redeem, s256
from conformance.checks.support.facts import fact, shown
from conformance.checks.support.waiting import Patience
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint, PushedAuthorizationEndpoint
from fixtures.errors import NotOffered
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Target

pytestmark = pytest.mark.embedded(par=True)
UNREGISTERED = "https://somewhere-else.example/cb"


@requirement("9126-2.2-03", broken_by="par-request-uri-for-every-client")
@tolerates("legal-par-request-uri-of-its-own-form")
def test_a_reference_is_its_own_clients(
    push: Push, open_reference: OpenReference, confidential_client: Client, second_client: Client
) -> None:
    """A request_uri that another client shows leads to no code."""
    request_uri = request_uri_of(push(confidential_client))

    landing = open_reference(second_client, request_uri)

    assert not landing.gives_code


@requirement("9126-4-01", broken_by="par-request-uri-for-ever")
@requirement("9126-7.3-01", broken_by="par-request-uri-for-ever")
@tolerates("legal-par-request-uri-of-its-own-form")
def test_a_reference_gives_one_code(push: Push, open_reference: OpenReference, code_client: Client) -> None:
    """A request_uri that led to a code leads to no second one."""
    request_uri = request_uri_of(push(code_client))
    first = open_reference(code_client, request_uri)
    if not first.code:
        raise NotOffered("The first use gave no code.", "a client that gets codes by pushed requests")

    second = open_reference(code_client, request_uri)

    assert not second.gives_code


@requirement("9126-4-02", broken_by="par-request-uri-never-expires")
def test_an_expired_reference_gives_no_code(
    push: Push, open_reference: OpenReference, code_client: Client, patience: Patience, target: Target
) -> None:
    """A request_uri whose lifetime is over leads to no code."""
    answer = push(code_client).require_success("A pushed authorization request was refused")
    told = answer.members.get("expires_in")
    seconds = float(told) if isinstance(told, int) and not isinstance(told, bool) else None
    lifetime = patience.require(seconds, "A request_uri", "a server that tells how long a request_uri lives")
    wait = patience.once_over(request_uri_of(answer), lifetime + (target.leeway or 0.0))

    landing = open_reference(code_client, wait())

    assert not landing.gives_code


@requirement("9126-4-S02", broken_by="par-outside-parameters-count")
def test_what_stands_beside_a_reference_does_not_count(
    push: Push, open_reference: OpenReference, code_client: Client
) -> None:
    """A state beside request_uri does not take the place of the one that was pushed."""
    pushed, beside = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    request_uri = request_uri_of(push(code_client, state=pushed))

    landing = open_reference(code_client, request_uri, ("state", beside))

    came = {**landing.fragment, **landing.query}.get("state")
    assert fact(came != beside, "not the state that stood beside request_uri", f"state: {shown(came)}")


@requirement("9126-2.1-04", broken_by="pkce-not-verified")
@requirement("9126-4-03", broken_by="pkce-not-verified")
def test_the_challenge_that_was_pushed_counts(ask: Ask, redeem: Redeem, code_client: Client) -> None:
    """A code of a pushed request is exchanged with the verifier of its challenge, and with no other."""
    codes = []
    verifier, wrong = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    for _ in range(2):
        landing = ask(code_client, code_challenge=s256(verifier))
        uri = code_client.redirect_uri
        codes.append(Code(value=landing.code or "", client=code_client, redirect_uri=uri, verifier=verifier))
    redeem(codes[0]).require_success("A code of a pushed request was not exchanged")

    answer = redeem(codes[1], code_verifier=wrong)

    assert not answer.grants_a_token


@requirement("9126-2.1-03", broken_by="par-takes-new-redirect-uris")
@requirement("9126-7.2-01", broken_by="par-takes-new-redirect-uris")
def test_a_public_client_brings_no_new_redirect_uri(
    push: Push,
    pushing: PushedAuthorizationEndpoint,
    owner_session: OwnerSession,
    pushing_public_client: Client,
) -> None:
    """A public client that pushes a redirection URI that it never registered has nobody sent there."""
    answer = push(pushing_public_client, redirect_uri=UNREGISTERED)
    if not answer.is_success:
        return
    url = pushing.reference(pushing_public_client.id, request_uri_of(answer))

    landing = owner_session.opens(url, [UNREGISTERED])

    assert not landing.gives_code


@pytest.mark.embedded(par=True, par_required=True)
@requirement("9126-4-S01", broken_by="par-not-required-after-all")
def test_a_request_is_pushed_where_all_are(
    target: Target, authorization: AuthorizationEndpoint, owner_session: OwnerSession, code_client: Client
) -> None:
    """A server whose metadata say that requests have to be pushed gives no code for one that was not."""
    if target.metadata.get("require_pushed_authorization_requests") is not True:
        raise NotOffered(
            "The server takes requests that were not pushed.",
            "require_pushed_authorization_requests = true in the server's metadata",
        )
    challenge = s256(secrets.token_urlsafe(48))
    url = authorization.request(
        code_client,
        scope=code_client.scope or None,
        code_challenge=challenge,
        code_challenge_method="S256",
    )

    landing = owner_session.opens(url, code_client.redirect_uris)

    assert not landing.gives_code
