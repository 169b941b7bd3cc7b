"""Who takes part in the histories, and how long is looked for one that the server contradicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from conformance.checks.lifecycle.participants import Participants
from conformance.checks.lifecycle.search import Effort, Search
from conformance.checks.lifecycle.taking_back import taking_back
from conformance.checks.support.controls import CodeFor, Issued, Redeem, Refresh
from conformance.checks.support.draws import Draws
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import codes_of
from conformance.checks.support.offered import if_offered
from conformance.checks.support.order import HISTORIES
from conformance.checks.support.resources import audience_by, told_apart
from fixtures.endpoints import AuthorizationEndpoint, ResourceEndpoint, RevocationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.recorder import Recorder
from fixtures.owner.without_browser import OwnerSession
from fixtures.server_time import ServerTime
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients, owners_apart
from fixtures.target.values import TOKEN_EXCHANGE

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
MOST_OWNERS = 2
LONGEST_LIFE = 3.0
"""Seconds that a token may live to be worth waiting for in a history."""


@pytest.fixture(scope="session")
def history_clients(clients: Clients, draws: Draws, server_time: ServerTime) -> Mapping[str, Client]:
    """Two confidential clients and a public one where there are such, and one with short-lived tokens."""
    ordinary = [client for client in clients.all if _takes_part(client) and _lives_long(client)]
    confidential = [client for client in ordinary if not client.is_public][:2]
    public = [client for client in ordinary if client.is_public][:1]
    waits = server_time.has_hook or draws.name != "quick"
    brief = [client for client in clients.all if waits and _takes_part(client) and _is_brief(client)][:1]
    found = [*confidential, *public, *brief]
    if not found:
        raise NotOffered(
            "The target file has no client that gets codes.",
            '[clients.web] redirect_uris = [".."], grants = ["authorization_code", "refresh_token"]',
        )
    return {client.name: client for client in found}


def _takes_part(client: Client) -> bool:
    return client.may("authorization_code") and bool(client.redirect_uris)


def _lives_long(client: Client) -> bool:
    lives = (client.access_token_seconds, client.refresh_token_seconds, client.code_seconds)
    return all(seconds is None for seconds in lives) and client.may("refresh_token")


def _is_brief(client: Client) -> bool:
    return client.access_token_seconds is not None and client.access_token_seconds <= LONGEST_LIFE


@pytest.fixture(scope="session")
def sessions(
    clients: Clients, target: Target, session_of: Callable[[Owner], OwnerSession]
) -> Mapping[str, OwnerSession]:
    """Owners, by name, each in a session of her own: those that no other check uses, where there are such."""
    clients.owner()
    usual = [owner for owner in target.owners.values() if not owner.expendable][:MOST_OWNERS]
    return {owner.name: session_of(owner) for owner in owners_apart(target, pair=HISTORIES) or usual}


@pytest.fixture(scope="session")
def participants(
    *,
    request: pytest.FixtureRequest,
    target: Target,
    history_clients: Mapping[str, Client],
    sessions: Mapping[str, OwnerSession],
    authorization: AuthorizationEndpoint,
    token: TokenEndpoint,
    redeem: Redeem,
    refresh: Refresh,
    liveness: Liveness,
    issued: Issued,
) -> Participants:
    """Who takes part, and what the target lets them do."""
    liveness_of = liveness.introspection or liveness.resource
    if liveness_of is None:
        raise NotOffered(
            "There is no way to see whether a token is alive.",
            "[introspection] client (with an introspection endpoint), or [resource] url",
        )

    def own_token(client: Client) -> Answer:
        asking = client.asking_by("client_credentials")
        return issued.note(client, token.client_credentials(as_=asking, scope=asking.scope or None))

    def exchange(value: str, /, *, as_: Client, scope: str | None, resource: str | None) -> Answer:
        fields = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": value,
            "subject_token_type": ACCESS_TOKEN,
            "scope": scope,
            "resource": resource,
        }
        return issued.note(as_, token.post(fields, as_=as_))

    exchanging = [
        each.name for each in history_clients.values() if each.may(TOKEN_EXCHANGE) and not each.is_public
    ]
    revocation, resource = if_offered(request, "revocation"), if_offered(request, "resource")
    codes = {name: codes_of(authorization, session) for name, session in sessions.items()}
    first, code_for = next(iter(history_clients.values())), next(iter(codes.values()))
    resources, sees_resources = _resources(target, first, code_for, redeem, liveness)
    return Participants(
        resources=resources,
        audience_of=audience_by(liveness),
        sees_resources=sees_resources,
        exchange=exchange,
        exchanging=frozenset(exchanging),
        clients=history_clients,
        codes=codes,
        redeem=redeem,
        refresh=refresh,
        own_token=own_token,
        liveness=liveness,
        revocation=revocation if isinstance(revocation, RevocationEndpoint) else None,
        resource=resource if isinstance(resource, ResourceEndpoint) else None,
        callers=[client for client in history_clients.values() if not client.is_public]
        if liveness.introspection
        else (),
        take_back=taking_back(target.grants_page, sessions) if target.grants_page else None,
        waits=any(_is_brief(client) for client in history_clients.values()),
        code_seconds=target.times.get("code", 30.0),
        refresh_seconds=target.times.get("refresh_token"),
        leeway=target.leeway,
    )


def _resources(
    target: Target, client: Client, code_for: CodeFor, redeem: Redeem, liveness: Liveness
) -> tuple[Mapping[str, frozenset[str]], bool]:
    """Two resources that owners may allow a client something for, together too, by what tells of each; none else.

    Beside that, whether tokens for them can be seen to live: introspection may know no JWTs.
    """
    found = target.indicated[:2]
    if len(found) < 2:
        return {}, True
    try:
        code_for(client, resources=[each.uri for each in found])
        answers = [redeem(code_for(client, resources=[each.uri]), resource=each.uri) for each in found]
        apart = told_apart(*(audience_by(liveness)(answer) for answer in answers))
    except (CannotTest, NotOffered):
        return {}, True
    known = {each.uri: names for each, names in zip(found, apart, strict=True)}
    try:
        liveness.require_alive(answers[0].access_token or "")
    except CannotTest:
        return known, False
    return known, True


@pytest.fixture(scope="session")
def search(participants: Participants, draws: Draws, recorder: Recorder) -> Search:
    """Looks for a history that the server contradicts."""
    proves = draws.database is None
    return Search(
        participants=participants,
        effort=Effort(
            histories=draws.profile.examples,
            seconds=math.inf if proves else draws.profile.seconds,
            seed=draws.seed_for("lifecycle"),
            repeated_by=draws.repeated_by,
            settings=draws.settings("lifecycle"),
            shortens=not proves,
        ),
        recorder=recorder,
    )
