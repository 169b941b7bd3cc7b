"""The keys that a server publishes, by which others verify what it signs (RFC 7517, RFC 8414 section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Request, Send
from fixtures.jwt import SHARED, Jwt
from fixtures.target import Target

Keys = Callable[[], list[Mapping[str, Any]]]
"""Fetches the keys that are published now."""


def keys_of(target: Target, send: Send) -> Keys:
    """What fetches the published keys; NotOffered where nobody says where they are."""
    url = target.endpoint("jwks")
    if url is None:
        raise NotOffered(
            "The server publishes no keys.", '[endpoints] jwks = "https://.." (or jwks_uri in the metadata)'
        )
    return lambda: _keys_at(url, send)


def _keys_at(url: str, send: Send) -> list[Mapping[str, Any]]:
    """The keys of the set at this URL; CannotTest where there is none."""
    answer = send(Request(method="GET", url=url, headers=(("Accept", "application/json"),)))
    found = answer.members.get("keys")
    if answer.status != 200 or not isinstance(found, list):
        raise CannotTest(f"There is no key set at {url}: {answer.brief}.")
    return [key for key in found if isinstance(key, dict)]


def signed_with_a_pair(jwts: Iterable[Jwt]) -> list[Jwt]:
    """Those that are signed by a private key; NotOffered where all are signed with a secret."""
    found = [jwt for jwt in jwts if jwt.algorithm not in SHARED]
    if not found:
        raise NotOffered(
            "The server signs with a secret, which nobody publishes.",
            "nothing, for by what a server signs is its own choice",
        )
    return found
