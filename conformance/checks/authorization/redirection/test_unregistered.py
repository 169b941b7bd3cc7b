"""A redirection URI that is not registered for the client leads nowhere.

An error at another URI, which is registered, is left alone: the ban is on the invalid one. So is what the page tells
the owner, which RFC 6749 section 3.1.2.4 only advises and does not describe.
"""

from __future__ import annotations

from conformance.checks.authorization.accepted_uris import Taken, none_taken, refused_in_any_way
from conformance.checks.support.addresses import NOBODYS
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.target import Client
from fixtures.target.clients import Clients

ATTACKERS = f"https://{NOBODYS}/cb"


@requirement("6749-3.1.2.3-02", broken_by="authorize-redirect-unchecked")
@requirement("6749-10.6-03", broken_by="authorize-redirect-unchecked")
@requirement("6749-3.1.2.4-01", broken_by="authorize-redirects-bad-uri")
@requirement("6749-10.15-S01", broken_by="authorize-redirects-bad-uri")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-unchecked")
@requirement("mcp-2026-07-28-security-02", broken_by="authorize-redirect-unchecked")
@refused_in_any_way
def test_an_unregistered_uri_is_not_redirected_to(taken: Taken, web_client: Client) -> None:
    """Neither a code nor an error is sent to a redirection URI that the client never registered."""
    assert none_taken(taken(web_client, [ATTACKERS]))


@requirement("9700-4.11.2-01", broken_by="authorize-redirect-of-any-client")
@requirement("6749-3.1.2.3-02", broken_by="authorize-redirect-of-any-client")
@refused_in_any_way
def test_the_uri_of_another_client_is_not_redirected_to(
    taken: Taken, web_client: Client, another_client: Client
) -> None:
    """A redirection URI that is registered for another client is as good as unregistered."""
    assert none_taken(taken(web_client, [another_client.redirect_uri]))


@requirement("9700-2.1-02", broken_by="authorize-redirects-bad-uri")
@requirement("9700-4.11.2-01", broken_by="authorize-redirects-unknown-client")
@requirement("2.1-2.3.5-01", broken_by="authorize-redirects-bad-uri")
@tolerates("legal-authorize-error-page-with-200")
def test_an_unknown_client_cannot_name_where_to_go(taken: Taken, web_client: Client) -> None:
    """A client_id that nobody has makes no redirection URI valid, not even one that is registered for another."""
    uris = [ATTACKERS, web_client.redirect_uri]

    assert none_taken(taken(web_client, uris, client_id="no-such-client-is-registered"))


@requirement("6749-1.9-S01", broken_by="authorize-client-id-in-any-case")
@tolerates("legal-authorize-error-page-with-200")
def test_an_identifier_in_other_letters_is_another(
    taken: Taken, web_client: Client, clients: Clients
) -> None:
    """A client_id of which upper and lower case are changed is not the client's: it leads to no client."""
    other = web_client.id.swapcase()
    if other in {client.id for client in clients.all} or "://" in other:
        raise NotOffered(
            f"The id of [clients.{web_client.name}] has no letters, or is a URL, or is a client's either way.",
            f"an id with letters in [clients.{web_client.name}]",
        )

    assert none_taken(taken(web_client, [web_client.redirect_uri], client_id=other))


@requirement("6749-3.1.2.4-01", broken_by="authorize-redirect-unchecked-beside-another-error")
@requirement("6749-10.15-S01", broken_by="authorize-redirect-unchecked-beside-another-error")
@requirement("2.1-2.3.5-01", broken_by="authorize-redirect-unchecked-beside-another-error")
@refused_in_any_way
def test_another_error_does_not_open_the_way(taken: Taken, web_client: Client) -> None:
    """A request that is wrong in other ways as well is not told to an unregistered URI either."""
    assert none_taken(taken(web_client, [ATTACKERS], response_type="no_such_type"))
    assert none_taken(taken(web_client, [ATTACKERS], scope='no "such scope'))


@requirement("6749-10.15-S01", broken_by="authorize-redirect-first-checked-last-used")
@requirement("6749-3.1.2.3-02", broken_by="authorize-redirect-first-checked-last-used")
@refused_in_any_way
def test_of_two_uris_the_unregistered_one_is_not_used(taken: Taken, web_client: Client) -> None:
    """A registered redirection URI before or behind an unregistered one does not make that one valid."""
    registered, strange = ("redirect_uri", web_client.redirect_uri), ("redirect_uri", ATTACKERS)

    assert none_taken(taken(web_client, [ATTACKERS], more=[registered], codes_count=False))
    assert none_taken(
        taken(web_client, [ATTACKERS], more=[strange], codes_count=False, redirect_uri=registered[1])
    )


@requirement("6749-3.1.2.2-01", broken_by="authorize-redirect-unchecked-for-public-clients")
@requirement("6749-3.1.2.2-01a", broken_by="authorize-redirect-unchecked-for-public-clients")
@requirement("6749-10.2-02", broken_by="authorize-redirect-unchecked-for-public-clients")
@requirement("6749-10.6-02", broken_by="authorize-redirect-unchecked-for-public-clients")
@refused_in_any_way
def test_a_public_client_needs_a_registered_uri(taken: Taken, public_client: Client) -> None:
    """A public client gets no answer at a redirection URI that it never registered."""
    assert none_taken(taken(public_client, [ATTACKERS]))


@requirement("6749-3.1.2.2-02", broken_by="authorize-redirect-unchecked")
def test_a_client_without_a_registered_uri_is_not_redirected(
    taken: Taken, clients: Clients, web_client: Client
) -> None:
    """A client that has no redirection URI registered cannot bring one along.

    web_client: the positive control, whose own request is answered.
    """
    client = clients.first(
        lambda each: not each.redirect_uris and bool(each.grants) and each.id != web_client.id,
        "client without a redirection URI",
        '[clients.batch] grants = ["client_credentials"], without redirect_uris',
    )

    assert none_taken(taken(client, [ATTACKERS]))
