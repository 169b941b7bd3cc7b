"""What comes back for an ordinary authorization request: a code, in the query (RFC 6749 section 4.1.2)."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.authorization.conftest import Ask, IdleOwner
from conformance.grammar import is_token
from conformance.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest
from fixtures.owner import Landing
from fixtures.target import Client
from fixtures.wire import Request, Send


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

    assert answer.status not in {405, 501}


@requirement("6749-4.1.2-01", broken_by="authorize-code-missing")
@requirement("6749-4.1.2-S01", broken_by="authorize-code-in-fragment")
@requirement("6749-4.1.1-S03", broken_by="authorize-code-missing")
@tolerates("legal-authorize-answer-cacheable", "legal-authorize-without-referrer-policy")
@tolerates("legal-authorize-with-a-dummy-fragment", "legal-authorize-with-other-parameters")
def test_a_grant_comes_back_as_a_code_in_the_query(allowed: Landing) -> None:
    """When the owner allows, the query of the redirection URI carries a code."""
    assert allowed.query.get("code")


@requirement("6749-A.11-S01", broken_by="code-beyond-ascii")
def test_a_code_is_printable_ascii(allowed: Landing) -> None:
    """The code consists of printable ASCII characters."""
    code = allowed.query.get("code")
    if not code:
        raise CannotTest("There is no code in the query, so there is nothing to read.")

    assert is_token(code)


@requirement("6749-3.1-08", broken_by="authorize-answers-twice")
@tolerates("legal-authorize-with-other-parameters")
def test_an_answer_names_each_parameter_once(allowed: Landing) -> None:
    """The redirect with the code repeats none of code, state and scope."""
    pairs = parse_qsl(urlsplit(allowed.uri).query, keep_blank_values=True)
    counted = Counter(name for name, _ in pairs)

    assert [name for name in ("code", "state", "scope") if counted[name] > 1] == []


@requirement("6749-4.1.2.1-S11", broken_by="authorize-error-beside-code")
def test_a_code_comes_without_an_error(ask: Ask, registered_client: Client) -> None:
    """A redirect that carries a code carries no error."""
    landing = ask(registered_client)
    if not landing.code:
        raise CannotTest("An ordinary authorization request ended without a code.")

    assert "error" not in landing.query


@requirement("6749-4.2.1-02", broken_by="authorize-token-beside-code")
@tolerates("legal-authorize-with-a-dummy-fragment")
def test_response_type_code_gets_no_access_token(allowed: Landing) -> None:
    """A request for a code alone brings no access token through the browser, in the query or the fragment."""
    assert "access_token" not in allowed.query
    assert "access_token" not in allowed.fragment


@requirement("6749-3.1-01", broken_by="authorize-skips-login")
@requirement("6749-4.1.1-S02", broken_by="authorize-skips-login")
def test_nobody_gets_a_code_without_having_signed_in(ask: Ask, code_client: Client, send: Send) -> None:
    """A browser in which nobody has signed in is not sent to the client with a code."""
    landing = ask(code_client, owner=IdleOwner(send))

    assert landing.code is None


@requirement("6749-4.1.2.1-S01", broken_by="authorize-error-shown-on-page")
@requirement("6749-4.1.2.1-S01", broken_by="authorize-error-in-fragment")
@requirement("6749-4.1.1-S03", broken_by="authorize-error-shown-on-page")
@requirement("6749-4.1.2.1-S04", broken_by="authorize-denied-as-server-error")
@requirement("6749-4.1.2.1-02", broken_by="authorize-error-in-fragment")
@tolerates("legal-authorize-refusal-on-a-page", "legal-authorize-with-a-dummy-fragment")
def test_a_denial_reaches_the_client(denial: Landing) -> None:
    """When the owner says no, the query of the redirection URI carries access_denied, and no code."""
    assert denial.is_at_client
    assert denial.query.get("error") == "access_denied"
