"""The status of a redirect that answers the owner's password (RFC 9700 section 4.12)."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest

from conformance.authorization.conftest import Ask
from conformance.requirement import requirement
from fixtures.clients import Clients
from fixtures.errors import NotOffered
from fixtures.owner import OwnerSession
from fixtures.target import Client
from fixtures.wire import Answer, Request, Send


@pytest.fixture
def redirects(ask: Ask, clients: Clients, registered_client: Client, send: Send) -> list[int]:
    """The status of each redirect that answered a request which held the owner's password."""
    owner = clients.owner()
    password = quote_plus(owner.password).encode("ascii")
    found: list[int] = []

    def watch(request: Request) -> Answer:
        answer = send(request)
        if password in request.body and answer.header("location"):
            found.append(answer.status)
        return answer

    ask(registered_client, owner=OwnerSession(owner, watch))
    if not found:
        raise NotOffered(
            "The server answers the owner's password by a page and not by a redirect.",
            "a server whose login form leads on by a redirect",
        )
    return found


@requirement("9700-4.12-01", broken_by="ui-redirects-with-307")
@requirement("9700-2.1-09", broken_by="ui-redirects-with-307")
def test_the_password_is_not_sent_on(redirects: list[int]) -> None:
    """The sign-in is answered by no redirect that makes the browser repeat the password: neither 307 nor 308."""
    assert [status for status in redirects if status in {307, 308}] == []


@requirement("9700-4.12-02", broken_by="authorize-sign-in-answered-by-302")
def test_the_sign_in_is_answered_by_303(redirects: list[int]) -> None:
    """A redirect that answers the sign-in has status 303, which makes every browser use GET."""
    assert set(redirects) == {303}
