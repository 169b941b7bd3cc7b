"""What OAuth 2.1 (draft 15) asks of the token endpoint, and RFC 6749 does not, or has otherwise."""

from __future__ import annotations

import pytest

from conformance.checks.support.controls import CodeFor, Grant, Redeem
from conformance.checks.support.facts import all_of, as_json, fact, no_exceptions
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement
from fixtures import assertion
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

WRONG_VERIFIER = "a-verifier-that-leads-to-no-challenge-of-any-client-at-all"


@requirement("2.1-2.4.1-01", broken_by="secret-in-the-body-refused")
def test_a_secret_may_come_in_the_body(token: TokenEndpoint, clients: Clients) -> None:
    """A client that is registered for its secret in the body gets a token, or hears of its grant, by it."""
    client = clients.first(
        lambda one: one.auth == "client_secret_post" and bool(one.grants),
        "client that sends its secret in the body",
        '[clients.post] auth = "client_secret_post"',
    )

    answer = token.post({"grant_type": "client_credentials", "scope": client.scope or None}, as_=client)

    assert not answer.has_error("invalid_client")
    assert not answer.has_status(401)


@pytest.mark.embedded(oauth_2_1=True)
@pytest.mark.usefixtures("judged_as_oauth_2_1")
@requirement("2.1-10.2-01", broken_by="code-needs-redirect-uri")
def test_a_code_needs_no_redirect_uri_any_more(redeem: Redeem, code_for: CodeFor, clients: Clients) -> None:
    """Some client gets a token for its code without sending redirect_uri to the token endpoint again."""
    able = [one for one in clients.all if one.may("authorization_code") and one.code_seconds is None][:3]
    if not able:
        raise NotOffered("No client gets codes.", '[clients.web] grants = ["authorization_code"]')
    for client in able:
        redeem(code_for(client)).require_success(f"A code of {client.name} was not exchanged")

    answers = [redeem(code_for(client), redirect_uri=None) for client in able]

    cases = {f"client {client.name}": answer for client, answer in zip(able, answers, strict=True)}
    told = "; ".join(f"{case}: {answer}" for case, answer in cases.items())
    assert fact(
        any(answer.grants_a_token for answer in answers), "a token for a code without redirect_uri", told
    ).shown_by(cases)


@pytest.mark.embedded(oauth_2_1=True)
@pytest.mark.usefixtures("judged_as_oauth_2_1")
@requirement("2.1-4.1.1-02", broken_by="challenge-optional-for-confidential-clients")
def test_no_confidential_client_goes_without_a_challenge(
    redeem: Redeem, code_for: CodeFor, confidential_client: Client
) -> None:
    """A confidential client gets no token for a request without code_challenge, and without a nonce in its place."""
    assert no_exceptions(
        _tokens_without_a_challenge(redeem, code_for, confidential_client), "no token without code_challenge"
    )


@requirement("2.1-4.1.1-02", broken_by="challenge-optional-for-public-clients")
@requirement("mcp-2026-07-28-overview-01", broken_by="challenge-optional-for-public-clients")
def test_no_public_client_goes_without_a_challenge(
    redeem: Redeem, code_for: CodeFor, public_client: Client
) -> None:
    """A public client gets no token for a request without code_challenge."""
    assert no_exceptions(
        _tokens_without_a_challenge(redeem, code_for, public_client), "no token without code_challenge"
    )


def _tokens_without_a_challenge(redeem: Redeem, code_for: CodeFor, client: Client) -> list[Answer]:
    """The token answer that a request without PKCE led to in the end: the request, or the code, may be refused."""
    try:
        code = code_for(client, method=None)
    except NotOffered:
        return []
    answer = redeem(code)
    return [answer] if answer.grants_a_token else []


@requirement("2.1-7.5.2-01", broken_by="wrong-replay-ends-tokens")
def test_a_wrong_replay_ends_no_token(
    redeem: Redeem, code_for: CodeFor, liveness: Liveness, code_client: Client
) -> None:
    """An access token outlives a replay of its code with a wrong code_verifier."""
    code = code_for(code_client)
    grant = Grant(client=code_client, answer=redeem(code).require_success("The first exchange was refused"))
    liveness.require_alive(grant.access_token)

    replay = redeem(code, code_verifier=WRONG_VERIFIER)
    liveness.settle()

    assert not replay.grants_a_token
    assert liveness.is_alive(grant.access_token)


@pytest.fixture(scope="session")
def signing_client(clients: Clients) -> Client:
    """A client that authenticates by assertions and may ask for tokens on its own behalf."""
    return clients.confidential("client_credentials", auth="private_key_jwt")


def _asserting(token: TokenEndpoint, client: Client, audience: object) -> Answer:
    """Ask for a token with an assertion that is for this audience."""
    claims = {**assertion.claims_for(client, "", now=token.clock()), "aud": audience}
    signed = assertion.sign(claims, client.key or "", algorithm=client.algorithm, key_id=client.key_id)
    fields = {
        "grant_type": "client_credentials",
        "scope": client.scope or None,
        "client_id": client.id,
        "client_assertion_type": assertion.ASSERTION_TYPE,
        "client_assertion": signed,
    }
    return token.post(fields)


@pytest.mark.embedded(oauth_2_1=True)
@pytest.mark.usefixtures("judged_as_oauth_2_1")
@requirement("2.1-2.4-01", broken_by="assertion-for-the-token-endpoint")
@requirement("2.1-2.4-01", broken_by="assertion-for-others-too")
def test_an_assertion_is_for_the_issuer_alone(
    token: TokenEndpoint, signing_client: Client, target: Target
) -> None:
    """An assertion for the issuer is taken; one for the token endpoint, or for the issuer and another, is not."""
    issuer = target.issuer
    _asserting(token, signing_client, issuer).require_success("An assertion for the issuer was refused")
    others: tuple[object, ...] = (token.url, [issuer, "https://other-server.example"])

    cases = {f"aud {as_json(other)}": _asserting(token, signing_client, other) for other in others}

    assert all_of({case: ~answer.grants_a_token for case, answer in cases.items()})
