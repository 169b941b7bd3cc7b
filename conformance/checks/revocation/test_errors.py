"""How the revocation endpoint refuses (RFC 7009 section 2.2.1, RFC 6749 section 5.2)."""

from __future__ import annotations

from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RevocationEndpoint
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

REGISTERED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_token_type",
        # From the registry of OAuth errors, for use at other endpoints: they say what is meant here as well.
        "access_denied",
        "invalid_token",
        "insufficient_scope",
    }
)


@requirement("7009-2.2.1-S01", broken_by="revoke-error-as-200")
@requirement("7009-2.2.1-S01", broken_by="revoke-error-as-409")
@requirement("7009-2.2.1-S01", broken_by="revoke-error-not-json")
@requirement("7009-2.2.1-S01", broken_by="revoke-error-code-unregistered")
@tolerates("legal-revoke-answers-with-a-body")
def test_a_refusal_has_the_form_of_a_token_endpoint_error(
    revocation: RevocationEndpoint, clients: Clients
) -> None:
    """A wrong secret is answered with 400 or 401 and a JSON object whose error is invalid_client."""
    client = clients.first(
        lambda client: bool(client.secret),
        "client with a secret",
        '[clients.web] secret = { env = "WEB_SECRET" }',
    )

    answer = revocation.revoke("no-such-token", as_=client.with_secret("not-the-secret-of-this-client"))

    assert answer.has_status(400, 401)
    assert answer.has_type("application/json")
    assert answer.has_error("invalid_client")


@requirement("7009-2.2.1-S01", broken_by="revoke-error-without-code")
@requirement("7009-2.2.1-S01", broken_by="revoke-error-code-unregistered")
@tolerates("legal-revoke-foreign-unauthorized")
def test_a_refused_foreign_token_is_explained(
    revocation: RevocationEndpoint, live_token: str, other: Client
) -> None:
    """Where another client's token is refused, the answer is a 4xx with a JSON object that holds a registered error."""
    answer = revocation.revoke(live_token, as_=other)
    if answer.is_success:
        raise NotOffered(
            "The server passes over another client's token with 200.", "a server that refuses it instead"
        )

    assert answer.has_status(400, 401)
    assert answer.has_type("application/json")
    assert answer.has_error(*REGISTERED)


@requirement("7009-2.2.1-S02", broken_by="revoke-access-token-wrong-error")
@requirement("7009-2.2.1-S02", broken_by="revoke-access-token-refused-but-done")
@tolerates("legal-revoke-access-token-unsupported", "legal-revoke-answers-with-a-body")
def test_a_token_type_that_cannot_be_revoked_is_called_so(
    revocation: RevocationEndpoint, liveness: Liveness, live_token: str, web: Client
) -> None:
    """A client's own access token is revoked, or refused with 400 and unsupported_token_type, and then it lives on."""
    answer = revocation.revoke(live_token, as_=web)

    assert answer.is_success or answer.refuses_with(400, "unsupported_token_type")
    assert answer.is_success or liveness.is_alive(live_token)
