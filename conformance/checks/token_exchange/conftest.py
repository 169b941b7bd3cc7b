"""Clients that exchange tokens, and tokens that were seen to be exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType

import pytest

from conformance.checks.support.controls import AnswerFor, Issued
from fixtures.endpoints import TokenEndpoint, Value
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients
from fixtures.target.values import TOKEN_EXCHANGE

TYPE = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN = f"{TYPE}access_token"
REFRESH_TOKEN = f"{TYPE}refresh_token"
KEY = f'[clients.web] grants = [.., "{TOKEN_EXCHANGE}"]'


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a client has the tokens from that it exchanges. grant: by which the owner of the token got it."""

    owner: Client
    grant: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """How a client exchanges access tokens. client: who does; source: whose tokens they are, seen to be exchanged."""

    client: Client
    source: Source
    answer_for: AnswerFor
    token: TokenEndpoint
    issued: Issued

    def subject(self, scope: str | None = None) -> str:
        """A fresh access token to exchange. scope: None for all that its client may ask for."""
        answer = self.answer_for(self.source.owner, scope=scope, grant=self.source.grant)
        return answer.access_token or ""

    def send(
        self,
        subject: str | None,
        /,
        *,
        as_: Client | EllipsisType | None = ...,
        auth: str | None = None,
        **changes: Value,
    ) -> Answer:
        """The answer to an exchange.

        subject: the token, None leaves it out; as_: another client, None for no credentials; auth: another method.
        changes: parameters by name; None leaves one out.
        """
        client = self.client if isinstance(as_, EllipsisType) else as_
        return self._post(subject, client, auth, changes)

    def _post(
        self, subject: str | None, client: Client | None, auth: str | None, changes: Mapping[str, Value]
    ) -> Answer:
        fields: dict[str, Value] = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject,
            "subject_token_type": ACCESS_TOKEN,
            **changes,
        }
        return self.issued.note(client or self.client, self.token.post(fields, as_=client, auth=auth))

    def require(self, subject: str, **changes: Value) -> Answer:
        """The answer to an exchange that works; CannotTest where it does not."""
        answer = self._post(subject, self.client, None, changes)
        return answer.require_success(f"{self.client.name} got nothing for a fresh access token")


@pytest.fixture(scope="session")
def exchanging_client(clients: Clients, target: Target) -> Client:
    """A confidential client that exchanges tokens; NotOffered where nobody does."""
    if target.unreachable:
        raise CannotTest(target.unreachable)
    return clients.first(
        lambda one: not one.is_public and one.may(TOKEN_EXCHANGE) and one.access_token_seconds is None,
        "confidential client with the grant of token exchange",
        KEY,
    )


def _sources(client: Client, clients: Clients) -> Iterator[Source]:
    """Whose tokens may be exchanged: the client's own, and where it gets none those of others."""
    grants = ("client_credentials", "authorization_code")
    yield from (Source(owner=client, grant=grant) for grant in grants if client.may(grant))
    if not any(client.may(grant) for grant in grants):
        for grant in grants:
            others = [one for one in clients.all if not one.is_public and one.may(grant)]
            yield from (Source(owner=one, grant=grant) for one in others[:1])


@pytest.fixture(scope="session")
def exchange(
    *,
    exchanging_client: Client,
    clients: Clients,
    answer_for: AnswerFor,
    token: TokenEndpoint,
    issued: Issued,
) -> Exchange:
    """A client that was seen to exchange an access token, by the kind of token that it exchanges."""
    told: list[str] = []
    for source in _sources(exchanging_client, clients):
        made = Exchange(
            client=exchanging_client, source=source, answer_for=answer_for, token=token, issued=issued
        )
        try:
            answer = made.send(made.subject())
        except (CannotTest, NotOffered) as problem:
            told.append(str(problem))
            continue
        if answer.grants_a_token:
            return made
        told.append(f"a token of {source.owner.name} by {source.grant}: {answer.brief}")
    raise CannotTest(
        f"{exchanging_client.name} exchanges no access token. {'; '.join(told)}",
        f"May [clients.{exchanging_client.name}] exchange tokens, and whose?",
    )


@pytest.fixture
def subject(exchange: Exchange) -> str:
    """A fresh access token that the client may exchange, after another one of its kind was exchanged."""
    return exchange.subject()


@pytest.fixture
def exchanged(exchange: Exchange, subject: str) -> Answer:
    """The answer to a good exchange."""
    return exchange.require(subject)
