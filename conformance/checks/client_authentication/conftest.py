"""The places where a client authenticates, as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache, partial

import pytest

from conformance.checks.client_authentication.places import JWT, Place, ordinary
from conformance.checks.client_authentication.unregistered import (
    OF_UNREGISTERED,
    AskUnregistered,
    ask_unregistered,
    require_an_endpoint,
)
from conformance.checks.support.controls import (
    AnswerFor,
    Code,
    CodeFor,
    require_credentials_to_count,
)
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import answers_seen_by, live_answers
from conformance.checks.support.offered import if_offered, url_of
from conformance.checks.support.sharing import SharedTokens, Sharing
from fixtures import assertion
from fixtures.endpoints import (
    Endpoint,
    IntrospectionEndpoint,
    RegistrationEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.http.recorder import Recorder
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

Parameters = Mapping[str, str | None]
NEVER_ISSUED = "a-code-that-no-server-has-ever-issued"


@pytest.fixture(scope="session")
def at_token(request: pytest.FixtureRequest, token: TokenEndpoint, clients: Clients) -> Place:
    """The token endpoint, asked for a token on the client's own behalf; where none may, by a code, real or made up.

    A made-up code is answered invalid_grant to a client that is let in (RFC 6749 section 5.2), and grants nothing.
    """
    own = ordinary(clients, "client_credentials")
    callers = own or ordinary(clients, "authorization_code")

    def request_of(client: Client) -> Parameters:
        if own:
            return {"grant_type": "client_credentials", "scope": client.scope or None}
        made_up = Code(value=NEVER_ISSUED, client=client, redirect_uri=client.redirect_uri, verifier="v" * 43)
        code = made_up
        with suppress(NotOffered):
            code_for: CodeFor = request.getfixturevalue("code_for")
            code = code_for(client)
        return code.fields

    def was_served(answer: Answer, wanted: Parameters) -> bool:
        made_up = wanted.get("code") == NEVER_ISSUED
        return bool(answer.grants_a_token) or (made_up and answer.error == "invalid_grant")

    return Place(
        name="token",
        endpoint=token,
        callers=callers,
        others=(),
        request_of=request_of,
        was_served=was_served,
        tells_nothing=lambda wanted: wanted.get("code") == NEVER_ISSUED,
    )


@pytest.fixture(scope="session")
def sharing(recorder: Recorder, server_time: ServerTime) -> Sharing:
    """Shares among the checks the tokens that nobody has changed."""
    return lambda obtain: SharedTokens(obtain, recorder, server_time)


@pytest.fixture(scope="session")
def at_revocation(
    revocation: RevocationEndpoint,
    clients: Clients,
    answer_for: AnswerFor,
    liveness: Liveness,
    sharing: Sharing,
) -> Place:
    """The revocation endpoint, asked to end a live token of the client."""
    tokens = sharing(live_answers(answer_for, liveness))

    def request_of(client: Client) -> Parameters:
        return {"token": tokens.to_use_up(client)}

    def was_served(answer: Answer, wanted: Parameters) -> bool:
        if answer.is_success or answer.error == "unsupported_token_type":
            return True  # RFC 7009 section 2.1: what is said of the token comes after the client has authenticated
        token = wanted["token"] or ""
        lives = bool(liveness.is_alive(token))
        if lives:
            tokens.unharmed(token)
        return not lives

    return Place(
        name="revocation",
        endpoint=revocation,
        callers=ordinary(clients, "client_credentials") or ordinary(clients, "authorization_code"),
        others=(),
        request_of=request_of,
        was_served=was_served,
    )


@pytest.fixture(scope="session")
def at_introspection(
    introspection: IntrospectionEndpoint,
    clients: Clients,
    answer_for: AnswerFor,
    web: Client,
    sharing: Sharing,
) -> Place:
    """The introspection endpoint, asked about a live token that the client may see."""
    caller = introspection.caller

    seen_as: dict[str, SharedTokens] = {}

    def request_of(client: Client) -> Parameters:
        if client.name not in seen_as:
            seen = answers_seen_by(introspection, answer_for, as_=client)
            seen_as[client.name] = sharing(seen)
        gets = client.may("client_credentials") or client.may("authorization_code")
        return {"token": seen_as[client.name].to_look_at(client if gets else web)}

    def was_served(answer: Answer, _: Parameters) -> bool:
        return bool(answer.is_success) and answer.members.get("active") is True

    @cache
    def require_heed() -> None:
        token = answers_seen_by(introspection, answer_for)(web).access_token or ""
        require_credentials_to_count(introspection, token)

    return Place(
        name="introspection",
        endpoint=introspection,
        callers=[caller],
        others=[client for client in ordinary(clients) if client != caller],
        request_of=request_of,
        was_served=was_served,
        require_heed=require_heed,
    )


@pytest.fixture(scope="session")
def required_endpoint(target: Target, send: Send) -> Callable[[str], Endpoint]:
    """Gives the endpoint of a name, once it was seen to refuse as one; CannotTest, each time, where it was not."""

    @cache
    def look(name: str) -> tuple[Endpoint, CannotTest | None]:
        endpoint = Endpoint(url=url_of(target, name), send=send)
        try:
            asks = target.introspection_client if name == "introspection" else None
            require_an_endpoint(endpoint, target.clients.get(asks or ""))
        except CannotTest as problem:
            return endpoint, problem
        return endpoint, None

    def required(name: str) -> Endpoint:
        endpoint, problem = look(name)
        if problem is not None:
            raise problem
        return endpoint

    return required


@pytest.fixture
def unregistered(
    request: pytest.FixtureRequest, required_endpoint: Callable[[str], Endpoint]
) -> AskUnregistered:
    """Asks the endpoint that the parameter names as a client that nobody registered: no client is needed for that."""
    endpoint = required_endpoint(request.param)
    return partial(ask_unregistered, endpoint, dict(OF_UNREGISTERED[request.param]))


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    """The place that the parameter names."""
    found: Place = request.getfixturevalue(f"at_{request.param}")
    return found


@pytest.fixture
def endpoints(request: pytest.FixtureRequest) -> list[Endpoint]:
    """Every endpoint that the target offers and at which clients authenticate."""
    names = ("token", "revocation", "introspection")
    return [endpoint for name in names if (endpoint := if_offered(request, name)) is not None]


@pytest.fixture
def other_key_holder(clients: Clients, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client with a key that is not the first one's: of the target file, or registered for this check."""
    first = clients.confidential(auth=JWT)
    for client in clients.all:
        if client.auth == JWT and client.key != first.key:
            yield client
            return
    with _registered_key_holder(request.getfixturevalue("registration"), "ES256") as client:
        yield client


