"""What the checks of introspection share: how a question is put, and what its answer told. Nothing here asserts."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
"""A list of scope values (RFC 6749 section 3.3)."""

OWN_CHOICE = "nothing, for this is the server's own choice"
"""The key of a NotOffered that no target file can turn on."""

UNKNOWN = "no-such-token-was-ever-issued"


@dataclass(frozen=True, kw_only=True)
class Described:
    """A token as it was issued, and as the introspection endpoint describes it to the entitled caller.

    client: whom it was issued to; issued: the answer of the token endpoint; answer: that of the introspection endpoint.
    """

    client: Client
    issued: Answer
    answer: Answer

    @property
    def token(self) -> str:
        """The access token."""
        return self.issued.access_token or ""


def ask(introspection: IntrospectionEndpoint, token: str, *, hint: str | None = None) -> Answer:
    """The answer about a token to the entitled caller. CannotTest when caller or address is not right."""
    answer = introspection.introspect(token, hint=hint)
    if answer.status in {401, 403, 404}:
        raise CannotTest(
            f"Introspection as {introspection.caller.name} was not possible: {answer.brief}.",
            "Does [introspection] client name a client that may introspect, and is the endpoint's URL right?",
        )
    return answer


def members_named(descriptions: Sequence[Described], *names: str) -> list[tuple[str, Any]]:
    """The members of these names in answers about live tokens, with their values. NotOffered when there are none."""
    found = [
        (name, one.answer.members[name])
        for one in descriptions
        for name in names
        if name in one.answer.members
    ]
    if not found:
        raise NotOffered(
            f"No answer about a live token holds {' or '.join(names)}, and none has to.", OWN_CHOICE
        )
    return found


def member(described: Described, name: str) -> Any:
    """The value of one member of the answer about a live token. NotOffered when it is absent."""
    return members_named([described], name)[0][1]


def is_whole(value: Any) -> bool:
    """Whether this is a whole number; JSON knows one kind of number only, so 3.0 is one."""
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def is_string_or_strings(value: Any) -> bool:
    """Whether this is a string, or a list that holds nothing but strings."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def read_jwt_part(part: str) -> Mapping[str, Any] | None:
    """The object in the header or the payload of a JWT, or None when it is none."""
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
