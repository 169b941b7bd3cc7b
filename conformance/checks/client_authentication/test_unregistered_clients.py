"""What a client gets that nobody registered (RFC 6749 section 5.2): judged without any client in the target file."""

from __future__ import annotations

import pytest

from conformance.checks.client_authentication.places import BASIC, ONCE, POST, at
from conformance.checks.client_authentication.unregistered import NOBODIES, AskUnregistered, serves_anybody
from conformance.checks.support.facts import no_exceptions
from conformance.ledger.requirement import tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client

BROKEN = {"no base64": "Basic ***", "no colon": "Basic bm8tY29sb24="}
every_nobody = pytest.mark.parametrize("nobody", list(NOBODIES.values()), ids=list(NOBODIES))


@at(
    "unregistered",
    token={"6749-5.2-S05": "client-unknown-wrong-error"},
    revocation={"7009-2.2.1-S01": "revoke-unknown-client-wrong-error"},
    introspection={"7662-2.3-S01": "introspect-unknown-client-wrong-error"},
)
@every_nobody
def test_nobody_by_basic_is_invalid_client(unregistered: AskUnregistered, nobody: Client) -> None:
    """An unregistered client that authenticates by HTTP Basic is refused as invalid_client."""
    answer = unregistered(nobody, BASIC)
    if answer.has_status(401) and not answer.challenges_by("Basic"):
        raise NotOffered(
            "The endpoint knows another way to show who asks than HTTP Basic.", "a client that it serves"
        )

    assert answer.has_error("invalid_client")


@at(
    "unregistered",
    token={"6749-5.2-S05": "client-unknown-wrong-error"},
    revocation={"7009-2.2.1-S01": "revoke-unknown-client-wrong-error"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
@every_nobody
def test_nobody_in_the_body_is_invalid_client(unregistered: AskUnregistered, nobody: Client) -> None:
    """An unregistered client that sends its credentials in the body is refused as invalid_client, with 400 or 401."""
    answer = unregistered(nobody, POST)

    assert answer.has_error("invalid_client")
    assert answer.has_status(400, 401)


@at(
    "unregistered",
    token={"6749-5.2-03": "client-failure-as-400"},
    revocation={"7009-2.2.1-S01": "revoke-failure-as-400"},
    introspection={"7662-2.3-S01": "introspect-failure-as-400"},
)
@every_nobody
def test_nobody_by_basic_is_answered_401(unregistered: AskUnregistered, nobody: Client) -> None:
    """An unregistered client that authenticates by HTTP Basic is answered with status 401."""
    answer = unregistered(nobody, BASIC, to_read=True)

    assert answer.has_status(401)


@at(
    "unregistered",
    token={"6749-5.2-03": "client-failure-without-challenge"},
    revocation={"7009-2.2.1-S01": "revoke-failure-without-challenge"},
    introspection={"7662-2.3-S01": "introspect-failure-without-challenge"},
)
@tolerates("legal-client-several-challenges", "legal-client-challenge-without-realm")
@every_nobody
def test_nobody_by_basic_is_challenged(unregistered: AskUnregistered, nobody: Client) -> None:
    """The answer to an unregistered client that authenticates by HTTP Basic holds a WWW-Authenticate header."""
    answer = unregistered(nobody, BASIC, to_read=True)

    assert answer.has_header("www-authenticate")


@at(
    "unregistered",
    token={"6749-5.2-03": "client-failure-wrong-challenge"},
    revocation={"7009-2.2.1-S01": "revoke-failure-wrong-challenge"},
)
@tolerates("legal-client-several-challenges", "legal-client-challenge-in-another-case")
@every_nobody
def test_nobody_by_basic_is_challenged_by_basic(unregistered: AskUnregistered, nobody: Client) -> None:
    """An unregistered client that authenticates by HTTP Basic is challenged by Basic, among other schemes or not."""
    answer = unregistered(nobody, BASIC, to_read=True)

    assert answer.challenges_by("Basic")


@at(
    "unregistered",
    token={"6749-5.2-03": "client-failure-challenge-malformed"},
    revocation={"7009-2.2.1-S01": "revoke-failure-challenge-malformed"},
    introspection={"7662-2.3-S01": "introspect-failure-challenge-malformed"},
)
@tolerates("legal-client-several-challenges", "legal-client-challenge-in-another-case")
@every_nobody
def test_the_challenge_to_nobody_follows_its_grammar(unregistered: AskUnregistered, nobody: Client) -> None:
    """The WWW-Authenticate headers for an unregistered client are well formed, each parameter once in a challenge."""
    answer = unregistered(nobody, BASIC, to_read=True)
    malformed = [f"WWW-Authenticate: {each}" for each in answer.malformed_challenges]

    assert no_exceptions(
        malformed,
        "WWW-Authenticate as in RFC 9110 section 11.6.1, with each parameter once in a challenge (section 11.2)",
        of=dict.fromkeys(malformed, answer),
    ).mended_by(ONCE)


@at("unregistered", token={"6749-5.2-S02": "token-error-as-form-unless-json-is-accepted"})
@pytest.mark.parametrize("accept", [None, "*/*"], ids=["no Accept field", "Accept any"])
@every_nobody
def test_the_refusal_of_nobody_is_json(
    unregistered: AskUnregistered, nobody: Client, accept: str | None
) -> None:
    """The error for an unregistered client is JSON, whatever media type the request accepts."""
    answer = unregistered(nobody, POST, to_read=True, accept=accept)

    assert answer.has_type("application/json")
    assert answer.holds("error")


@at(
    "unregistered",
    token={"6749-5.2-S05": "client-malformed-basic-crashes"},
    revocation={"7009-2.2.1-S01": "revoke-malformed-basic-crashes"},
    introspection={"7662-4-07": "introspect-malformed-basic-crashes"},
)
@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN.keys())
def test_broken_basic_of_nobody_is_refused(unregistered: AskUnregistered, value: str) -> None:
    """An Authorization field of HTTP Basic that cannot be read is refused, and is no failure of the server."""
    if serves_anybody(unregistered):
        raise NotOffered(
            "The endpoint serves who shows no credentials at all.", "an endpoint that asks for some"
        )
    answer = unregistered(None, authorization=value)

    assert not answer.is_success
    assert not answer.is_failure
