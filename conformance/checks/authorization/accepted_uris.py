"""Which redirection URIs a server takes: an owner who can be sent anywhere, without anybody being asked there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.facts import Fact, fact, shown
from conformance.ledger.requirement import tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer, Request, Send
from fixtures.owner.landing import are_one_place
from fixtures.owner.without_browser import Landing, OwnerSession, is_built_by_scripts
from fixtures.target import Client, Owner
from fixtures.target.clients import Clients

refused_in_any_way = tolerates(
    "legal-authorize-mismatch-told-at-the-registered-uri", "legal-authorize-error-page-with-200"
)
"""For a check of a redirection URI that is not taken: where and how the refusal is told is the server's to choose."""


class Taken(Protocol):
    """Tells which of these redirection URIs a server takes."""

    def __call__(
        self,
        client: Client,
        uris: Sequence[str],
        /,
        *,
        more: Sequence[tuple[str, str]] = (),
        codes_count: bool = True,
        **changes: str | None,
    ) -> dict[str, Landing]:
        """Each with where it led. One request a URI, else the ordinary one of the client, its parameters changed so.

        A URI is taken when the browser is sent there, with a code or with an error, or when a code is given at all.
        codes_count: whether a code that went to a registered URI counts, where that is not what was asked for.
        An error told at another URI, which is a registered one, is none: RFC 6749 forbids the invalid URI alone. A
        request that fails sends nobody anywhere.
        """
        ...


class OwnerSentAnywhere(OwnerSession):
    """An owner who can be sent anywhere: hosts that are not the server's own are answered for, and not asked."""

    def __init__(self, owner: Owner, send: Send, strange: Callable[[SplitResult], bool]) -> None:
        super().__init__(owner, self._answer)
        self._send_on, self._strange = send, strange
        self.visited: list[str] = []
        self.expected = ""

    def _answer(self, request: Request) -> Answer:
        parts = urlsplit(request.url)
        if not self._strange(parts) and parts.netloc != self.expected:
            return self._send_on(request)
        self.visited.append(request.url)
        return Answer(status=200, url=request.url)

    @contextmanager
    def sent_to(self, netloc: str) -> Iterator[list[str]]:
        """While it lasts, that authority is nobody's too; gives the list of strange places that were visited."""
        self.visited, self.expected = [], netloc
        yield self.visited
        self.expected = ""


def none_taken(found: Mapping[str, Landing]) -> Fact:
    """Whether the server takes none of the redirection URIs that a check tried: the argument is those it took."""
    cases = {f"redirect_uri={shown(uri)}": landing for uri, landing in found.items()}
    told = "; ".join(f"{case}: {landing}" for case, landing in cases.items())
    wanted = "a refusal at the server, with no code and no redirection to the redirect_uri of the request"
    return fact(not found, wanted, told).shown_by(cases)


@pytest.fixture(scope="session")
def taken(
    ask: Ask,
    clients: Clients,
    authorization: AuthorizationEndpoint,
    send: Send,
    session_of: Callable[[Owner], OwnerSession],
) -> Taken:
    """Tells which redirection URIs the server takes. session_of: gives an owner a session with a browser at hand."""
    own = urlsplit(authorization.url).netloc
    known = {urlsplit(uri).netloc for client in clients.all for uri in client.redirect_uris} - {own, ""}
    owner = OwnerSentAnywhere(
        clients.owner(),
        send,
        lambda parts: (parts.hostname or "").endswith(".invalid") or parts.netloc in known,
    )

    at_hand = cache(lambda: session_of(clients.owner()))

    def find(
        client: Client,
        uris: Sequence[str],
        /,
        *,
        more: Sequence[tuple[str, str]] = (),
        codes_count: bool = True,
        **changes: str | None,
    ) -> dict[str, Landing]:
        found = {}
        for uri in uris:
            netloc = urlsplit(uri).netloc
            with owner.sent_to("" if netloc == own else netloc) as visited:
                landing = ask(
                    client, {"redirect_uri": uri, **changes}, more=more, owner=owner, crash_counts=True
                )
            if is_built_by_scripts(landing) and not visited:
                landing = _at_a_browser(
                    at_hand(),
                    partial(ask, client, {"redirect_uri": uri, **changes}, more=more, crash_counts=True),
                )
            came = _is_sent(landing, client, uri) or _is_elsewhere(landing, client)
            if visited or (codes_count and _gives(landing)) or came:
                found[uri] = landing
        return found

    return find


def _at_a_browser(session: OwnerSession, opens: Callable[..., Landing]) -> Landing:
    """Where a request leads whose page is nothing without its scripts. CannotTest where no browser could open it."""
    landing = opens(owner=session)
    if not session.is_at_browser and is_built_by_scripts(landing):
        raise CannotTest(
            "The server asks its owners on a page that scripts build, and without a browser nothing came of it.",
            "Run without --no-browser.",
        )
    return landing


def _gives(landing: Landing) -> bool:
    """Whether the journey ended with a code or a token in the address."""
    return bool({"code", "access_token"} & {*landing.query, *landing.fragment})


def _is_elsewhere(landing: Landing, client: Client) -> bool:
    """Whether the journey ended at a place of clients that is not registered for this one, and was not asked."""
    return landing.is_at_client and not any(are_one_place(landing.uri, uri) for uri in client.redirect_uris)


def _is_sent(landing: Landing, client: Client, uri: str) -> bool:
    """Whether the journey led to this URI, and to no registered one that begins with it."""
    registered = [each for each in client.redirect_uris if each != uri and each.startswith(uri)]
    places = [hop.header("location") or "" for hop in landing.hops]
    return any(place.startswith(uri) and not place.startswith(tuple(registered)) for place in places)
