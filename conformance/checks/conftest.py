"""What checks are handed: endpoints of the target, clients by kind, and positive controls.

A positive control hands over something only after it was seen to work, and raises CannotTest otherwise: "dead
afterwards" then means something. No fixture asserts: an assertion is a finding, and only a check makes findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from conformance.checks.support import browsing as browsers
from conformance.checks.support import brute_force, choosing, obtaining, offered, order
from conformance.checks.support.browsing import Browsing
from conformance.checks.support.controls import (
    AnswerFor,
    CodeFor,
    GrantFor,
    Issued,
    LastingToken,
    Redeem,
    Refresh,
    ScopeOf,
    TokenFor,
)
from conformance.checks.support.draws import PROFILES, PROOF, Draws
from conformance.checks.support.liveness import Liveness, liveness_by
from conformance.checks.support.run_folder import MOVED, PACE, PROCESSES, QUIET
from conformance.checks.support.surveyed import SURVEY
from conformance.checks.support.waiting import Patience, obtain_early
from fixtures.discovery import discovered
from fixtures.endpoints import (
    AuthorizationEndpoint,
    IntrospectionEndpoint,
    MetadataEndpoint,
    RegistrationEndpoint,
    ResourceEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from fixtures.errors import NotOffered
from fixtures.http.connection import Connection
from fixtures.http.exchange import Send
from fixtures.http.recorder import Recorder
from fixtures.owner.without_browser import OwnerSession
from fixtures.server_time import ServerTime
from fixtures.survey import Survey
from fixtures.target import Client, Owner, Target
from fixtures.target.clients import Clients

if TYPE_CHECKING:
    from fixtures.owner.browser import Browser, BrowsingOwner

pytest.register_assert_rewrite("conformance.checks.support.expectations")

pytest_runtest_makereport = browsers.pytest_runtest_makereport


@pytest.fixture(scope="session", autouse=True)
def served(request: pytest.FixtureRequest) -> Iterator[Target | None]:
    """The target of this run. A proof parametrizes it with servers that have a fault (proof/by_fault.py)."""
    server = getattr(request, "param", None)
    if server is not None:
        with server.opened() as target:
            learnt = request.config.stash[SURVEY] = server.survey(target)
            yield learnt.amended(target)
    elif any(item.get_closest_marker("requirement") for item in request.session.items):
        yield request.getfixturevalue("run_target")
    else:
        yield None  # only the harness's own tests were selected: they need no server


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Judge last what has to expire first, so that the waiting passes while other checks run, and guess after all.

    What lets time pass, guesses, races or takes a shared owner's access back meets no other check.
    """
    if not (config.option.prove or config.option.prove_all):
        order.arrange(items)


@pytest.fixture(scope="session", autouse=True)
def parked_token(request: pytest.FixtureRequest) -> None:
    """Obtains at the start the access token that is to be dead at the end."""
    obtain_early(request, "expired_token")


@pytest.fixture(scope="session")
def draws(pytestconfig: pytest.Config, served: Target) -> Draws:
    """What this run leaves to chance. A proof draws little, always the same, and keeps none of it."""
    chosen = pytestconfig.option
    if chosen.prove or chosen.prove_all:
        return Draws(name="quick", profile=PROOF, seed=0, target=served.name, database=None)
    return Draws(
        name=chosen.fuzz,
        profile=PROFILES[chosen.fuzz],
        seed=chosen.fuzz_seed,
        target=served.name,
    )


