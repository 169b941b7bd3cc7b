"""What pages, addresses and cookies must not give away, and what they must not let in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

import pytest

from conformance.checks.pages.conftest import Ask, AtConsent, AtPage, Newcomer, as_client
from conformance.checks.support.controls import Redeem
from conformance.checks.support.facts import begins_no_header, fact, no_exceptions
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import with_query
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import is_loopback
from fixtures.http.exchange import Answer
from fixtures.http.urls import parts_of
from fixtures.owner.sight import Sight
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, Owner
from fixtures.target.clients import Clients

AtLogin = Callable[[], AtPage]

UNREGISTERED = "https://client.example/nowhere-registered"
REFLECTED = ("state", "scope", "response_type", "redirect_uri", "client_id", "code_challenge_method")


def _marked() -> tuple[str, str]:
    """A value with markup in it that no firewall takes for an attack, and the id of the element that it would make."""
    name = f"probe-{secrets.token_hex(4)}"
    return f"a\"'><b id={name}>b", name


def _changed(url: str, name: str, value: str) -> str:
    """The URL with one parameter replaced."""
    base, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part.partition("=")[0] != name]
    return with_query(base, "&".join([*kept, f"{name}={quote(value, safe='')}"]))


@requirement("6749-10.14-01", broken_by="ui-error-page-unescaped")
@requirement("6749-3.1.2.4-01", broken_by="authorize-redirects-bad-uri")
@tolerates("legal-ui-cacheable")
def test_no_parameter_becomes_markup(at_login: AtLogin, newcomer: Newcomer, ask: Ask, asking: Client) -> None:
    """Markup in a parameter of an authorization request is no markup on the page that follows.

    With markup in redirect_uri the browser rests on a page of the server, for that URI is not registered.
    """
    at_login()
    person, reached, unescaped = newcomer(), {}, []
    for name in REFLECTED:
        value, mark = _marked()
        value = f"{UNREGISTERED}?{value}" if name == "redirect_uri" else value
        url = _changed(ask(asking).url, name, value)
        seen = person.opens(url, [*asking.redirect_uris, UNREGISTERED]).sees()
        reached[name] = seen.landing
        unescaped += [
            f"the markup in {name} became an element of the page" for each in seen.ids if each == mark
        ]

    assert no_exceptions(unescaped, "what a parameter holds as text on the page")
    assert fact(
        parts_of(reached["redirect_uri"].uri).hostname != "client.example",
        "a page of the server",
        reached["redirect_uri"],
    ).of("6749-3.1.2.4-01")


@requirement("6749-10.14-01", broken_by="ui-header-injection")
def test_no_parameter_begins_a_header(
    session_of: Callable[[Owner], OwnerSession], clients: Clients, ask: Ask, asking: Client
) -> None:
    """A line break in state begins no header of an answer: looked for over plain HTTP, where every header is seen."""
    person, ends = session_of(clients.owner()), asking.redirect_uris
    ask(asking).code(person.opens(ask(asking).url, ends))
    name = f"x-probe-{secrets.token_hex(4)}".translate(str.maketrans("0123456789", "ghijklmnop"))
    hops = person.opens(_changed(ask(asking).url, "state", f"a\r\n{name}: found"), ends).hops

    assert begins_no_header(hops, name)


@requirement("6749-10.14-01", broken_by="ui-client-name-unescaped")
def test_the_name_of_a_client_becomes_no_markup(
    register: Register, at_consent: AtConsent, asking: Client
) -> None:
    """Markup in the name with which a client registered itself is no markup on the pages."""
    ordinary = register(scope=asking.scope).require_success("An ordinary client was not registered")
    at_consent(as_client(ordinary))
    value, mark = _marked()
    answer = register(scope=asking.scope, client_name=value)
    if not answer.is_success:
        return  # refusing such a name is a way to validate it
    seen = at_consent(as_client(answer))[0].visit.sees()

    assert fact(
        mark not in seen.ids,
        "the name of the client as text on the page",
        "the name became an element of the page",
    )


@requirement("6749-10.11-01", broken_by="ui-sends-password-over-http")
@pytest.mark.embedded(tls=True)
def test_the_owner_meets_only_pages_over_tls(at_login: AtLogin) -> None:
    """Every page on the way to the owner's password came over TLS, and its form goes back over TLS."""
    visit = at_login().visit
    shown = [answer.url for answer in visit.sees().landing.hops]
    if parts_of(shown[0]).scheme != "https" and is_loopback(parts_of(shown[0]).hostname or ""):
        raise NotOffered("The server is at a plain HTTP address of this machine.", 'issuer = "https://.."')
    urls = [*shown, visit.form().url]

    assert no_exceptions(
        [f"{url.split('?', 1)[0]} without TLS" for url in urls if parts_of(url).scheme != "https"],
        "pages over TLS alone",
    )


