"""Who may ask about a token, and what those learn who may not (RFC 7662 sections 2.1, 2.3, 4 and 5).

How a caller shows who it is, and the answer to a failed attempt, is judged for all endpoints in client_authentication.
"""

from __future__ import annotations

from conformance.checks.introspection.answers import OWN_CHOICE, UNKNOWN, Described
from conformance.checks.introspection.conftest import Describe
from conformance.checks.support.controls import TokenFor, require_credentials_to_count
from conformance.checks.support.facts import all_of, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients


def caller_with_basic(clients: Clients, introspection: IntrospectionEndpoint) -> Client:
    """The entitled caller where it uses HTTP Basic, else another client that does."""
    if introspection.caller.auth == "client_secret_basic":
        return introspection.caller
    return clients.confidential(auth="client_secret_basic")


def may_ask(introspection: IntrospectionEndpoint, token: str, caller: Client) -> bool:
    """Whether this caller gets an introspection answer about a token of its own."""
    return introspection.introspect(token, as_=caller).members.get("active") is True


@requirement("7662-2.1-08", broken_by="introspect-anonymous")
@requirement("7662-2.3-S03", broken_by="introspect-anonymous")
@requirement("7662-4-07", broken_by="introspect-whoever-asks")
@tolerates("legal-introspect-callers-without-credentials-see-nothing")
def test_nobody_learns_of_a_token_without_authorisation(
    introspection: IntrospectionEndpoint, described: Described
) -> None:
    """A caller that shows no credentials is not told that a live token is active, nor anything about it."""
    answer = introspection.post({"token": described.token})

    assert not answer.holds("active", True)
    assert all_of({name: ~answer.holds(name) for name in ("client_id", "sub", "username")})


@requirement("7662-2.1-08", broken_by="introspect-public-client-sees-all")
@requirement("7662-4-07", broken_by="introspect-public-client-sees-all")
@tolerates(
    "legal-introspect-public-client-sees-its-own",
    "legal-introspect-callers-without-credentials-see-nothing",
    "legal-introspect-any-client-sees-all",
)
def test_a_public_client_does_not_learn_of_the_tokens_of_others(
    introspection: IntrospectionEndpoint, described: Described, clients: Clients
) -> None:
    """A client without credentials, whose identifier is no secret, does not learn that another's token is active."""
    require_credentials_to_count(introspection, described.token)

    answer = introspection.introspect(described.token, as_=clients.public())

    assert not answer.holds("active", True)


@requirement("7662-2.3-S01", broken_by="introspect-failure-says-inactive")
@requirement("7662-2.3-S01", broken_by="introspect-failure-without-challenge")
@tolerates("legal-client-several-challenges", "legal-client-challenge-in-another-case")
def test_a_caller_with_a_wrong_secret_is_refused(
    introspection: IntrospectionEndpoint, described: Described, clients: Clients
) -> None:
    """A caller that authenticates by HTTP Basic with a wrong secret is refused by 401 and a Basic challenge."""
    require_credentials_to_count(introspection, described.token)
    caller = caller_with_basic(clients, introspection)

    answer = introspection.introspect(described.token, as_=caller.with_secret("not-the-secret"))

    assert answer.has_status(401)
    assert answer.challenges_by("Basic")


@requirement("7662-5-01", broken_by="introspect-names-the-owner-to-strangers")
@tolerates(
    "legal-introspect-callers-without-credentials-see-nothing", "legal-introspect-public-client-sees-its-own"
)
def test_nobody_without_authorisation_learns_who_the_owner_is(
    introspection: IntrospectionEndpoint, granted_token: Described, clients: Clients
) -> None:
    """What the answer tells the entitled caller about the resource owner stands in no answer to anybody else."""
    personal = {
        value
        for name in ("username", "sub")
        if isinstance(value := granted_token.answer.members.get(name), str) and len(value) > 4
    }
    if not personal:
        raise NotOffered(
            "The answer about a token that an owner allowed holds neither username nor sub.",
            OWN_CHOICE,
        )
    wrong = caller_with_basic(clients, introspection).with_secret("not-the-secret")

    def refusals(token: str) -> dict[str, Answer]:
        return {
            "no credentials": introspection.post({"token": token}),
            "a wrong secret": introspection.introspect(token, as_=wrong),
        }

    always = "\n".join(answer.text for answer in refusals(UNKNOWN).values())
    told = refusals(granted_token.token)

    assert no_exceptions(
        {
            case: f"{answer}; {value} stands in it"
            for case, answer in told.items()
            for value in personal
            if value in answer.text and value not in always
        },
        "nothing that tells of the resource owner",
        of=told,
    )


