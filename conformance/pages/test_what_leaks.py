"""What pages, addresses and cookies must not give away, and what they must not let in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urljoin, urlsplit

import pytest

from conformance.controls import Redeem
from conformance.pages.conftest import Ask, NewVisitor, Register, as_client
from conformance.pages.visitor import HTML, Stop, Visitor, references
from conformance.requirement import requirement, tolerates
from fixtures.connection import is_loopback
from fixtures.endpoints import with_query
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.wire import Answer

LoginPage = Callable[[], tuple[Visitor, Stop]]
ConsentPage = Callable[..., tuple[Visitor, Stop]]

UNREGISTERED = "https://client.example/nowhere-registered"
REFLECTED = ("state", "scope", "response_type", "redirect_uri", "client_id", "code_challenge_method")


def _marked() -> tuple[str, str]:
    """A value with markup in it that no firewall takes for an attack, and what of it may not stand in a page."""
    mark = f"<b id={secrets.token_hex(4)}>"
    return f"a\"'>{mark}b", mark


def _changed(url: str, name: str, value: str) -> str:
    """The URL with one parameter replaced."""
    base, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part.partition("=")[0] != name]
    return with_query(base, "&".join([*kept, f"{name}={quote(value, safe='')}"]))


@requirement("6749-10.14-01", broken_by="ui-error-page-unescaped")
@requirement("6749-3.1.2.4-01", broken_by="authorize-redirects-bad-uri")
@tolerates("legal-ui-cacheable")
def test_no_parameter_becomes_markup(
    login_page: LoginPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """Markup in a parameter of an authorization request is no markup on any page that follows.

    With markup in redirect_uri the browser rests on a page of the server, for that URI is not registered.
    """
    login_page()
    reached, unescaped = {}, []
    for name in REFLECTED:
        value, mark = _marked()
        value = f"{UNREGISTERED}?{value}" if name == "redirect_uri" else value
        stop = visitor().goes_to(
            _changed(ask(asking).url, name, value), [*asking.redirect_uris, UNREGISTERED]
        )
        reached[name] = stop
        pages = [hop.answer for hop in stop.hops if hop.answer.media_type in HTML]
        unescaped += [name for page in pages if mark in page.text]

    assert not unescaped
    assert urlsplit(reached["redirect_uri"].url).hostname != "client.example"


@requirement("6749-10.14-01", broken_by="ui-header-injection")
def test_no_parameter_begins_a_header(
    login_page: LoginPage, visitor: NewVisitor, ask: Ask, asking: Client
) -> None:
    """A line break in state begins no header of an answer."""
    person, page = login_page()
    person.goes_on(page)
    name = f"x-probe-{secrets.token_hex(4)}".translate(str.maketrans("0123456789", "ghijklmnop"))
    stop = visitor().goes_to(_changed(ask(asking).url, "state", f"a\r\n{name}: found"), asking.redirect_uris)
    end = (
        stop
        if stop.form is None
        else person.goes_on(
            person.goes_to(_changed(ask(asking).url, "state", f"a\r\n{name}: found"), asking.redirect_uris)
        )
    )
    answers = [hop.answer for hop in (*stop.hops, *end.hops)]

    assert not [answer.url for answer in answers if answer.header(name) is not None]


@requirement("6749-10.14-01", broken_by="ui-client-name-unescaped")
def test_the_name_of_a_client_becomes_no_markup(
    register: Register, consent_page: ConsentPage, ask: Ask, asking: Client
) -> None:
    """Markup in the name with which a client registered itself is no markup on the pages."""
    ordinary = register(scope=asking.scope).require_success("An ordinary client was not registered")
    consent_page(ask(as_client(ordinary)))
    value, mark = _marked()
    answer = register(scope=asking.scope, client_name=value)
    if not answer.is_success:
        return  # refusing such a name is a way to validate it
    page = consent_page(ask(as_client(answer)))[1]

    assert page.answer is not None
    assert mark not in page.answer.text


@requirement("6749-10.11-01", broken_by="ui-sends-password-over-http")
@pytest.mark.embedded(tls=True)
def test_the_owner_meets_only_pages_over_tls(login_page: LoginPage) -> None:
    """Every page on the way to the owner's consent came over TLS, and its form goes back over TLS."""
    person, page = login_page()
    if urlsplit(page.hops[0].answer.url).scheme != "https" and is_loopback(urlsplit(page.url).hostname or ""):
        raise NotOffered("The server is at a plain HTTP address of this machine.", 'issuer = "https://.."')
    shown = [hop.answer.url for hop in page.hops]
    sent = person.filled_in(page, allow=True, changes={})[0]

    assert not [url.split("?", 1)[0] for url in (*shown, sent) if urlsplit(url).scheme != "https"]


def _other_sites(page: Stop, *, loads: bool) -> list[str]:
    """Hosts of other sites that a page names; a site is what shares the last two labels of its name."""
    site = _site(page.url)
    found = [urljoin(page.url, each.url) for each in references(_text(page)) if each.loads is loads]
    return [
        urlsplit(url).netloc
        for url in found
        if urlsplit(url).scheme in {"http", "https"} and _site(url) != site
    ]


def _site(url: str) -> str:
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _text(page: Stop) -> str:
    return page.answer.text if page.answer is not None else ""


@requirement("9700-4.2.4-01", broken_by="ui-loads-from-third-party")
@tolerates("legal-ui-referrer-policy-missing")
def test_the_pages_load_nothing_from_other_sites(login_page: LoginPage) -> None:
    """The pages for signing in and for consent load nothing from another site."""
    person, page = login_page()
    pages = (page, person.signs_in(page))

    assert [_other_sites(page, loads=True) for page in pages] == [[], []]


@requirement("9700-4.2.4-01", broken_by="ui-links-to-other-site")
@tolerates("legal-ui-referrer-policy-missing")
def test_the_pages_link_to_no_other_site(login_page: LoginPage) -> None:
    """The pages for signing in and for consent link to no other site."""
    person, page = login_page()
    pages = (page, person.signs_in(page))

    assert [_other_sites(page, loads=False) for page in pages] == [[], []]


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
    login_page: LoginPage, ask: Ask, asking: Client, redeem: Redeem
) -> None:
    """No cookie on the way to a token, or beside it, holds the token unless the cookie is for TLS alone."""
    person, _ = login_page()
    request = ask(asking)
    end = person.goes_on(person.goes_to(request.url, asking.redirect_uris))
    answer = redeem(request.code(end))
    token = answer.require_success("The code was not exchanged").access_token
    after = person.goes_to(ask(asking).url, asking.redirect_uris)
    if not token:
        raise CannotTest("The code was exchanged for no access token.")
    cookies = _open_cookies([hop.answer for hop in (*end.hops, *after.hops)] + [answer])

    assert not any(token in value for value in cookies), "a cookie without Secure holds the access token"


@requirement("6750-5.3-08", broken_by="ui-token-in-address")
def test_no_token_is_in_the_query_of_an_address(login_page: LoginPage, ask: Ask, asking: Client) -> None:
    """No address on the way of an authorization code has a parameter access_token in its query."""
    person, _ = login_page()
    request = ask(asking)
    end = person.goes_on(person.goes_to(request.url, asking.redirect_uris))
    request.code(end)
    addresses = [hop.answer.url for hop in end.hops] + [end.url]

    assert not [url.split("?", 1)[0] for url in addresses if "access_token=" in urlsplit(url).query]
