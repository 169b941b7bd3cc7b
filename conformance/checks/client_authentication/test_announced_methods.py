"""The methods of client authentication that the metadata announce are methods that work (RFC 8414 section 2)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.client_authentication.conftest import KeyHolder
from conformance.checks.client_authentication.places import (
    BASIC,
    JWT,
    POST,
    Place,
    ask_with_credentials_that_count,
    at,
    claims,
    ordinary,
    present,
    signed,
)
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import Endpoint
from fixtures.errors import NotOffered
from fixtures.target import Target
from fixtures.target.clients import Clients


@at(
    token={"8414-2-S03": "client-basic-refused"},
    revocation={"8414-2-S03": "revoke-basic-refused"},
)
def test_announced_http_basic_works(place: Place, endpoints: list[Endpoint], target: Target) -> None:
    """HTTP Basic works where the metadata list client_secret_basic, or no methods: then it is the default."""
    _serves_if_announced(place, endpoints, target, BASIC)


@at(
    token={"8414-2-S03": "client-post-refused"},
    revocation={"8414-2-S03": "revoke-body-credentials-refused"},
)
def test_announced_credentials_in_the_body_work(
    place: Place, endpoints: list[Endpoint], target: Target
) -> None:
    """Credentials in the body work where the metadata announce client_secret_post."""
    _serves_if_announced(place, endpoints, target, POST)


@at(
    token={"8414-2-S03": "client-assertion-refused"},
    revocation={"8414-2-S03": "revoke-assertion-refused"},
)
@tolerates(
    "legal-client-assertion-replay-accepted",
    "legal-client-assertion-for-the-issuer-only",
)
def test_announced_signed_assertions_work(place: Place, endpoints: list[Endpoint], target: Target) -> None:
    """A signed assertion works where the metadata announce private_key_jwt."""
    _serves_if_announced(place, endpoints, target, JWT)


@at(token={"8414-2-S03": "client-assertion-rs256-refused"})
@tolerates("legal-client-assertion-for-the-issuer-only", "legal-client-body-failure-as-400")
def test_announced_algorithms_work(place: Place, target: Target, key_holder: KeyHolder) -> None:
    """A client that is registered with a key is known by it where the metadata announce the algorithm."""
    client = place.admitted(JWT)
    announced = target.metadata.get(f"{place.name}_endpoint_auth_signing_alg_values_supported")
    others = [each for each in ("ES256", "RS256") if each in (announced or ()) and each != client.algorithm]
    if not others:
        raise NotOffered(
            f"The metadata announce no second algorithm beside {client.algorithm}.",
            f"{place.name}_endpoint_auth_signing_alg_values_supported in the server's metadata",
        )

    with key_holder(client.algorithm) as holder:
        if not present(place, holder, signed(holder, claims(place, holder))).served:
            raise NotOffered(
                f"A client that is registered with a key for {client.algorithm} is not served at once.",
                "client_credentials for clients that register themselves",
            )

    for algorithm in others:
        with key_holder(algorithm) as holder:
            attempt = present(place, holder, signed(holder, claims(place, holder)))

        assert attempt.served or not attempt.answer.has_error("invalid_client"), (
            f"refused an assertion signed by {algorithm}"
        )


@requirement("7009-2.1-S02", broken_by="revoke-body-credentials-refused")
@tolerates("legal-client-any-password-method")
def test_revocation_takes_what_the_token_endpoint_takes(
    at_token: Place, at_revocation: Place, clients: Clients
) -> None:
    """A client revokes its token with the credentials, and by the method, with which it was given the token."""
    for auth in {client.auth for client in ordinary(clients, "client_credentials")}:
        client = at_token.admitted(auth)

        attempt = at_revocation.ask(client, as_=client)

        assert attempt.served, f"refused {client.name}, which the token endpoint serves by {auth}"


def _need_metadata(target: Target) -> None:
    if not target.metadata:
        raise NotOffered("The server publishes no metadata document.", '[endpoints] metadata = "https://.."')


def _announced(target: Target, place: str) -> Sequence[str] | None:
    """The methods that the metadata list for an endpoint, or None where they list none."""
    listed = target.metadata.get(f"{place}_endpoint_auth_methods_supported")
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else None


def _serves_if_announced(place: Place, endpoints: list[Endpoint], target: Target, method: str) -> None:
    __tracebackhide__ = True
    _need_metadata(target)
    announced = _announced(target, place.name)
    if method not in ((BASIC,) if announced is None else announced):
        raise NotOffered(
            f"The metadata do not announce {method} at the {place.name} endpoint.",
            f"{place.name}_endpoint_auth_methods_supported in the server's metadata",
        )
    client = place.client(method)

    attempt = ask_with_credentials_that_count(place, client, endpoints)

    assert attempt.served, "the same credentials are good at another endpoint"
