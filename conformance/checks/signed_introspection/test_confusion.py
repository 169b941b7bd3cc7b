"""An introspection answer is no access token, though the server signed it (RFC 9701 section 8.1)."""

from __future__ import annotations

import pytest

from conformance.checks.signed_introspection.conftest import AskSigned, SignedAnswer
from conformance.checks.support.controls import AnswerFor
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint
from fixtures.target import Client

pytestmark = pytest.mark.embedded(jwt_introspection=True)


@requirement("9701-8.1-01", broken_by="signed-introspection-is-an-access-token")
@tolerates("legal-introspect-resource-servers-only")
def test_an_answer_opens_nothing(
    answer_for: AnswerFor, ask_signed: AskSigned, resource: ResourceEndpoint, web: Client
) -> None:
    """A JWT about a token that opens the resource does not open it."""
    answer = answer_for(web, accept=lambda token: bool(resource.admits(token)))
    signed = ask_signed(answer.access_token or "")

    assert not resource.get_with(signed.jwt.value).is_success


@requirement("9701-5-S09", broken_by="signed-introspection-is-an-access-token")
def test_an_answer_is_no_live_token(signed: SignedAnswer) -> None:
    """A JWT about a live token is not active itself when somebody asks about it."""
    answer = signed.caller.introspect(signed.jwt.value)

    assert not answer.holds("active", True)
