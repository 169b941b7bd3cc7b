"""How the browser is sent on after every form, from the owner's password to the client."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest

from conformance.checks.pages.conftest import AtPage
from conformance.checks.support.facts import equals, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.exchange import Request
from fixtures.owner.landing import Landing
from fixtures.target.clients import Clients

REDIRECTS = frozenset({301, 302, 303, 307, 308})
REPEATING = frozenset({307, 308})
"""Statuses with which a browser sends the form again (RFC 9110 section 15.4.8): never 303, which makes it use GET."""


@pytest.fixture
def journey(at_login: Callable[[], AtPage]) -> Landing:
    """The whole way through the browser: from the page for signing in to where it ends."""
    return at_login().visit.allows()


def _holds_password(request: Request, clients: Clients) -> bool:
    """Whether the owner's password is in the body. It is looked up here, for what a check is handed gets printed."""
    return clients.owner().password in unquote_plus(request.body.decode("utf-8", "replace"))


def _redirected(journey: Landing) -> list[tuple[Request, int, Request | None]]:
    """Every form that was answered by a redirect: its request, the status, and the request that followed.

    None: it led to the client, who is not asked.
    """
    following = [*journey.asked[1:], None]
    return [
        (request, answer.status, after)
        for request, answer, after in zip(journey.asked, journey.hops, following, strict=True)
        if request.method == "POST" and answer.status in REDIRECTS and answer.header("location")
    ]


def _need(found: list[int]) -> list[int]:
    if not found:
        raise NotOffered(
            "The server answers the forms on this way by pages and not by redirects.",
            "a server whose forms lead on by redirects",
        )
    return found


@requirement("9700-4.12-01", broken_by="authorize-redirects-with-307")
@requirement("2.1-7.5.3-01", broken_by="authorize-redirects-with-307")
@tolerates("legal-authorize-without-referrer-policy")
def test_no_form_is_sent_on_to_the_client(journey: Landing) -> None:
    """No redirect after a form makes the browser send that form again, to the client or on the way to it."""
    redirected = _redirected(journey)
    _need([status for _, status, _ in redirected])
    sent_on = [
        status
        for request, status, after in redirected
        if after is not None and status in REPEATING and (after.method, after.body) == ("POST", request.body)
    ]

    assert fact(
        not sent_on,
        "redirects that make the browser send no form again",
        f"after status {shown(sent_on)} the browser sent the form to another page",
    )
    assert fact(
        redirected[-1][2] is not None or redirected[-1][1] not in REPEATING or not journey.form,
        "redirects that make the browser send no form again",
        "the browser sent the form to the client",
    )


@requirement("9700-4.12-01", broken_by="ui-redirects-with-307")
@requirement("9700-2.1-09", broken_by="ui-redirects-with-307")
@requirement("2.1-7.5.3-01", broken_by="ui-redirects-with-307")
def test_the_password_is_not_sent_on(journey: Landing, clients: Clients) -> None:
    """The sign-in is answered by no redirect that makes the browser repeat the password."""
    signing_in = [each for each in _redirected(journey) if _holds_password(each[0], clients)]
    _need([status for _, status, _ in signing_in])
    repeated = [after for _, _, after in signing_in if after is not None and _holds_password(after, clients)]

    assert fact(
        not repeated,
        "a password that is sent to one page",
        "the browser sent the password to another page as well",
    )


@requirement("9700-4.12-02", broken_by="authorize-sign-in-answered-by-302")
@requirement("2.1-7.5.3-02", broken_by="authorize-sign-in-answered-by-302")
def test_the_sign_in_is_answered_by_303(journey: Landing, clients: Clients) -> None:
    """A redirect that answers the sign-in has status 303, which makes every browser use GET."""
    found = _need(
        [status for request, status, _ in _redirected(journey) if _holds_password(request, clients)]
    )

    assert equals("the status that answers the sign-in", set(found), {303})


@requirement("9700-2.1-09", broken_by="ui-password-in-redirect")
@tolerates("legal-authorize-without-referrer-policy")
def test_the_password_is_not_in_the_address(journey: Landing, clients: Clients) -> None:
    """The owner's password is in no address that the browser is sent to after she has signed in."""
    _need([status for _, status, _ in _redirected(journey)])
    addresses = [unquote_plus(url) for url in (*(request.url for request in journey.asked), journey.uri)]
    telling = [address for address in addresses if clients.owner().password in address]

    assert fact(not telling, "addresses without the password", "an address holds the password")
