"""What is exchanged for nothing: tokens that are not valid, and requests that are not (RFC 8693 sections 2.1, 2.2.2).

Each has one defect, and follows the exchange of a token without it.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable

import pytest

from conformance.checks.support.controls import LastingToken
from conformance.checks.support.expectations import expect_no_token, expect_refusal
from conformance.checks.support.facts import no_exceptions
from conformance.checks.support.liveness import Liveness
from conformance.checks.token_exchange.conftest import ACCESS_TOKEN, REFRESH_TOKEN, TYPE, Exchange
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.jwt import read_jwt
from fixtures.target import Target
from fixtures.target.clients import Clients
from fixtures.target.values import TOKEN_EXCHANGE

pytestmark = pytest.mark.embedded(exchange=True)
INVALID = "invalid_request"


# -- subject tokens that are not valid


@requirement("8693-2.1-03", broken_by="exchange-takes-anything")
@pytest.mark.usefixtures("exchanged")
def test_a_text_that_is_no_token_is_not_exchanged(exchange: Exchange) -> None:
    """A text that the server never issued gets no token."""
    assert not exchange.send(secrets.token_urlsafe(32)).grants_a_token


@requirement("8693-2.1-03", broken_by="exchange-signature-unchecked")
@pytest.mark.embedded(exchange=True, jwt=True)
def test_a_token_that_somebody_else_signed_is_not_exchanged(exchange: Exchange, subject: str) -> None:
    """A JWT that claims what a good access token claims, and that somebody else signed, gets no token."""
    exchange.require(subject)
    jwt = read_jwt(subject)
    if jwt is None:
        raise NotOffered(
            "The access tokens that are exchanged are no JWTs.",
            "nothing, for the form of an access token is the server's own choice",
        )
    header = {name: value for name, value in jwt.header.items() if name != "alg"}
    forged = assertion.sign(jwt.claims, assertion.new_key("RS256"), algorithm="RS256", header=header)

    assert not exchange.send(forged).grants_a_token


@requirement("8693-2.1-03", broken_by="exchange-takes-expired-tokens")
@tolerates("legal-exchange-of-own-tokens-only")
def test_an_expired_token_is_not_exchanged(
    exchange: Exchange, clients: Clients, lasting_token: LastingToken, liveness: Liveness, target: Target
) -> None:
    """An access token that was exchanged while it lived gets no token once its lifetime is over."""
    if exchange.source.grant != "client_credentials":
        raise NotOffered(
            "The server exchanges no token that a client got on its own behalf, as the expiring ones are got.",
            "nothing, for which tokens are exchanged is the server's policy",
        )
    brief = (one for one in clients.all if one.access_token_seconds is not None and one.may(TOKEN_EXCHANGE))
    exchanging = dataclasses.replace(exchange, client=next(brief, exchange.client))
    lasting = lasting_token(exchanging.client)
    exchanging.require(lasting.value)
    expired = liveness.wait_for_the_end(lasting.value, lasting.end, target.leeway)

    assert not exchanging.send(expired).grants_a_token


@requirement("8693-2.1-03", broken_by="exchange-takes-revoked-tokens")
@tolerates("legal-exchange-of-own-tokens-only")
def test_a_revoked_token_is_not_exchanged(
    exchange: Exchange, subject: str, liveness: Liveness, revocation: RevocationEndpoint
) -> None:
    """An access token that was exchanged, and that the server then calls dead after its revocation, gets no token."""
    liveness.require_alive(subject)
    exchange.require(subject)
    revocation.revoke(subject, as_=exchange.source.owner)
    if not liveness.is_dead(subject):
        raise NotOffered(
            "The server does not end an access token that is revoked, which other checks judge.",
            "nothing, for other checks judge it",
        )

    assert not exchange.send(subject).grants_a_token


@requirement("8693-3-02", broken_by="exchange-subject-type-ignored")
@tolerates("legal-exchange-of-refresh-tokens-refused")
def test_an_access_token_is_exchanged_as_nothing_else(exchange: Exchange) -> None:
    """An access token that the client calls a refresh token, or an assertion of SAML, gets no token."""
    exchange.require(exchange.subject())
    kinds = (REFRESH_TOKEN, f"{TYPE}saml1", f"{TYPE}saml2", f"{TYPE}no-such-type")
    answers = {kind: exchange.send(exchange.subject(), subject_token_type=kind) for kind in kinds}

    assert no_exceptions(
        {kind: str(answer) for kind, answer in answers.items() if answer.grants_a_token},
        "no token for an access token of another type",
        of=kinds,
    )


@requirement("8693-3-03", broken_by="exchange-takes-a-refresh-token-for-an-access-token")
@tolerates("legal-exchange-of-refresh-tokens-refused")
def test_a_refresh_token_is_not_exchanged_as_an_access_token(exchange: Exchange, refresh_token: str) -> None:
    """A refresh token that the client calls an access token gets no token."""
    exchange.require(exchange.subject())

    assert not exchange.send(refresh_token).grants_a_token


@pytest.fixture
def refresh_token(exchange: Exchange) -> str:
    """A fresh refresh token of the client; NotOffered where it gets none."""
    answer = exchange.answer_for(exchange.client, grant="authorization_code")
    if answer.refresh_token is None:
        raise NotOffered(
            f"The server gives {exchange.client.name} no refresh token.",
            f'[clients.{exchange.client.name}] grants = ["authorization_code", "refresh_token"]',
        )
    return answer.refresh_token


# -- requests that are not valid


@requirement("8693-2.1-01", broken_by="exchange-without-subject-token")
def test_nothing_is_exchanged_for_nothing(exchange: Exchange, subject: str) -> None:
    """A request without subject_token gets no token."""
    exchange.require(subject)

    expect_no_token(exchange.send(None))


@requirement("8693-2.1-02", broken_by="exchange-subject-type-is-optional")
def test_the_type_of_a_subject_token_is_required(exchange: Exchange, subject: str) -> None:
    """A request without subject_token_type gets no token."""
    exchange.require(exchange.subject())

    assert not exchange.send(subject, subject_token_type=None).grants_a_token


@requirement("8693-2.2.2-01", broken_by="exchange-error-is-invalid-grant")
@pytest.mark.usefixtures("exchanged")
def test_a_token_that_is_not_valid_is_an_invalid_request(exchange: Exchange) -> None:
    """The error for a subject token that the server never issued is invalid_request."""
    expect_refusal(exchange.send(secrets.token_urlsafe(32)), INVALID)


@requirement("8693-2.2.2-02", broken_by="exchange-unknown-audience-is-an-invalid-request")
@tolerates("legal-exchange-for-any-audience")
def test_a_service_that_is_refused_is_an_invalid_target(exchange: Exchange, subject: str) -> None:
    """Where a request for a service that nobody knows is refused, the error is invalid_target."""
    exchange.require(exchange.subject())
    answer = exchange.send(subject, audience="no-such-service")
    if not answer.grants_a_token:
        expect_refusal(answer, "invalid_target", control=lambda: exchange.require(exchange.subject()))


# -- actors


Acting = Callable[..., Answer]


@pytest.fixture
def acting(exchange: Exchange) -> Acting:
    """Exchanges a fresh token with an actor; NotOffered where a good actor token is refused."""

    def send(actor: str | None, kind: str | None = ACCESS_TOKEN) -> Answer:
        return exchange.send(exchange.subject(), actor_token=actor, actor_token_type=kind)

    good = send(exchange.subject())
    if good.is_failure:
        raise CannotTest(f"The exchange with an actor failed: {good.brief}.")
    if not good.grants_a_token:
        raise NotOffered(
            f"{exchange.client.name} may not name an actor: {good.brief}.",
            "a client that may act for others",
        )
    return send


@requirement("8693-2.1-06", broken_by="exchange-actor-unchecked")
@tolerates("legal-exchange-without-actors")
def test_a_text_that_is_no_token_is_no_actor(acting: Acting) -> None:
    """A request whose actor_token the server never issued gets no token."""
    assert not acting(secrets.token_urlsafe(32)).grants_a_token


@requirement("8693-2.1-04", broken_by="exchange-actor-without-type")
def test_the_type_of_an_actor_token_is_required(acting: Acting, exchange: Exchange) -> None:
    """A request with actor_token and without actor_token_type gets no token."""
    assert not acting(exchange.subject(), None).grants_a_token


@requirement("8693-2.1-05", broken_by="exchange-actor-type-alone")
def test_a_type_without_an_actor_token_is_no_request(acting: Acting) -> None:
    """A request with actor_token_type and without actor_token gets no token."""
    assert not acting(None).grants_a_token


# -- the client


@requirement("8693-2.1-07", broken_by="client-secret-unchecked")
@requirement("8693-2.1-07", broken_by="client-id-alone-is-enough")
def test_a_confidential_client_authenticates(exchange: Exchange, subject: str) -> None:
    """A confidential client exchanges no token with a wrong secret, nor by its name alone."""
    client = exchange.client
    exchange.require(subject)
    tried = {"its name alone": exchange.send(exchange.subject(), auth="none")}
    if client.secret is not None:
        wrong = client.with_secret("not-the-secret-of-this-client")
        tried["a wrong secret"] = exchange.send(exchange.subject(), as_=wrong)

    assert no_exceptions(
        {name: str(answer) for name, answer in tried.items() if answer.grants_a_token},
        "no token without the client's credentials",
        of=tuple(tried),
    )
