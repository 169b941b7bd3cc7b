"""For whom an access token is meant, as far as the token itself tells (RFC 6750 section 5.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from conformance.checks.support.controls import AnswerFor
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client


@pytest.mark.decoded
@requirement("6750-5.3-07", broken_by="resource-token-without-audience")
@tolerates("legal-resource-token-with-audience")
def test_a_signed_token_names_its_audience(answer_for: AnswerFor, web: Client) -> None:
    """An access token that is a JWT names in aud for which resource servers it is meant."""
    answer = answer_for(web)
    claims = _claims(answer.access_token or "")
    if claims is None:
        raise NotOffered(
            "Access tokens are no readable JWTs: whom they are meant for is written elsewhere.",
            "a server that issues JWTs",
        )

    assert fact(claims.get("aud"), "a claim aud in the access token", f"claims: {shown(list(claims))}")


def _claims(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, unverified (RFC 7519 section 3); None for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None
