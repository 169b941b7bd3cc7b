"""What a revocation request is made of, and requests that are not made so (RFC 7009 sections 2 and 2.1).

A server may take a token in other ways than by POST of a form, but what it refuses has no effect, and 200 is true.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from conformance.checks.support.controls import TokenFor
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint, TokenEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

WITHOUT_TOKEN = {"no token": {}, "an empty token": {"token": ""}}

UNTOUCHED = "Look at the whole request before the token is touched: what is refused changes nothing."


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-S01", broken_by="revoke-form-not-decoded")
@tolerates("legal-revoke-answers-with-a-body", "legal-revoke-query-accepted", "legal-revoke-json-accepted")
def test_the_form_is_decoded(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """An access token of which every character is percent-encoded in the body is revoked like a plain one."""
    encoded = "".join(f"%{byte:02X}" for byte in live_token.encode("ascii"))
    _, identity = revocation.credentials(web)
    body = "&".join(part for part in (f"token={encoded}", urlencode(identity)) if part)

    answer = revocation.post({}, as_=web, body=body.encode("ascii"))

    assert answer.is_success
    assert liveness.is_dead(live_token)


@requirement("7009-2.1-01", broken_by="revoke-missing-token-wrong-error")
@requirement("7009-2.1-01", broken_by="revoke-missing-token-is-no-grant-type")
@tolerates("revoke-missing-token-accepted", "legal-revoke-answers-with-a-body")
@pytest.mark.parametrize("kind", WITHOUT_TOKEN)
def test_a_request_without_a_token_is_invalid(
    revocation: RevocationEndpoint, token: TokenEndpoint, web: Client, kind: str
) -> None:
    """A request without a token is refused with 400 and invalid_request, or answered as an invalid token is."""
    answer = revocation.post(WITHOUT_TOKEN[kind], as_=web)
    if revocation.url == token.url and answer.error == "unsupported_grant_type":
        raise NotOffered(
            "The server revokes where it gives tokens, and takes a request without either for one of the latter.",
            "[endpoints] revocation, where it has a URL of its own",
        )

    assert answer.has_status(200) or answer.refuses_with(400, "invalid_request")


@requirement("7009-2.1-01a", broken_by="revoke-missing-token-accepted")
@pytest.mark.parametrize("kind", WITHOUT_TOKEN)
def test_nothing_is_called_revoked_without_a_token(
    revocation: RevocationEndpoint, web: Client, kind: str
) -> None:
    """A request without a token is refused, and not answered as a revocation that was carried out."""
    answer = revocation.post(WITHOUT_TOKEN[kind], as_=web)

    assert not answer.is_success


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.1-S01", broken_by="revoke-query-comes-first")
@tolerates("legal-revoke-query-accepted")
def test_a_token_in_the_query_does_not_replace_the_one_in_the_body(
    revocation: RevocationEndpoint, liveness: Liveness, token_for: TokenFor, web: Client
) -> None:
    """With one token in the body and another in the query, the one in the body is revoked, or the request refused."""
    in_body, in_query = token_for(web), token_for(web)

    answer = revocation.post({"token": in_body}, as_=web, query=urlencode({"token": in_query}))

    assert not answer.is_success or liveness.is_dead(in_body).mended_by(
        "Read the token from the body of the request, and none from its query."
    )


@pytest.mark.usefixtures("revokes_access_tokens")
@requirement("7009-2.2-S01", broken_by="revoke-repeats-refused-but-done")
@tolerates(
    "legal-revoke-repeats-accepted",
    "legal-revoke-repeats-joined",
    "legal-token-ends-the-one-before",
    "legal-token-same-again",
)
def test_a_refused_repetition_revokes_nothing(
    revocation: RevocationEndpoint,
    liveness: Liveness,
    two_tokens_for: Callable[[Client], tuple[str, str]],
    web: Client,
) -> None:
    """Where a request with two tokens is refused, both stay alive."""
    first, second = two_tokens_for(web)

    answer = revocation.post([("token", first), ("token", second)], as_=web)

    assert answer.is_success or (liveness.is_alive(first) and liveness.is_alive(second))


@requirement("7009-2.2-S01", broken_by="revoke-get-refused-but-done")
@tolerates("legal-revoke-get-accepted", "legal-revoke-answers-with-a-body")
def test_a_refused_get_revokes_nothing(
    revocation: RevocationEndpoint, liveness: Liveness, clients: Clients, token_for: TokenFor
) -> None:
    """Where a revocation by GET is refused, the token stays alive."""
    client = clients.confidential("client_credentials", auth="client_secret_basic")
    token = token_for(client)

    answer = revocation.get({"token": token}, as_=client, crash_counts=True)

    assert answer.is_success or liveness.is_alive(token).mended_by(UNTOUCHED)


@requirement("7009-2.2-S01", broken_by="revoke-json-refused-but-done")
@tolerates("legal-revoke-json-accepted", "legal-revoke-answers-with-a-body")
def test_a_refused_json_body_revokes_nothing(
    revocation: RevocationEndpoint, liveness: Liveness, clients: Clients, token_for: TokenFor
) -> None:
    """Where a revocation by a JSON body is refused, the token stays alive."""
    client = clients.confidential("client_credentials", auth="client_secret_basic")
    token = token_for(client)
    body = json.dumps({"token": token}).encode("utf-8")

    answer = revocation.post({}, as_=client, body=body, content_type="application/json")

    assert answer.is_success or liveness.is_alive(token).mended_by(UNTOUCHED)
