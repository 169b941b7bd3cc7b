"""A client reads, changes and gives up its registration (RFC 7592 section 2)."""

from __future__ import annotations

from conformance.controls import Liveness
from conformance.registration.conftest import Register, issue_time, management, members_of
from conformance.requirement import requirement, tolerates
from fixtures.endpoints import RegistrationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from fixtures.wire import Answer

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


@requirement("7592-2.1-01", broken_by="register-read-is-refused")
def test_a_registration_is_read_back(managed: Answer, registration: RegistrationEndpoint) -> None:
    """A client reads its registration back with its registration access token."""
    place, token = management(managed)
    answer = registration.read(place, token)

    assert answer.status == 200
    assert answer.members.get("client_id") == managed.members.get("client_id")


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

    assert isinstance(first, int | float)
    assert isinstance(then, int | float)
    assert abs(then - first) <= LEEWAY_SECONDS


@requirement("7592-2-01", broken_by="register-any-management-token-accepted")
def test_another_token_does_not_open_a_registration(
    managed: Answer, registration: RegistrationEndpoint
) -> None:
    """With an invented registration access token a registration is not shown: 401."""
    place, token = management(managed)
    registration.read(place, token).require_success("The registration could not be read with its own token")
    answer = registration.read(place, "no-such-registration-access-token")

    assert answer.status == 401
    assert "client_id" not in answer.members


@requirement("7592-2.2-01", broken_by="register-update-is-a-no-op")
def test_an_update_replaces_what_was_registered(managed: Answer, registration: RegistrationEndpoint) -> None:
    """A new client name in an update is what is registered afterwards."""
    place, token = management(managed)
    members = {**members_of(managed), "client_name": "oauth-conformance renamed"}
    updated = registration.update(place, token, members)
    if updated.status in {403, 404, 405, 501}:
        raise NotOffered(
            "The server does not let clients change their registration.", "RFC 7592 section 2.2 there"
        )
    updated.require_success("The update of a registration was refused")
    _, newer = management(updated)
    after = registration.read(place, newer or token)
    after.require_success("The registration could not be read after its update")

    assert after.members.get("client_name") == "oauth-conformance renamed"


def _delete(registration: RegistrationEndpoint, answer: Answer) -> Answer:
    """The answer to giving a registration up; NotOffered where the server does not let clients do so."""
    deleted = registration.delete(*management(answer))
    if deleted.status in {403, 404, 405, 501}:
        raise NotOffered(
            "The server does not let clients delete themselves.", "RFC 7592 section 2.3 at the server"
        )
    return deleted


@requirement("7592-2.3-01", broken_by="register-delete-answers-200")
def test_a_deleted_registration_is_answered_with_no_content(
    managed: Answer, registration: RegistrationEndpoint
) -> None:
    """Giving up a registration is answered with 204."""
    assert _delete(registration, managed).status == 204


@requirement("7592-2.3-02", broken_by="register-delete-is-a-no-op")
def test_a_deleted_client_gets_no_token(
    register: Register, registration: RegistrationEndpoint, token: TokenEndpoint
) -> None:
    """The credentials of a client that was deleted get no token any more."""
    answer = _worker(register)
    client = _client(answer)
    token.client_credentials(as_=client).require_success("A freshly registered client got no token")
    _delete(registration, answer).require_success("The registration was not deleted")

    assert not token.client_credentials(as_=client).grants_a_token


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
