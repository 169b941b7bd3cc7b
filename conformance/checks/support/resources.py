"""For which resources an access token is, as far as the token or introspection tells it (RFC 8707 section 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from conformance.checks.support.liveness import Liveness
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.jwt import read_jwt

AudienceOf = Callable[[Answer], frozenset[str]]
"""For whom the token of an answer is. CannotTest where it holds none; NotOffered where nothing tells."""


class Audiences(NamedTuple):
    """What tells tokens for two resources apart: the audience that only the one has, and that only the other has."""

    first: frozenset[str]
    second: frozenset[str]


def audience_by(liveness: Liveness) -> AudienceOf:
    """Tells for whom a token is: by the token itself where it is a JWT, else by introspection."""

    def tell(answer: Answer) -> frozenset[str]:
        if answer.access_token is None:
            raise CannotTest(f"There is no access token: {answer.brief}.")
        jwt = read_jwt(answer.access_token)
        told = jwt.claims.get("aud") if jwt is not None else None
        if told is None and liveness.introspection is not None:
            members = liveness.introspection.introspect(answer.access_token).members
            told = members.get("aud") if members.get("active") is True else None
        if told is None:
            raise NotOffered(
                "Neither the access token nor introspection tells for whom the token is.",
                "[introspection] client of one that is told aud, or a server whose access tokens are JWTs",
            )
        return frozenset(
            {told} if isinstance(told, str) else map(str, told if isinstance(told, list) else [])
        )

    return tell


def told_apart(first: frozenset[str], second: frozenset[str]) -> Audiences:
    """The audiences of tokens for two resources; NotOffered where nothing tells them apart."""
    if not first - second or not second - first:
        raise NotOffered(
            "The audience of a token does not tell for which of two resources it is.",
            "nothing, for other checks judge it",
        )
    return Audiences(first - second, second - first)
