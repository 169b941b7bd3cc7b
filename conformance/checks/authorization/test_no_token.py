"""The authorization endpoint gives codes and no tokens (OAuth 2.1, draft 15, section 10.1; RFC 10017 section 7.2)."""

from __future__ import annotations

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.facts import lacks
from conformance.ledger.requirement import requirement
from fixtures.target import Client


@requirement("2.1-10.1-01", broken_by="authorization-gives-tokens")
@requirement("10017-7.2-01", broken_by="authorization-gives-tokens")
@requirement("mcp-2026-07-28-overview-01", broken_by="authorization-gives-tokens")
def test_the_authorization_endpoint_gives_no_token(ask: Ask, code_client: Client) -> None:
    """A request for response_type token brings no access token, neither in the query nor in the fragment."""
    plain = {"response_type": "token", "code_challenge": None, "code_challenge_method": None}
    landing = ask(code_client, plain, crash_counts=True)

    assert lacks({*landing.query, *landing.fragment, *landing.form}, "access_token", "parameters")
