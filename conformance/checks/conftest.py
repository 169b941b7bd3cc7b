"""What checks are handed: endpoints of the target, clients by kind, and positive controls.

A positive control hands over something only after it was seen to work, and raises CannotTest otherwise: "dead
afterwards" then means something. No fixture asserts: an assertion is a finding, and only a check makes findings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from types import EllipsisType
from typing import TYPE_CHECKING

import pytest

from conformance.checks.support import brute_force
from conformance.checks.support.controls import (
    Code,
    CodeFor,
    Grant,
    GrantFor,
    Issued,
    Lasting,
    LastingToken,
    Liveness,
    Redeem,
    Refresh,
    ScopeOf,
    TokenFor,
    s256,
)
from conformance.checks.support.draws import PROFILES, PROOF, Chance
from conformance.checks.support.run_folder import RUN_FOLDER
from conformance.checks.support.waiting import Patience, obtain_early, waits_for
from fixtures.discovery import discovered
from fixtures.endpoints import (
    AuthorizationEndpoint,
    IntrospectionEndpoint,
    MetadataEndpoint,
    RegistrationEndpoint,
    ResourceEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import Connection
from fixtures.http.exchange import Answer, Send
from fixtures.http.recorder import Recorder
from fixtures.owner.without_browser import OwnerSession
from fixtures.server_time import ServerTime
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients

if TYPE_CHECKING:
    from fixtures.owner.browser import Browser, BrowsingOwner

MOST_GIVEN_BACK = 300
Browsing = Callable[[Owner], "BrowsingOwner"]
"""Puts an owner at a real browser."""

AT_BROWSERS = pytest.StashKey[list["BrowsingOwner"]]()

pytest.register_assert_rewrite("conformance.checks.support.expectations")


@pytest.fixture(scope="session", autouse=True)
def served(request: pytest.FixtureRequest) -> Iterator[Target | None]:
    """The target of this run. A proof parametrizes it with servers that have a fault (proof/by_fault.py)."""
    server = getattr(request, "param", None)
    if server is not None:
        with server.opened() as target:
            yield target
    elif any(item.get_closest_marker("requirement") for item in request.session.items):
        yield request.getfixturevalue("run_target")
    else:
        yield None  # only the harness's own tests were selected: they need no server


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Judge last what has to expire first, so that the waiting passes while other checks run, and guess after all."""
    if not (config.option.prove or config.option.prove_all):
        items.sort(key=lambda item: (brute_force.guesses(item), bool(waits_for(item))))


@pytest.fixture(scope="session", autouse=True)
def parked_token(request: pytest.FixtureRequest) -> None:
    """Obtains at the start the access token that is to be dead at the end."""
    obtain_early(request, "expired_token")


@pytest.fixture(scope="session")
def chance(pytestconfig: pytest.Config, served: Target) -> Chance:
    """What this run leaves to chance. A proof draws little, always the same, and keeps none of it."""
    chosen = pytestconfig.option
    if chosen.prove or chosen.prove_all:
        return Chance(name="quick", profile=PROOF, seed=0, target=served.name, database=None)
    return Chance(
        name=chosen.fuzz,
        profile=PROFILES[chosen.fuzz],
        seed=chosen.fuzz_seed,
        target=served.name,
    )


