"""What races are made of: requests drafted and unsent, rounds that were proven to overlap, and what came of them.

A race is judged by what came of it. That it took place is shown by Races.require_overlap, or require_a_winner, which
each check calls when it has found nothing: requests that went one after another show nothing about simultaneous ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fixtures.endpoints import Endpoint, RegistrationEndpoint
from fixtures.errors import CannotTest
from fixtures.http.connection import Connection
from fixtures.http.exchange import Answer, Request
from fixtures.http.recorder import Recorder
from fixtures.http.together import Race, race

AT_ONCE = 8
"""Requests of one race, where nothing else decides it."""
ROUNDS = {"quick": 3, "ci": 10, "night": 40}
"""Races that a check runs, by the profile of --fuzz; a proof runs as many as `quick`."""
MOST_TRIES = 5

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
class Races:
    """Releases requests together, and remembers the races that it made so during one check.

    least: races that are to overlap; it gives up after MOST_TRIES times as many.
    """

    connection: Connection
    recorder: Recorder
    least: int
    done: list[Race] = field(default_factory=list)

    @property
    def rounds(self) -> Iterator[int]:
        """Rounds until enough races overlapped: for each, how many did so before it."""
        for _ in range(MOST_TRIES * self.least):
            if self.overlapped < self.least:
                yield self.overlapped

    @property
    def overlapped(self) -> int:
        """In how many of the races two requests were in flight at the same instant."""
        return sum(each.overlapped for each in self.done)

    def run(self, requests: Sequence[Request]) -> Race:
        """One race between these requests. CannotTest when the server dealt with none of them."""
        found = self.aside(requests)
        self.done.append(found)
        return found

    def aside(self, requests: Sequence[Request]) -> Race:
        """The same, of requests whose overlap proves nothing."""
        found = race(self.connection, requests)
        if not found.answers:
            told = ", ".join(sorted({one.outcome for one in found.sent}))
            raise CannotTest(
                f"The server dealt with none of {len(requests)} requests at the same moment ({told}).",
                "Run when the server is idle, or raise how many requests at once it takes from one machine.",
            )
        return found

    def require_overlap(self) -> None:
        """CannotTest unless at least one of the races was one; how far they were is remarked of the check."""
        if not self.overlapped:
            raise CannotTest(
                f"In none of {len(self.done)} rounds were two requests in flight at the same instant, so nothing "
                "raced.",
                "Run it nearer to the server or on an idle machine.",
            )
        fullest = max(self.done, key=lambda each: (each.at_once, each.seconds_at_once))
        self.recorder.remark(
            f"In {self.overlapped} of {len(self.done)} races requests overlapped; the fullest: {fullest}."
        )

    def require_a_winner(self, count: int) -> None:
        """The same, and CannotTest when nobody won in any race: that no second one does was then not shown."""
        self.require_overlap()
        if not count:
            raise CannotTest(
                f"In none of {len(self.done)} rounds did one request win and the others lose, so nothing was shown.",
                "Look for the requests in the server's log.",
            )


@dataclass(frozen=True)
class GrantRace:
    """A race for one grant. token: the code or refresh token that was sent.

    winners: the answers that grant a token, those that tell the same token again left out.
    """

    token: str
    race: Race
    winners: Sequence[Answer]

    @property
    def replacements(self) -> Sequence[str]:
        """The refresh tokens that the winners got, other than the one that was sent."""
        found = {answer.refresh_token for answer in self.winners if answer.refresh_token}
        return sorted(found - {self.token})

    def __str__(self) -> str:
        return str(self.race)

    @property
    def replays(self) -> int:
        """How many were refused because the grant was used up."""
        return sum(answer.error == "invalid_grant" for answer in self.race.answers)


@dataclass(frozen=True, kw_only=True)
class Serial:
    """What a revocation ends that comes after a refresh with the same refresh token, one after the other."""

    ends_the_token: bool
    ends_the_replacement: bool
    ends_the_access_token: bool
