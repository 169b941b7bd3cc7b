"""Whom a token speaks for: sub names the owner where one allowed it, else the client (RFC 9700 section 4.15)."""

from __future__ import annotations

from conformance.checks.introspection.answers import OWN_CHOICE, Described
from conformance.checks.introspection.conftest import Describe
from conformance.checks.support.facts import differ, equals
from conformance.ledger.requirement import requirement
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients


def subject(described: Described) -> object:
    """The member sub of an introspection answer; NotOffered when there is none, for it is optional."""
    if "sub" not in described.answer.members:
        raise NotOffered("The introspection answer holds no sub, which is optional.", OWN_CHOICE)
    return described.answer.members["sub"]


@requirement("9700-4.15-02", broken_by="introspect-one-subject-for-all-clients")
def test_a_clients_own_token_names_the_client(describe: Describe, own_client: Client, other: Client) -> None:
    """The sub of a client's own token is the same in each of its tokens, and not that of another client."""
    own = "client_credentials"
    tokens = [describe(client, grant=own) for client in (own_client, own_client, other)]
    first, second, foreign = map(subject, tokens)

    assert equals("sub of the second token", second, first).after(tokens[0].answer)
    assert differ("sub of the tokens of two clients", first, foreign).after(tokens[1].answer)


@requirement("9700-4.15-01", broken_by="introspect-client-as-subject-of-an-owners-token")
def test_an_owners_token_does_not_name_the_client(
    granted_token: Described, describe: Describe, clients: Clients
) -> None:
    """The sub of a token that an owner allowed is not the one that names the client in its own tokens."""
    client = clients.confidential("client_credentials")
    if granted_token.client.id != client.id:
        raise NotOffered(
            "No client of the target file uses both the code grant and client credentials.",
            '[clients.web] grants = ["authorization_code", "client_credentials"]',
        )

    own = describe(client, grant="client_credentials")

    assert (
        differ("sub of an owner's token and of the client's own", subject(granted_token), subject(own))
        .seen_in(own.answer)
        .after(granted_token.answer)
    )
