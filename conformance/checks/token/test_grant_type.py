"""How the token endpoint reads grant_type: missing, unknown, not allowed, nearly right (RFC 6749 section 5.2)."""

from __future__ import annotations

import pytest

from conformance.checks.support.expectations import expect_no_token, expect_refusal
from conformance.checks.support.facts import all_of, answered_alike, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import TokenEndpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients

ODD = (
    'client"credentials',
    "client\\credentials",
    "client credentials",
    "crédit",
    "\u20ac",
    "0",
    "null",
    "%",
)
"""Values outside the grammar of appendix A.10, and at its edge; none that a firewall takes for an attack."""
UNKNOWN = ("unsupported_grant_type", "unauthorized_client")
"""What an unknown grant type may be called: none that the server knows, or none that this client may use. The order in
which a server looks is free."""

refused_by_either_name = tolerates("legal-token-unknown-grant-type-is-unauthorized")
"""For a check of an unknown grant type: the server chooses how it calls the refusal."""


@requirement("6749-4.4.2-01", broken_by="token-grant-type-defaults-to-client-credentials")
def test_nothing_is_issued_without_grant_type(token: TokenEndpoint, caller: Client) -> None:
    """A token request that leaves grant_type out gets no token, with all else in it right."""
    answer = token.post({"scope": caller.scope or None}, as_=caller)

    expect_no_token(answer, "invalid_request", "unsupported_grant_type")


@requirement("6749-5.2-S04", broken_by="token-missing-grant-type-wrong-error")
def test_a_request_without_grant_type_is_invalid(token: TokenEndpoint, caller: Client) -> None:
    """A token request that leaves grant_type out is refused as invalid_request."""
    expect_refusal(token.post({}, as_=caller), "invalid_request")


@requirement("6749-3.2-05", broken_by="token-empty-counts-as-present")
def test_an_empty_grant_type_is_none(token: TokenEndpoint, caller: Client) -> None:
    """A grant_type without a value is answered as one that was left out."""
    omitted = token.post({}, as_=caller)
    empty = token.post({"grant_type": ""}, as_=caller)

    assert answered_alike(empty, omitted)


@requirement("6749-5.2-S08", broken_by="token-unknown-grant-type-wrong-error")
@refused_by_either_name
def test_an_unknown_grant_type_is_unsupported(token: TokenEndpoint, caller: Client) -> None:
    """A grant type that nobody defined is refused as unsupported_grant_type, or as none of this client."""
    expect_refusal(token.post({"grant_type": "no-such-grant-type"}, as_=caller), *UNKNOWN)


@requirement("6749-4.5-S01", broken_by="token-extension-grant-wrong-error")
@refused_by_either_name
def test_an_unknown_extension_grant_is_unsupported(token: TokenEndpoint, caller: Client) -> None:
    """An extension grant that is not offered is refused as unsupported_grant_type, or as none of this client."""
    answer = token.post({"grant_type": "urn:example:params:oauth:grant-type:no-such-grant"}, as_=caller)

    expect_refusal(answer, *UNKNOWN)


@requirement("6749-5.2-S08", broken_by="token-unknown-grant-type-wrong-error-for-body-clients")
@tolerates("legal-token-grants-of-public-clients-are-listed")
@refused_by_either_name
def test_every_client_hears_the_same_error(token: TokenEndpoint, clients: Clients, caller: Client) -> None:
    """An unknown grant type is refused as such however the client shows who it is."""
    others = {client.auth: client for client in reversed(clients.all) if client.grants}
    asked = (others | {caller.auth: caller}).values()
    answers = {
        client.name: (client, token.post({"grant_type": "no-such-grant-type"}, as_=client))
        for client in asked
    }
    strangers = {name for name, (_, answer) in answers.items() if _is_unknown(answer)}
    # A public client has nothing to show, so that a server may ask credentials for what it has no rule for.
    doubtful = [name for name in answers if name in strangers and not answers[name][0].is_public]
    if doubtful:
        raise CannotTest(f"The server does not know {', '.join(doubtful)}.", "Do their credentials match?")
    assert all_of(
        {name: answer.has_error(*UNKNOWN) for name, (_, answer) in answers.items() if name not in strangers}
    )


def _is_unknown(answer: Answer) -> bool:
    return answer.error == "invalid_client" or (answer.status == 401 and answer.error is None)


@pytest.mark.usefixtures("asker")
@requirement("6749-5.2-S07", broken_by="token-unauthorized-client-wrong-error")
@requirement("6749-5.2-S07", broken_by="token-grant-not-checked")
def test_a_grant_type_that_the_client_may_not_use_is_refused(token: TokenEndpoint, clients: Clients) -> None:
    """A client that is not registered for a grant type that others use is refused as unauthorized_client."""
    clients.without("client_credentials")
    barred = [each for each in clients.all if not each.is_public and each.may_not("client_credentials")]
    told = {}
    for client in barred:
        # A server may refuse the method by which a client authenticates for this grant alone: that is invalid_client.
        answer = token.client_credentials(as_=client)
        if answer.error not in {"invalid_client", "invalid_scope"}:
            expect_refusal(answer, "unauthorized_client")
            return
        told[client.name] = answer.brief

    raise CannotTest(f"The refusals speak of something other than the grant: {shown(told)}.")


@requirement("6749-1.9-S01", broken_by="token-grant-type-in-any-case")
@requirement("6749-4.4.2-02", broken_by="token-grant-type-in-any-case")
@refused_by_either_name
def test_a_grant_type_in_other_letters_is_another(token: TokenEndpoint, asker: Client) -> None:
    """A grant_type that differs from client_credentials in upper and lower case only gets no token."""
    for word in ("CLIENT_CREDENTIALS", "Client_Credentials"):
        answer = token.post({"grant_type": word, "scope": asker.scope or None}, as_=asker)

        expect_no_token(answer, *UNKNOWN, "invalid_request")


@requirement("6749-4.4.2-02a", broken_by="token-grant-type-trimmed")
@refused_by_either_name
def test_a_grant_type_is_taken_as_it_stands(token: TokenEndpoint, asker: Client) -> None:
    """A grant_type with a blank before or after client_credentials gets no token."""
    for word in ("client_credentials ", " client_credentials"):
        answer = token.post({"grant_type": word, "scope": asker.scope or None}, as_=asker)

        expect_no_token(answer, *UNKNOWN, "invalid_request")


@requirement("6749-1.9-S01", broken_by="token-parameter-names-in-any-case")
def test_a_parameter_in_other_letters_is_another(token: TokenEndpoint, asker: Client) -> None:
    """A parameter whose name differs from grant_type in upper and lower case only is not grant_type."""
    answer = token.post({"Grant_Type": "client_credentials", "scope": asker.scope or None}, as_=asker)

    expect_no_token(answer, "invalid_request", "unsupported_grant_type")


@requirement("6749-A.10-S01", broken_by="token-error-as-500")
@tolerates("legal-token-odd-grant-type-is-an-invalid-request")
@refused_by_either_name
def test_an_odd_grant_type_is_refused_in_order(token: TokenEndpoint, caller: Client) -> None:
    """However odd the grant_type, the answer is an error of section 5.2 with status 400."""
    answers = {word: token.post({"grant_type": word}, as_=caller, crash_counts=True) for word in ODD}

    assert all_of({f"grant_type={word}": answer.has_status(400) for word, answer in answers.items()})
    assert all_of(
        {
            f"grant_type={word}": answer.has_error(*UNKNOWN, "invalid_request")
            for word, answer in answers.items()
        }
    )
