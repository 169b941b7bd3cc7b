"""What works over TLS does not work without it. Refusal, silence, error page and redirect to https all conform.

Revocation is not judged: whose host answers plain HTTP too is advised to revoke there (RFC 7009 section 2).
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from conformance.checks.support.controls import CodeFor, GrantFor, Issued, Refresh
from conformance.checks.support.facts import fact
from conformance.checks.transport.conftest import PlainHttp, http_twin
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import (
    AuthorizationEndpoint,
    IntrospectionEndpoint,
    ResourceEndpoint,
    TokenEndpoint,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import is_loopback
from fixtures.http.exchange import Answer, Request, Send
from fixtures.http.urls import joined, parts_of
from fixtures.target import Client
from fixtures.target.clients import Clients

MOST_REDIRECTS = 8
PASSWORD_FIELD = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
HARMLESS = ("legal-transport-http-redirects", "legal-transport-http-welcomes")


def _comes_to_rest(url: str, send: Send) -> Answer:
    """The last answer of a browser that opens a URL and goes on as long as it is sent around on the same server."""
    cookies: dict[str, str] = {}
    answer = Answer(status=400)
    for _ in range(MOST_REDIRECTS):
        held = (
            [("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))] if cookies else []
        )
        answer = send(Request(method="GET", url=url, headers=(("Accept", "text/html"), *held)))
        for line in answer.header_values("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name.strip()] = value.strip()
        following = joined(url, answer.header("location") or "")
        if not 300 <= answer.status < 400 or parts_of(following)[:2] != parts_of(url)[:2]:
            return answer
        url = following
    return answer


@pytest.mark.embedded(tls=True)
@requirement("6749-3.1-04", broken_by="transport-http-too")
@requirement("6749-10.9-01", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_no_owner_signs_in_over_plain_http(
    authorization: AuthorizationEndpoint, plain: PlainHttp, passer_by: Client, send: Send
) -> None:
    """An authorization request over plain HTTP meets neither a page that asks for a password nor a code."""
    url = authorization.request(passer_by, scope=passer_by.scope or None, state="x", **_challenge())
    if not PASSWORD_FIELD.search(_comes_to_rest(url, send).text):
        raise CannotTest(
            "No page with a password field was met over TLS either, so its absence says nothing."
        )

    answer = _comes_to_rest(http_twin(url), plain.send)

    assert fact(
        not PASSWORD_FIELD.search(answer.text),
        "no page with a password field over plain HTTP",
        f"{answer}; with a password field",
    )
    assert fact(
        "code" not in parse_qs(parts_of(answer.header("location") or "").query),
        "no code over plain HTTP",
        answer,
    )


def _challenge() -> dict[str, str]:
    """A code challenge, which some servers ask for (RFC 7636 section 4.3, its own example)."""
    return {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


@pytest.mark.embedded(tls=True)
@requirement("6749-2.3.1-09", broken_by="transport-http-too")
@requirement("6749-3.2-03", broken_by="transport-http-too")
@requirement("6749-10.3-02", broken_by="transport-http-too")
@requirement("6749-10.8-01", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_a_secret_gets_no_token_over_plain_http(
    token: TokenEndpoint, plain_token: TokenEndpoint, throwaway: Client, issued: Issued
) -> None:
    """A client that gets a token by its secret over TLS gets none over plain HTTP."""
    scope = throwaway.scope or None
    control = issued.note(throwaway, token.client_credentials(as_=throwaway, scope=scope))
    control.require_success(f"No token for {throwaway.name} over TLS")

    answer = plain_token.client_credentials(as_=throwaway, scope=scope)

    assert not issued.note(throwaway, answer).grants_a_token


@pytest.mark.embedded(tls=True)
@requirement("6749-3.2-03", broken_by="transport-http-too")
@requirement("6749-10.3-02", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_a_code_gets_no_token_over_plain_http(
    plain_token: TokenEndpoint,
    passer_by: Client,
    code_for: CodeFor,
    grant_for: GrantFor,
    issued: Issued,
) -> None:
    """A fresh authorization code, of a client whose codes get tokens over TLS, gets none over plain HTTP."""
    if not grant_for(passer_by).access_token:
        raise CannotTest(f"A code of {passer_by.name} gets no token over TLS.")
    code = code_for(passer_by)

    answer = plain_token.redeem(
        code.value, as_=passer_by, redirect_uri=code.redirect_uri, verifier=code.verifier
    )

    assert not issued.note(passer_by, answer).grants_a_token


@pytest.mark.embedded(tls=True)
@requirement("6749-10.4-04", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_a_refresh_token_gets_nothing_over_plain_http(
    plain_token: TokenEndpoint,
    passer_by: Client,
    grant_for: GrantFor,
    refresh: Refresh,
    issued: Issued,
) -> None:
    """A refresh token that works over TLS gets no token over plain HTTP."""
    first = grant_for(passer_by).refresh_token
    control = refresh(first, as_=passer_by)
    control.require_success(f"A fresh refresh token of {passer_by.name} does not work over TLS")

    answer = plain_token.refresh(control.refresh_token or first, as_=passer_by)

    assert not issued.note(passer_by, answer).grants_a_token


@pytest.mark.embedded(tls=True)
@requirement("7662-2-01", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_nothing_is_introspected_over_plain_http(
    introspection: IntrospectionEndpoint, plain: PlainHttp, throwaways: Clients, owners_token: str
) -> None:
    """A token that introspection calls active over TLS is not called so over plain HTTP."""
    caller = _introspector(introspection, throwaways, owners_token)

    answer = replace(introspection, send=plain.send).introspect(owners_token, as_=caller)

    assert not answer.holds("active", True)


def _introspector(introspection: IntrospectionEndpoint, throwaways: Clients, token: str) -> Client:
    """A caller that sees the token and whose secret may be seen; the target's own where nothing leaves this machine."""
    here = is_loopback(parts_of(introspection.url).hostname or "")
    for caller in [*([introspection.caller] if here else []), *throwaways.all]:
        if introspection.introspect(token, as_=caller).members.get("active") is True:
            return caller
    raise NotOffered(
        "No client without a secret that matters may introspect, and none else is sent in the clear.",
        "a server that lets clients which register themselves introspect",
    )


@pytest.mark.embedded(tls=True)
@requirement("6750-5.2-11", broken_by="transport-http-too")
@tolerates(*HARMLESS)
def test_no_token_opens_the_resource_over_plain_http(
    resource: ResourceEndpoint, plain: PlainHttp, owners_token: str
) -> None:
    """Over plain HTTP a token gets no access to the resource that a request without a token does not get."""
    if parts_of(resource.url).scheme != "https":
        raise NotOffered("The resource itself is plain http.", '[resource] url = "https://.."')
    if not resource.admits(owners_token):
        raise CannotTest(
            f"A fresh token does not open {resource.url} over TLS.", "Is [resource] scope right?"
        )
    bare = replace(resource, send=plain.send)
    with_token, without = bare.get_with(owners_token), bare.ask()

    assert fact(
        without.is_success or not with_token.is_success,
        "no more over plain HTTP with the token than without it",
        f"without it {without}; with it {with_token}",
    ).shown_by({"with the token": with_token, "without it": without})
