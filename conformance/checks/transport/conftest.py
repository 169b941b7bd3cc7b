"""Where TLS is spoken, and what can be tried over plain HTTP without a secret of the operator's in the clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

import pytest

from conformance.checks.support.addresses import is_laboratory
from conformance.checks.support.controls import CodeFor, GrantFor
from fixtures.discovery import registered
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import Connection, is_loopback
from fixtures.http.exchange import Answer, Request, Send
from fixtures.http.recorder import Recorder
from fixtures.http.tls_handshake import Place, place_of
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

LONGEST_WAIT = 3.0
"""Seconds to wait for an answer over plain HTTP: a firewall that swallows the request is common, and conforms."""


@pytest.fixture(scope="session")
def urls(target: Target) -> Mapping[str, str]:
    """The issuer and the endpoints by name. NotOffered for a laboratory without TLS."""
    found = {"issuer": target.issuer}
    found |= {name: url for name, url in target.endpoints.items() if url is not None}
    plain = all(urlsplit(url).scheme != "https" for url in found.values())
    if plain and is_laboratory(urlsplit(target.issuer).hostname or ""):
        raise NotOffered("The target is a laboratory without TLS.", 'issuer = "https://.."')
    return found


@pytest.fixture(scope="session")
def places(urls: Mapping[str, str]) -> list[Place]:
    """Every host and port of the server where TLS is to be spoken, once each: often one balancer serves them all."""
    found = sorted({place_of(url) for url in urls.values() if urlsplit(url).scheme == "https"})
    if not found:
        raise NotOffered("No endpoint is https, which another check judges.", 'issuer = "https://.."')
    return found


@pytest.fixture(scope="session")
def place(target: Target, urls: Mapping[str, str]) -> Callable[[str], Place]:
    """Tells where an endpoint is; at the issuer's host, where nothing could be read that says so."""

    def find(name: str) -> Place:
        url = urls.get(name) or (target.issuer if target.unreachable else None)
        if url is None or urlsplit(url).scheme != "https":
            raise NotOffered(
                f"The target has no {name} endpoint of https.", f'[endpoints] {name} = "https://.."'
            )
        return place_of(url)

    return find


@dataclass(frozen=True)
class PlainHttp:
    """The same server without TLS."""

    ask: Send

    def send(self, request: Request) -> Answer:
        """The answer over plain HTTP to a request made for https.

        An empty answer of status 400 stands for silence and for 5xx: whatever the reason, nothing is served there.
        """
        nothing = Answer(status=400, url=request.url)
        try:
            answer = self.ask(replace(request, url=http_twin(request.url)))
        except CannotTest:
            return nothing
        return answer if answer.status < 500 else nothing


def http_twin(url: str) -> str:
    """Where the server of an https URL would answer plain HTTP: port 80, 8080 beside 8443, else the same port."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = {443: None, 8443: 8080}.get(parts.port or 443, parts.port)
    return urlunsplit(parts._replace(scheme="http", netloc=host if port is None else f"{host}:{port}"))


@pytest.fixture(scope="session")
def plain(target: Target, urls: Mapping[str, str], recorder: Recorder) -> Iterator[PlainHttp]:
    """The way to the server without TLS. What the target file adds to each request stays out: it may be a secret."""
    if target.unreachable:
        raise CannotTest(target.unreachable)
    if any(urlsplit(url).scheme != "https" for url in urls.values()):
        raise NotOffered("Some endpoints are plain http by themselves.", "https for every endpoint")
    made = Connection(timeout=min(target.timeout, LONGEST_WAIT), record=recorder.record)
    yield PlainHttp(made.send)
    made.close()


@pytest.fixture(scope="session")
def plain_token(token: TokenEndpoint, plain: PlainHttp) -> TokenEndpoint:
    """The token endpoint without TLS."""
    return replace(token, send=plain.send)


@pytest.fixture(scope="session")
def throwaways(target: Target, send: Send) -> Iterator[Clients]:
    """Clients without a secret that matters: registered for this run, public ones, or all where nothing leaves here."""
    here = is_loopback(urlsplit(target.endpoint("token") or "").hostname or "")
    with registered(target, send) as own:
        public = {name: client for name, client in target.clients.items() if client.is_public}
        kept = own.clients or (dict(target.clients) if here else public)
        yield Clients(replace(target, clients=kept))


@pytest.fixture(scope="session")
def throwaway(throwaways: Clients) -> Client:
    """A confidential client whose secret may be seen by anybody."""
    try:
        return throwaways.confidential("client_credentials")
    except NotOffered:
        raise NotOffered(
            "No secret of the target file is sent in the clear, and the server registers no throw-away client.",
            '[endpoints] registration = "https://.."',
        ) from None


@pytest.fixture(scope="session")
def passer_by(throwaways: Clients, clients: Clients, code_for: CodeFor) -> Client:
    """A client for which an owner can allow something, and that has no secret that matters.

    One that was registered without a scope asks for that of the target's own clients where it gets no code without.
    """
    found = throwaways.first(
        lambda client: client.may("authorization_code") and bool(client.redirect_uris),
        "client without a secret that matters, with the grant authorization_code",
        '[clients.app] auth = "none", grants = ["authorization_code", "refresh_token"]',
    )
    known = [each.scope for each in clients.all if each.may("authorization_code") and each.scope]
    if found.scope or not known:
        return found
    try:
        code_for(found)
    except CannotTest:
        return replace(found, scope=known[0])
    return found


@pytest.fixture
def owners_token(passer_by: Client, grant_for: GrantFor) -> str:
    """A fresh access token that an owner allowed; it is given back when the run ends."""
    return grant_for(passer_by).access_token
