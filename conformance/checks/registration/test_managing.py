"""A client reads, changes and gives up its registration (RFC 7592 section 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.checks.registration.conftest import issue_time, management, members_of
from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.facts import fact, shown
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RegistrationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Request, Send
from fixtures.target import Client

LEEWAY_SECONDS = 60.0
"""What two answers of one server may differ by: it may tell the time of its answer, which is as good here."""


def _client(answer: Answer) -> Client:
    """The registered client, as the answer describes it."""
    members = answer.members
    return Client(
        name="registered",
        id=str(members.get("client_id")),
        secret=str(members.get("client_secret", "")),
        auth=str(members.get("token_endpoint_auth_method", "client_secret_basic")),
    )


def _worker(register: Register) -> Answer:
    """A managed client that may ask for tokens on its own behalf; NotOffered where none can be registered."""
    answer = register(grant_types=["client_credentials"], response_types=[], redirect_uris=None)
    if not answer.is_success or not all(management(answer)):
        raise NotOffered(
            "The server registers no client of the client credentials grant that it lets manage itself.",
            "client_credentials and RFC 7592 at registration",
        )
    return answer


def _public_client(register: Register) -> Answer:
    """The answer to the registration of a public client that may manage itself."""
    answer = register(token_endpoint_auth_method="none")
    if not answer.is_success or not all(management(answer)):
        raise NotOffered(
            "The server registers no public clients that manage themselves.",
            "RFC 7592 and public clients there",
        )
    return answer


def _served_worker(register: Register, token: TokenEndpoint) -> tuple[Answer, Client]:
    """Such a client with the answer to its registration, after it was given a token."""
    answer = _worker(register)
    client = _client(answer)
    token.client_credentials(as_=client).require_success("A freshly registered client got no token")
    return answer, client


@requirement("7592-2.1-01", broken_by="register-read-is-refused")
def test_a_registration_is_read_back(managed: Answer, registration: RegistrationEndpoint) -> None:
    """A client reads its registration back with its registration access token."""
    place, token = management(managed)
    answer = registration.read(place, token)

    assert answer.has_status(200)
    assert answer.holds("client_id", managed.members.get("client_id"))


@requirement("7591-3.2.1-06", broken_by="register-read-forgets-issue-time")
@tolerates("legal-register-does-not-tell-issue-time")
def test_a_registration_that_is_read_was_issued_when_it_was(
    managed: Answer, registration: RegistrationEndpoint
) -> None:
    """A registration read back names the time of issue that the registration named, give or take a minute."""
    first = issue_time(managed)
    answer = registration.read(*management(managed))
    answer.require_success("The registration could not be read with its own token")
    then = issue_time(answer)

    assert managed.holds_kind("client_id_issued_at", (int, float), "a number")
    assert answer.holds_kind("client_id_issued_at", (int, float), "a number")
    assert answer.member_is(
        "client_id_issued_at",
        abs(then - first) <= LEEWAY_SECONDS,
        f"{first:.0f}, as it was told at registration",
    )


@requirement("7592-2-01", broken_by="register-any-management-token-accepted")
def test_another_token_does_not_open_a_registration(
    readable: tuple[str, str], registration: RegistrationEndpoint
) -> None:
    """With an invented registration access token a registration is not shown: 401."""
    place, _ = readable
    answer = registration.read(place, "no-such-registration-access-token")

    assert answer.has_status(401)
    assert not answer.holds("client_id")


@requirement("7592-2-01", broken_by="register-token-of-any-client-accepted")
def test_the_token_of_another_client_does_not_open_a_registration(
    readable: tuple[str, str], register: Register, registration: RegistrationEndpoint
) -> None:
    """With the registration access token of another client a registration is not shown: 401."""
    place, token = readable
    _, another = management(register())
    if not another or another == token:
        raise NotOffered(
            "The server gives no two clients a registration access token each.", "RFC 7592 at the server"
        )
    answer = registration.read(place, another)

    assert answer.has_status(401)
    assert not answer.holds("client_id")


@requirement("7592-2-02", broken_by="register-read-without-a-token")
def test_a_registration_is_not_shown_without_a_token(readable: tuple[str, str], send: Send) -> None:
    """A configuration endpoint shows nothing to a request that brings no registration access token."""
    place, _ = readable
    answer = send(Request(method="GET", url=place))

    expect_no_failure(answer)
    assert not answer.is_success
    assert not answer.holds("client_id")


@requirement("7592-3-01", broken_by="register-token-without-place")
@requirement("7592-3-01", broken_by="register-place-without-token")
def test_the_token_and_the_place_to_manage_a_client_come_together(registered: Answer) -> None:
    """A registration is answered with both a registration access token and the URL that it opens, or with neither."""
    told = {
        name
        for name in ("registration_access_token", "registration_client_uri")
        if isinstance(registered.members.get(name), str)
    }

    assert fact(
        len(told) != 1,
        "registration_access_token and registration_client_uri together, or neither",
        f"{shown(told)} alone",
    )


def _update(
    registration: RegistrationEndpoint, answer: Answer, **changes: Any
) -> tuple[Answer, tuple[str, str]]:
    """The answer to an update of a registration with some members changed, and where it is managed from then on.

    The secret is sent too, which is a client's choice, and left out where the server would rather not see it.
    NotOffered where the server does not let clients change what is registered.
    """
    place, token = management(answer)
    wanted = {**members_of(answer), **changes}
    updated = registration.update(place, token, wanted)
    if updated.status in {400, 403} and "client_secret" in wanted.keys() - changes.keys():
        del wanted["client_secret"]
        updated = registration.update(place, token, wanted)
    if updated.status in {403, 404, 405, 501}:
        raise NotOffered(
            "The server does not let clients change their registration.", "RFC 7592 section 2.2 there"
        )
    newer_place, newer = management(updated)
    return updated, (newer_place or place, newer or token)


@requirement("7592-2.2-01", broken_by="register-update-is-a-no-op")
@tolerates(
    "legal-register-rotates-credentials",
    "legal-register-knows-no-names",
    "legal-register-update-holds-no-secret",
)
def test_an_update_replaces_what_was_registered(managed: Answer, registration: RegistrationEndpoint) -> None:
    """A new client name in an update is what is registered afterwards."""
    if not managed.members.get("client_name"):
        raise NotOffered("The server registers no names of clients.", "client_name at registration")
    updated, manages = _update(registration, managed, client_name="oauth-conformance renamed")
    updated.require_success("The update of a registration was refused")
    after = registration.read(*manages)
    after.require_success("The registration could not be read after its update")

    assert after.holds("client_name", "oauth-conformance renamed")


@requirement("7592-2.2-03", broken_by="register-update-answers-201")
@tolerates("legal-register-rotates-credentials", "legal-register-update-holds-no-secret")
def test_an_update_is_answered_with_200(managed: Answer, registration: RegistrationEndpoint) -> None:
    """An update that changes nothing is answered with 200, and with the client_id as it was."""
    updated, _ = _update(registration, managed)
    updated.require_success("The update of a registration was refused")

    assert updated.has_status(200)
    assert updated.has_type("application/json")
    assert updated.holds("client_id", managed.members.get("client_id"))


@requirement("7592-2.2-01", broken_by="register-update-forgets-the-secret")
@tolerates("legal-register-rotates-credentials", "legal-register-update-holds-no-secret")
def test_an_updated_client_is_known_by_what_it_was_told(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint
) -> None:
    """After an update a client gets tokens by the secret that the update told, or by its old one where it told none."""
    answer, client = _served_worker(register, token)
    updated, _ = _update(registration, answer, client_name="oauth-conformance renamed")
    updated.require_success("The update of a registration was refused")
    told = updated.members.get("client_secret") or client.secret

    served = token.client_credentials(as_=replace(client, secret=str(told)))
    assert served.grants_a_token.mended_by(
        "Keep the client's secret at an update, or store the new one and tell it in the answer."
    )


@requirement("7592-2.2-01", broken_by="register-update-brings-a-dead-secret")
@tolerates("legal-register-rotates-credentials", "legal-register-keeps-methods")
def test_a_secret_that_an_update_brings_works(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint
) -> None:
    """A public client that becomes a confidential one by an update gets tokens by the secret that it is told."""
    public = _public_client(register)
    updated, _ = _update(
        registration,
        public,
        token_endpoint_auth_method="client_secret_basic",
        grant_types=["client_credentials"],
        response_types=[],
    )
    client = _client(updated)
    if not updated.is_success or not client.secret or client.auth != "client_secret_basic":
        raise NotOffered(
            "The server gives no secret to a public client by an update.", "nothing: it is optional"
        )
    answer = token.client_credentials(as_=client)
    if answer.error in {"unauthorized_client", "invalid_scope"}:
        raise NotOffered(
            "The server knows the client, and gives it no token on its own behalf without a scope.",
            "client_credentials, and a default scope, for clients that register themselves",
        )

    assert answer.grants_a_token


@requirement("7592-2.2-02", broken_by="register-update-takes-a-chosen-secret")
@tolerates("legal-register-rotates-credentials")
def test_a_client_does_not_choose_its_secret(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint
) -> None:
    """A secret that a client makes up and sends in an update gets no token, whatever the update is answered with."""
    answer, client = _served_worker(register, token)
    chosen = "chosen-by-the-client-0123456789"

    _update(registration, answer, client_secret=chosen)

    assert not token.client_credentials(as_=client.with_secret(chosen)).grants_a_token


def _delete(registration: RegistrationEndpoint, answer: Answer) -> Answer:
    """The answer to giving a registration up; NotOffered where the server does not let clients do so."""
    deleted = registration.delete(*management(answer))
    if deleted.status in {403, 404, 405, 501}:
        raise NotOffered(
            "The server does not let clients delete themselves.", "RFC 7592 section 2.3 at the server"
        )
    return deleted


@requirement("7592-2.2-04", broken_by="register-update-fails-at-odd-secrets")
@tolerates("legal-register-rotates-credentials", "legal-register-replaces-odd-texts")
def test_an_update_of_the_wrong_type_upsets_nothing(
    managed: Answer, registration: RegistrationEndpoint
) -> None:
    """An update with a secret, a name or a redirection URI that is no text is answered and not failed at."""
    odds: tuple[dict[str, object], ...] = ({"client_secret": 7}, {"client_name": {}}, {"redirect_uris": [7]})

    for odd in odds:
        updated, _ = _update(registration, managed, **odd)

        expect_no_failure(updated)
        assert not updated.has_status(400) or updated.has_error(), f"the refusal of {odd} names no error"


@requirement("7592-2.2-04", broken_by="register-update-fails-at-secrets-of-public-clients")
@tolerates("legal-register-keeps-methods")
def test_a_secret_that_nobody_was_given_upsets_nothing(
    register: Register, registration: RegistrationEndpoint
) -> None:
    """An update of a public client that holds a secret is answered and not failed at."""
    updated, _ = _update(
        registration, _public_client(register), client_secret="nobody-was-given-this-0123456789"
    )

    expect_no_failure(updated)


@requirement("7592-2.3-01", broken_by="register-delete-answers-200")
def test_a_deleted_registration_is_answered_with_no_content(
    managed: Answer, registration: RegistrationEndpoint
) -> None:
    """Giving up a registration is answered with 204."""
    assert _delete(registration, managed).has_status(204)


@requirement("7592-2.3-02", broken_by="register-delete-is-a-no-op")
def test_a_deleted_client_gets_no_token(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint
) -> None:
    """The credentials of a client that was deleted get no token any more."""
    answer, client = _served_worker(register, token)
    _delete(registration, answer).require_success("The registration was not deleted")

    assert not token.client_credentials(as_=client).grants_a_token


@requirement("7592-5-01", broken_by="register-deleted-is-not-found")
def test_a_deleted_registration_opens_no_more(managed: Answer, registration: RegistrationEndpoint) -> None:
    """The registration access token of a client that was deleted is refused with 401."""
    registration.read(*management(managed)).require_success("The registration could not be read")
    _delete(registration, managed).require_success("The registration was not deleted")
    answer = registration.read(*management(managed))

    assert answer.has_status(401)
    assert not answer.holds("client_id")


@requirement("7592-2.3-03", broken_by="register-delete-keeps-tokens")
def test_the_tokens_of_a_deleted_client_are_dead(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint, liveness: Liveness
) -> None:
    """The access tokens of a client die when the client is deleted."""
    answer = _worker(register)
    issued = (
        token.client_credentials(as_=_client(answer))
        .require_success("A new client got no token")
        .access_token
    )
    if issued is None or not liveness.is_alive(issued):
        raise CannotTest("The token of a freshly registered client was not seen alive.")
    _delete(registration, answer).require_success("The registration was not deleted")

    assert liveness.is_dead(issued)