@pytest.fixture(scope="session")
def connection(served: Target, recorder: Recorder, pytestconfig: pytest.Config) -> Iterator[Connection]:
    """The one way out: paced, bounded, recorded."""
    made = Connection(
        timeout=served.timeout,
        requests_per_second=served.requests_per_second,
        headers=served.headers,
        ca_file=served.ca_file,
        record=recorder.record,
        trace=recorder.trace if served.traceparent else None,
        pace=pytestconfig.stash.get(PACE, None),
        quiet=pytestconfig.stash.get(QUIET, None),
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def send(connection: Connection) -> Send:
    """Sends one Request, gives its Answer."""
    return connection.send


@pytest.fixture(scope="session")
def target(served: Target, send: Send) -> Target:
    """The target, its endpoints completed from its metadata."""
    return served if served.metadata or served.unreachable else discovered(served, send)


@pytest.fixture(scope="session")
def survey(pytestconfig: pytest.Config, served: Target) -> Survey:  # noqa: ARG001 - whose it is
    """What the server is like, as far as it was learnt before the first check."""
    return pytestconfig.stash.get(SURVEY, Survey())


@pytest.fixture(scope="session")
def clients(target: Target, survey: Survey) -> Clients:
    """The registered clients, chosen by what they are; those that were seen to be served come first."""
    return Clients(target, survey.rank, survey.method)


@pytest.fixture(scope="session")
def token(target: Target, send: Send, server_time: ServerTime) -> TokenEndpoint:
    """The token endpoint."""
    return offered.token_endpoint(target, send, server_time)


@pytest.fixture(scope="session")
def introspection(target: Target, send: Send, server_time: ServerTime) -> IntrospectionEndpoint:
    """The introspection endpoint, with the caller that may see the tokens under test."""
    return offered.introspection_endpoint(target, send, server_time)


@pytest.fixture(scope="session")
def revocation(target: Target, send: Send, server_time: ServerTime) -> RevocationEndpoint:
    """The revocation endpoint."""
    return offered.revocation_endpoint(target, send, server_time)


@pytest.fixture(scope="session")
def resource(target: Target, send: Send) -> ResourceEndpoint:
    """A protected resource."""
    return offered.protected_resource(target, send)


@pytest.fixture(scope="session")
def authorization(target: Target) -> AuthorizationEndpoint:
    """The authorization endpoint."""
    return AuthorizationEndpoint(
        url=offered.url_of(target, "authorization"), parameters=target.authorization_parameters
    )


@pytest.fixture(scope="session")
def metadata(target: Target, send: Send) -> MetadataEndpoint:
    """Where the issuer's metadata stands, or is claimed to stand. NotOffered when there is none anywhere."""
    return offered.metadata_endpoint(target, send)


@pytest.fixture(scope="session")
def registration(target: Target, send: Send) -> RegistrationEndpoint:
    """The dynamic client registration endpoint."""
    return RegistrationEndpoint(url=offered.url_of(target, "registration"), send=send)


@pytest.fixture(scope="session")
def server_time(target: Target, recorder: Recorder, pytestconfig: pytest.Config) -> ServerTime:
    """How time passes at the server."""
    return ServerTime(target.time_hook, pytestconfig.stash.get(MOVED, None), recorder.time_passed)


@pytest.fixture(scope="session")
def patience(server_time: ServerTime, pytestconfig: pytest.Config) -> Patience:
    """How lifetimes come to an end in this run."""
    return Patience(server_time, pytestconfig.option.max_expiry_wait)


@pytest.fixture(scope="session")
def liveness(
    request: pytest.FixtureRequest, target: Target, server_time: ServerTime, survey: Survey
) -> Liveness:
    """Whether a token works, asked of everybody who was seen to see some, where the first does not see all."""
    asked, used = offered.if_offered(request, "introspection"), offered.if_offered(request, "resource")
    return liveness_by(asked, used, target, server_time, survey)


@pytest.fixture(scope="session")
def own_client(clients: Clients) -> Client:
    """A confidential client that may ask for tokens on its own behalf, by the client credentials grant."""
    return clients.confidential("client_credentials")


@pytest.fixture(scope="session")
def web(clients: Clients) -> Client:
    """A confidential client that gets tokens: on its own behalf, or where no client does by an owner's consent."""
    return choosing.with_tokens(clients)


@pytest.fixture(scope="session")
def registered_client(clients: Clients) -> Client:
    """A client that is registered for codes and was not seen to get or redeem one: for checks whose subject that is."""
    return clients.first(
        lambda client: client.may("authorization_code") and client.code_seconds is None,
        "client with the grant authorization_code",
        '[clients.web] redirect_uris = [".."], grants = ["authorization_code"]',
    )


@pytest.fixture(scope="session")
def other(clients: Clients, web: Client) -> Client:
    """A second confidential client of the same kind."""
    return choosing.another_with_tokens(clients, web)


@pytest.fixture(scope="session")
def issued(
    target: Target, send: Send, server_time: ServerTime, recorder: Recorder, pytestconfig: pytest.Config
) -> Iterator[Issued]:
    """What this run was given; it is given back at the end where the target revokes and does not end with the run."""
    ends = target.endpoint("revocation") is None or target.ends_with_the_run
    with obtaining.given_back(
        None if ends else offered.revocation_endpoint(target, send, server_time),
        recorder,
        most=obtaining.MOST_GIVEN_BACK // pytestconfig.stash.get(PROCESSES, 1),
    ) as kept:
        yield kept


@pytest.fixture(scope="session")
def answer_for(
    request: pytest.FixtureRequest, token: TokenEndpoint, issued: Issued, survey: Survey
) -> AnswerFor:
    """Gets a successful token answer for a client, in whichever way works."""

    def consent() -> GrantFor:
        found: GrantFor = request.getfixturevalue("grant_for")
        return found

    return obtaining.answers_from(token, issued, consent, survey)


@pytest.fixture(scope="session")
def token_for(answer_for: AnswerFor, liveness: Liveness) -> TokenFor:
    """Gets an access token, seen alive where that can be seen."""
    return obtaining.tokens_from(obtaining.live_answers(answer_for, liveness))


@pytest.fixture(scope="session")
def two_tokens_for(token_for: TokenFor, liveness: Liveness) -> Callable[[Client], tuple[str, str]]:
    """Gets two access tokens of a client, of which the first was seen alive after the second was issued."""
    return obtaining.pairs_from(token_for, liveness)


@pytest.fixture
def live_token(token_for: TokenFor, web: Client) -> str:
    """A fresh access token of `web`, after it was seen alive."""
    return token_for(web)


@pytest.fixture(scope="session")
def browsing(
    request: pytest.FixtureRequest, target: Target, recorder: Recorder, connection: Connection
) -> Browsing:
    """Puts an owner at a real browser, which is started when it is first needed. CannotTest where there is none."""
    return browsers.browsing_in(request, target, recorder, connection)


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """The one browser of the run. NotOffered where the run was to do without."""
    if pytestconfig.option.no_browser:
        raise NotOffered("This run does without a browser.", "run without --no-browser")
    from fixtures.owner.browser import Browser  # noqa: PLC0415 - most runs need no browser

    made = Browser()
    yield made
    pytestconfig.stash.setdefault(browsers.BROWSERS, browsers.BrowsersSeen()).note(made.name)
    made.close()


@pytest.fixture(scope="session")
def owner(clients: Clients, browsing: Browsing) -> BrowsingOwner:
    """The resource owner at a real browser: `owner.opens(request).signs_in().allows()`."""
    return browsing(clients.owner())


@pytest.fixture(scope="session")
def session_of(send: Send, target: Target, browsing: Browsing) -> Callable[[Owner], OwnerSession]:
    """Gives an owner a session of her own: through the server's plain forms, by the browser where those fail."""
    return lambda owner: OwnerSession(owner, send, at_browser=lambda: browsing(owner), pages=target.pages)


@pytest.fixture(scope="session")
def owner_session(clients: Clients, session_of: Callable[[Owner], OwnerSession]) -> OwnerSession:
    """The resource owner, signed in once."""
    return session_of(clients.owner())


@pytest.fixture(scope="session")
def code_for(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets an authorization code, with PKCE by S256 (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    return obtaining.codes_of(authorization, owner_session)


@pytest.fixture(scope="session")
def redeem(token: TokenEndpoint, issued: Issued) -> Redeem:
    """Exchanges an authorization code."""
    return obtaining.redeeming_at(token, issued)


@pytest.fixture(scope="session")
def refresh(token: TokenEndpoint, issued: Issued) -> Refresh:
    """Exchanges a refresh token."""
    return obtaining.refreshing_at(token, issued)


@pytest.fixture(scope="session")
def grant_for(redeem: Redeem, code_for: CodeFor) -> GrantFor:
    """Gets tokens by the authorization code grant."""
    return obtaining.grants_of(redeem, code_for)


@pytest.fixture(scope="session")
def another_owners_code_for(
    authorization: AuthorizationEndpoint, clients: Clients, session_of: Callable[[Owner], OwnerSession]
) -> CodeFor:
    """Gets an authorization code that an owner allowed who is not the one of `code_for`."""
    return obtaining.codes_of(authorization, session_of(clients.another_owner()))


@pytest.fixture(scope="session")
def another_owners_grant_for(redeem: Redeem, another_owners_code_for: CodeFor) -> GrantFor:
    """Gets tokens by such a code."""
    return obtaining.grants_of(redeem, another_owners_code_for)


@pytest.fixture(scope="session")
def scope_of(liveness: Liveness) -> ScopeOf:
    """Tells which scope the access token of an answer has."""
    return obtaining.scopes_by(liveness)


@pytest.fixture
def refresh_token(clients: Clients, grant_for: GrantFor) -> str:
    """A fresh refresh token of `clients.confidential("refresh_token")`."""
    return grant_for(clients.confidential("refresh_token")).refresh_token


@pytest.fixture(scope="session")
def lasting_token(request: pytest.FixtureRequest, answer_for: AnswerFor, patience: Patience) -> LastingToken:
    """Gets a token that the run can outlive: of that client, else of one with short-lived tokens, else of any."""
    return obtaining.lasting_tokens(answer_for, patience, lambda: choosing.shortest_lived(request))


@pytest.fixture(scope="session")
def expired_token(lasting_token: LastingToken, liveness: Liveness, target: Target) -> Callable[[], str]:
    """Gives an access token that was alive and whose lifetime is over, leeway included."""
    lasting = obtaining.outlived(lasting_token, liveness)
    return lambda: liveness.wait_for_the_end(lasting.value, lasting.end, target.leeway)


@pytest.fixture(scope="session")
def guesses(target: Target) -> brute_force.Guesses:
    """Whose password may be guessed, and how often; NotOffered where nobody's may."""
    return brute_force.guesses_for(target)
