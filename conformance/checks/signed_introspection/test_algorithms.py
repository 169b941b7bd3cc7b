"""By which algorithm an answer is signed: the one its caller registered, one that is announced (RFC 9701, 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.signed_introspection.conftest import ANNOUNCED, jwt_of
from conformance.checks.support.facts import Fact, all_of, fact, shown
from conformance.checks.support.registering import Register, registering_at
from conformance.ledger.requirement import requirement, tolerates
from fixtures.discovery import client_of
from fixtures.endpoints import SIGNED_ANSWER, IntrospectionEndpoint, RegistrationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.jwt import Jwt
from fixtures.target import Client, Target

pytestmark = pytest.mark.embedded(jwt_introspection=True)

MEMBER = "introspection_signed_response_alg"
LISTS = (
    ANNOUNCED,
    "introspection_encryption_alg_values_supported",
    "introspection_encryption_enc_values_supported",
)
DEFAULT = "RS256"
MOST_TRIED = 3


@pytest.fixture(scope="session")
def register(registration: RegistrationEndpoint) -> Iterator[Register]:
    """Registers clients, and gives them up at the end."""
    with registering_at(registration) as send:
        yield send


Enrol = Callable[[str | None], Client]


@pytest.fixture(scope="session")
def enrol(register: Register, caller: IntrospectionEndpoint) -> Enrol:  # noqa: ARG001 - JWTs have to be offered
    """Registers a client that may ask, with an algorithm for its answers, or with none told."""

    def send(algorithm: str | None) -> Client:
        answer = register(
            grant_types=["client_credentials"],
            response_types=[],
            redirect_uris=None,
            **({MEMBER: algorithm} if algorithm else {}),
        )
        client = client_of("registered", "client_secret_basic", answer)
        if client is None or answer.members.get(MEMBER) not in (
            {algorithm} if algorithm else {None, DEFAULT}
        ):
            raise NotOffered(
                f"The server registers no client with {MEMBER}: {algorithm or 'nothing'}; {answer.brief}.",
                f"a server that registers clients with {MEMBER}",
            )
        return client

    return send


JwtFor = Callable[[Client], tuple[Jwt, Answer]]


@pytest.fixture(scope="session")
def jwt_for(token: TokenEndpoint, introspection: IntrospectionEndpoint) -> JwtFor:
    """Gets the JWT that answers a client's question about a token of its own, and the whole answer."""

    def ask(client: Client) -> tuple[Jwt, Answer]:
        scope = client.asking_by("client_credentials").scope or None
        answer = token.client_credentials(as_=client, scope=scope)
        value = answer.access_token
        if value is None or introspection.introspect(value, as_=client).members.get("active") is not True:
            raise NotOffered(
                f"A client that registers itself gets no token, or may not introspect its own: {answer.brief}.",
                "a server that lets registered clients introspect their own tokens",
            )
        signed = introspection.introspect(value, as_=client, accept=SIGNED_ANSWER)
        jwt = jwt_of(signed)
        if jwt is None:
            raise CannotTest(f"A registered client that asks for a JWT gets none: {signed.brief}.")
        return jwt, signed

    return ask


@requirement("9701-6-S01", broken_by="signed-introspection-ignores-the-registered-algorithm")
def test_an_answer_is_signed_as_registered(enrol: Enrol, jwt_for: JwtFor, announced: Sequence[str]) -> None:
    """A client that registered an algorithm for introspection answers gets answers signed by it."""
    wanted = [each for each in announced if each.lower() != "none"][:MOST_TRIED]
    if not wanted:
        raise NotOffered(
            "The metadata name no algorithm for introspection answers.", f"{ANNOUNCED} in the metadata"
        )
    came = {algorithm: jwt_for(enrol(algorithm)) for algorithm in wanted}

    assert all_of(
        {
            f"registered for {each}, as the answer to that said": replace(
                fact(jwt.algorithm == each, "the algorithm that was registered", f"alg: {jwt.algorithm}"),
                answer=answer,
            )
            for each, (jwt, answer) in came.items()
        }
    )


@requirement("9701-6-S02", broken_by="signed-introspection-by-es256-unasked")
def test_an_answer_is_signed_by_rs256_unless_registered_otherwise(enrol: Enrol, jwt_for: JwtFor) -> None:
    """A client that registered no algorithm for introspection answers gets answers signed by RS256."""
    jwt, answer = jwt_for(enrol(None))

    found = fact(jwt.algorithm == DEFAULT, f"alg: {DEFAULT}", f"alg: {jwt.algorithm}")
    assert replace(found, answer=answer)


@pytest.mark.usefixtures("signed")
@requirement("9701-7-01", broken_by="signed-introspection-unannounced")
def test_the_algorithms_are_announced(target: Target) -> None:
    """A server that signs introspection answers names its algorithms in the metadata."""
    if not target.metadata:
        raise NotOffered("The server publishes no metadata document.", '[endpoints] metadata = "https://.."')

    assert fact(ANNOUNCED in target.metadata, f"a member {ANNOUNCED}", f"no member {ANNOUNCED}")


@requirement("9701-7-S02", broken_by="signed-introspection-algorithms-in-one-string")
@tolerates("legal-signed-introspection-announces-encryption")
def test_what_is_announced_is_a_list_of_names(target: Target) -> None:
    """Each of the members that announce algorithms for introspection answers is a list of names."""
    told = {name: target.metadata[name] for name in LISTS if name in target.metadata}
    if not told:
        raise NotOffered(
            "The metadata announce nothing of signed introspection answers.", f"{ANNOUNCED} in the metadata"
        )

    assert all_of({name: _is_list_of_names(value) for name, value in told.items()})


def _is_list_of_names(value: Any) -> Fact:
    right = isinstance(value, list) and value and all(isinstance(each, str) and each for each in value)
    return fact(right, "a list of names", shown(value))


@requirement("9701-7-S02", broken_by="signed-introspection-announces-none")
def test_no_algorithm_that_signs_nothing_is_announced(announced: Sequence[str]) -> None:
    """The algorithm none, by which nothing is signed, is not among those announced for introspection answers."""
    if not announced:
        raise NotOffered(
            "The metadata name no algorithm for introspection answers.", f"{ANNOUNCED} in the metadata"
        )

    assert fact(
        "none" not in announced, f"{ANNOUNCED} without none", f"{ANNOUNCED}: {shown(list(announced))}"
    )
