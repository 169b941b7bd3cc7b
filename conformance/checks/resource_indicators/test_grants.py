"""What an owner allowed for some resources stays for those: at the exchange of a code, and at each refresh."""

from __future__ import annotations

import pytest

from conformance.checks.resource_indicators.conftest import Grants
from conformance.ledger.requirement import requirement, tolerates

pytestmark = pytest.mark.embedded(resources=True)


@requirement("8707-2.1-S01", broken_by="resources-of-the-request-forgotten")
@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time")
def test_the_resource_of_the_request_is_that_of_the_grant(grants: Grants) -> None:
    """A code for one resource gives a token for that one, though the token request names none."""
    answer = grants.redeem(grants.code_at(grants.first)).require_success("A fresh code was not exchanged")

    assert grants.is_for(answer, *grants.audiences)


@requirement("8707-2.2-02", broken_by="resources-of-the-token-request-ignored")
@tolerates("legal-resources-mapped")
def test_a_code_for_two_resources_gives_a_token_for_one(grants: Grants) -> None:
    """A code for two resources gives a token for the one that the token request names, and not for the other."""
    answer = grants.redeem(grants.code_at(grants.first, grants.second), resource=grants.first)

    assert grants.is_for(answer, *grants.audiences)


@requirement("8707-2.2-03", broken_by="resources-narrowing-sticks")
@tolerates("legal-resources-mapped")
def test_a_refresh_token_is_for_all_that_was_granted(grants: Grants) -> None:
    """The refresh token of a code for two resources gives a token for either, whichever the first token was for."""
    first = grants.redeem(grants.code_at(grants.first, grants.second), resource=grants.first)
    second = grants.refresh(first, grants.second)
    of_first, of_second = grants.audiences

    assert grants.is_for(second, of_second, of_first)
    assert grants.is_for(
        grants.refresh(second if second.refresh_token else first, grants.first), of_first, of_second
    )


@requirement("8707-2.1-S02", broken_by="resources-lost-at-refresh")
@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time")
def test_a_refresh_keeps_the_resource(grants: Grants) -> None:
    """The token of a refresh that names no resource is for the resource of the grant."""
    answer = grants.refresh(grants.redeem(grants.code_at(grants.first)))

    assert grants.is_for(answer.require_success("A fresh refresh token was refused"), *grants.audiences)


@requirement("8707-2.2-01", broken_by="resources-beyond-the-grant")
@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time")
def test_a_code_gives_no_token_for_another_resource(grants: Grants) -> None:
    """A code for one resource gives no token for another one that the token request names."""
    grants.redeem(grants.code_at(grants.first)).require_success("A fresh code was not exchanged")
    answer = grants.redeem(grants.code_at(grants.first), resource=grants.second)

    assert grants.is_not_for(answer, grants.audiences.second)


@requirement("9700-4.14.2-03", broken_by="resources-beyond-the-grant")
@requirement("2.1-3.2.3-02", broken_by="resources-beyond-the-grant")
@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time")
def test_a_refresh_token_gives_no_token_for_another_resource(grants: Grants) -> None:
    """The refresh token of a grant for one resource gives no token for another one."""
    answer = grants.refresh(grants.redeem(grants.code_at(grants.first)), grants.second)

    assert grants.is_not_for(answer, grants.audiences.second)
