"""Liveness: what is asked about a token, and when a living token proves nothing."""

from __future__ import annotations

import json

import pytest

from conformance.checks.support.liveness import Liveness
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer, Request
from fixtures.target import Client

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"


def _resource(status: int) -> ResourceEndpoint:
    return ResourceEndpoint(url="https://api.example/me", send=lambda _: Answer(status=status))


def _introspection(*, active: bool) -> IntrospectionEndpoint:
    def send(_: Request) -> Answer:
        return Answer(status=200, body=json.dumps({"active": active}).encode())

    return IntrospectionEndpoint(
        url="https://as.example/i", send=send, caller=Client(name="a", id="a", secret="s")
    )


def test_a_resource_that_takes_a_self_contained_token_says_nothing_about_its_revocation() -> None:
    with pytest.raises(NotOffered, match="JWTs"):
        Liveness(None, _resource(200), 0.0).is_dead(JWT)


def test_a_resource_that_takes_an_opaque_token_says_that_it_lives() -> None:
    assert not Liveness(None, _resource(200), 0.0).is_dead("opaque")
    assert Liveness(None, _resource(401), 0.0).is_dead("opaque")


def test_a_resource_is_asked_about_a_self_contained_token_whose_lifetime_is_over() -> None:
    assert not Liveness(None, _resource(200), 0.0).has_expired(JWT)
    assert Liveness(None, _resource(401), 0.0).has_expired(JWT)


def test_introspection_is_believed_about_self_contained_tokens_too() -> None:
    assert not Liveness(_introspection(active=True), _resource(401), 0.0).is_dead(JWT)
    assert Liveness(_introspection(active=False), _resource(200), 0.0).is_dead(JWT)


@pytest.mark.parametrize(("propagation", "dead"), [(30.0, True), (0.0, False)])
def test_a_revocation_may_take_the_declared_time_to_be_seen(propagation: float, dead: bool) -> None:  # noqa: FBT001 - a column of the table
    asked: list[Request] = []

    def slowly(request: Request) -> Answer:
        asked.append(request)
        return Answer(status=200, body=json.dumps({"active": len(asked) <= 2}).encode())

    introspection = IntrospectionEndpoint(
        url="https://as.example/i",
        send=slowly,
        caller=Client(name="a", id="a", secret="s"),
        propagation=propagation,
    )

    assert bool(Liveness(introspection, None, propagation).is_dead("opaque")) is dead
    asked.clear()
    assert bool(introspection.calls_dead("opaque")) is dead


def test_a_token_that_another_one_ended_says_nothing_of_what_comes_later() -> None:
    Liveness(_introspection(active=True), None, 0.0).require_still_alive("t", "a second token of web")

    with pytest.raises(NotOffered, match="A second token of web ends an earlier token by itself"):
        Liveness(_introspection(active=False), None, 0.0).require_still_alive("t", "a second token of web")
