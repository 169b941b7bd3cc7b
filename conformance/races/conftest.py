"""Races: what is sent at the same moment, how often, and proof that it was under way at the same moment.

A race is judged by what came of it. That it took place is shown by Together.require_overlap, which each check calls
when it has found nothing: requests that went one after another have shown nothing about simultaneous ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from conformance.controls import CodeFor, Issued, Liveness, Redeem
from fixtures.connection import Connection
from fixtures.endpoints import Endpoint, RegistrationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.together import Race, race
from fixtures.wire import Answer, Request

AT_ONCE = 8
"""Requests of one race, where nothing else decides it."""
ROUNDS = {"quick": 3, "ci": 10, "night": 40}
"""Races that a check runs, by the profile of --fuzz; a proof runs as many as `quick`."""

Asked = TypeVar("Asked", bound="Endpoint | RegistrationEndpoint")


def draft(endpoint: Asked, ask: Callable[[Asked], object]) -> Request:
    """The request that an endpoint would send when asked so, unsent."""
    drafts: list[Request] = []

    def keep(request: Request) -> Answer:
        drafts.append(request)
        return Answer(status=204)

    ask(replace(endpoint, send=keep))
    return drafts[0]


@dataclass
class Together:
    """Releases requests together, and remembers what came of it during one check. rounds: how often it does so."""

    connection: Connection
    rounds: range
    races: list[Race] = field(default_factory=list)

    def __call__(self, requests: Sequence[Request]) -> Race:
        """One race between these requests. CannotTest when the server dealt with none of them."""
        found = race(self.connection, requests)
        self.races.append(found)
        if not found.answers:
            told = next(
                (one.failure or f"{one.answer.status}" for one in found.sent if one.answer), "no answer"
            )
            raise CannotTest(
                f"The server dealt with none of {len(requests)} requests at the same moment: {told}.",
                "Run when the server is idle, or raise how many requests at once it takes from one machine.",
            )
        return found

    def require_overlap(self) -> None:
        """CannotTest unless at least one of the races was one: two requests in flight at the same instant."""
        if not any(each.overlapped for each in self.races):
            raise CannotTest(
                f"In none of {len(self.races)} rounds were two requests in flight at the same instant, so nothing "
                "raced.",
                "Run it nearer to the server or on an idle machine.",
            )

    def require_a_winner(self, count: int) -> None:
        """CannotTest when nobody won in any race: that no second one does was then not shown."""
        if not count:
            raise CannotTest(
                f"In none of {len(self.races)} rounds did one request win and the others lose, so nothing was shown.",
                "Look for the requests in the server's log.",
            )


@pytest.fixture
def together(connection: Connection, pytestconfig: pytest.Config) -> Together:
    """Releases requests together, as often as the profile of the run says."""
    return Together(connection, range(ROUNDS[pytestconfig.option.fuzz]))


@pytest.fixture(scope="session")
def code_client(registered_client: Client, redeem: Redeem, code_for: CodeFor) -> Client:
    """A client that was seen to redeem a code in the usual way."""
    redeem(code_for(registered_client)).require_success(
        f"A code of {registered_client.name} was not exchanged"
    )
    return registered_client


@dataclass(frozen=True)
class Contest:
    """A race for one grant. winners: the answers that grant a token, those that tell the same token again left out."""

    race: Race
    winners: Sequence[Answer]

    @property
    def replays(self) -> int:
        """How many were refused because the grant was used up."""
        return sum(answer.error == "invalid_grant" for answer in self.race.answers)


@pytest.fixture
def race_for_a_code(
    token: TokenEndpoint, code_for: CodeFor, code_client: Client, together: Together, issued: Issued
) -> Callable[[], Contest]:
    """Redeems a fresh code by several requests at once, each with an assertion of its own where the client has such."""

    def run() -> Contest:
        code = code_for(code_client)

        def redeem(endpoint: TokenEndpoint) -> Answer:
            return endpoint.redeem(
                code.value, as_=code.client, redirect_uri=code.redirect_uri, verifier=code.verifier
            )

        return contest(together([draft(token, redeem) for _ in range(AT_ONCE)]), code_client, issued)

    return run


def contest(found: Race, client: Client, issued: Issued) -> Contest:
    """What a race of this client came to; its tokens are given back at the end of the run."""
    kept = {answer.access_token: answer for answer in found.answers if answer.grants_a_token}
    return Contest(found, [issued.note(client, answer) for answer in kept.values()])


@pytest.fixture(scope="session")
def told_of(liveness: Liveness) -> Callable[[Sequence[Answer]], str]:
    """Says how many of the access tokens in answers work, as far as that can be seen. For messages."""

    def tell(answers: Sequence[Answer]) -> str:
        try:
            alive = sum(liveness.is_alive(answer.access_token or "") for answer in answers)
        except (CannotTest, NotOffered) as why:
            return f"whether they work cannot be seen ({why})"
        return f"{alive} of them work"

    return tell


@pytest.fixture(scope="session")
def ends_tokens_on_replay(redeem: Redeem, code_for: CodeFor, code_client: Client, liveness: Liveness) -> None:
    """The server was seen to end the tokens of a code that comes again later."""
    code = code_for(code_client)
    answer = redeem(code).require_success("The first exchange was refused")
    liveness.require_alive(answer.access_token or "")
    redeem(code)
    if not liveness.is_dead(answer.access_token or ""):
        raise NotOffered(
            "The server leaves tokens alive when their code comes again later; another check tells of that.",
            "a server that ends them",
        )
