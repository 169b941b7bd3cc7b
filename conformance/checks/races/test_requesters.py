"""Who asks for tokens at the same moment as others gets its own (RFC 7662 section 2.2, RFC 6750 section 5.2).

The same token for the same client, owner and scope is the server's choice, at one moment as one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from conformance.checks.races.racing import AT_ONCE, Races, draft
from conformance.checks.support.controls import Issued
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Request
from fixtures.target import Client


@pytest.fixture
def ask_at_once(
    token: TokenEndpoint, own_client: Client, other: Client, races: Races, issued: Issued
) -> Callable[[], list[tuple[Client, str]]]:
    """Lets two clients ask for several tokens at once. Gives each token with the client that asked."""

    def ask(client: Client) -> Request:
        scope = client.asking_by("client_credentials").scope or None
        return draft(token, lambda at: at.client_credentials(as_=client, scope=scope))

    def run() -> list[tuple[Client, str]]:
        runners = [own_client, other] * (AT_ONCE // 2)
        sent = races.run([ask(client) for client in runners]).sent
        answered = [(client, one.answer) for client, one in zip(runners, sent, strict=True) if one.answer]
        noted = [(client, issued.note(client, answer)) for client, answer in answered]
        return [(client, answer.access_token) for client, answer in noted if answer.access_token]

    return run


@pytest.fixture
def ask_for_each_scope(
    token: TokenEndpoint, own_client: Client, races: Races, issued: Issued
) -> Callable[[], dict[str, set[str]]]:
    """Lets a client ask for two scope values at once, several times each. Gives each token with what was asked for.

    NotOffered where one after the other does not get another token with each.
    """
    words = sorted(own_client.asking_by("client_credentials").scopes)[:2]
    alone = [token.client_credentials(as_=own_client, scope=word) for word in words]
    tokens = {issued.note(own_client, answer).access_token for answer in alone}
    if len(words) < 2 or len(tokens - {None}) < 2:
        raise NotOffered(
            f"{own_client.name} does not get a token for each of two scope values.",
            f'[clients.{own_client.name}] scope = "read write", of which each can be asked for alone',
        )

    def run() -> dict[str, set[str]]:
        asked = words * (AT_ONCE // 2)
        drafts = [
            draft(token, partial(TokenEndpoint.client_credentials, as_=own_client, scope=word))
            for word in asked
        ]
        found: dict[str, set[str]] = {}
        for word, one in zip(asked, races.run(drafts).sent, strict=True):
            if one.answer and (value := issued.note(own_client, one.answer).access_token):
                found.setdefault(value, set()).add(word)
        return found

    return run


def count_of(tokens: Sequence[object]) -> str:
    """`1 token was`, `2 tokens were`."""
    return "1 token was" if len(tokens) == 1 else f"{len(tokens)} tokens were"


@requirement("6750-5.2-01", broken_by="token-race-gives-one-token-for-two-scopes")
@tolerates("legal-token-same-again")
def test_no_token_is_given_for_two_scopes_that_are_asked_for_at_once(
    races: Races, ask_for_each_scope: Callable[[], dict[str, set[str]]]
) -> None:
    """A client that asks for one scope and for another at the same moment never gets one token for both."""
    given = 0
    for _ in races.rounds:
        found = ask_for_each_scope()
        given += len(found)
        shared = [asked for asked in found.values() if len(asked) > 1]
        assert fact(
            not shared,
            "a token of its own for each request",
            f"{races.done[-1]}, for two scopes: {count_of(shared)} given for the one and for the other",
        )
    races.require_a_winner(given)


@requirement("6750-5.2-01", broken_by="token-race-gives-one-token-to-two-clients")
def test_no_token_is_given_to_two_clients_that_ask_at_once(
    races: Races, ask_at_once: Callable[[], list[tuple[Client, str]]]
) -> None:
    """Two clients that ask for tokens at the same moment never get the same token."""
    given: dict[str, set[str]] = {}
    for _ in races.rounds:
        for client, token in ask_at_once():
            given.setdefault(token, set()).add(client.id)
        shared = [clients for clients in given.values() if len(clients) > 1]
        assert fact(
            not shared,
            "no token that two clients are given",
            f"{races.done[-1]}, of two clients: {count_of(shared)} given to the one and to the other",
        )
    races.require_a_winner(len(given))


@requirement("7662-2.2-S09", broken_by="token-race-mixes-clients-up")
def test_a_token_asked_for_at_once_belongs_to_the_client_that_asked(
    races: Races,
    ask_at_once: Callable[[], list[tuple[Client, str]]],
    introspection: IntrospectionEndpoint,
) -> None:
    """Of tokens that two clients asked for at the same moment, introspection names each one's own client."""
    told = 0
    for _ in races.rounds:
        for client, token in ask_at_once():
            answer = introspection.introspect(token)
            named = answer.members.get("client_id")
            told += named is not None
            assert (
                fact(
                    named in {None, client.id},
                    f"client_id {client.id} of a token that was given to client {client.id}",
                    f"client_id {shown(named)} of a token that was given to client {client.id}, when two clients asked "
                    f"at once ({races.done[-1]})",
                )
                .seen_in(answer)
                .mended_by("Keep what belongs to one token request in no variable that others share.")
            )
    races.require_a_winner(told)
