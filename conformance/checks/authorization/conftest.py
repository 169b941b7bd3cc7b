"""Authorization requests with something changed, clients that were seen to get codes, and refusals to read."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

import pytest

from conformance.checks.support import choosing
from conformance.checks.support.controls import Seen, require_no_failure, s256, seen_once
from fixtures.endpoints import AuthorizationEndpoint, RegistrationEndpoint, with_query
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Send
from fixtures.owner.page import Act
from fixtures.owner.without_browser import Landing, OwnerSession
from fixtures.survey import Habit, Survey
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients

Parameters = Mapping[str, str | None]
"""Parameters of a request by name; None leaves one out."""

STATE = "a state of several words, & more: 100% = +1"
"""What the refused requests of `refusals` carry."""


class Ask(Protocol):
    """Opens an authorization request as the owner, and gives the landing."""

    def __call__(
        self,
        client: Client,
        /,
        values: Parameters | None = None,
        *,
        more: Sequence[tuple[str, str]] = (),
        owner: OwnerSession | None = None,
        allow: bool = True,
        crash_counts: bool = False,
        **changes: str | None,
    ) -> Landing:
        """An ordinary request of the client, with PKCE by S256, but for what is changed.

        values, changes: parameters by name; None leaves one out. more: parameters behind them, names may repeat.
        owner: another session than the usual one. allow: what the owner decides.

        CannotTest where the server fails, by a 5xx or by telling the client so, SteadyFailure where it does each time.
        crash_counts gives that back, for checks whose verdict does not depend on how a request is refused.
        """
        ...


class IdleOwner(OwnerSession):
    """A browser whose owner types nothing and presses nothing: it follows redirects and rests at the first page."""

    def __init__(self, send: Send) -> None:
        super().__init__(Owner(name="nobody", username="", password=""), send)

    def _rests_on(self, act: Act | None) -> bool:  # noqa: ARG002 - whatever the page holds
        return True


@pytest.fixture(scope="session")
def ask(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> Ask:
    """Opens an ordinary authorization request, with parameters changed as told."""

    def url_of(client: Client, changes: Parameters, more: Sequence[tuple[str, str]]) -> str:
        sent = ordinary(client, {**dict(authorization.parameters), **changes})
        return with_query(authorization.url, urlencode([*sent, *more]))

    return asking_by(url_of, owner_session)


def asking_by(
    url_of: Callable[[Client, Parameters, Sequence[tuple[str, str]]], str | Landing],
    owner_session: OwnerSession,
) -> Ask:
    """Opens authorization requests as the owner of this session.

    url_of: the URL of an ordinary request of a client, from the parameters that are changed and those that stand behind
    the others; or where it ended, if it was refused before there was a URL.
    """

    def send(
        client: Client,
        /,
        values: Parameters | None = None,
        *,
        more: Sequence[tuple[str, str]] = (),
        owner: OwnerSession | None = None,
        allow: bool = True,
        crash_counts: bool = False,
        **changes: str | None,
    ) -> Landing:
        def opened() -> Landing:
            url = url_of(client, {**(values or {}), **changes}, more)
            if isinstance(url, Landing):
                return url
            return (owner or owner_session).opens(url, client.redirect_uris, allow=allow)

        landing = opened()
        if not crash_counts:
            require_no_failure(landing, opened)
        return landing

    return send


def ordinary(client: Client, changes: Parameters) -> list[tuple[str, str]]:
    """The parameters of an ordinary authorization request, with PKCE by S256, but for changes; None leaves one out."""
    fields = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "scope": client.asking_by("authorization_code").scope or None,
        "state": secrets.token_urlsafe(12),
        "code_challenge": s256(secrets.token_urlsafe(48)),
        "code_challenge_method": "S256",
        **changes,
    }
    return [(name, value) for name, value in fields.items() if value is not None]


@pytest.fixture(scope="session")
def fresh_owner(clients: Clients, session_of: Callable[[Owner], OwnerSession]) -> Callable[[], OwnerSession]:
    """Gives the owner a new session, which knows of no sign-in and of no consent."""
    return lambda: session_of(clients.owner())


@pytest.fixture(scope="session")
def seen(ask: Ask) -> Seen:
    """Hands a client on after its ordinary request came back with a code: what differs later is what is refused."""
    return seen_by(ask)


def ending_of(landing: Landing) -> str:
    """How a request ended that led to no code, in words: the error that the client was told, or what came instead."""
    if landing.pushed and landing.answer is not None:
        return landing.answer.error or f"where it was pushed, {landing.answer.brief}"
    if landing.is_at_client:
        return landing.parameters.get("error") or "no error"
    return "a page"


def seen_by(ask: Ask) -> Seen:
    """Hands a client on after an ordinary request of its came back with a code."""

    def control(client: Client) -> None:
        landing = ask(client)
        if not landing.code:
            raise CannotTest(
                f"The ordinary authorization request of {client.name} ended without a code: {ending_of(landing)}.",
                f"Do redirect_uris, grants and scope of [clients.{client.name}] match the server?",
            )

    return seen_once(control)


@pytest.fixture(scope="session")
def code_client(registered_client: Client, seen: Seen) -> Client:
    """A client that gets codes."""
    return seen(registered_client)


@pytest.fixture(scope="session")
def public_client(clients: Clients, seen: Seen) -> Client:
    """A public client that gets codes."""
    return seen(clients.public())


@pytest.fixture(scope="session")
def challenged_client(clients: Clients, seen: Seen, survey: Survey) -> Client:
    """A client that gets codes for challenges: a public one where there is one.

    NotOffered where there is none and the server was seen to look at no verifier of a confidential one.
    """
    client = choosing.who_is_challenged(clients)
    if not client.is_public and survey.holds(Habit.PKCE_CONFIDENTIAL) is False:
        raise NotOffered(
            "The server looks at no verifier of confidential clients.", "a public client: [clients.app]"
        )
    return seen(client)


@pytest.fixture(scope="session")
def codeless_client(
    request: pytest.FixtureRequest, clients: Clients, code_client: Client
) -> Iterator[Client]:
    """A client with a redirection URI and without the code grant: of the target file, else registered for it.

    code_client: the positive control, for the request that is refused is the ordinary one of another client.
    """
    for client in clients.all:
        if client.redirect_uris and client.may_not("authorization_code"):
            yield client
            return
    endpoint: RegistrationEndpoint = request.getfixturevalue("registration")
    uri = f"{code_client.redirect_uri}/{secrets.token_hex(4)}"
    answer = endpoint.register(
        {
            "client_name": "oauth-conformance probe without codes",
            "redirect_uris": [uri],
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": "client_secret_basic",
        }
    )
    identifier, told = answer.members.get("client_id"), answer.members.get("redirect_uris")
    granted = answer.members.get("grant_types")
    if not answer.is_success or not isinstance(identifier, str) or told != [uri]:
        raise NotOffered(
            f"No client without the code grant but with a redirection URI could be registered: {answer.brief}.",
            '[clients.batch] redirect_uris = [".."], forbidden_grants = ["authorization_code"]',
        )
    if granted != ["client_credentials"]:
        raise NotOffered(
            "The server registers no client without the code grant.",
            '[clients.batch] redirect_uris = [".."], forbidden_grants = ["authorization_code"]',
        )
    scope = answer.members.get("scope")
    yield Client(
        name="registered",
        id=identifier,
        redirect_uris=(uri,),
        grants=("client_credentials",),
        scope=scope if isinstance(scope, str) else "",
    )
    endpoint.give_up(answer)


@pytest.fixture
def denial(ask: Ask, code_client: Client, fresh_owner: Callable[[], OwnerSession]) -> Landing:
    """Where the owner's refusal led. The request carried STATE.

    A server that remembers her consent is asked again with prompt=consent, which OpenID Connect has for that and others
    ignore. NotOffered where she is not asked even so.
    """
    for more in ({}, {"prompt": "consent"}):
        landing = ask(code_client, more, owner=fresh_owner(), allow=False, state=STATE)
        if not landing.code:
            return landing
    raise NotOffered(
        "The server did not ask the owner, so nothing could be denied.",
        f"a client in place of [clients.{code_client.name}] for which the server asks for consent",
    )


@pytest.fixture(scope="session")
def supports_pkce(target: Target, survey: Survey) -> bool:
    """True at a server that claims PKCE, by its metadata or the target file, or was seen to look at verifiers."""
    if target.pkce_methods or any(map(survey.holds, (Habit.PKCE_PUBLIC, Habit.PKCE_CONFIDENTIAL))):
        return True
    raise NotOffered(
        "The server claims no PKCE, and was not seen to look at verifiers.",
        '[authorization] pkce = ["S256"], or code_challenge_methods_supported in the server\'s metadata',
    )


@pytest.fixture(scope="session")
def refusals(ask: Ask, code_client: Client) -> Mapping[str, Landing]:
    """Refusals that reached the client, by what was wrong with the request. Each request carried STATE."""
    sent = {
        "no response_type": ask(code_client, response_type=None, state=STATE),
        "an unknown response_type": ask(code_client, response_type="no_such_type", state=STATE),
        "a malformed scope": ask(code_client, scope='no "such scope', state=STATE),
        "an unknown challenge method": ask(code_client, code_challenge_method="S1", state=STATE),
    }
    found = {what: landing for what, landing in sent.items() if landing.is_at_client and not landing.code}
    if not found:
        raise NotOffered(
            "The server tells clients of no failed request, but shows a page or grants what was asked.",
            "a server that reports errors to the redirection URI of these clients",
        )
    return found
