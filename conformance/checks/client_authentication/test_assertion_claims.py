"""A client assertion counts only when its claims say who made it, for whom and until when (RFC 7523 section 3).

What a server is free in is left alone: whether it demands jti, refuses a replay or an old iat, and how much clocks may
differ. What a refusal says is judged in test_refusal.py.
"""

from __future__ import annotations

import time
from typing import Any

from conformance.checks.client_authentication.places import (
    JWT,
    Place,
    at,
    at_every_place,
    claims,
    present,
    present_alone,
    signed,
)
from conformance.checks.support.facts import all_of, as_json
from conformance.ledger.requirement import tolerates
from fixtures.target import Client
from fixtures.target.clients import Clients

MINUTE, DAY = 60, 86_400


@at_every_place("7523-3-01", "assertion-issuer-unchecked")
def test_an_assertion_without_iss_is_refused(place: Place) -> None:
    """An assertion without iss is refused."""
    client = place.admitted(JWT)

    attempt = present(place, client, _without(place, client, "iss"))

    assert not attempt.served


@at_every_place("7523-3-02", "assertion-without-sub-accepted")
def test_an_assertion_without_sub_is_refused(place: Place) -> None:
    """An assertion without sub is refused, though client_id names the client."""
    client = place.admitted(JWT)

    attempt = present(place, client, _without(place, client, "sub"))

    assert not attempt.served


@at_every_place("7523-3-02", "assertion-odd-subject-crashes")
@tolerates("legal-client-body-failure-as-400")
def test_names_that_are_no_names_are_refused(place: Place) -> None:
    """An assertion whose sub, iss or aud is a number, a list of none or an object is refused, and upsets nothing."""
    client = place.admitted(JWT)
    odds: tuple[object, ...] = (7, [], [7], {}, True)

    attempts = {
        f"{name} {as_json(odd)}, {how}": send(
            place, client, _with(place, client, **{name: odd}), crash_counts=True
        )
        for name in ("sub", "iss", "aud")
        for odd in odds
        for how, send in {"with client_id": present, "without": present_alone}.items()
    }

    assert all_of({what: attempt.refused for what, attempt in attempts.items()})


@at_every_place("7523-3.2-01", "assertion-without-iat-crashes")
@tolerates("legal-client-assertion-replay-accepted", "legal-client-body-failure-as-400")
def test_claims_that_may_be_missing_upset_nothing(place: Place) -> None:
    """An assertion without iat or jti is taken, or refused as invalid_client where the server asks for them."""
    client = place.admitted(JWT)

    for name in ("iat", "jti"):
        attempt = present(place, client, _without(place, client, name), crash_counts=True)

        assert attempt.served or attempt.answer.has_error("invalid_client"), (
            f"answered {attempt.status} without {name}"
        )


@at_every_place("7523-3-03", "assertion-audience-unchecked")
def test_an_assertion_without_aud_is_refused(place: Place) -> None:
    """An assertion without aud is refused."""
    client = place.admitted(JWT)

    attempt = present(place, client, _without(place, client, "aud"))

    assert not attempt.served


@at_every_place("7523-3-04", "assertion-expiry-unchecked")
def test_an_assertion_without_exp_is_refused(place: Place) -> None:
    """An assertion without exp is refused."""
    client = place.admitted(JWT)

    attempt = present(place, client, _without(place, client, "exp"))

    assert not attempt.served


@at_every_place("7523-3-04", "assertion-expiry-unchecked")
def test_an_expired_assertion_is_refused(place: Place) -> None:
    """An assertion that expired an hour or a day ago is refused."""
    client = place.admitted(JWT)

    for ago in (60 * MINUTE, DAY):
        then = int(time.time()) - ago
        attempt = present(place, client, _with(place, client, iat=then - MINUTE, exp=then))

        assert not attempt.served


@at(
    token={
        "7523-3-04": "client-assertion-expiry-unchecked",
        "7523-3-07": "client-assertion-odd-time-crashes",
    },
    revocation={
        "7523-3-04": "revoke-assertion-expiry-unchecked",
        "7523-3-07": "revoke-assertion-odd-time-crashes",
    },
    introspection={
        "7523-3-04": "introspect-assertion-expiry-unchecked",
        "7523-3-07": "introspect-assertion-odd-time-crashes",
    },
)
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-replay-accepted")
def test_an_end_that_is_no_time_is_refused(place: Place) -> None:
    """An assertion whose exp is no number is refused, and upsets nothing."""
    client = place.admitted(JWT)
    odds: tuple[object, ...] = ("tomorrow", [], {}, None)

    attempts = {
        as_json(odd): present(place, client, _with(place, client, exp=odd), crash_counts=True) for odd in odds
    }

    assert all_of({f"exp {odd}": attempt.refused for odd, attempt in attempts.items()})


@at_every_place("7523-3-05", "assertion-time-beyond-every-calendar-crashes")
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-replay-accepted")
def test_a_time_beyond_every_calendar_is_a_time(place: Place) -> None:
    """An assertion whose nbf or exp has 400 digits is refused where it is not reached yet, or long past."""
    client = place.admitted(JWT)

    attempts = {
        name: present(place, client, _with(place, client, **{name: when}), crash_counts=True)
        for name, when in (("nbf", 10**400), ("exp", -(10**400)))
    }

    assert all_of({f"{name} of 400 digits": attempt.refused for name, attempt in attempts.items()})


@at_every_place("7523-3-05", "assertion-not-before-unchecked")
def test_an_assertion_is_refused_before_its_time(place: Place) -> None:
    """An assertion whose nbf lies half an hour ahead is refused."""
    client = place.admitted(JWT)
    now = int(time.time())

    attempt = present(place, client, _with(place, client, nbf=now + 30 * MINUTE, exp=now + 40 * MINUTE))

    assert not attempt.served


@at_every_place("7523-3-03", "assertion-audience-unchecked")
def test_an_assertion_for_another_server_is_refused(place: Place) -> None:
    """An assertion whose aud is another server, or something close to this one, is refused."""
    client = place.admitted(JWT)
    audience = place.endpoint.audience

    for other in (
        "https://another-server.example",
        f"{audience}.example",
        [],
        ["https://another-server.example"],
    ):
        attempt = present(place, client, _with(place, client, aud=other))

        assert not attempt.served


@at_every_place("7523-3-01", "assertion-issuer-unchecked")
def test_an_assertion_of_another_issuer_is_refused(place: Place, clients: Clients) -> None:
    """An assertion whose sub is the client and whose iss is somebody else is refused."""
    client = place.admitted(JWT)

    for issuer in (clients.another(client).id, "https://another-issuer.example"):
        attempt = present(place, client, _with(place, client, iss=issuer))

        assert not attempt.served


@at_every_place("7523-3-02", "assertion-subject-unchecked")
def test_an_assertion_about_another_client_is_refused(place: Place, clients: Clients) -> None:
    """An assertion that the client signed and issued about another client is refused."""
    client = place.admitted(JWT)
    other = clients.another(client)

    attempt = present(place, client, _with(place, client, sub=other.id))

    assert not attempt.served


def _with(place: Place, client: Client, **changed: Any) -> str:
    return signed(client, {**claims(place, client), **changed})


def _without(place: Place, client: Client, name: str) -> str:
    return signed(client, {key: value for key, value in claims(place, client).items() if key != name})
