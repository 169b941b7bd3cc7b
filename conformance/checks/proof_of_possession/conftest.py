"""Keys, requests with a proof of one, and tokens that were seen to be bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from conformance.checks.support.controls import CodeFor, Issued
from fixtures.endpoints import Endpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.proof_of_possession import ProofKey
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

KEY = 'dpop_signing_alg_values_supported = ["ES256"] in the server\'s metadata'
Fields = Mapping[str, str | None]


class NewKey(Protocol):
    """Makes a fresh key pair of an algorithm that the server takes."""

    def __call__(self) -> ProofKey:
        """The key."""
        ...


class Proving(Protocol):
    """Sends a form with a proof of a key, with the nonce that the server asks for."""

    def __call__(
        self, endpoint: Endpoint, fields: Fields, key: ProofKey, /, *, as_: Client | None, **changes: Any
    ) -> Answer:
        """changes: claims of the proof by name; None leaves one out."""
        ...


@pytest.fixture(scope="session")
def new_key(target: Target, server_time: ServerTime) -> NewKey:
    """Makes keys; NotOffered at a server that announces no DPoP, or only algorithms that are not made here."""
    announced = target.metadata.get("dpop_signing_alg_values_supported")
    if target.unreachable:
        raise CannotTest(target.unreachable)
    if not isinstance(announced, list) or not announced:
        raise NotOffered("The server announces no DPoP.", KEY)
    if "ES256" not in announced:
        raise NotOffered(
            f"The server takes proofs by {', '.join(map(str, announced))}, and not by ES256.", KEY
        )
    return lambda: ProofKey(clock=server_time.epoch)


@pytest.fixture(scope="session")
def proving(issued: Issued) -> Proving:
    """Sends forms with a proof; once more with the nonce where the server asks for one (RFC 9449 section 8)."""

    def send(
        endpoint: Endpoint, fields: Fields, key: ProofKey, /, *, as_: Client | None, **changes: Any
    ) -> Answer:
        def once(**more: Any) -> Answer:
            proof = key.prove("POST", endpoint.url, **{**more, **changes})
            return endpoint.post(fields, as_=as_, headers=[("DPoP", proof)])

        answer = once()
        told = answer.header_values("dpop-nonce")
        if answer.error == "use_dpop_nonce" and told and "nonce" not in changes:
            answer = once(nonce=told[0])
        return answer if as_ is None else issued.note(as_, answer)

    return send


@pytest.fixture(scope="session")
def asking(web: Client) -> Fields:
    """The form by which `web` asks for a token of its own."""
    return {"grant_type": "client_credentials", "scope": web.scope or None}


@pytest.fixture(scope="session")
def dpop_client(
    new_key: NewKey, proving: Proving, token: TokenEndpoint, web: Client, asking: Fields
) -> Client:
    """`web`, after it was seen to get a token with a good proof."""
    answer = proving(token, asking, new_key(), as_=web)
    answer.require_success(f"No token for {web.name} with a proof of its key")
    return web


def require_bound(answer: Answer) -> Answer:
    """The answer, where it says that its token is bound; NotOffered where a server binds none, as it may."""
    answer.require_success("No token was given for a good proof")
    if str(answer.members.get("token_type", "")).lower() != "dpop":
        raise NotOffered(
            "The server binds no access token of this client: its type is not DPoP.",
            "a client that the server gives bound access tokens",
        )
    return answer


class BoundToken(Protocol):
    """Gets an access token that is bound to a key."""

    def __call__(self, key: ProofKey) -> str:
        """The token; NotOffered where the server binds none."""
        ...


class AskWith(Protocol):
    """Asks for a token of `web` with a proof of a key."""

    def __call__(self, key: ProofKey, /, **changes: Any) -> Answer:
        """changes: claims of the proof by name; None leaves one out."""
        ...


@pytest.fixture(scope="session")
def ask_with(proving: Proving, token: TokenEndpoint, dpop_client: Client, asking: Fields) -> AskWith:
    """Asks for tokens of `web` with proofs."""

    def send(key: ProofKey, /, **changes: Any) -> Answer:
        return proving(token, asking, key, as_=dpop_client, **changes)

    return send


@pytest.fixture(scope="session")
def bound_token(ask_with: AskWith) -> BoundToken:
    """Gets bound access tokens of `web`."""

    def get(key: ProofKey) -> str:
        answer = require_bound(ask_with(key))
        if answer.access_token is None:
            raise CannotTest(f"The token answer holds no access token: {answer.brief}.")
        return answer.access_token

    return get


class Redeeming(Protocol):
    """Exchanges a fresh code of a client with a proof of a key."""

    def __call__(self, client: Client, key: ProofKey, /) -> Answer:
        """The answer of the token endpoint."""
        ...


@pytest.fixture(scope="session")
def redeeming(proving: Proving, token: TokenEndpoint, code_for: CodeFor) -> Redeeming:
    """Exchanges fresh codes with proofs."""

    def send(client: Client, key: ProofKey, /) -> Answer:
        code = code_for(client)
        fields = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": code.redirect_uri,
            "code_verifier": code.verifier,
        }
        return proving(token, fields, key, as_=client)

    return send


@pytest.fixture(scope="session")
def public_client(clients: Clients, new_key: NewKey) -> Client:
    """A public client that gets refresh tokens."""
    new_key()
    return clients.public("refresh_token")