@requirement("7662-2.3-01", broken_by="introspect-foreign-is-an-error")
@tolerates("legal-introspect-any-client-sees-all")
def test_a_token_that_a_caller_may_not_see_is_no_error(
    introspection: IntrospectionEndpoint, describe: Describe, web: Client, other: Client
) -> None:
    """A client that may ask gets an introspection answer about another client's token, active or not, and no error."""
    own, foreign = describe(other), describe(web)
    if not may_ask(introspection, own.token, other):
        raise NotOffered(
            f"[clients.{other.name}] may not introspect its own tokens.",
            "two clients that the server lets introspect",
        )

    answer = introspection.introspect(foreign.token, as_=other)

    assert answer.has_status(200)
    assert answer.holds_kind("active", bool, "true or false")


@requirement("7662-2.2-19", broken_by="introspect-tells-that-a-token-is-foreign")
def test_a_hidden_token_looks_like_an_unknown_one(
    introspection: IntrospectionEndpoint, describe: Describe, web: Client, other: Client
) -> None:
    """To a caller that may not see it, a live token is answered just as one that was never issued."""
    own, foreign = describe(other), describe(web)
    hidden = introspection.introspect(foreign.token, as_=other)
    if hidden.members.get("active") is not False or not may_ask(introspection, own.token, other):
        raise NotOffered(
            f"[clients.{other.name}] sees the tokens of [clients.{web.name}], or may see none at all.",
            "two clients of which one may not see the tokens of the other",
        )

    unknown = introspection.introspect(UNKNOWN, as_=other)

    assert fact(
        (hidden.status, hidden.json) == (unknown.status, unknown.json),
        f"the answer that an unknown token gets: {unknown}; {shown(unknown.members)}",
        f"{hidden}; {shown(hidden.members)}",
    ).seen_in(hidden)


def with_bearer(introspection: IntrospectionEndpoint, token: str, bearer: str) -> Answer:
    """Ask about a token, authorised by an access token (RFC 6750 section 2.1)."""
    return introspection.post({"token": token}, headers=[("Authorization", f"Bearer {bearer}")])


def with_an_invented_bearer(introspection: IntrospectionEndpoint, token_for: TokenFor, web: Client) -> Answer:
    """The answer about a live token to who shows an invented access token as authorisation.

    NotOffered where a live access token does not authorise the question, or nothing has to.
    """
    token, bearer = token_for(web), token_for(web)
    require_credentials_to_count(introspection, token)
    if with_bearer(introspection, token, bearer).members.get("active") is not True:
        raise NotOffered(
            "The introspection endpoint takes no access tokens as authorisation, or none of such clients.",
            OWN_CHOICE,
        )
    return with_bearer(introspection, token, UNKNOWN)


@requirement("7662-2.3-S02", broken_by="introspect-takes-any-bearer")
@tolerates("legal-introspect-bearer-accepted")
def test_a_caller_with_a_bad_bearer_token_is_refused(
    introspection: IntrospectionEndpoint, token_for: TokenFor, web: Client
) -> None:
    """Where access tokens authorise questions, a caller with an invented one is refused with 401."""
    answer = with_an_invented_bearer(introspection, token_for, web)

    assert answer.has_status(401)
    assert not answer.holds("active")


@requirement("7662-2.3-S02", broken_by="introspect-bearer-without-challenge")
@tolerates("legal-introspect-bearer-accepted")
def test_a_caller_with_a_bad_bearer_token_is_challenged(
    introspection: IntrospectionEndpoint, token_for: TokenFor, web: Client
) -> None:
    """The refusal of an invented access token as authorisation carries a Bearer challenge (RFC 6750 section 3)."""
    answer = with_an_invented_bearer(introspection, token_for, web)

    assert answer.challenges_by("Bearer")
