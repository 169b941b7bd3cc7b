"""What the implicit grant takes for a request, and what it gives no token for (RFC 6749 section 4.2.1)."""

from __future__ import annotations

import pytest

from conformance.checks.authorization.accepted_uris import Taken, none_taken, refused_in_any_way
from conformance.checks.authorization.implicit.conftest import GRANT, AskForToken
from conformance.checks.support.addresses import NOBODYS
from conformance.checks.support.expectations import told_to_the_client
from conformance.checks.support.facts import all_of, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

ATTACKERS = f"https://{NOBODYS}/cb"
on = pytest.mark.embedded(implicit=True)


@on
@requirement("6749-4.2-S01", broken_by="implicit-wants-a-secret")
def test_no_secret_is_asked_for(ask_for_token: AskForToken, implicit_client: Client) -> None:
    """A client that shows no credentials is not refused for that."""
    landing = ask_for_token(implicit_client)

    assert not landing.tells("error", "invalid_client")
    assert not landing.has_status(401)


@on
@requirement("6749-4.2.1-01", broken_by="implicit-response-type-optional")
@requirement("6749-4.2.1-S01", broken_by="implicit-response-type-optional")
@tolerates("authorize-missing-response-type-is-unsupported")
def test_no_token_without_response_type(ask_for_token: AskForToken, token_client: Client) -> None:
    """A request without response_type gives no token."""
    assert not ask_for_token(token_client, response_type=None, crash_counts=True).gives_token


@on
@requirement("6749-4.2.1-02", broken_by="authorize-response-type-in-any-case")
def test_response_type_is_exactly_token(ask_for_token: AskForToken, token_client: Client) -> None:
    """A response_type that is token only in another case, or with more letters, gives no token."""
    odd = ["Token", "TOKEN", "tokens", "access_token"]

    assert all_of(
        {
            f"response_type={value}": ~ask_for_token(
                token_client, response_type=value, crash_counts=True
            ).gives_token
            for value in odd
        }
    )


@on
@requirement("6749-4.2.1-03", broken_by="authorize-redirects-bad-uri")
@requirement("6749-4.2.2.1-01", broken_by="authorize-redirects-bad-uri")
@tolerates("legal-authorize-error-page-with-200")
def test_an_unknown_client_gets_nothing(taken: Taken, token_client: Client) -> None:
    """A request whose client_id is unknown or missing gives no token and does not lead to a client."""
    uri = [token_client.redirect_uri]

    assert none_taken(
        taken(token_client, uri, response_type="token", client_id="no-such-client-is-registered")
    )
    assert none_taken(taken(token_client, uri, response_type="token", client_id=None))


@on
@requirement("6749-4.2.1-08", broken_by="authorize-redirect-unchecked")
@requirement("6749-4.2.2.1-01", broken_by="authorize-redirects-bad-uri")
@requirement("6749-3.1.2.2-01", broken_by="authorize-redirect-unchecked")
@requirement("6749-3.1.2.2-01b", broken_by="authorize-redirect-unchecked")
@refused_in_any_way
def test_a_token_goes_to_no_unregistered_uri(taken: Taken, token_client: Client) -> None:
    """Neither a token nor an error is sent to a redirection URI that the client never registered."""
    assert none_taken(taken(token_client, [ATTACKERS], response_type="token"))


@on
@requirement("6749-4.2.1-06", broken_by="authorize-state-required")
@requirement("6749-4.2.1-06", broken_by="authorize-state-invented")
def test_state_may_be_left_out(ask_for_token: AskForToken, token_client: Client) -> None:
    """A request without state gives a token, and no state comes back."""
    landing = ask_for_token(token_client, state=None)

    assert landing.tells("access_token", place="fragment")
    assert fact("state" not in landing.parameters, "no parameter state", landing)


@on
@requirement("6749-4.2.2.1-S03", broken_by="authorize-unauthorized-client-wrong-error")
@tolerates("legal-implicit-unsupported-for-some-clients")
def test_a_client_without_the_grant_is_unauthorized(
    ask_for_token: AskForToken, token_client: Client, clients: Clients
) -> None:
    """A client that is not registered for the implicit grant is refused as unauthorized_client.

    token_client: the positive control. A server may call the response type unsupported for that client.
    """
    barred = clients.first(
        lambda client: bool(client.redirect_uri) and client.id != token_client.id and client.may_not(GRANT),
        "client without the grant implicit",
        '[clients.web] redirect_uris = [".."], grants = ["authorization_code"]',
    )

    told = told_to_the_client(ask_for_token(barred))
    spoken = told.parameters.get("error")
    if spoken == "invalid_scope":
        raise CannotTest(f"The refusal of {barred.name} speaks of something other than the grant: {spoken}.")
    assert told.tells("error", "unauthorized_client", "unsupported_response_type")


@requirement("6749-4.2.2.1-S05", broken_by="authorize-unsupported-response-type-wrong-error")
@requirement("6749-4.2.2.1-S05", broken_by="authorize-unoffered-response-type-served")
@tolerates(
    "legal-authorize-unknown-response-type-is-invalid-request",
    "legal-authorize-unknown-response-type-is-unauthorized",
)
def test_a_server_without_the_grant_says_so(
    ask_for_token: AskForToken, code_client: Client, clients: Clients
) -> None:
    """A server that offers no implicit grant refuses response_type token of every client, by a code that fits.

    A client may have been registered for that type all the same.
    """
    if any(client.may(GRANT) for client in clients.all) or "token" in clients.target.metadata.get(
        "response_types_supported", ()
    ):
        raise NotOffered("The server offers the implicit grant.", "a server without it")
    others = [each for each in clients.all if each.redirect_uri and each.id != code_client.id]
    for client in (code_client, *others):
        landing = ask_for_token(client)

        assert not landing.gives_token
        assert told_to_the_client(landing).tells(
            "error", "unsupported_response_type", "unauthorized_client", "invalid_request"
        )
