"""What checks of pages are handed: owners at real browsers, and requests and pages that were seen to work."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.checks.support import choosing
from conformance.checks.support.browsing import Browsing
from conformance.checks.support.controls import Code, CodeFor, GrantFor, Redeem, s256
from conformance.checks.support.facts import Fact, shown
from conformance.checks.support.obtaining import codes_of, grants_of
from conformance.checks.support.order import SIGN_IN
from conformance.checks.support.registering import Register, registering_at
from fixtures.endpoints import AuthorizationEndpoint, RegistrationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients, owners_apart

if TYPE_CHECKING:
    from fixtures.owner.browser import BetweenStrangers, Browser, BrowsingOwner, Visit

ELSEWHERE = "https://attacker.example/cb"
"""An address that is registered for no client."""

ANOTHER_BROWSER = "OAUTH_HARNESS_BROWSER=PATH names another: chromium-headless-shell judges this."

Newcomer = Callable[..., "BrowsingOwner"]
"""Puts an owner at a fresh browser, which knows no cookie: of [owners], the first unless another is given."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One authorization request: its URL, and what its code needs to be redeemed."""

    url: str
    client: Client
    verifier: str

    @property
    def state(self) -> str:
        """The state in it."""
        return parse_qs(urlsplit(self.url).query)["state"][0]

    def code(self, landing: Landing) -> Code:
        """The code that the client got. CannotTest when it got none."""
        if not landing.code:
            raise CannotTest(
                f"The authorization request of {self.client.name} ended without a code: {landing}."
            )
        return Code(
            value=landing.code,
            client=self.client,
            redirect_uri=self.client.redirect_uri,
            verifier=self.verifier,
        )

    def opened_by(self, person: BrowsingOwner, also: Sequence[str] = ()) -> Visit:
        """Open it in somebody's browser. also: where the journey ends beside the client's redirection URIs."""
        return person.opens(self.url, [*self.client.redirect_uris, *also])


@dataclass(frozen=True, kw_only=True)
class AtPage:
    """An owner before a page. visit: goes on from there; person: she, with her browser."""

    person: BrowsingOwner
    visit: Visit


AtLogin = Callable[..., AtPage]
"""Leads an owner, of [owners] the first unless another is given, to the page that asks to sign in."""


class Ask(Protocol):
    """Builds an authorization request with PKCE and state."""

    def __call__(self, client: Client, *, scope: str | None = None, **more: str | None) -> Asked:
        """scope: None asks for all that the client is registered for. more: parameters to add or replace."""
        ...


class AtConsent(Protocol):
    """Leads an owner to the page that asks for consent."""

    def __call__(
        self,
        client: Client,
        *,
        scope: str | None = None,
        owner: Owner | None = None,
        also: Sequence[str] = (),
    ) -> tuple[AtPage, Asked]:
        """In the browser of an owner who signed in for an earlier check, with an authorization request of this client.

        scope as with Ask; owner: the first of [owners] unless another is given; also: where the journey ends beside
        the redirection URIs of the client.

        NotOffered where the server asks this client's owners nothing, even with prompt=consent.
        """
        ...


@pytest.fixture(scope="session")
def newcomer(clients: Clients, browsing: Browsing) -> Newcomer:
    """Puts an owner at a browser with no cookies."""

    def make(owner: Owner | None = None) -> BrowsingOwner:
        return browsing(owner or clients.owner())

    return make


@pytest.fixture(scope="session")
def owner_apart(target: Target, clients: Clients) -> Owner:
    """Whose password is tried, and what she allowed taken back: where there is one, an owner of no other checks."""
    return next(iter(owners_apart(target, pair=SIGN_IN)), None) or clients.owner()


@pytest.fixture(scope="session")
def newcomer_apart(newcomer: Newcomer, owner_apart: Owner) -> Newcomer:
    """Puts that owner at a browser with no cookies, unless another is given."""
    return lambda owner=None: newcomer(owner or owner_apart)


@pytest.fixture(scope="session")
def code_for_apart(
    authorization: AuthorizationEndpoint, session_of: Callable[[Owner], OwnerSession], owner_apart: Owner
) -> CodeFor:
    """Gets authorization codes by that owner's consent."""
    return codes_of(authorization, session_of(owner_apart))


@pytest.fixture(scope="session")
def grant_for_apart(redeem: Redeem, code_for_apart: CodeFor) -> GrantFor:
    """Gets tokens by such a code."""
    return grants_of(redeem, code_for_apart)


@pytest.fixture(scope="session")
def ask(authorization: AuthorizationEndpoint) -> Ask:
    """Builds authorization requests."""

    def build(client: Client, *, scope: str | None = None, **more: str | None) -> Asked:
        verifier = secrets.token_urlsafe(48)
        fields: dict[str, str | None] = {
            "state": secrets.token_urlsafe(12),
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            **more,
        }
        asked = scope if scope is not None else client.scope or None
        return Asked(
            url=authorization.request(client, scope=asked, **fields), client=client, verifier=verifier
        )

    return build


