"""What an answer says about a live token agrees with how the token was issued (RFC 7662 section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks.introspection.answers import OWN_CHOICE, Described, ask, member
from conformance.checks.introspection.conftest import Describe
from conformance.checks.support.clocks import clock_of
from conformance.checks.support.controls import GrantFor, Refresh
from conformance.checks.support.facts import differ, equals, fact, no_exceptions, shown, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

LEEWAY_SECONDS = 60.0
"""What clocks may differ by, between two parts of one server or between a server and us."""


@requirement("7662-2.2-S08", broken_by="introspect-always-inactive")
@tolerates(
    "legal-introspect-any-client-sees-all",
    "legal-introspect-resource-servers-only",
    "legal-introspect-jwt-access-tokens",
)
def test_a_token_in_use_is_active(
    introspection: IntrospectionEndpoint, resource: ResourceEndpoint, clients: Clients, grant_for: GrantFor
) -> None:
    """A token that opens a protected resource is active, to the entitled caller or to the client that holds it."""
    holder = clients.confidential("authorization_code")
    token = grant_for(holder).access_token
    admitted = resource.admits(token)
    if not admitted:
        raise CannotTest("The protected resource refuses a token that an owner has just allowed.")

    answers = [ask(introspection, token), introspection.introspect(token, as_=holder)]

    as_caller, as_holder = (answer.holds("active", True).after(admitted.answer) for answer in answers)

    assert as_caller or as_holder


@requirement("7662-2.2-S09", broken_by="introspect-wrong-client-id")
@tolerates("legal-introspect-more-members")
def test_client_id_is_the_client_of_the_token(describe: Describe, web: Client, other: Client) -> None:
    """For the tokens of two clients, client_id is the identifier of the client that each was issued to."""
    described = {client.id: describe(client) for client in (web, other)}
    named = {f"a token of client {client}": member(one, "client_id") for client, one in described.items()}
    wrong = {
        case: f"client_id: {shown(name)}"
        for (case, name), client in zip(named.items(), described, strict=True)
        if name != client
    }

    assert no_exceptions(
        wrong,
        "client_id of the client that the token was issued to",
        of={f"a token of client {client}": one.answer for client, one in described.items()},
    )


@requirement("7662-2.2-S09", broken_by="introspect-wrong-scope")
@requirement("7662-2.2-S04", broken_by="introspect-scope-with-commas")
@tolerates("legal-introspect-hides-some-scope")
def test_scope_is_no_more_than_was_granted(describe: Describe, web: Client) -> None:
    """The member scope names no scope value beyond what the token answer, or else the request, named."""
    narrow = web.scope.split(" ")[0]
    if not narrow:
        raise NotOffered(
            f"[clients.{web.name}] names no scope.", f'[clients.{web.name}] scope = "read write"'
        )
    described = {asked: describe(web, asked) for asked in (narrow, web.scope)}

    told = {asked: str(member(one, "scope")) for asked, one in described.items()}

    for asked, one in described.items():
        granted = one.issued.scope if one.issued.scope is not None else set(asked.split())
        about = "7662-2.2-S04" if "," in told[asked] else "7662-2.2-S09"
        assert within(told[asked].split(), granted).of(about)


@requirement("7662-2.2-S09", broken_by="introspect-exp-lies")
@tolerates("legal-introspect-exp-rounded")
def test_exp_agrees_with_expires_in(described: Described) -> None:
    """The member exp is the moment that the token answer's expires_in leads to, give or take a minute."""
    expires_in = described.issued.members.get("expires_in")
    if not isinstance(expires_in, int):
        raise NotOffered("The token answer does not tell a lifetime.", OWN_CHOICE)

    exp = member(described, "exp")

    assert described.answer.holds_kind("exp", (int, float), "a number")
    assert fact(
        abs(exp - (clock_of(described.issued) + expires_in)) <= LEEWAY_SECONDS,
        f"exp within {LEEWAY_SECONDS} s of the time of issue plus expires_in",
        f"exp {exp - clock_of(described.issued):.0f} s after the time of issue; expires_in: {expires_in}",
    )


@requirement("7662-2.2-S09", broken_by="introspect-wrong-token-type")
@tolerates("legal-introspect-token-type-in-lower-case")
def test_token_type_is_that_of_the_token_answer(described: Described) -> None:
    """The member token_type is the token answer's token_type, in whatever case."""
    issued = described.issued.members.get("token_type")

    token_type = member(described, "token_type")

    assert equals("token_type", str(token_type).lower(), str(issued).lower())


