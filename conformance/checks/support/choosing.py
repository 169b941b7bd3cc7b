"""Which of the registered clients the checks work with, where more than one would do, and which tokens of several."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients


def with_tokens(clients: Clients) -> Client:
    """A confidential client that gets tokens: on its own behalf, or where no client does by an owner's consent."""
    try:
        own = clients.confidential("client_credentials")
    except NotOffered as missing:
        if not clients.target.owners:
            raise
        with suppress(NotOffered):
            return clients.confidential("authorization_code")
        raise missing from None
    if clients.rank(own, "client_credentials") == 0:
        return own
    with suppress(NotOffered):
        granted = clients.confidential("authorization_code")
        if clients.target.owners and clients.rank(granted, "authorization_code") == 0:
            return granted
    return own


def who_asks_owners(clients: Clients) -> Client:
    """A client that may send owners to the authorization endpoint: a confidential one, else a public one."""
    return _first_of(clients.confidential, clients.public)


def who_is_challenged(clients: Clients) -> Client:
    """A client whose codes may be tied to a challenge: a public one, for which PKCE was made, or another."""
    return _first_of(clients.public, clients.confidential)


def _first_of(wanted: Callable[[str], Client], else_: Callable[[str], Client]) -> Client:
    """A client with codes of the first kind, else of the second; what is missing is the first."""
    try:
        return wanted("authorization_code")
    except NotOffered:
        with suppress(NotOffered):
            return else_("authorization_code")
        raise


def another_with_tokens(clients: Clients, web: Client) -> Client:
    """A second confidential client that gets tokens as `web` does."""
    own = web.may("client_credentials") and clients.rank(web, "client_credentials") == 0
    return clients.another(web, "client_credentials" if own else "authorization_code")


def shortest_lived(request: pytest.FixtureRequest) -> Client:
    """The client that is declared to get short-lived tokens; else one that is not."""
    clients: Clients = request.getfixturevalue("clients")
    for grant in ("client_credentials", "authorization_code"):
        with suppress(NotOffered):
            return clients.short_lived(grant)
    ordinary: Client = request.getfixturevalue("web")
    return ordinary


def those_offered(request: pytest.FixtureRequest, *names: str) -> list[Any]:
    """The values of those fixtures that can be had. Where none can, the first CannotTest, else the first NotOffered."""
    found: list[Any] = []
    problems: list[NotOffered | CannotTest] = []
    for name in names:
        try:
            found.append(request.getfixturevalue(name))
        except (NotOffered, CannotTest) as problem:
            problems.append(problem)
    if not found:
        raise next((each for each in problems if isinstance(each, CannotTest)), problems[0])
    return found