@pytest.fixture(scope="session")
def connection(served: Target, recorder: Recorder) -> Iterator[Connection]:
    """The one way out: paced, bounded, recorded."""
    made = Connection(
        timeout=served.timeout,
        requests_per_second=served.requests_per_second,
        headers=served.headers,
        ca_file=served.ca_file,
        record=recorder.record,
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def send(connection: Connection) -> Send:
    """Sends one Request, gives its Answer."""
    return connection.send


@pytest.fixture(scope="session")
def target(served: Target, send: Send) -> Target:
    """The target, its endpoints completed from its metadata."""
    return served if served.metadata or served.unreachable else discovered(served, send)


@pytest.fixture(scope="session")
def clients(target: Target) -> Clients:
    """The registered clients, chosen by what they are."""
    return Clients(target)


def _url(target: Target, name: str) -> str:
    url = target.endpoint(name)
    if url is None and target.unreachable:
        raise CannotTest(target.unreachable)
    if url is None:
        raise NotOffered(
            f"The target has no {name} endpoint.",
            f'[endpoints] {name} = "https://.." (or the server\'s metadata)',
        )
    return url


@pytest.fixture(scope="session")
def token(target: Target, send: Send, server_time: ServerTime) -> TokenEndpoint:
    """The token endpoint."""
    return TokenEndpoint(
        url=_url(target, "token"),
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        refresh_url=target.endpoint("refresh"),
    )


@pytest.fixture(scope="session")
def introspection(target: Target, send: Send, server_time: ServerTime) -> IntrospectionEndpoint:
    """The introspection endpoint, with the caller that may see the tokens under test."""
    url = _url(target, "introspection")
    name = target.introspection_client
    if name is None:
        raise NotOffered(
            "The target file names no client that may introspect.", '[introspection] client = "web"'
        )
    return IntrospectionEndpoint(
        url=url,
        send=send,
        audience=target.audience,
        clock=server_time.epoch,
        caller=target.clients[name],
        propagation=target.propagation,
    )


@pytest.fixture(scope="session")
def revocation(target: Target, send: Send, server_time: ServerTime) -> RevocationEndpoint:
    """The revocation endpoint."""
    return RevocationEndpoint(
        url=_url(target, "revocation"), send=send, audience=target.audience, clock=server_time.epoch
    )


@pytest.fixture(scope="session")
def resource(target: Target, send: Send) -> ResourceEndpoint:
    """A protected resource."""
    if target.resource is None:
        raise NotOffered("The target file names no protected resource.", '[resource] url = "https://.."')
    return ResourceEndpoint(url=target.resource.url, send=send, scope=target.resource.scope)


@pytest.fixture(scope="session")
def authorization(target: Target) -> AuthorizationEndpoint:
    """The authorization endpoint."""
    return AuthorizationEndpoint(url=_url(target, "authorization"))


@pytest.fixture(scope="session")
def metadata(target: Target, send: Send) -> MetadataEndpoint:
    """Where the issuer's metadata stands, or is claimed to stand. NotOffered when there is none anywhere."""
    url = target.endpoints.get("metadata") or target.metadata_url
    if not url and target.unreachable:
        raise CannotTest(target.unreachable)
    if not url:
        raise NotOffered("The server publishes no metadata document.", '[endpoints] metadata = "https://.."')
    return MetadataEndpoint(issuer=target.issuer, url=url, send=send)


@pytest.fixture(scope="session")
def registration(target: Target, send: Send) -> RegistrationEndpoint:
    """The dynamic client registration endpoint."""
    return RegistrationEndpoint(url=_url(target, "registration"), send=send)


@pytest.fixture(scope="session")
def server_time(target: Target) -> ServerTime:
    """How time passes at the server."""
    return ServerTime(target.time_hook)


@pytest.fixture(scope="session")
def patience(server_time: ServerTime, pytestconfig: pytest.Config) -> Patience:
    """How lifetimes come to an end in this run."""
    return Patience(server_time, pytestconfig.option.max_expiry_wait)


@pytest.fixture(scope="session")
def liveness(request: pytest.FixtureRequest, target: Target, server_time: ServerTime) -> Liveness:
    """Whether a token works."""

    def offered(name: str) -> object | None:
        try:
            found: object = request.getfixturevalue(name)
        except NotOffered:
            return None
        return found

    asked, used = offered("introspection"), offered("resource")
    return Liveness(
        asked if isinstance(asked, IntrospectionEndpoint) else None,
        used if isinstance(used, ResourceEndpoint) else None,
        target.propagation,
        server_time,
    )


@pytest.fixture(scope="session")
def web(clients: Clients) -> Client:
    """A confidential client that may ask for tokens on its own behalf."""
    return clients.confidential("client_credentials")


@pytest.fixture(scope="session")
def registered_client(clients: Clients) -> Client:
    """A client that is registered for codes and was not seen to get or redeem one: for checks whose subject that is."""
    return clients.first(
        lambda client: client.may("authorization_code") and client.code_seconds is None,
        "client with the grant authorization_code",
        '[clients.web] redirect_uris = [".."], grants = ["authorization_code"]',
    )


@pytest.fixture(scope="session")
def other(clients: Clients, web: Client) -> Client:
    """A second confidential client of the same kind."""
    return clients.another(web, "client_credentials")


@pytest.fixture(scope="session")
def issued(target: Target, send: Send, server_time: ServerTime) -> Iterator[Issued]:
    """What this run was given; it is given back at the end where the target revokes and does not end with the run."""
    kept = Issued()
    yield kept
    url = target.endpoint("revocation")
    if url is None or target.ends_with_the_run:
        return
    endpoint = RevocationEndpoint(url=url, send=send, audience=target.audience, clock=server_time.epoch)
    for client, value in kept.tokens[-MOST_GIVEN_BACK:]:
        try:
            endpoint.revoke(value, as_=client)
        except CannotTest:
            return


@pytest.fixture(scope="session")
def token_for(token: TokenEndpoint, liveness: Liveness, issued: Issued) -> TokenFor:
    """Gets an access token by client credentials, seen alive where that can be seen."""

    def get(client: Client, *, scope: str | None = None) -> str:
        asked = scope if scope is not None else client.scope or None
        answer = issued.note(client, token.client_credentials(as_=client, scope=asked))
        answer.require_success(
            f"No token for {client.name} by client credentials",
            f"Do id, secret, auth, grants and scope of [clients.{client.name}] match the server?",
        )
        value = answer.access_token
        if value is None:
            raise CannotTest(f"The token answer for {client.name} holds no access token: {answer.brief}.")
        liveness.require_alive(value)
        return value

    return get


@pytest.fixture
def live_token(token_for: TokenFor, web: Client) -> str:
    """A fresh access token of `web`, after it was seen alive."""
    return token_for(web)


@pytest.fixture(scope="session")
def browsing(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    target: Target,
    recorder: Recorder,
    connection: Connection,
) -> Browsing:
    """Puts an owner at a real browser, which is started when it is first needed. CannotTest where there is none."""

    def put(owner: Owner) -> BrowsingOwner:
        from fixtures.owner.browser import BrowsingOwner, Window  # noqa: PLC0415 - most runs need no browser

        folder = pytestconfig.stash.get(RUN_FOLDER, None)
        window = Window(
            pages=target.pages,
            record=recorder.record,
            ca_file=target.ca_file,
            headers=target.headers,
            turn=connection.wait_for_turn if target.requests_per_second else None,
            evidence=folder / "evidence" if folder is not None else None,
        )
        made = BrowsingOwner(owner, request.getfixturevalue("browser"), window)
        pytestconfig.stash.setdefault(AT_BROWSERS, []).append(made)
        return made

    return put


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of the page on which a check found something."""
    used = [each for each in item.config.stash.get(AT_BROWSERS, []) if each.last_opened >= call.start]
    if used and call.when == "call" and call.excinfo and isinstance(call.excinfo.value, AssertionError):
        with suppress(CannotTest):
            max(used, key=lambda each: each.last_opened).photographs()
    return (yield)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of the run."""
    from fixtures.owner.browser import Browser  # noqa: PLC0415 - most runs need no browser

    made = Browser()
    yield made
    made.close()


@pytest.fixture(scope="session")
def owner(clients: Clients, browsing: Browsing) -> BrowsingOwner:
    """The resource owner at a real browser: `owner.opens(request).signs_in().allows()`."""
    return browsing(clients.owner())


@pytest.fixture(scope="session")
def session_of(send: Send, target: Target, browsing: Browsing) -> Callable[[Owner], OwnerSession]:
    """Gives an owner a session of her own: through the server's plain forms, by the browser where those fail."""
    return lambda owner: OwnerSession(owner, send, at_browser=lambda: browsing(owner), pages=target.pages)


@pytest.fixture(scope="session")
def owner_session(clients: Clients, session_of: Callable[[Owner], OwnerSession]) -> OwnerSession:
    """The resource owner, signed in once."""
    return session_of(clients.owner())


@pytest.fixture(scope="session")
def code_for(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets an authorization code, with PKCE by S256 (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    return codes_of(authorization, owner_session)


def codes_of(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets authorization codes by the consent of the owner of this session."""

    def get(
        client: Client,
        *,
        scope: str | None = None,
        redirect_uri: str | None = "",
        method: str | None = "S256",
        verifier: str | None = None,
        challenge: str | None = None,
    ) -> Code:
        uri = client.redirect_uri if redirect_uri == "" else redirect_uri
        made = verifier or secrets.token_urlsafe(48)
        sent = challenge or (s256(made) if method == "S256" else made)
        url = authorization.request(
            client,
            redirect_uri=uri,
            scope=scope if scope is not None else client.scope or None,
            state=secrets.token_urlsafe(12),
            code_challenge=None if method is None else sent,
            code_challenge_method=method or None,
        )
        landing = owner_session.opens(url, client.redirect_uris)
        if landing.code:
            return Code(
                value=landing.code,
                client=client,
                redirect_uri=uri,
                verifier=None if method is None else made,
                challenge=None if method is None else sent,
            )
        told = landing.query.get("error", "") if landing.is_at_client else "a page that was not understood"
        why = f"The authorization request of {client.name} ended without a code: {told or landing.uri[:200]}."
        crashed = landing.answer is not None and landing.answer.status >= 500
        if not crashed and (method != "S256" or challenge is not None or uri is None):
            get(client, scope=scope)
            what = "code_challenge_method " + (method or "left out") if method is not None else "no PKCE"
            raise NotOffered(
                f"The server refuses a request with {what}{' and no redirect_uri' if uri is None else ''}. {why}",
                f"a server that allows [clients.{client.name}] such a request",
            )
        raise CannotTest(
            why, f"Do redirect_uris, grants and scope of [clients.{client.name}] match the server?"
        )

    return get


@pytest.fixture(scope="session")
def redeem(token: TokenEndpoint, issued: Issued) -> Redeem:
    """Exchanges an authorization code."""

    def send(code: Code, /, *, as_: Client | EllipsisType | None = ..., **changes: str | None) -> Answer:
        client = code.client if isinstance(as_, EllipsisType) else as_
        fields = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": code.redirect_uri,
            "code_verifier": code.verifier,
            **changes,
        }
        return issued.note(client or code.client, token.post(fields, as_=client))

    return send


@pytest.fixture(scope="session")
def refresh(token: TokenEndpoint, issued: Issued) -> Refresh:
    """Exchanges a refresh token."""

    def send(refresh_token: str, /, *, as_: Client | None, **changes: str | None) -> Answer:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        answer = token.refreshing.post(fields, as_=as_)
        return issued.note(as_, answer) if as_ is not None else answer

    return send


@pytest.fixture(scope="session")
def grant_for(redeem: Redeem, code_for: CodeFor) -> GrantFor:
    """Gets tokens by the authorization code grant."""
    return _grants(redeem, code_for)


@pytest.fixture(scope="session")
def another_owners_grant_for(
    redeem: Redeem,
    authorization: AuthorizationEndpoint,
    clients: Clients,
    session_of: Callable[[Owner], OwnerSession],
) -> GrantFor:
    """The same, allowed by an owner who is not the one of `grant_for`."""
    return _grants(redeem, codes_of(authorization, session_of(clients.another_owner())))


def _grants(redeem: Redeem, code_for: CodeFor) -> GrantFor:
    def get(client: Client, *, scope: str | None = None) -> Grant:
        answer = redeem(code_for(client, scope=scope))
        return Grant(
            client=client, answer=answer.require_success(f"The code of {client.name} was not exchanged")
        )

    return get


@pytest.fixture(scope="session")
def scope_of(liveness: Liveness) -> ScopeOf:
    """Tells which scope the access token of an answer has."""

    def tell(answer: Answer, *, asked: frozenset[str]) -> frozenset[str]:
        if liveness.introspection is not None and answer.access_token is not None:
            told = liveness.introspection.introspect(answer.access_token)
            if told.members.get("active") is True and told.scope is not None:
                return told.scope
        return asked if answer.scope is None else answer.scope

    return tell


@pytest.fixture
def refresh_token(clients: Clients, grant_for: GrantFor) -> str:
    """A fresh refresh token of `clients.confidential("refresh_token")`."""
    return grant_for(clients.confidential("refresh_token")).refresh_token


@pytest.fixture(scope="session")
def lasting_token(
    request: pytest.FixtureRequest,
    token: TokenEndpoint,
    issued: Issued,
    patience: Patience,
    server_time: ServerTime,
) -> LastingToken:
    """Gets a token that the run can outlive: of that client, else of one with short-lived tokens, else of any."""

    def get(chosen: Client | None = None) -> Lasting:
        client = chosen or _shortest_lived(request)
        answer = issued.note(client, token.client_credentials(as_=client, scope=client.scope or None))
        got = server_time.now()
        answer.require_success(f"No token for {client.name} by client credentials")
        told = answer.members.get("expires_in")
        is_told = isinstance(told, int) and not isinstance(told, bool)
        seconds = told if is_told else client.access_token_seconds
        key = '[clients.brief] access_token = "2s", for a client that the server gives such tokens'
        lifetime = patience.require(seconds, f"An access token of {client.name}", key)
        return Lasting(answer.access_token or "", got, lifetime)

    return get


def _shortest_lived(request: pytest.FixtureRequest) -> Client:
    """The client that is declared to get short-lived tokens; else one that is not."""
    clients: Clients = request.getfixturevalue("clients")
    try:
        return clients.short_lived()
    except NotOffered:
        ordinary: Client = request.getfixturevalue("web")
        return ordinary


@pytest.fixture(scope="session")
def expired_token(lasting_token: LastingToken, liveness: Liveness, target: Target) -> Callable[[], str]:
    """Gives an access token that was alive and whose lifetime is over, leeway included."""
    lasting = lasting_token()
    liveness.require_alive(lasting.value)
    return lambda: liveness.wait_for_the_end(lasting.value, lasting.end, target.leeway)


@pytest.fixture(scope="session")
def guesses(target: Target) -> brute_force.Guesses:
    """Whose password may be guessed, and how often; NotOffered where nobody's may."""
    return brute_force.guesses_for(target)
