"""Clients that were seen to get tokens, the answers by which they did, and refusals to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest

from conformance.checks.client_authentication.unregistered import NOBODIES, require_an_endpoint
from conformance.checks.support.controls import (
    Code,
    CodeFor,
    Grant,
    GrantFor,
    Issued,
    Redeem,
    Seen,
    require_a_redemption,
    seen_once,
)
from conformance.checks.support.expectations import Again
from conformance.checks.support.offered import if_offered
from conformance.checks.support.waiting import Patience, obtain_early
from fixtures.endpoints import Fields, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

TEN_MINUTES = 605.0
"""Seconds: ten minutes, and a little for clocks that differ."""
TokenRequest = Callable[[], tuple[Client, Mapping[str, str | None]]]
"""Gives a client and the parameters of a token request that it may make, fresh each time."""


@pytest.fixture(scope="session")
def seen(redeem: Redeem, code_for: CodeFor) -> Seen:
    """Hands a client on after it redeemed a code in the usual way: what differs later is then what is refused."""
    return seen_once(lambda client: require_a_redemption(client, redeem, code_for))


@pytest.fixture(scope="session")
def code_client(registered_client: Client, seen: Seen) -> Client:
    """A client that redeems codes."""
    return seen(registered_client)


@pytest.fixture
def redeems_again(redeem: Redeem, code_for: CodeFor, code_client: Client) -> Again:
    """Lets `code_client` redeem one more code in the usual way; CannotTest where it cannot any more."""
    return partial(require_a_redemption, code_client, redeem, code_for)


@pytest.fixture(scope="session")
def confidential_client(clients: Clients, seen: Seen) -> Client:
    """A confidential client that redeems codes."""
    return seen(clients.confidential("authorization_code"))


@pytest.fixture(scope="session")
def second_client(clients: Clients, confidential_client: Client, seen: Seen) -> Client:
    """Another confidential client that redeems codes."""
    return seen(clients.another(confidential_client, "authorization_code"))


@pytest.fixture(scope="session")
def public_client(clients: Clients, seen: Seen) -> Client:
    """A public client that redeems codes."""
    return seen(clients.public())


@pytest.fixture(scope="session")
def pkce(target: Target, redeem: Redeem, code_for: CodeFor, code_client: Client) -> bool:
    """True at a server that claims PKCE, or was seen to ask for a verifier; NotOffered at any other.

    The target file may claim it for a server whose metadata do not.
    """
    if target.pkce_methods:
        return True
    if not redeem(code_for(code_client), code_verifier=None).grants_a_token:
        return True
    raise NotOffered(
        "The server neither claims PKCE nor asks for a code_verifier.",
        '[authorization] pkce = ["S256"], or code_challenge_methods_supported in the server\'s metadata',
    )


@pytest.fixture(scope="session")
def pkce_client(clients: Clients, seen: Seen, code_client: Client, *, pkce: bool) -> Client:
    """A client that redeems codes at a server that has PKCE (RFC 7636): a public one where there is one."""
    public = [client for client in clients.all if client.is_public and client.may("authorization_code")]
    return seen(public[0]) if pkce and public else code_client


@pytest.fixture(scope="session", autouse=True)
def parked_code(request: pytest.FixtureRequest) -> None:
    """Obtains early the code that is to be dead at the end."""
    obtain_early(request, "expired_code")


@pytest.fixture(scope="session")
def expired_code(
    clients: Clients, redeem: Redeem, code_for: CodeFor, target: Target, patience: Patience
) -> Callable[[], Code]:
    """Gives a code whose lifetime is over, of a client that was seen to redeem another in time."""
    client, lifetime = _short_lived(clients, target)
    key = 'Declare them: [times] code = "60s", or a client with shorter ones: [clients.brief] code = "2s"'
    lifetime = patience.require(lifetime, f"A code of {client.name}", key)
    redeem(code_for(client)).require_success(f"A code of {client.name} was not exchanged in time")
    return patience.once_over(code_for(client), lifetime)


def _short_lived(clients: Clients, target: Target) -> tuple[Client, float | None]:
    """A client that is declared to get short-lived codes, else any, with the lifetime that the target file tells."""
    for client in clients.all:
        if client.code_seconds is not None and client.may("authorization_code"):
            return client, client.code_seconds
    return clients.confidential("authorization_code"), target.times.get("code")


@pytest.fixture(scope="session", autouse=True)
def parked_old_code(request: pytest.FixtureRequest) -> None:
    """Obtains early the code that is to be ten minutes old at the end, where the run waits for so long."""
    obtain_early(request, "expired_code_of_ten_minutes")


@pytest.fixture(scope="session")
def expired_code_of_ten_minutes(
    registered_client: Client, redeem: Redeem, code_for: CodeFor, patience: Patience
) -> Callable[[], Code]:
    """Gives a code that is more than ten minutes old, of a client that was seen to redeem another at once."""
    patience.require(TEN_MINUTES, "A code that is to be older than ten minutes", "A clock that can be moved")
    redeem(code_for(registered_client)).require_success("A code was not exchanged in time")
    return patience.once_over(code_for(registered_client), TEN_MINUTES)


@pytest.fixture
def granted(request: pytest.FixtureRequest, token: TokenEndpoint, clients: Clients, issued: Issued) -> Grant:
    """A successful token answer with the client that got it: by client credentials, else by the owner's consent."""
    try:
        client = clients.confidential("client_credentials")
    except NotOffered:
        client = clients.first(
            lambda one: one.may("authorization_code"),
            "client that gets tokens",
            '[clients.web] grants = ["client_credentials"]',
        )
        grant_for: GrantFor = request.getfixturevalue("grant_for")
        return grant_for(client)
    answer = issued.note(client, token.client_credentials(as_=client, scope=client.scope or None))
    answer.require_success(
        f"No token for {client.name} by client credentials",
        f"Do id, secret, auth, grants and scope of [clients.{client.name}] match the server?",
    )
    return Grant(client=client, answer=answer)


