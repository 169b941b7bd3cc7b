"""What positive controls hand to a check: tokens, codes and grants that were seen to work, and how to see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Protocol

from fixtures import endpoints
from fixtures.endpoints import IntrospectionEndpoint, Value
from fixtures.errors import CannotTest, NotOffered, SteadyFailure
from fixtures.http.exchange import Answer, Request
from fixtures.http.failing import OUT_OF_REACH, fails_steadily, in_words
from fixtures.owner.landing import Landing
from fixtures.target import Client

s256 = endpoints.s256


@dataclass(frozen=True, kw_only=True)
class Code:
    """An authorization code with all that its redemption needs.

    redirect_uri, verifier: None when the authorization request had no redirect_uri, or no code_challenge.
    """

    value: str
    client: Client
    redirect_uri: str | None
    verifier: str | None
    challenge: str | None = None

    @property
    def fields(self) -> dict[str, str | None]:
        """The parameters of its redemption (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""
        return {
            "grant_type": "authorization_code",
            "code": self.value,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What the owner's consent came to: a fresh access token, and a refresh token where the server gives one."""

    client: Client
    answer: Answer

    @property
    def access_token(self) -> str:
        """The access token; CannotTest when there is none."""
        if token := self.answer.access_token:
            return token
        raise CannotTest(
            f"The code exchange as {self.client.name} gave no access token: {self.answer.brief}."
        )

    @property
    def refresh_token(self) -> str:
        """The refresh token; NotOffered when the server gave none."""
        if token := self.answer.refresh_token:
            return token
        raise NotOffered(
            f"The server gives {self.client.name} no refresh token.",
            f"register {self.client.name} for refresh tokens, and set scope in [clients.{self.client.name}] to what "
            "they need",
        )


@dataclass(frozen=True)
class Lasting:
    """An access token with the instant at which it was got, by the time of the server, and its lifetime in seconds."""

    value: str
    got: float
    lifetime: float

    @property
    def end(self) -> float:
        """The instant at which its lifetime is over."""
        return self.got + self.lifetime


class LastingToken(Protocol):
    """Gets an access token by client credentials that the run can outlive."""

    def __call__(self, chosen: Client | None = None) -> Lasting:
        """chosen: whose; None for the client whose tokens end soonest. NotOffered when it lives for too long."""
        ...


class CodeFor(Protocol):
    """Gets an authorization code for a client, by the owner's consent."""

    def __call__(
        self,
        client: Client,
        *,
        scope: str | None = None,
        redirect_uri: str | None = "",
        method: str | None = "S256",
        verifier: str | None = None,
        challenge: str | None = None,
        resources: Sequence[str] = (),
    ) -> Code:
        """Open an authorization request like this one.

        scope: what to ask for; None asks for all that the client is registered for.
        redirect_uri: None leaves it out, "" is the first registered.
        method: the code_challenge_method; "" leaves it out beside a challenge, None makes a request without PKCE.
        verifier, challenge: other ones than a fresh verifier and the challenge that the method makes of it.
        resources: what the parameter resource names (RFC 8707).

        CannotTest when the usual request is refused; NotOffered when only an unusual one is: a server may refuse
        requests without PKCE, with plain, or without redirect_uri.
        """
        ...


class Redeem(Protocol):
    """Exchanges an authorization code as its client does (RFC 6749 section 4.1.3), but for what is changed."""

    def __call__(self, code: Code, /, *, as_: Client | EllipsisType | None = ..., **changes: Value) -> Answer:
        """as_: another client, or None for no credentials. changes: parameters by name; None leaves one out."""
        ...


class Refresh(Protocol):
    """Exchanges a refresh token (RFC 6749 section 6), with parameters changed as told."""

    def __call__(self, refresh_token: str, /, *, as_: Client | None, **changes: Value) -> Answer:
        """as_: the client, or None for no credentials. changes: parameters by name; None leaves one out."""
        ...


class ScopeOf(Protocol):
    """Tells which scope the access token of an answer has."""

    def __call__(self, answer: Answer, *, asked: frozenset[str]) -> frozenset[str]:
        """What introspection tells of it, else what the answer tells, else `asked` (RFC 6749 section 5.1)."""
        ...


class GrantFor(Protocol):
    """Gets tokens for a client, by the owner's consent."""

    def __call__(self, client: Client, *, scope: str | None = None, resource: str | None = None) -> Grant:
        """scope: what to ask for; None asks for all that the client is registered for.

        resource: for which the code and its token are (RFC 8707); None names none.
        """
        ...


class AnswerFor(Protocol):
    """Gets a successful token answer for a client: on its own behalf, or by the owner's consent."""

    def __call__(
        self,
        client: Client,
        *,
        scope: str | None = None,
        grant: str | None = None,
        accept: Callable[[str], bool] = ...,
    ) -> Answer:
        """scope: None for all that the client is registered for; grant: the only one to use, None for any.

        accept: told each access token; another way is tried where it does not do. CannotTest, with what was tried,
        where no way is left.
        """
        ...


class TokenFor(Protocol):
    """Gets an access token for a client, on its own behalf or by the owner's consent, after it was seen alive."""

    def __call__(self, client: Client, *, scope: str | None = None) -> str:
        """scope: what to ask for; None asks for all that the client is registered for."""
        ...


class LiveAnswerFor(Protocol):
    """Gets a token answer for a client, after its access token was seen alive."""

    def __call__(self, client: Client, *, scope: str | None = None) -> Answer:
        """scope: what to ask for; None asks for all that the client is registered for."""
        ...


@dataclass
class Issued:
    """Tokens that this run was given, so that it can give them back.

    Of a grant with a refresh token that one: what hangs on it ends with it (RFC 7009 section 2.1).
    """

    tokens: list[tuple[Client, str]] = field(default_factory=list)

    def note(self, client: Client, answer: Answer) -> Answer:
        """Remember the token of an answer that stands for its grant, and hand the answer on."""
        token = answer.refresh_token or answer.access_token
        if token:
            self.tokens.append((client, token))
        return answer


Seen = Callable[[Client], Client]
"""Hands a client on after a positive control of it, so that what differs later is what is refused."""


def seen_once(control: Callable[[Client], object]) -> Seen:
    """Hands a client on after the control, which is made once for each client. control: raises where it fails."""
    known: set[str] = set()

    def see(client: Client) -> Client:
        if client.id not in known:
            control(client)
            known.add(client.id)
        return client

    return see


def require_a_redemption(client: Client, redeem: Redeem, code_for: CodeFor) -> None:
    """CannotTest unless the client redeems a fresh code in the usual way."""
    redeem(code_for(client)).require_success(f"A code of {client.name} was not exchanged")


def require_a_refresh(client: Client, refresh: Refresh, grant_for: GrantFor) -> None:
    """CannotTest unless the client exchanges a fresh refresh token in the usual way."""
    token = grant_for(client).refresh_token
    refresh(token, as_=client).require_success(f"A refresh token of {client.name} was not exchanged")


def require_no_failure(landing: Landing, again: Callable[[], Landing] | None = None) -> None:
    """CannotTest where an authorization request met a failure of the server: a 5xx, or the error that stands for one.

    A redirection has no status to tell it by, so RFC 6749 section 4.1.2.1 has the errors server_error and
    temporarily_unavailable. again: opens the same request once more: SteadyFailure where it fails each time, and
    reached the server.
    """
    failed = _failure(landing)
    if failed is None:
        return
    if (
        again is not None
        and failed not in OUT_OF_REACH
        and fails_steadily(lambda: _failure(again()) is not None)
    ):
        asked = landing.hops[0].url if landing.hops else landing.uri
        raise SteadyFailure(in_words(Request(method="GET", url=asked)), failed)
    raise CannotTest(
        f"An authorization request ended with {failed}, which says nothing about OAuth.",
        "Look for the request in the server's log.",
    )


def _failure(landing: Landing) -> int | str | None:
    """How the server failed, by its own account; None where it did not."""
    if not landing.is_at_client:
        return landing.status if (landing.status or 0) >= 500 else None
    told = landing.parameters.get("error")
    return told if told in {"server_error", "temporarily_unavailable"} else None


def require_credentials_to_count(introspection: IntrospectionEndpoint, token: str) -> None:
    """NotOffered where the endpoint tells of a live token whoever asks, whatever credentials the question holds.

    That it does so is one violation (RFC 7662 section 2.1). What section 2.3 says of wrong credentials is said of
    callers that authenticate, and there are none.
    """
    stranger = Client(name="stranger", id="no-such-client", secret="no-such-secret")
    questions = [introspection.post({"token": token}, as_=who) for who in (None, stranger)]
    if all(answer.members.get("active") is True for answer in questions):
        raise NotOffered(
            "The introspection endpoint looks at no credentials: it tells whoever asks.",
            "nothing in the target file; the check of 7662-2.1-08 judges it",
        )
