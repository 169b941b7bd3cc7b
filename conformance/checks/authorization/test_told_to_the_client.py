"""Who hears of a request that failed: the client, once its address is beyond doubt and the owner has signed in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client

WRONG: Mapping[str, Mapping[str, str | None]] = {
    "no response_type": {"response_type": None},
    "an unknown response_type": {"response_type": "no_such_type"},
    "an unknown scope": {"scope": f"no-such-scope-{secrets.token_hex(4)}"},
    "a malformed scope": {"scope": 'no "such scope'},
    "an unknown challenge method": {"code_challenge_method": "S1"},
    "a repeated state": {},
}
REASON = (
    "the address is registered and the owner has signed in, so section 4.1.2.1 has the client told; a page is for "
    "an address that the server does not trust (RFC 9700 section 4.11.2)"
)


@pytest.mark.parametrize("what", list(WRONG))
@requirement("6749-4.1.2.1-S01a", broken_by="authorize-refusal-on-a-page")
@tolerates("legal-authorize-asks-before-it-tells", "legal-authorize-unknown-scope-ignored")
@tolerates("legal-authorize-malformed-scope-ignored", "legal-authorize-with-other-parameters")
def test_a_client_is_told_of_a_request_that_failed(ask: Ask, code_client: Client, what: str) -> None:
    """Of a request that is refused for itself, the client hears at its registered address, and not the owner alone."""
    more = [] if WRONG[what] else [("state", "another")]
    landing = ask(code_client, WRONG[what], more=more)
    if landing.code:
        raise NotOffered(f"The server serves a request with {what}.", "a server that refuses it")

    assert landing.sent_on, REASON
