"""Whatever clients and owners do, in whatever order, a grant is for the resources that its owner allowed."""

from __future__ import annotations

import pytest

from conformance.checks.lifecycle.model import Law
from conformance.checks.lifecycle.participants import Participants
from conformance.checks.lifecycle.search import Search
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered

pytestmark = pytest.mark.embedded(resources=True, exchange=True)


def expect_no_history(search: Search, participants: Participants, law: Law) -> None:
    """No history at the end of which a grant has other resources than its owner allowed."""
    __tracebackhide__ = True
    if not participants.resources:
        raise NotOffered(
            "There are no two resources that an owner may allow at once and that the audience of a token tells apart.",
            '[resources.api] uri = "https://..", and a second one',
        )
    disagreement = search.disagreement(law)
    assert fact(disagreement is None, "", disagreement)


@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time", "legal-refresh-without-rotation")
@requirement("9700-4.14.2-03", broken_by="lifecycle-resources-grow-after-four-refreshes")
@requirement("9700-4.14.2-03", broken_by="lifecycle-resources-grow-by-an-exchange")
def test_a_grant_never_gets_more_resources(search: Search, participants: Participants) -> None:
    """However often it is refreshed or exchanged, a grant is refreshed for nothing beyond what was allowed."""
    expect_no_history(search, participants, Law.MORE_RESOURCES)


@tolerates("legal-resources-mapped", "legal-resources-one-at-a-time", "legal-refresh-without-rotation")
@requirement("8707-2.2-03", broken_by="lifecycle-second-resource-sticks")
def test_a_grant_never_loses_a_resource(search: Search, participants: Participants) -> None:
    """However often it is refreshed, and for whichever resource, a grant gives tokens for all that was allowed."""
    expect_no_history(search, participants, Law.LESS_RESOURCES)
