"""Wrong credentials are of no use, whichever part is wrong. What a refusal says is judged in test_refusal.py."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks.client_authentication.places import (
    BASIC,
    POST,
    SERVES_RIGHT_CREDENTIALS_ONLY,
    Place,
    at,
    at_every_place,
)
from conformance.checks.support.facts import Fact, all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint, basic
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

WRONG = "not-the-secret-of-this-client"


def none_is_served(alive: Answer, revoked: Answer, unknown: Answer) -> Fact:
    """Whether requests about a live, a revoked and an unknown token are all refused. The arguments answered them."""
    answers = {"a live token": alive, "a revoked one": revoked, "an unknown one": unknown}
    return all_of({token: ~answer.is_success for token, answer in answers.items()})


@at(
    token={"6749-4.4.2-05": "client-secret-unchecked", "6749-3.2.1-01": "client-secret-unchecked"},
    revocation={"7009-2.1-S03": "revoke-wrong-secret-accepted"},
    introspection={"7662-4-07": "introspect-wrong-secret-accepted"},
)
@tolerates("legal-revoke-access-token-unsupported")
def test_a_wrong_secret_by_basic_is_refused(place: Place) -> None:
    """A client that sends a wrong secret by HTTP Basic is not served."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret(WRONG))

    assert (~attempt.served).mended_by(
        "Compare the whole secret with the client's, and answer invalid_client where it is wrong."
    )


@at(
    token={"6749-4.4.2-05": "client-secret-unchecked"},
    revocation={"7009-2.1-S03": "revoke-wrong-secret-accepted"},
    introspection={"7662-4-07": "introspect-wrong-secret-accepted"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_a_wrong_secret_in_the_body_is_refused(place: Place) -> None:
    """A client that sends a wrong secret in the body is not served."""
    client = place.admitted(POST)

    attempt = place.ask(client, as_=client.with_secret(WRONG))

    assert not attempt.served


@at_every_place(SERVES_RIGHT_CREDENTIALS_ONLY, "secret-with-a-tail-accepted")
def test_nearly_the_secret_is_not_the_secret(place: Place) -> None:
    """A secret that is cut, lengthened, changed in one character or in its case is refused."""
    client = place.admitted(BASIC)
    secret = client.secret or ""
    other_last = secret[:-1] + ("a" if secret[-1:] != "a" else "b")
    near = {secret[:-1], secret + "x", other_last, secret.swapcase(), secret[: len(secret) // 2]} - {secret}

    for wrong in sorted(near):
        attempt = place.ask(client, as_=client.with_secret(wrong))

        assert not attempt.served


@at_every_place(SERVES_RIGHT_CREDENTIALS_ONLY, "secret-of-another-accepted")
def test_the_secret_of_another_client_is_wrong(place: Place, clients: Clients) -> None:
    """A client that sends another client's secret is refused."""
    client = place.admitted(BASIC)
    other = clients.first(
        lambda each: each.secret is not None and each.secret != client.secret,
        "second client with a secret",
        '[clients.other] secret = { env = ".." }',
    )

    attempt = place.ask(client, as_=client.with_secret(other.secret or ""))

    assert not attempt.served


@at_every_place(SERVES_RIGHT_CREDENTIALS_ONLY, "unknown-accepted")
def test_an_unknown_client_is_refused(place: Place) -> None:
    """A client that is not registered is not served, whatever secret it sends."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=replace(client, id="no-client-has-this-identifier"))

    assert not attempt.served


@at_every_place(SERVES_RIGHT_CREDENTIALS_ONLY, "empty-secret-accepted")
def test_an_empty_secret_by_basic_is_refused(place: Place) -> None:
    """A client that has a secret and sends an empty one by HTTP Basic is refused."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret(""))

    assert not attempt.served


@at_every_place(
    {**SERVES_RIGHT_CREDENTIALS_ONLY, "token": "6749-2.3.1-05"}, "empty-secret-in-the-body-accepted"
)
@tolerates("legal-client-missing-credentials-as-invalid-request")
def test_an_empty_secret_in_the_body_is_refused(place: Place) -> None:
    """A client that has a secret and sends client_secret empty is refused."""
    client = place.admitted(POST)

    attempt = place.ask(client, as_=client.with_secret(""))

    assert not attempt.served


@at_every_place({**SERVES_RIGHT_CREDENTIALS_ONLY, "token": "6749-2.3.1-04"}, "found-by-its-secret")
@tolerates(
    "legal-client-body-failure-as-400",
    "legal-client-missing-credentials-as-invalid-request",
    "legal-introspect-callers-without-credentials-see-nothing",
)
def test_a_secret_without_client_id_is_refused(place: Place) -> None:
    """A secret in the body names no client by itself: without client_id it is refused."""
    client = place.admitted(POST)

    attempt = place.ask(client, as_=None, more={"client_secret": client.secret or ""})

    assert not attempt.served


@requirement("7009-2.1-S03", broken_by="revoke-live-tokens-only-are-guarded")
def test_revocation_checks_credentials_whatever_the_token_is(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """Wrong credentials are refused at the revocation endpoint for live, revoked and unknown tokens alike."""
    wrong = [basic(web.id, WRONG)]
    alive = revocation.post({"token": live_token}, headers=wrong)
    lived_on = liveness.is_alive(live_token)
    revocation.revoke(live_token, as_=web).require_success("The revocation was refused")
    revoked = revocation.post({"token": live_token}, headers=wrong)
    unknown = revocation.post({"token": "no-such-token-was-ever-issued"}, headers=wrong)

    assert lived_on
    assert none_is_served(alive, revoked, unknown)


@at(
    introspection={
        "7662-2.3-S01": "introspect-failure-says-inactive",
        "7662-2.1-08": "introspect-live-tokens-only-are-guarded",
    },
)
def test_introspection_checks_credentials_whatever_the_token_is(
    place: Place, revocation: RevocationEndpoint, live_token: str, web: Client
) -> None:
    """Wrong credentials are refused at the introspection endpoint for live, revoked and unknown tokens alike."""
    client = place.admitted(BASIC)
    wrong = [basic(client.id, WRONG)]
    alive = place.endpoint.post({"token": live_token}, headers=wrong)
    revocation.revoke(live_token, as_=web).require_success("The revocation was refused")
    revoked = place.endpoint.post({"token": live_token}, headers=wrong)
    unknown = place.endpoint.post({"token": "no-such-token-was-ever-issued"}, headers=wrong)

    assert none_is_served(alive, revoked, unknown)