@requirement("7662-2.2-S09", broken_by="introspect-wrong-username")
@tolerates("legal-introspect-display-name")
def test_username_is_not_another_owners(granted_token: Described, target: Target, clients: Clients) -> None:
    """For a token that one resource owner allowed, username is not the name of another."""
    owner = clients.owner()
    others = {each.username for each in target.owners.values()} - {owner.username}
    if not others:
        raise NotOffered("The target file has one resource owner only.", '[owners.bob] username = ".."')

    username = member(granted_token, "username")

    assert fact(
        username not in others,
        f"username: {shown(owner.username)}",
        f"username: {shown(username)}, who is another owner",
    )


@requirement("7662-2.2-S09", broken_by="refresh-forgets-the-owner")
@tolerates(
    "legal-introspect-display-name",
    "legal-refresh-without-rotation",
    "legal-refresh-without-refresh-token",
    "legal-refresh-ends-the-old-access-token",
)
def test_a_refreshed_token_names_its_owner_still(
    introspection: IntrospectionEndpoint, clients: Clients, grant_for: GrantFor, refresh: Refresh
) -> None:
    """Two refreshes later, sub and username of the access token are those of the first one, where both tell them."""
    client = clients.confidential("refresh_token")
    grant = grant_for(client)
    first = _owner(introspection, grant.access_token)
    once = refresh(grant.refresh_token, as_=client).require_success("The first refresh was refused")
    again = refresh(once.refresh_token or grant.refresh_token, as_=client)
    again.require_success("The second refresh was refused")
    then = _owner(introspection, again.access_token or "")
    told = first.keys() & then.keys()
    if not told:
        raise NotOffered("The introspection answers hold neither sub nor username.", OWN_CHOICE)

    assert equals(
        "who allowed the token",
        {name: then[name] for name in sorted(told)},
        {name: first[name] for name in sorted(told)},
    )


def _owner(introspection: IntrospectionEndpoint, token: str) -> Mapping[str, object]:
    """What an answer says of the resource owner of a token that was just issued."""
    answer = ask(introspection, token)
    if answer.members.get("active") is not True:
        raise CannotTest(f"A token that was just issued is not called active: {answer.brief}.")
    return {name: answer.members[name] for name in ("sub", "username") if name in answer.members}


@requirement("7662-2.2-S09", broken_by="introspect-wrong-issuer")
def test_iss_is_the_issuer(described: Described, target: Target) -> None:
    """The member iss is the issuer identifier that the server's metadata states."""
    issuer = target.metadata.get("issuer")
    if issuer is None:
        raise NotOffered(
            "The server publishes no metadata that states its issuer.", '[endpoints] metadata = "https://.."'
        )

    assert equals("iss", member(described, "iss"), issuer)


@requirement("7662-2.2-S09", broken_by="introspect-jti-repeats")
def test_two_tokens_have_two_identifiers(describe: Describe, web: Client) -> None:
    """Two tokens of one client differ in jti."""
    first, second = describe(web), describe(web)
    if first.token == second.token:
        raise NotOffered("The server gives a client the same token again.", OWN_CHOICE)

    assert differ("jti of two tokens", member(first, "jti"), member(second, "jti"))


@requirement("7662-4-03", broken_by="introspect-active-before-nbf")
def test_an_active_token_is_within_its_time(described: Described) -> None:
    """No token is called active whose nbf lies ahead, a minute's difference of clocks aside."""
    nbf = member(described, "nbf")

    assert described.answer.holds_kind("nbf", (int, float), "a number")
    assert fact(
        nbf <= clock_of(described.answer) + LEEWAY_SECONDS,
        "active: true only once nbf has come",
        f"active: true and nbf {nbf - clock_of(described.answer):.0f} s ahead",
    )


@requirement("7662-2.2-S09", broken_by="introspect-iat-in-the-future")
def test_iat_does_not_lie_ahead(described: Described) -> None:
    """The member iat of a token that was issued is not in the future, a minute's difference of clocks aside."""
    iat = member(described, "iat")

    assert described.answer.holds_kind("iat", (int, float), "a number")
    assert fact(
        iat <= clock_of(described.answer) + LEEWAY_SECONDS,
        "iat that does not lie ahead",
        f"iat {iat - clock_of(described.answer):.0f} s ahead",
    )
