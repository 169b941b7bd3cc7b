"""Callers that ask for introspection answers as JWTs, and the JWTs that they get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest

from conformance.checks.support.controls import AnswerFor
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.published_keys import Keys, keys_of
from fixtures.endpoints import SIGNED_ANSWER, IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.jwt import Jwt, read_jwt
from fixtures.target import Client, Target

ANNOUNCED = "introspection_signing_alg_values_supported"
OWN_CHOICE = "nothing, for this is the server's own choice"
"""The key of a NotOffered that no target file can turn on."""


@dataclass(frozen=True, kw_only=True)
class SignedAnswer:
    """An answer that is a JWT. caller: who got it, with the endpoint where it asks; token: what it asked about."""

    caller: IntrospectionEndpoint
    token: str
    answer: Answer
    jwt: Jwt

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the JWT."""
        return self.jwt.claims

    @property
    def told(self) -> Mapping[str, Any]:
        """What it says of the token; empty where that is no object."""
        return told_by(self.jwt)


def told_by(jwt: Jwt) -> Mapping[str, Any]:
    """What a JWT says of a token, in token_introspection; empty where that is no object."""
    found = jwt.claims.get("token_introspection")
    return found if isinstance(found, dict) else {}


def jwt_of(answer: Answer) -> Jwt | None:
    """The JWT that an answer is; None for every other answer. NotOffered for an encrypted one."""
    text = answer.text.strip()
    if answer.is_success and text.count(".") == 4 and text.isascii() and not answer.members:
        raise NotOffered(
            "The server encrypts its answers to this caller, and the harness reads none that are encrypted.",
            "[introspection] client that is registered without introspection_encrypted_response_alg",
        )
    return read_jwt(text) if answer.is_success else None


def says_active(answer: Answer) -> bool:
    """Whether an answer, a JWT or JSON, says that the token is active."""
    jwt = jwt_of(answer)
    told = answer.members if jwt is None else told_by(jwt)
    return told.get("active") is True


@pytest.fixture(scope="session")
def announced(target: Target) -> list[str]:
    """The algorithms that the metadata name for introspection answers; empty where they name none."""
    told = target.metadata.get(ANNOUNCED)
    return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []


Fresh = Callable[[], str]
"""Gets a token that was just issued. Whether it is active is for JWTs to say: JSON may be refused to who asks."""


@pytest.fixture(scope="session")
def fresh_token(answer_for: AnswerFor, web: Client) -> Fresh:
    """Gets tokens of `web`."""
    return lambda: answer_for(web).access_token or ""


@pytest.fixture(scope="session")
def caller(
    introspection: IntrospectionEndpoint, liveness: Liveness, fresh_token: Fresh, web: Client, target: Target
) -> IntrospectionEndpoint:
    """The first caller that gets a JWT about a live token when it asks for one.

    Where no caller does: the first that sees the token, if the metadata announce such answers; NotOffered otherwise.
    """
    token = fresh_token()
    seeing = []
    problem: NotOffered | None = None
    for each in (introspection, *liveness.others, replace(introspection, caller=web)):
        plain = each.introspect(token)
        try:
            answer = each.introspect(token, accept=SIGNED_ANSWER)
            if not (says_active(answer) or says_active(plain)):
                continue
            seeing.append(each)
            if jwt_of(answer) is not None:
                return each
        except NotOffered as encrypted:
            problem = encrypted
    if problem is not None:
        raise problem
    if ANNOUNCED not in target.metadata:
        raise NotOffered(
            "The server gives no introspection answers as JWTs: its metadata announce none, and none came.",
            f"{ANNOUNCED} in the metadata of a server that signs introspection answers",
        )
    if not seeing:
        raise CannotTest(
            "No caller sees a token that was just issued.",
            "Name a client that may see the tokens of the other clients under [introspection] client.",
        )
    return seeing[0]


@pytest.fixture
def asked(caller: IntrospectionEndpoint, fresh_token: Fresh) -> tuple[str, Answer]:
    """A fresh live token, and the answer to who asks about it for a JWT."""
    token = fresh_token()
    return token, caller.introspect(token, accept=SIGNED_ANSWER)


class AskSigned(Protocol):
    """Asks about a token for a JWT."""

    def __call__(self, token: str, *, by: IntrospectionEndpoint | None = None) -> SignedAnswer:
        """by: another caller than the first. CannotTest where no JWT comes."""
        ...


@pytest.fixture(scope="session")
def ask_signed(caller: IntrospectionEndpoint) -> AskSigned:
    """Asks as the caller that gets JWTs."""

    def ask(token: str, *, by: IntrospectionEndpoint | None = None) -> SignedAnswer:
        asking = by or caller
        answer = asking.introspect(token, accept=SIGNED_ANSWER)
        jwt = jwt_of(answer)
        if jwt is None:
            raise CannotTest(
                f"Asked by {asking.caller.name} for a JWT about a token, {answer.brief}, which is no JWT.",
                "Does the server sign introspection answers to the client under [introspection]?",
            )
        return SignedAnswer(caller=asking, token=token, answer=answer, jwt=jwt)

    return ask


@pytest.fixture
def signed(ask_signed: AskSigned, fresh_token: Fresh) -> SignedAnswer:
    """A JWT about a fresh live token."""
    return ask_signed(fresh_token())


@pytest.fixture(scope="session")
def seeing(
    caller: IntrospectionEndpoint, liveness: Liveness, introspection: IntrospectionEndpoint
) -> Sequence[IntrospectionEndpoint]:
    """Every caller of the target that may ask, the one that gets JWTs first."""
    known = (introspection, *liveness.others)
    return [caller, *(each for each in known if each.caller.id != caller.caller.id)]


@pytest.fixture
def published(target: Target, send: Send) -> Keys:
    """Fetches the keys that the server publishes now; NotOffered where nobody says where they are."""
    return keys_of(target, send)
