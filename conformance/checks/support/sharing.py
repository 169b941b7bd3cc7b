"""Tokens that checks share because nobody has changed them: what was issued for one check is looked at by the next.

A check that was handed such a token has the exchanges by which it was got in its evidence, as if they had been its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.http.exchange import Answer, Exchange
from fixtures.http.recorder import Recorder
from fixtures.server_time import ServerTime
from fixtures.target import Client

USUAL_LIFETIME = 20.0
"""Seconds that a token lives at least, where nobody tells how long."""


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """A token, until when it is handed out, and how it was got."""

    value: str
    until: float
    exchanges: Sequence[Exchange]


Sharing = Callable[[Callable[[Client], Answer]], "SharedTokens"]
"""Shares the tokens that a function gets for clients."""


class SharedTokens:
    """Live tokens by client, one for each, handed out for no more than half of their lifetime.

    obtain: gives the answer with a fresh token that was seen alive; recorder: of the check that is running.
    """

    def __init__(self, obtain: Callable[[Client], Answer], recorder: Recorder, time: ServerTime) -> None:
        self._obtain = obtain
        self._recorder = recorder
        self._time = time
        self._idle: dict[str, _Shared] = {}
        self._taken: dict[str, tuple[str, _Shared]] = {}

    def to_look_at(self, client: Client) -> str:
        """A token that others look at too: it is to be asked about, and not to be changed."""
        self._idle[client.name] = found = self._found(client)
        return found.value

    def to_use_up(self, client: Client) -> str:
        """A token that nobody else has: what is done to it may end it. `unharmed` gives it to the next."""
        found = self._found(client)
        self._taken[found.value] = (client.name, found)
        return found.value

    def unharmed(self, token: str) -> None:
        """A token that was handed out to be used up was seen alive after all that was done to it."""
        if token in self._taken:
            name, found = self._taken.pop(token)
            self._idle[name] = found

    def _found(self, client: Client) -> _Shared:
        found = self._idle.pop(client.name, None)
        if found is not None and self._time.now() < found.until:
            self._recorder.recall(found.exchanges)
            return found
        began, sent = self._time.now(), self._recorder.sent
        answer = self._obtain(client)
        told = answer.members.get("expires_in")
        lifetime = float(told) if isinstance(told, int | float) else USUAL_LIFETIME
        return _Shared(
            value=answer.access_token or "",
            until=began + lifetime / 2,
            exchanges=self._recorder.latest(self._recorder.sent - sent),
        )