@pytest.fixture
def rsa_key_holder(clients: Clients, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client that signs with RS256: of the target file, or registered for this check."""
    for client in clients.all:
        if client.auth == JWT and client.algorithm == "RS256":
            yield client
            return
    with _registered_key_holder(request.getfixturevalue("registration"), "RS256") as client:
        yield client


KeyHolder = Callable[[str], AbstractContextManager[Client]]


@pytest.fixture
def key_holder(request: pytest.FixtureRequest) -> KeyHolder:
    """Registers a client with a fresh key for an algorithm, for as long as the context lasts."""
    registration: RegistrationEndpoint = request.getfixturevalue("registration")
    return lambda algorithm: _registered_key_holder(registration, algorithm)


@contextmanager
def _registered_key_holder(registration: RegistrationEndpoint, algorithm: str) -> Iterator[Client]:
    """Register a client with a fresh key for this algorithm, and give it up at the end."""
    key = assertion.new_key(algorithm)
    answer = registration.register(
        {
            "client_name": "oauth-conformance key holder",
            "redirect_uris": ["https://client.example/cb/key-holder"],
            "grant_types": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_method": JWT,
            "token_endpoint_auth_signing_alg": algorithm,
            "jwks": {"keys": [assertion.public_jwk(key, "key-holder")]},
        }
    )
    told = answer.members
    identifier = told.get("client_id")
    is_as_asked = (
        told.get("token_endpoint_auth_method", JWT) == JWT
        and told.get("token_endpoint_auth_signing_alg", algorithm) == algorithm
        and bool(told.get("jwks"))
    )
    if not answer.is_success or not isinstance(identifier, str) or not is_as_asked:
        raise NotOffered(
            f"No client with a key for {algorithm} could be registered: {answer.brief}.",
            f'[clients.jwt2] auth = "private_key_jwt", algorithm = "{algorithm}", key = {{ env = ".." }}',
        )
    granted = answer.members.get("scope")
    yield Client(
        name="key holder",
        id=identifier,
        key=key,
        key_id="key-holder",
        algorithm=algorithm,
        auth=JWT,
        scope=granted if isinstance(granted, str) else "",
    )
    registration.give_up(answer)
