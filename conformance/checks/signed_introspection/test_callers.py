"""Who gets a JWT about a token: a caller that shows who it is, and for whom it is made (RFC 9701, 4, 5 and 8.2)."""

from __future__ import annotations

import pytest

from conformance.checks.signed_introspection.conftest import SignedAnswer, jwt_of, says_active
from conformance.checks.support.controls import require_credentials_to_count
from conformance.checks.support.facts import Fact, differ, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import SIGNED_ANSWER, IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(jwt_introspection=True)


def tells_nothing(answer: Answer) -> Fact:
    """Whether an answer, a JWT or JSON, keeps to itself that a live token is active."""
    return fact(not says_active(answer), "nothing of a live token", f"{answer}, which says that it is active")


@requirement("9701-4-01", broken_by="introspect-anonymous")
@requirement("9701-3-01", broken_by="introspect-anonymous")
@requirement("9701-8.2-02", broken_by="introspect-whoever-asks")
@requirement("9701-9-05", broken_by="introspect-anonymous")
@tolerates("legal-introspect-callers-without-credentials-see-nothing")
def test_nobody_gets_a_jwt_without_credentials(signed: SignedAnswer) -> None:
    """Who shows no credentials is told nothing of a live token, whether as a JWT or in JSON."""
    answer = signed.caller.post({"token": signed.token}, accept=SIGNED_ANSWER)

    assert tells_nothing(answer)


@requirement("9701-4-01", broken_by="introspect-wrong-secret-accepted")
def test_nobody_gets_a_jwt_by_a_wrong_secret(
    signed: SignedAnswer, introspection: IntrospectionEndpoint, clients: Clients
) -> None:
    """Who authenticates with a wrong secret is told nothing of a live token."""
    require_credentials_to_count(introspection, signed.token)
    caller = signed.caller.caller
    if not caller.auth.startswith("client_secret"):
        caller = clients.confidential(auth="client_secret_basic")

    answer = signed.caller.introspect(
        signed.token, as_=caller.with_secret("not-the-secret"), accept=SIGNED_ANSWER
    )

    assert tells_nothing(answer)


@requirement("9701-4-01", broken_by="introspect-client-id-alone-is-enough")
@requirement("9701-8.2-02", broken_by="introspect-client-id-alone-is-enough")
def test_nobody_gets_a_jwt_by_the_name_of_a_caller(signed: SignedAnswer) -> None:
    """Who sends the client_id of the caller and no credentials is told nothing of a live token."""
    answer = signed.caller.introspect(signed.token, auth="none", accept=SIGNED_ANSWER)

    assert tells_nothing(answer)


@requirement("9701-5-13", broken_by="signed-introspection-anonymous-is-inactive")
@requirement("9701-5-13", broken_by="signed-introspection-anonymous-as-401")
def test_who_does_not_authenticate_is_answered_400(signed: SignedAnswer) -> None:
    """A question without any credentials is refused with the status 400."""
    answer = signed.caller.post({"token": signed.token}, accept=SIGNED_ANSWER)

    assert answer.has_status(400)


@requirement("9701-5-S08", broken_by="signed-introspection-one-aud-for-all")
@tolerates(
    "legal-signed-introspection-aud-is-a-resource",
    "legal-signed-introspection-several-audiences",
    "legal-introspect-any-client-sees-all",
    "legal-introspect-resource-servers-only",
)
def test_two_callers_are_named_apart(signed: SignedAnswer, other: Client) -> None:
    """The claim aud of answers to two callers is not the same."""
    second = jwt_of(signed.caller.introspect(signed.token, as_=other, accept=SIGNED_ANSWER))
    if second is None:
        raise NotOffered(
            f"[clients.{other.name}] gets no JWT, so there is one caller alone.",
            "two clients that the server lets introspect",
        )

    assert differ("aud of the answers to two callers", signed.claims.get("aud"), second.claims.get("aud"))
