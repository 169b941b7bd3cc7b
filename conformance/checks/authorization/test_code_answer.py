"""What comes back for an ordinary authorization request: a code, in the query (RFC 6749 section 4.1.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pytest

from conformance.checks.authorization.conftest import Ask, IdleOwner
from conformance.checks.support.facts import all_of, fact, no_exceptions, shown
from conformance.checks.support.grammar import is_token
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Request, Send
from fixtures.http.urls import parts_of
from fixtures.owner.page import Act
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.target import Client, Owner


class Stranger(OwnerSession):
    """A browser in which nobody signs in, and everything else that is asked is allowed."""

    def __init__(self, send: Send) -> None:
        super().__init__(Owner(name="nobody", username="", password=""), send)

    def _rests_on(self, act: Act | None) -> bool:
        return act is None or act.kind in {"password", "identifier"}


def _of_another(page: str, request: str) -> str | None:
    """The address of a page with the parameters that another request has; None where it holds others as well."""
    theirs = dict(parse_qsl(parts_of(request).query, keep_blank_values=True))
    names = [name for name, _ in parse_qsl(parts_of(page).query, keep_blank_values=True)]
    if not theirs.keys() >= set(names):
        return None
    return parts_of(page)._replace(query=urlencode([(name, theirs[name]) for name in names])).geturl()


@pytest.fixture
def allowed(ask: Ask, registered_client: Client) -> Landing:
    """Where an ordinary request came to rest, after the owner allowed it and the client heard of no error."""
    landing = ask(registered_client)
    if not landing.is_at_client or "error" in {**landing.query, **landing.fragment}:
        told = landing.query.get("error", "a page that was not understood")
        raise CannotTest(
            f"The ordinary authorization request of {registered_client.name} was not granted: {told}.",
            f"Do redirect_uris, grants and scope of [clients.{registered_client.name}] match the server?",
        )
    return landing


@requirement("6749-3.1-05", broken_by="authorize-get-refused")
def test_an_authorization_request_may_be_a_get(
    authorization: AuthorizationEndpoint, registered_client: Client, send: Send
) -> None:
    """The authorization endpoint takes GET: it does not answer that the method is wrong."""
    answer = send(Request(method="GET", url=authorization.request(registered_client)))

    assert not answer.has_status(405, 501)


@requirement("6749-4.1.2-01", broken_by="authorize-code-missing")
@requirement("6749-4.1.2-S01", broken_by="authorize-code-in-fragment")
@requirement("6749-4.1.1-S03", broken_by="authorize-code-missing")
@tolerates("legal-authorize-answer-cacheable", "legal-authorize-without-referrer-policy")
@tolerates("legal-authorize-with-a-dummy-fragment", "legal-authorize-with-other-parameters")
def test_a_grant_comes_back_as_a_code_in_the_query(allowed: Landing) -> None:
    """When the owner allows, the query of the redirection URI carries a code."""
    assert allowed.tells("code", place="query")


@requirement("6749-A.11-S01", broken_by="code-beyond-ascii")
def test_a_code_is_printable_ascii(allowed: Landing) -> None:
    """The code consists of printable ASCII characters."""
    code = allowed.query.get("code")
    if not code:
        raise CannotTest("There is no code in the query, so there is nothing to read.")

    assert fact(
        is_token(code),
        "a code of printable ASCII characters",
        f"a code of {len(code)} characters, among them {shown({sign for sign in code if not ' ' <= sign <= '~'})}",
    )


@requirement("6749-3.1-08a", broken_by="authorize-answers-twice")
@tolerates("legal-authorize-with-other-parameters")
def test_an_answer_names_each_parameter_once(allowed: Landing) -> None:
    """The redirect with the code repeats none of code, state and scope."""
    pairs = parse_qsl(parts_of(allowed.uri).query, keep_blank_values=True)
    counted = Counter(name for name, _ in pairs)

    assert no_exceptions(
        [
            f"parameter {name} {counted[name]} times"
            for name in ("code", "state", "scope")
            if counted[name] > 1
        ],
        "no parameter twice",
    )


@requirement("6749-4.1.2.1-S11", broken_by="authorize-error-beside-code")
def test_a_code_comes_without_an_error(ask: Ask, registered_client: Client) -> None:
    """A redirect that carries a code carries no error."""
    landing = ask(registered_client)
    if not landing.code:
        raise CannotTest("An ordinary authorization request ended without a code.")

    assert not landing.tells("error")


@requirement("6749-4.2.1-02", broken_by="authorize-token-beside-code")
@tolerates("legal-authorize-with-a-dummy-fragment")
def test_response_type_code_gets_no_access_token(allowed: Landing) -> None:
    """A request for a code alone brings no access token through the browser, in the query or the fragment."""
    assert not allowed.gives_token
    assert not allowed.tells("access_token")


@requirement("6749-3.1-01", broken_by="authorize-skips-login")
@requirement("6749-4.1.1-S02", broken_by="authorize-skips-login")
def test_nobody_gets_a_code_without_having_signed_in(ask: Ask, code_client: Client, send: Send) -> None:
    """A browser in which nobody has signed in is not sent to the client with a code."""
    landing = ask(code_client, owner=IdleOwner(send))

    assert not landing.gives_code


@requirement("6749-3.1-01", broken_by="ui-consent-page-signs-in")
@requirement("6749-4.1.1-S02", broken_by="ui-consent-page-signs-in")
@tolerates("legal-ui-interaction-not-bound-to-session", "legal-ui-consent-without-csrf")
def test_the_page_for_consent_is_not_reached_past_the_sign_in(
    ask: Ask, code_client: Client, fresh_owner: Callable[[], OwnerSession], send: Send
) -> None:
    """Opening the URL of the consent page without signing in yields no code."""
    stranger = Stranger(send)
    rest = ask(code_client, owner=stranger)
    if rest.is_at_client:
        raise NotOffered("The server asks nobody to sign in.", "owners who are asked to sign in")
    pages = [hop.url for hop in ask(code_client, owner=fresh_owner()).hops if hop.status == 200]
    beyond = [url for url in (_of_another(page, rest.uri) for page in pages) if url and url != rest.uri]
    if not beyond:
        raise NotOffered(
            "Nothing tells where the page for consent of another request is.",
            "a page for consent whose address holds no more than that of the page for signing in",
        )

    assert all_of(
        {url.partition("?")[0]: ~stranger.opens(url, code_client.redirect_uris).gives_code for url in beyond}
    )


@requirement("6749-4.1.2.1-S01", broken_by="authorize-error-shown-on-page")
@requirement("6749-4.1.2.1-S01", broken_by="authorize-error-in-fragment")
@requirement("6749-4.1.1-S03", broken_by="authorize-error-shown-on-page")
@requirement("6749-4.1.2.1-S04", broken_by="authorize-denied-as-unauthorized-client")
@requirement("6749-4.1.2.1-02", broken_by="authorize-error-in-fragment")
@tolerates("legal-authorize-with-a-dummy-fragment")
def test_a_denial_reaches_the_client(denial: Landing) -> None:
    """When the owner says no, the query of the redirection URI carries access_denied, and no code."""
    assert denial.sent_on
    assert denial.tells("error", place="query")
    assert denial.tells("error", "access_denied", place="query").of("6749-4.1.2.1-S04")
