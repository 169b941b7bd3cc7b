"""Who asks for a JWT gets one, and who does not gets the JSON of RFC 7662 (RFC 9701 sections 1 and 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.signed_introspection.conftest import SignedAnswer, jwt_of
from conformance.checks.support.facts import Fact, all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import SIGNED_ANSWER
from fixtures.http.exchange import Answer

pytestmark = pytest.mark.embedded(jwt_introspection=True)


def is_no_jwt(answer: Answer) -> Fact:
    """Whether an answer is anything but a JWT."""
    wrong = f"a JWT, called {answer.media_type}"
    return replace(fact(jwt_of(answer) is None, "an answer that is no JWT", wrong), answer=answer)


@requirement("9701-1-S01", broken_by="signed-introspection-always-a-jwt")
@tolerates("legal-signed-introspection-plain-refused", "legal-signed-introspection-for-who-takes-anything")
def test_who_does_not_ask_for_a_jwt_gets_none(signed: SignedAnswer) -> None:
    """Whoever accepts JSON alone gets no JWT. Who takes anything may be sent one (RFC 9110 section 12.5.1)."""
    answer = signed.caller.introspect(signed.token, accept="application/json")

    assert is_no_jwt(answer)


@requirement("9701-4-S01", broken_by="signed-introspection-compares-accept-by-case")
def test_the_media_type_is_read_in_any_case(signed: SignedAnswer) -> None:
    """A JWT is asked for by its media type in capitals too, for media types have no case."""
    answer = signed.caller.introspect(signed.token, accept=SIGNED_ANSWER.upper())

    assert fact(jwt_of(answer) is not None, "a JWT", answer)


@requirement("9701-4-S02", broken_by="signed-introspection-ignores-weights")
@tolerates("legal-signed-introspection-plain-refused")
def test_who_rules_a_jwt_out_gets_none(signed: SignedAnswer) -> None:
    """A caller whose Accept header gives the JWT the weight 0 beside JSON gets no JWT."""
    answer = signed.caller.introspect(signed.token, accept=f"application/json, {SIGNED_ANSWER};q=0")

    assert is_no_jwt(answer)


@requirement("9701-5-S02", broken_by="signed-introspection-called-json")
@tolerates("legal-signed-introspection-prefers-json")
def test_either_form_is_called_what_it_is(signed: SignedAnswer) -> None:
    """Where a caller takes JSON as well as a JWT, the media type of the answer says which of them it is."""
    facts = {}
    for accept in (
        f"{SIGNED_ANSWER}, application/json;q=0.5",
        f"application/json, {SIGNED_ANSWER};q=0.5",
        f"{SIGNED_ANSWER};q=0.9, */*;q=0.1",
    ):
        answer = signed.caller.introspect(signed.token, accept=accept)
        answer.require_success(f"A question with Accept: {accept} was refused")
        facts[f"Accept: {accept}"] = fact(
            (answer.media_type == SIGNED_ANSWER) == (jwt_of(answer) is not None),
            f"a JWT as {SIGNED_ANSWER}, or JSON as application/json",
            f"{'a JWT' if jwt_of(answer) else 'no JWT'}, called {answer.media_type}",
        )

    assert all_of(facts)