def _other_sites(page: Sight, does: str, urls: Sequence[str]) -> list[str]:
    """What a page does with other sites among these; a site is what shares the last two labels of its name."""
    site = _site(page.landing.uri)
    return [
        f"{page.landing.uri.split('?', 1)[0]} {does} {parts_of(url).netloc}"
        for url in urls
        if parts_of(url).scheme in {"http", "https"} and _site(url) != site
    ]


def _site(url: str) -> str:
    return ".".join((parts_of(url).hostname or "").split(".")[-2:])


@pytest.fixture
def pages(at_login: AtLogin) -> list[Sight]:
    """The pages for signing in and, where it is shown, for consent, as the browser has them."""
    visit = at_login().visit
    seen = [visit.sees(), visit.signs_in().sees()]
    return [page for page in seen if not page.landing.is_at_client]


@requirement("9700-4.2.4-01", broken_by="ui-loads-from-third-party")
@tolerates("legal-ui-referrer-policy-missing")
def test_the_pages_load_nothing_from_other_sites(pages: list[Sight]) -> None:
    """The pages for signing in and for consent load nothing from another site."""
    assert no_exceptions(
        [one for page in pages for one in _other_sites(page, "loads something from", page.loads)],
        "pages that load nothing from other sites",
    )


@requirement("9700-4.2.4-01", broken_by="ui-links-to-other-site")
@tolerates("legal-ui-referrer-policy-missing")
def test_the_pages_link_to_no_other_site(pages: list[Sight]) -> None:
    """The pages for signing in and for consent link to no other site."""
    assert no_exceptions(
        [one for page in pages for one in _other_sites(page, "links to", page.links)],
        "pages that link to no other site",
    )


def _open_cookies(answers: Sequence[Answer]) -> list[str]:
    """The values of the cookies that a browser would send in the clear as well."""
    found = []
    for answer in answers:
        for line in answer.header_values("set-cookie"):
            jar = SimpleCookie()
            try:
                jar.load(line)
            except CookieError:
                continue
            found += [morsel.value for morsel in jar.values() if not morsel["secure"]]
    return found


@requirement("6750-5.2-08", broken_by="ui-token-in-cookie")
@requirement("6750-5.3-04", broken_by="ui-token-in-cookie")
@tolerates("legal-ui-cookie-not-secure")
def test_no_token_is_kept_in_a_cookie_that_goes_in_the_clear(
    newcomer: Newcomer, ask: Ask, asking: Client, redeem: Redeem
) -> None:
    """No cookie on the way to a token, or beside it, holds the token unless the cookie is for TLS alone."""
    request, person = ask(asking), newcomer()
    landing = request.opened_by(person).allows()
    answer = redeem(request.code(landing))
    token = answer.require_success("The code was not exchanged").access_token
    after = ask(asking).opened_by(person).sees().landing
    if not token:
        raise CannotTest("The code was exchanged for no access token.")
    cookies = _open_cookies([*landing.hops, *after.hops, answer])

    assert fact(
        not any(token in value for value in cookies),
        "no access token in a cookie that goes without TLS",
        "a cookie without Secure holds the access token",
    )


@requirement("6750-5.3-08", broken_by="ui-token-in-address")
def test_no_token_is_in_the_query_of_an_address(newcomer: Newcomer, ask: Ask, asking: Client) -> None:
    """No address on the way of an authorization code has a parameter access_token in its query."""
    request = ask(asking)
    landing = request.opened_by(newcomer()).allows()
    request.code(landing)
    addresses = [*(asked.url for asked in landing.asked), landing.uri]

    assert no_exceptions(
        [
            f"{url.split('?', 1)[0]} with access_token in its query"
            for url in addresses
            if "access_token=" in parts_of(url).query
        ],
        "no access token in the query of an address",
    )
