"""A client exchanges tokens for others, each for the resource that it names (RFC 8693), and each is for that one."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer, Send
from fixtures.target import Client
from fixtures.target.values import TOKEN_EXCHANGE, Indicated
from load.judging.tokens import Token
from load.scenarios.resource import Ask, each_for_its_own, scope_at
from load.scenarios.setup import Setup
from load.traffic.iteration import Iterations

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
MOST_SUBJECTS = 20
"""Tokens that are exchanged in turn, got before the run: an exchange leaves its subject token as it is."""


def for_each_resource(setup: Setup) -> Iterations:
    """A token is exchanged for one for each resource in turn, which introspection then tells of."""
    client = _client(setup)
    subjects = setup.issue(client, min(MOST_SUBJECTS, max(1, setup.count)))
    _require_to_last(setup, client, subjects)
    return each_for_its_own(
        setup, client, [_exchanging(setup, client, subject.value) for subject in subjects]
    )


def _client(setup: Setup) -> Client:
    return setup.clients.first(
        lambda each: (
            each.may(TOKEN_EXCHANGE)
            and each.may("client_credentials")
            and each.auth in {"client_secret_basic", "client_secret_post"}
            and each.access_token_seconds is None
        ),
        "client with a secret that gets tokens on its own behalf and may exchange them",
        f'[clients.web] grants = ["client_credentials", "{TOKEN_EXCHANGE}"]',
    ).asking_by("client_credentials")


def _require_to_last(setup: Setup, client: Client, subjects: Sequence[Token]) -> None:
    """CannotTest where the tokens that are exchanged expire before the run is over."""
    shortest = min((each.life for each in subjects if each.life is not None), default=None)
    if shortest is not None and shortest <= setup.seconds:
        raise CannotTest(
            f"Tokens of {client.name} live {shortest:g} s, and are exchanged for {setup.seconds:g} s.",
            "a shorter run, or a client whose tokens live longer",
        )


def _exchanging(setup: Setup, client: Client, subject: str) -> Ask:
    def ask(send: Send, resource: Indicated) -> Answer:
        fields = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject,
            "subject_token_type": ACCESS_TOKEN,
            "resource": resource.uri,
            "scope": scope_at(client, resource),
        }
        return setup.token(send).post(fields, as_=client)

    return ask