@pytest.fixture(scope="session")
def asking(clients: Clients) -> Client:
    """A client that may send owners to the authorization endpoint: a confidential one, else a public one."""
    return choosing.who_asks_owners(clients)


@pytest.fixture(scope="session")
def at_login(newcomer: Newcomer, ask: Ask, asking: Client) -> AtLogin:
    """Opens an authorization request in a fresh browser, up to the page that asks to sign in."""

    def open_it(owner: Owner | None = None) -> AtPage:
        person = newcomer(owner)
        visit = ask(asking).opened_by(person)
        if not visit.sees().asks_to_sign_in:
            raise CannotTest(
                "An authorization request in a fresh browser shows no page that was recognised as asking to sign in.",
                "[pages] login = { .. } in the target file would tell.",
            )
        return AtPage(person=person, visit=visit)

    return open_it


@pytest.fixture(scope="session")
def at_consent(newcomer: Newcomer, clients: Clients, ask: Ask) -> AtConsent:
    """Leads owners to the page that asks for consent; each signs in once, for that is slow."""
    known: dict[str, BrowsingOwner] = {}

    def open_it(
        client: Client,
        *,
        scope: str | None = None,
        owner: Owner | None = None,
        also: Sequence[str] = (),
    ) -> tuple[AtPage, Asked]:
        who = owner or clients.owner()
        person = known[who.name] = known.get(who.name) or newcomer(who)
        request = ask(client, scope=scope)
        visit = request.opened_by(person, also).signs_in()
        seen = visit.sees()
        if seen.code:  # it may remember an earlier consent: OpenID Connect has a parameter for asking again
            request = ask(client, scope=scope, prompt="consent")
            visit = request.opened_by(person, also).signs_in()
            seen = visit.sees()
        if seen.code:
            raise NotOffered(
                f"The server asks no consent for {client.name}, or remembers it.",
                "a client in [clients] whose owner is asked",
            )
        if not seen.asks_for_consent:
            raise CannotTest(
                "No consent page was recognised after signing in.",
                '[pages] consent = { allow = "..", deny = ".." } in the target file would tell.',
            )
        return AtPage(person=person, visit=visit), request

    return open_it


@pytest.fixture(scope="session")
def strangers(browser: Browser) -> BetweenStrangers:
    """What the browser of this run does for a page of a foreign site, tried at a site of ours."""
    from fixtures.owner.browser import between_strangers  # noqa: PLC0415 - most runs need no browser

    return between_strangers(browser)


@pytest.fixture(scope="session")
def frames_pages(strangers: BetweenStrangers) -> None:
    """The positive control: a page that may be framed is seen in a frame of a foreign site, in this browser."""
    if not strangers.frames:
        raise CannotTest(
            f"The browser {strangers.browser} shows no page in a frame of a foreign site, not even one that may be "
            "framed.",
            ANOTHER_BROWSER,
        )


@pytest.fixture(scope="session")
def frames_with_cookies(frames_pages: None, strangers: BetweenStrangers) -> None:  # noqa: ARG001 - seen before
    """The positive control: the cookie of a site travels into a frame of a foreign site, in this browser."""
    if not strangers.sends_into_frames:
        raise CannotTest(
            f"The browser {strangers.browser} sends no cookie into a frame of a foreign site, so the page in it is "
            "that of nobody who is signed in.",
            ANOTHER_BROWSER,
        )


@pytest.fixture(scope="session")
def sends_cookies_with_foreign_forms(strangers: BetweenStrangers) -> None:
    """The positive control: the cookie of a site travels with a form that a foreign site sends, in this browser."""
    if not strangers.sends_with_forms:
        raise CannotTest(
            f"The browser {strangers.browser} sends no cookie with the form of a foreign site.",
            ANOTHER_BROWSER,
        )


@pytest.fixture(scope="session")
def consents(at_consent: AtConsent, asking: Client) -> None:
    """The positive control: the owner's consent, given from her own page in her own browser, yields a code."""
    there, request = at_consent(asking)
    request.code(there.visit.allows())


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers clients, and gives them up at the end."""
    with registering_at(registration) as send:
        yield send


def as_client(registered: Answer) -> Client:
    """The Client that a registration's answer describes."""
    members = registered.members
    return Client(
        name="registered",
        id=str(members.get("client_id", "")),
        secret=str(members.get("client_secret") or "") or None,
        redirect_uris=tuple(str(uri) for uri in members.get("redirect_uris") or ()),
        grants=("authorization_code",),
        scope=str(members.get("scope") or ""),
    )


def strayed(landing: Landing) -> Fact:
    """Whether the browser was sent to ELSEWHERE on its way."""
    places = [landing.uri, *(hop.header("location") or "" for hop in landing.hops)]
    found = list(
        dict.fromkeys(place for place in places if urlsplit(place).hostname == urlsplit(ELSEWHERE).hostname)
    )
    here = "nobody sent to an address that only the form names"
    return Fact(
        bool(found),
        "somebody sent to the address in the form",
        here,
        f"the browser was sent to {shown(found)}",
        requirement="6749-10.15-S01",
        fix="Take where the browser goes from the authorization request that was kept, and never from the form.",
    )