@pytest.fixture
def caller(granted: Grant) -> Client:
    """A client that was just seen to get a token: when its next request is refused, it is for what differs."""
    return granted.client


@pytest.fixture
def served_again(token: TokenEndpoint, own_client: Client, issued: Issued) -> Again:
    """Lets `own_client` get a token on its own behalf; CannotTest where it gets none."""

    def ask() -> None:
        answer = token.client_credentials(as_=own_client, scope=own_client.scope or None)
        issued.note(own_client, answer).require_success(
            f"No token for {own_client.name} by client credentials",
            f"Do id, secret, auth, grants and scope of [clients.{own_client.name}] match the server?",
        )

    return ask


@pytest.fixture
def asker(own_client: Client, served_again: Again) -> Client:
    """`own_client`, after it was just seen to get a token on its own behalf."""
    served_again()
    return own_client


@pytest.fixture
def refused_caller(request: pytest.FixtureRequest, token: TokenEndpoint) -> Client:
    """Who is refused: a client whose last request was served, or where the target file has none one of nobody's."""
    known: Client | None = if_offered(request, "caller")
    if known is not None:
        return known
    require_an_endpoint(token)
    return replace(NOBODIES["a name"], auth="client_secret_post")


@pytest.fixture
def refusals(token: TokenEndpoint, refused_caller: Client) -> Mapping[str, Answer]:
    """Answers to token requests that are wrong in one way each, by what is wrong. Successes are left out.

    Of a client that nobody registered each is wrong in that way too, and most are refused for it.
    """
    caller = refused_caller
    unknown = {"grant_type": "no-such-grant-type"}
    repeated = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")]
    sent: dict[str, Fields] = {
        "no grant_type": {},
        "an unknown grant_type": unknown,
        "a repeated one": repeated,
    }
    is_nobody = caller.name == NOBODIES["a name"].name
    if is_nobody:
        sent["client credentials"] = {"grant_type": "client_credentials"}
        sent["an unknown refresh token"] = {"grant_type": "refresh_token", "refresh_token": "no-such-token"}
    if is_nobody or caller.may("authorization_code"):
        sent["an unknown code"] = {
            "grant_type": "authorization_code",
            "code": "no-such-code-was-ever-issued",
            "redirect_uri": None if is_nobody else caller.redirect_uri,
            "code_verifier": "no-such-verifier-was-ever-used-by-any-client",
        }
    answers = {what: token.post(fields, as_=caller) for what, fields in sent.items()}
    # invalid_client has a status of its own, and a public client may hear it of a grant that it needs credentials for.
    found = {
        what: answer
        for what, answer in answers.items()
        if not answer.grants_a_token
        and not (caller.is_public and answer.error == "invalid_client")
        # That a refusal of who asks says no more than its status is told once, by the checks of that.
        and not (is_nobody and answer.status == 401 and answer.error is None)
    }
    if not found:
        raise CannotTest("The token endpoint refuses nothing, so there is no error answer to read.")
    return found


@pytest.fixture(scope="session")
def judged_as_oauth_2_1(pytestconfig: pytest.Config) -> None:
    """NotOffered unless the run judges the target as OAuth 2.1: for demands that RFC 6749 has otherwise."""
    chosen = pytestconfig.option
    if chosen.profile != "oauth-2.1" and not (chosen.prove or chosen.prove_all):
        raise NotOffered(
            "A server of RFC 6749 does otherwise, and nothing says that this one claims OAuth 2.1.",
            "nothing in the target file: judge it by --profile oauth-2.1",
        )


@pytest.fixture
def token_request(request: pytest.FixtureRequest) -> TokenRequest:
    """A request on a client's own behalf, or where no client may make one, for what an owner allowed."""

    def get() -> tuple[Client, Mapping[str, str | None]]:
        try:
            own: Client = request.getfixturevalue("own_client")
        except NotOffered:
            client: Client = request.getfixturevalue("registered_client")
            code_for: CodeFor = request.getfixturevalue("code_for")
            return client, code_for(client).fields
        return own, {"grant_type": "client_credentials", "scope": own.scope or None}

    return get
