"""A registered redirection URI is redirected to, exactly as it is registered."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.authorization.accepted_uris import Taken, none_taken, refused_in_any_way
from conformance.checks.authorization.conftest import Ask, IdleOwner
from conformance.checks.support.controls import Seen
from conformance.checks.support.facts import all_of, covers, fact, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Send
from fixtures.http.urls import parts_of
from fixtures.target import Client
from fixtures.target.clients import Clients


@requirement("6749-3.1.2-S01", broken_by="authorize-redirect-to-the-first-registered")
def test_the_requested_one_of_several_uris_is_used(ask: Ask, many_uris_client: Client) -> None:
    """Each of several registered redirection URIs is redirected to when it is the requested one."""
    for uri in many_uris_client.redirect_uris:
        landing = ask(many_uris_client, redirect_uri=uri)
        if not landing.code:
            raise CannotTest(f"No code came back to {uri}, which [clients.{many_uris_client.name}] lists.")

        assert fact(
            landing.uri.startswith(uri.partition("?")[0] + "?"),
            f"a redirection to {uri}, which the request named",
            landing,
        )


@requirement("6749-3.1.2-02", broken_by="authorize-registered-query-lost")
@tolerates("legal-authorize-query-encoded-anew")
def test_the_query_of_a_registered_uri_is_kept(ask: Ask, clients: Clients, seen: Seen) -> None:
    """The parameters that a registered redirection URI has of its own come back beside the code."""
    client = clients.first(
        lambda each: each.may("authorization_code") and any("?" in uri for uri in each.redirect_uris),
        "client with a query in its redirection URI",
        '[clients.multi] redirect_uris = ["https://client.example/cb?keep=1"], as the server has it registered',
    )
    uri = next(each for each in seen(client).redirect_uris if "?" in each)

    landing = ask(client, redirect_uri=uri)
    if not landing.code:
        raise CannotTest(f"No code came back to {uri}, which [clients.{client.name}] lists.")

    own = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    found = parse_qsl(parts_of(landing.uri).query, keep_blank_values=True)

    assert no_exceptions(
        ["=".join(pair) for pair in own if pair not in found],
        "the query of the registered URI in the redirection",
    )


@requirement("6749-3.1.2.3-01", broken_by="authorize-default-when-several")
@requirement("2.1-2.3.5-01", broken_by="authorize-default-when-several")
@tolerates("legal-authorize-error-page-with-200")
def test_the_server_does_not_choose_among_several_uris(ask: Ask, many_uris_client: Client) -> None:
    """A request without redirect_uri gives no code where several redirection URIs are registered."""
    assert not ask(many_uris_client, redirect_uri=None, crash_counts=True).gives_code


@requirement("6749-3.1.2-S01", broken_by="authorize-redirect-default-of-another-client")
@tolerates("legal-authorize-redirect-uri-always-required")
def test_the_only_uri_is_the_default(taken: Taken, clients: Clients, seen: Seen) -> None:
    """A request without redirect_uri is answered at the only registered redirection URI, or nowhere."""
    client = seen(
        clients.first(
            lambda each: each.may("authorization_code") and len(each.redirect_uris) == 1,
            "client with exactly one redirection URI",
            '[clients.web] redirect_uris = [".."]',
        )
    )

    elsewhere = taken(client, ["https://elsewhere.invalid/"], codes_count=False, redirect_uri=None)
    assert none_taken(elsewhere)


@requirement("9700-4.1.3-02", broken_by="authorize-redirect-loopback-port-fixed")
@requirement("2.1-8.4.2-01", broken_by="authorize-redirect-loopback-port-fixed")
@refused_in_any_way
def test_a_native_app_may_listen_at_any_port(taken: Taken, clients: Clients, seen: Seen) -> None:
    """The loopback redirection URI of a native app, registered without a port, is taken with any port."""
    client = _native(clients)
    uri = next(each for each in seen(client).redirect_uris if _is_portless_loopback(each))
    host = "[::1]" if "[::1]" in uri else urlsplit(uri).netloc
    varied = [uri.replace(host, f"{host}:{port}", 1) for port in (51004, 61023)]

    assert covers(taken(client, varied), varied, "redirection URIs that are taken")


@requirement("9700-2.1-01", broken_by="authorize-redirect-host-only")
@refused_in_any_way
def test_only_the_port_of_a_native_app_may_vary(taken: Taken, clients: Clients, seen: Seen) -> None:
    """A loopback redirection URI is not accepted with another path or an added query."""
    client = _native(clients)
    uri = next(each for each in seen(client).redirect_uris if _is_portless_loopback(each))

    assert none_taken(taken(client, [f"{uri}/{secrets.token_hex(3)}", f"{uri}?extra=1"]))


def _native(clients: Clients) -> Client:
    return clients.first(
        lambda client: (
            client.is_public
            and client.may("authorization_code")
            and any(_is_portless_loopback(uri) for uri in client.redirect_uris)
        ),
        "native app with a loopback redirection URI",
        '[clients.native] auth = "none", redirect_uris = ["http://127.0.0.1/cb"]',
    )


def _is_portless_loopback(uri: str) -> bool:
    """Whether this is a loopback address of a native app (RFC 8252 section 7.3): nobody else leaves the port out."""
    return urlsplit(uri).scheme == "http" and urlsplit(uri).netloc in {"127.0.0.1", "[::1]"}


@requirement("9700-4.11.2-03", broken_by="authorize-skips-login")
@requirement("2.1-7.13.2-01", broken_by="authorize-skips-login")
def test_a_browser_that_is_not_signed_in_is_not_redirected(ask: Ask, web_client: Client, send: Send) -> None:
    """A browser whose owner has not signed in comes to rest at the server, and not at the client."""
    assert not ask(web_client, owner=IdleOwner(send), crash_counts=True).sent_on


@requirement("9700-4.11.2-03", broken_by="authorize-errors-before-login")
@requirement("2.1-7.13.2-01", broken_by="authorize-errors-before-login")
@tolerates("legal-authorize-asks-before-it-tells")
@tolerates("legal-authorize-unknown-scope-ignored")
def test_a_wrong_request_redirects_nobody_who_is_not_signed_in(
    ask: Ask, web_client: Client, send: Send
) -> None:
    """A request that is wrong in scope or response_type sends a browser on only once its owner has signed in."""
    if ask(web_client, owner=IdleOwner(send)).is_at_client:
        raise NotOffered(
            "The server takes a browser in which nobody signed in for an owner's.",
            "owners who are asked to sign in",
        )
    wrong = {"scope": f"no_such_scope_{secrets.token_hex(4)}", "response_type": "no_such_type"}
    landings = {
        name: ask(web_client, {name: value}, owner=IdleOwner(send), crash_counts=True)
        for name, value in wrong.items()
    }

    assert all_of({f"wrong {name}": ~landing.sent_on for name, landing in landings.items()})
