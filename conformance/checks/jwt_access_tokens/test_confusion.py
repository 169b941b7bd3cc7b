"""No JWT of another kind, or of another maker, is taken for an access token, and none of these for something else.

Each refusal is judged only where the resource was seen to admit a JWT access token (RFC 9068 sections 4 and 5).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from conformance.checks.jwt_access_tokens.conftest import OWN, JwtClients, Obtain, SignedToken
from conformance.checks.support.facts import Fact, all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.endpoints import ResourceEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.jwt import Jwt, read_jwt
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

pytestmark = pytest.mark.embedded(jwt=True)


@pytest.fixture
def admitted(tokens: Sequence[SignedToken], resource: ResourceEndpoint) -> Jwt:
    """A fresh JWT access token that opens the resource; NotOffered where they are for another one."""
    for token in tokens:
        if resource.admits(token.jwt.value):
            return token.jwt
    if all(token.resource for token in tokens):
        raise NotOffered(
            f"The JWT access tokens that the server gives are for {tokens[0].resource}, and not for {resource.url}.",
            "[resource] url of the resource that they are for",
        )
    raise CannotTest(
        f"No fresh JWT access token opens {resource.url}, so nothing can be learnt from a refusal.",
        "Is [resource] scope part of the scope of a client in the target file?",
    )


def parts_of(jwt: Jwt) -> tuple[dict[str, Any], dict[str, Any]]:
    """A header without algorithm, and claims with a new identifier and another hour to live."""
    header = {name: value for name, value in jwt.header.items() if name != "alg"}
    return header, {**jwt.claims, "exp": int(time.time()) + 3600, "jti": "another-token"}


def none_admitted(resource: ResourceEndpoint, made: Mapping[str, str]) -> Fact:
    """Whether none of these opens the resource. made: tokens, by the words for what they are."""
    return all_of({name: ~resource.get_with(token).is_success for name, token in made.items()})


@requirement("9068-4-07", broken_by="jwt-resource-takes-alg-none")
@requirement("9068-4-08", broken_by="jwt-resource-takes-alg-none")
def test_a_token_without_a_signature_opens_nothing(resource: ResourceEndpoint, admitted: Jwt) -> None:
    """A JWT that claims what a good one claims, and has no signature, does not open the resource."""
    header, claims = parts_of(admitted)
    body = assertion.unsigned(claims).split(".")[1]
    made = {
        f"alg {alg}": f"{assertion.encoded({**header, 'alg': alg})}.{body}."
        for alg in ("none", "nOnE", admitted.algorithm)
    }

    assert none_admitted(resource, made)


@requirement("9068-4-07", broken_by="jwt-resource-takes-anybodys-signature")
def test_a_token_of_another_signer_opens_nothing(resource: ResourceEndpoint, admitted: Jwt) -> None:
    """A JWT that claims what a good one claims, and that somebody else signed, does not open the resource."""
    header, claims = parts_of(admitted)
    key = assertion.new_key("RS256")
    shown_key = assertion.public_jwk(key, str(header.get("kid", "1")))
    made = {
        "another key": assertion.sign(claims, key, algorithm="RS256", header=header),
        "another key in the header": assertion.sign(
            claims, key, algorithm="RS256", header={**header, "jwk": shown_key}
        ),
        "its own signature over other claims": ".".join(
            [admitted.value.split(".")[0], assertion.unsigned(claims).split(".")[1], admitted.signature]
        ),
    }

    assert none_admitted(resource, made)


@requirement("9068-4-10", broken_by="jwt-resource-calls-it-invalid-request")
def test_a_forged_token_is_called_invalid(resource: ResourceEndpoint, admitted: Jwt) -> None:
    """The refusal of a JWT that somebody else signed has the error invalid_token in its challenge."""
    header, claims = parts_of(admitted)
    answer = resource.get_with(
        assertion.sign(claims, assertion.new_key("RS256"), algorithm="RS256", header=header)
    )
    challenges = [each for each in answer.challenges if each.scheme in {"bearer", "dpop"}]
    if answer.is_success or not challenges:
        raise NotOffered(
            "The resource does not refuse a forged token with a challenge, which other checks judge.",
            "nothing, for other checks judge it",
        )
    told = [each.parameters.get("error", "no error") for each in challenges]

    assert fact(
        "invalid_token" in told, "error invalid_token in the challenge", f"{answer}; error: {told[0]}"
    )


@pytest.mark.usefixtures("admitted")
@requirement("9068-2.1-S01", broken_by="jwt-id-token-opens-resources")
@tolerates("legal-jwt-with-id-token")
def test_an_id_token_opens_nothing(resource: ResourceEndpoint, tokens: Sequence[SignedToken]) -> None:
    """An ID token, which the server signed too, does not open the resource that the access token beside it opens."""
    id_tokens = [token.answer.members.get("id_token") for token in tokens]
    found = [jwt for text in id_tokens if isinstance(text, str) and (jwt := read_jwt(text)) is not None]
    if not found:
        raise NotOffered(
            "The server gives no ID token.",
            '[clients.web] scope = "openid ..", where the server knows OpenID Connect',
        )

    assert none_admitted(resource, {"an ID token": found[0].value})


@requirement("9068-5-S01", broken_by="jwt-access-token-authenticates-its-client")
def test_an_access_token_does_not_authenticate_its_client(
    *, token: TokenEndpoint, obtain: Obtain, jwt_clients: JwtClients, clients: Clients, target: Target
) -> None:
    """An access token in the place of a client assertion authenticates nobody, though the server itself signed it."""
    announced = target.metadata.get("token_endpoint_auth_methods_supported")
    keyed = [client for client in clients.all if client.auth == "private_key_jwt"]
    if not keyed and "private_key_jwt" not in (announced if isinstance(announced, list) else []):
        raise NotOffered(
            "The server announces no client assertions.", 'a client with auth = "private_key_jwt"'
        )
    client = next((each for each in keyed if each.may(OWN)), None) or jwt_clients.first(OWN)
    access_token = obtain(client, OWN).jwt.value
    answer = token.post(_asserting(client, access_token))

    assert not answer.grants_a_token


def _asserting(client: Client, text: str) -> dict[str, str | None]:
    return {
        "grant_type": "client_credentials",
        "scope": client.scope or None,
        "client_assertion_type": assertion.ASSERTION_TYPE,
        "client_assertion": text,
    }
