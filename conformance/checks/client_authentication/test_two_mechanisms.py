"""Two mechanisms in one request are refused, and never add up to an authentication (RFC 6749 sections 2.3 and 5.2).

The same right credentials sent twice are left alone: the ban on that binds the client, and servers differ. A request
whose two mechanisms contradict each other is another matter: whoever serves it has passed over one of them.
"""

from __future__ import annotations

from conformance.checks.client_authentication.places import BASIC, JWT, Place, at, at_every_place
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import tolerates
from fixtures.endpoints import basic
from fixtures.errors import NotOffered
from fixtures.target.clients import Clients

WRONG = "not-the-secret-of-this-client"


@at_every_place("6749-2.3-04", "two-methods-accepted")
@tolerates("legal-client-same-credentials-twice-accepted", "legal-client-second-mechanism-as-invalid-client")
def test_basic_with_another_secret_in_the_body_is_refused(place: Place) -> None:
    """A request with right HTTP Basic and a wrong client_secret in the body is refused."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client, more={"client_id": client.id, "client_secret": WRONG})

    assert not attempt.served


@at_every_place("6749-2.3-04", "wrong-basic-forgiven-for-the-body")
@tolerates("legal-client-same-credentials-twice-accepted", "legal-client-second-mechanism-as-invalid-client")
def test_wrong_basic_with_the_right_secret_in_the_body_is_refused(place: Place) -> None:
    """A request with wrong HTTP Basic and the right client_secret in the body is refused."""
    client = place.admitted(BASIC)

    attempt = place.ask(
        client,
        as_=client.with_secret(WRONG),
        more={"client_id": client.id, "client_secret": client.secret or ""},
    )

    assert not attempt.served


@at(token={"6749-5.2-S04": "client-contradiction-wrong-error"})
@tolerates(
    "legal-client-id-of-another-ignored",
    "legal-client-id-mismatch-as-invalid-grant",
    "legal-client-second-mechanism-as-invalid-client",
)
def test_a_contradiction_is_told_by_a_code_of_the_list(place: Place, clients: Clients) -> None:
    """A token request that is refused for naming its client in two ways gets 400 or 401 and a code that fits.

    To name another client beside HTTP Basic is no second method of authentication, so a server may serve it.
    """
    client = place.admitted(BASIC)
    contradictions = {
        "another secret in the body": {"client_id": client.id, "client_secret": WRONG},
        "another client_id in the body": {"client_id": clients.another(client).id},
    }
    attempts = {case: place.ask(client, as_=client, more=more) for case, more in contradictions.items()}
    refusals = {case: attempt.answer for case, attempt in attempts.items() if not attempt.served}
    if not refusals:
        raise NotOffered("The server serves requests that contradict themselves.", "one that refuses some")

    assert all_of(
        {
            case: answer.has_error("invalid_request", "invalid_client", "invalid_grant")
            for case, answer in refusals.items()
        }
    )
    assert all_of({case: answer.has_status(400, 401) for case, answer in refusals.items()})


@at_every_place("7521-4.2.1-01", "assertion-beside-basic-accepted")
def test_an_assertion_beside_basic_is_refused(place: Place, clients: Clients) -> None:
    """A request with a good assertion of one client and good HTTP Basic of another is refused."""
    client = place.admitted(JWT)
    other = clients.confidential(auth=BASIC)

    attempt = place.ask(client, as_=client, headers=[basic(other.id, other.secret or "")])

    assert not attempt.served


@at_every_place("7521-4.2.1-01", "assertion-beside-a-secret-accepted")
def test_an_assertion_beside_a_secret_is_refused(place: Place) -> None:
    """A request with a good assertion and a client_secret in the body is refused."""
    client = place.admitted(JWT)

    attempt = place.ask(client, as_=client, more={"client_secret": WRONG})

    assert not attempt.served
