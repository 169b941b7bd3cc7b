"""The set-up of a scenario: the target's endpoints as calls, its clients, and what has to exist beforehand.

What is prepared here is prepared before the first planned instant, over the same `send` as the checks use. How a
scenario goes is written in the other files here.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from urllib.parse import urlsplit

from fixtures.endpoints import (
    AuthorizationEndpoint,
    Endpoint,
    IntrospectionEndpoint,
    PushedAuthorizationEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Request, Send
from fixtures.owner.without_browser import OwnerSession
from fixtures.survey import Survey
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients
from load.judging.promises import Promises
from load.judging.tokens import Token
from load.scenarios.requests import GAP, Splice, as_bytes, composed
from load.traffic.http.origin import Origin, origin_of
from load.traffic.iteration import Call
from load.traffic.trace import new_run

LONGEST_PREPARATION = 30.0
"""Seconds that minting codes or obtaining tokens may take before the run."""


@dataclass(kw_only=True)
class Setup:
    """What a scenario is handed.

    send: the way out while things are prepared. promises: where answers are checked. count: how many iterations are
    planned, so that as much is prepared as will be used; seconds: over how long. random: for every choice, so that a
    seed repeats a run. notes: what the report has to mention. survey: what is known of the server. caller: who
    introspects, where it is not the client that the target file names.
    """

    target: Target
    send: Send
    promises: Promises
    count: int
    seconds: float
    random: Random
    notes: list[str] = field(default_factory=list)
    survey: Survey = field(default_factory=Survey)
    caller: Client | None = None
    _origins: dict[str, Origin] = field(default_factory=dict)
    _run: str = field(default_factory=new_run)

    def note_once(self, note: str) -> None:
        """Let the report mention something, however often it comes up."""
        if note not in self.notes:
            self.notes.append(note)

    def with_caller(self, caller: Client) -> Setup:
        """The same with another client that introspects."""
        return replace(self, caller=caller)

    # -- endpoints, over any send

    def token(self, send: Send) -> TokenEndpoint:
        """The token endpoint."""
        return TokenEndpoint(
            url=self._url("token"),
            send=send,
            audience=self.target.audience,
            refresh_url=self.target.endpoint("refresh"),
        )

    def introspection(self, send: Send) -> IntrospectionEndpoint:
        """The introspection endpoint, asked by the client that may see the tokens under test."""
        url = self._url("introspection")
        name = self.target.introspection_client
        if name is None:
            raise NotOffered(
                "The target file names no client that may introspect.", '[introspection] client = "web"'
            )
        return IntrospectionEndpoint(
            url=url, send=send, audience=self.target.audience, caller=self.caller or self.target.clients[name]
        )

    def revocation(self, send: Send) -> RevocationEndpoint:
        """The revocation endpoint."""
        return RevocationEndpoint(url=self._url("revocation"), send=send, audience=self.target.audience)

    def pushing(self, send: Send) -> PushedAuthorizationEndpoint:
        """The endpoint for pushed authorization requests."""
        return PushedAuthorizationEndpoint(
            url=self._url("pushed_authorization_request"),
            send=send,
            audience=self.target.audience,
            authorization_url=self._url("authorization"),
        )

    def devices(self, send: Send) -> Endpoint:
        """The device authorization endpoint."""
        return Endpoint(url=self._url("device_authorization"), send=send, audience=self.target.audience)

    def _url(self, name: str) -> str:
        url = self.target.endpoint(name)
        if url is None:
            raise NotOffered(f"The target has no {name} endpoint.", f'[endpoints] {name} = "https://.."')
        return url

    # -- calls

    @property
    def _trace(self) -> str:
        """What the traces of this run begin with; empty where the target file wants none."""
        return self._run if self.target.traceparent else ""

    def call(self, row: str, ask: Callable[[Send], object]) -> Call:
        """The call that an endpoint makes of what it is asked, once and for all."""
        request, origin = self._composed(ask)
        return Call(
            row, as_bytes(request, origin, self.target.headers, self._trace), origin, bool(self._trace)
        )

    def splice(self, row: str, ask: Callable[[Send, str], object]) -> Splice:
        """The same with one value that varies; ask is handed what stands in for it."""
        request, origin = self._composed(lambda send: ask(send, GAP))
        return Splice(row, as_bytes(request, origin, self.target.headers, self._trace), origin)

    def introspect(self) -> Splice:
        """The call that introspects a token. A caller with a client assertion makes it stale in a minute; see notes."""
        caller = self.introspection(self.send).caller
        if caller.auth == "private_key_jwt":
            raise NotOffered(
                f"The caller of introspection, {caller.name}, signs an assertion for every request.",
                "[introspection] client = one that authenticates with a secret",
            )
        return self.splice(
            "introspection", lambda send, token: self.introspection(send).introspect(token, as_=caller)
        )

    def _composed(self, ask: Callable[[Send], object]) -> tuple[Request, Origin]:
        request = composed(ask)
        if request.certificate is not None:
            raise NotOffered(
                "The client shows a certificate, and connections under load show none.",
                "a client with a secret, or without credentials",
            )
        parts = urlsplit(request.url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._origins:
            self._origins[place] = origin_of(request.url, ca_file=self.target.ca_file)
        return request, self._origins[place]

    # -- clients

    @property
    def clients(self) -> Clients:
        """The registered clients, chosen by what they are."""
        return Clients(self.target, self.survey.rank, self.survey.method)

    def requester(self, auth: str | None = None) -> Client:
        """A confidential client that may ask on its own behalf, with a secret unless auth says otherwise."""
        if auth is not None:
            found = self.clients.confidential("client_credentials", auth=auth)
        else:
            found = self._with_secret("client_credentials")
        return found.asking_by("client_credentials")

    def redeemer(self, grant: str = "refresh_token") -> Client:
        """A client that gets codes, and refresh tokens unless grant says otherwise: with a secret, or a public one."""
        try:
            found = self._with_secret(grant)
        except NotOffered as lacking:
            try:
                found = self.clients.public(grant)
            except NotOffered:
                raise lacking from None
        return found.asking_by("authorization_code")

    def second(self, than: Client) -> Client | None:
        """Another client of the same kind; None where there is none."""
        try:
            return self.clients.first(
                lambda each: (
                    each.id != than.id
                    and each.auth == than.auth
                    and each.may("client_credentials")
                    and each.access_token_seconds is None
                ),
                "second client",
                "",
            ).asking_by("client_credentials")
        except NotOffered:
            return None

    def _with_secret(self, grant: str) -> Client:
        try:
            return self.clients.confidential(grant, auth="client_secret_basic")
        except NotOffered:
            return self.clients.confidential(grant, auth="client_secret_post")

    # -- what has to exist beforehand

    def issue(self, client: Client, count: int) -> list[Token]:
        """Tokens of a client by client credentials, each as it was issued. CannotTest when there is none to be had."""
        return [self._issue_one(client, client.scope or None) for _ in range(count)]

    def _issue_one(self, client: Client, scope: str | None) -> Token:
        answer = self.token(self.send).client_credentials(as_=client, scope=scope)
        value = answer.require_success(f"No token for {client.name} by client credentials").access_token
        if value is None:
            raise CannotTest(f"The token answer for {client.name} holds no access token: {answer.brief}.")
        life = answer.members.get("expires_in")
        stated = answer.members.get("scope")
        token = Token(
            value,
            client.id,
            stated if isinstance(stated, str) else scope,
            float(life) if isinstance(life, int | float) else None,
            time.perf_counter(),
        )
        token.number = self.promises.asked(client)
        return self.promises.remember(token)

    def mint(self, client: Client, count: int, *, apart: bool = False) -> list[Minted]:
        """Codes for a client that its owner allowed; see `minting`."""
        return list(self.minting(client, count, owner=self.clients.owner(), apart=apart))

    def minting(self, client: Client, count: int, *, owner: Owner, apart: bool = False) -> Iterator[Minted]:
        """Codes for a client, one after another, allowed by the owner over the server's plain pages.

        apart: each in a session of its own. Servers may join what one session granted one client, and a code or a
        refresh token that is presented again may end all of that (RFC 6749 section 4.1.2).

        Fewer than asked for where they take so long that the first would expire before it is used; a note says so.
        """
        session = OwnerSession(owner, self.send, pages=self.target.pages)
        life = client.code_seconds or self.target.times.get("code", 60.0)
        began = time.monotonic()
        for minted in range(count):
            if time.monotonic() - began > min(LONGEST_PREPARATION, life / 3):
                self.notes.append(
                    f"{minted} of {count} codes were minted before the first of them became too old."
                )
                break
            if apart:
                session = OwnerSession(owner, self.send, pages=self.target.pages)
            yield self._mint_one(session, client)

    def _mint_one(self, session: OwnerSession, client: Client) -> Minted:
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest())
        url = AuthorizationEndpoint(url=self._url("authorization")).request(
            client,
            scope=client.scope or None,
            state=secrets.token_urlsafe(8),
            code_challenge=challenge.rstrip(b"=").decode("ascii"),
            code_challenge_method="S256",
        )
        landing = session.opens(url, client.redirect_uris)
        code = landing.code
        if not code:
            raise CannotTest(
                f"The owner allowed {client.name}, and no code came back to its redirect URI.",
                "Run the checks of conformance/checks/authorization against this target first.",
            )
        return Minted(code=code, verifier=verifier)


@dataclass(frozen=True, kw_only=True)
class Minted:
    """An authorization code that waits for its exchange, and the code_verifier that belongs to it."""

    code: str
    verifier: str


def weighted(random: Random, weights: Mapping[str, float], count: int) -> Sequence[str]:
    """A sequence of names, drawn by weight, to be gone through again and again."""
    return random.choices(list(weights), weights=list(weights.values()), k=count)


def zipf(random: Random, tokens: Sequence[Token], count: int) -> Sequence[Token]:
    """Tokens drawn so that the n-th is asked about 1/n as often as the first, as in a real population."""
    return random.choices(tokens, weights=[1 / rank for rank in range(1, len(tokens) + 1)], k=count)
