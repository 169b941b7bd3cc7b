"""Who signs in at a browser where another is signed in gets what is hers, once she was asked (RFC 6749 section 3.1).

The two share a computer: the second opens the page for signing in that was there before the first had signed in. A
server may show that page to nobody who is signed in; then nothing is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from conformance.checks.pages.conftest import Ask, Asked, Newcomer
from conformance.checks.support.controls import GrantFor, Redeem
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

if TYPE_CHECKING:
    from fixtures.owner.browser import Visit

HARMLESS = (
    "legal-ui-login-page-for-strangers-alone",
    "legal-ui-one-owner-a-browser",
    "legal-ui-consent-without-csrf",
    "legal-ui-one-request-a-session",
)

Told = frozenset[tuple[str, str]]
"""Who an introspection answer says that the resource owner of a token is."""

OwnerOf = Callable[[str], Told]


@pytest.fixture
def owner_of(introspection: IntrospectionEndpoint) -> OwnerOf:
    """Tells of whom an access token is, by introspection."""

    def tell(token: str) -> Told:
        members = introspection.introspect(token).members
        return frozenset((name, str(members[name])) for name in ("sub", "username") if name in members)

    return tell


@pytest.fixture
def first_owner(
    owner_of: OwnerOf, grant_for: GrantFor, another_owners_grant_for: GrantFor, asking: Client
) -> Told:
    """Who the first of two owners is; NotOffered where introspection does not tell her from the second."""
    first, second = (owner_of(get(asking).access_token) for get in (grant_for, another_owners_grant_for))
    if not first or first & second:
        raise NotOffered(
            "Introspection does not tell the tokens of one owner from those of another.",
            "an introspection endpoint that answers with sub or username",
        )
    return first


@pytest.fixture
def second_at_the_browser(
    newcomer: Newcomer, clients: Clients, ask: Ask, asking: Client
) -> tuple[Visit, Asked]:
    """A second owner who just signed in where the first had signed in and allowed what the same client asked for."""
    first, second = newcomer(), newcomer(clients.another_owner())
    left_open = ask(asking)
    page = left_open.opened_by(first).rests().uri
    ask(asking).opened_by(first).allows()
    second.takes(first.cookies)
    visit = second.opens(page, asking.redirect_uris)
    if not visit.sees().asks_to_sign_in:
        raise NotOffered(
            "The server shows its page for signing in to nobody who is signed in.", "nothing: it need not"
        )
    try:
        visit.signs_in()
    except CannotTest as refused:  # they sign in at a browser of their own: this page is for who is signed in
        raise NotOffered(
            f"The server lets nobody else sign in while the first owner is signed in. {refused.reason}",
            "nothing: it need not",
        ) from refused
    return visit, left_open


@requirement("6749-3.1-01a", broken_by="ui-consent-remembered-by-browser")
@tolerates(*HARMLESS)
def test_the_second_owner_at_a_browser_is_asked_too(
    newcomer: Newcomer, clients: Clients, ask: Ask, asking: Client, request: pytest.FixtureRequest
) -> None:
    """An owner whom the server asks for consent is asked as well where another owner allowed the same just before."""
    alone = ask(asking).opened_by(newcomer(clients.another_owner())).signs_in().sees()
    if not alone.asks_for_consent:
        raise NotOffered(
            "The server does not ask the second owner for consent, at a browser of her own either.",
            "an owner in [owners] who has not allowed this before",
        )
    visit, _ = request.getfixturevalue("second_at_the_browser")

    assert not visit.sees().gives_code


@requirement("6749-3.1-01a", broken_by="ui-first-owner-stays")
@tolerates(*HARMLESS)
def test_the_second_owner_at_a_browser_gives_what_is_hers(
    first_owner: Told, second_at_the_browser: tuple[Visit, Asked], owner_of: OwnerOf, redeem: Redeem
) -> None:
    """What an owner allows who signed in at another's browser is not a token for what belongs to the other."""
    visit, request = second_at_the_browser
    if not (visit.sees().asks_for_consent or visit.sees().code):
        raise NotOffered(
            "The server goes on with no request after the second sign-in.", "nothing: it need not"
        )
    answer = redeem(request.code(visit.allows())).require_success("The second owner's code was not exchanged")

    told = owner_of(answer.access_token or "")

    assert fact(
        not told & first_owner, "a token of the owner who signed in last", "a token of the owner before her"
    )
