"""Whatever clients and owners do, in whatever order, an exchange gives nothing that its subject token has not.

That a token which was given for another one ends with it, RFC 8693 neither demands nor forbids: nobody is held to it.
"""

from __future__ import annotations

import pytest

from conformance.checks.lifecycle.model import Law
from conformance.checks.lifecycle.participants import Participants
from conformance.checks.lifecycle.search import Search
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.target.values import TOKEN_EXCHANGE

pytestmark = pytest.mark.embedded(exchange=True)

FREE = (
    "legal-exchange-of-own-tokens-only",
    "legal-exchange-refuses-more-scope",
    "legal-exchange-for-any-audience",
    "legal-exchange-tells-more",
    "legal-introspect-hides-some-scope",
    "legal-refresh-ends-the-old-access-token",
    "legal-refresh-narrowing-ignored-and-told",
    "legal-refresh-without-rotation",
    "legal-revoke-access-token-ends-the-grant",
    "legal-revoke-access-token-unsupported",
    "legal-revoke-ends-the-consent",
    "legal-token-handed-out-again",
)
"""What one compliant server does, and another does not, where tokens are exchanged in the course of time."""


def expect_no_history(search: Search, participants: Participants, law: Law) -> None:
    """No history at the end of which an exchange gives what its subject token has not."""
    __tracebackhide__ = True
    if not participants.exchanging:
        raise NotOffered(
            "No confidential client that gets codes may exchange tokens.",
            f'[clients.web] grants = [.., "{TOKEN_EXCHANGE}"]',
        )
    disagreement = search.disagreement(law)
    if disagreement is None and not participants.memory.exchanged:
        raise CannotTest(
            "No token was exchanged in any history.",
            "May these clients exchange tokens that owners allowed them?",
        )
    assert fact(disagreement is None, "", disagreement)


@tolerates(*FREE)
@requirement("8693-2.1-03", broken_by="lifecycle-exchange-of-revoked-tokens-after-a-refresh")
def test_a_token_that_ended_is_never_exchanged(search: Search, participants: Participants) -> None:
    """No history makes the server exchange an access token that was revoked, taken back or has expired."""
    expect_no_history(search, participants, Law.ENDED_EXCHANGED)


@tolerates(*FREE)
@requirement("8693-5-S01", broken_by="lifecycle-exchange-widens-after-two-refreshes")
def test_an_exchange_never_gives_more_scope(search: Search, participants: Participants) -> None:
    """However often a grant is refreshed or exchanged, no exchange at the same server gives more than the token has."""
    expect_no_history(search, participants, Law.MORE_BY_EXCHANGE)
