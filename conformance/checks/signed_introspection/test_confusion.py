"""An introspection answer is no access token, though the server signed it (RFC 9701 section 8.1)."""

from __future__ import annotations

import pytest

from conformance.checks.signed_introspection.conftest import SignedAnswer
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint
from fixtures.errors import CannotTest

pytestmark = pytest.mark.embedded(jwt_introspection=True)


@requirement("9701-8.1-01", broken_by="signed-introspection-is-an-access-token")
@tolerates("legal-introspect-resource-servers-only")
def test_an_answer_opens_nothing(signed: SignedAnswer, resource: ResourceEndpoint) -> None:
    """A JWT about a token that opens the resource does not open it."""
    if not resource.admits(signed.token):
        raise CannotTest(
            f"A fresh access token does not open {resource.url}, so nothing can be learnt from a refusal.",
            "Is [resource] scope part of the scope of a client in the target file?",
        )

    assert not resource.get_with(signed.jwt.value).is_success


@requirement("9701-5-S09", broken_by="signed-introspection-is-an-access-token")
def test_an_answer_is_no_live_token(signed: SignedAnswer) -> None:
    """A JWT about a live token is not active itself when somebody asks about it."""
    answer = signed.caller.introspect(signed.jwt.value)

    assert not answer.holds("active", True)
