"""Races for codes and tokens, and what the server was seen to do when the same requests go one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from conformance.checks.races.racing import AT_ONCE, ROUNDS, GrantRace, Races, Serial, draft
from conformance.checks.support.controls import (
    Code,
    CodeFor,
    GrantFor,
    Issued,
    Redeem,
    Refresh,
    require_a_redemption,
    require_a_refresh,
)
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import own_or_granted
from fixtures.endpoints import RevocationEndpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.connection import Connection
from fixtures.http.exchange import Answer, Request
from fixtures.http.recorder import Recorder
from fixtures.target import Client, Target
from fixtures.target.clients import Clients

NO_WINDOW_SECONDS = 0.3
"""Within such a time no server offers a window for retries; it is the time that a race may take to be noticed."""
RaceFor = Callable[[str, Client, Sequence[Request]], GrantRace]
"""Runs a race between requests for what a code or a refresh token of a client stands for."""


@pytest.fixture
def races(connection: Connection, recorder: Recorder, pytestconfig: pytest.Config) -> Races:
    """Releases requests together, as often as the profile of the run says."""
    return Races(connection, recorder, ROUNDS[pytestconfig.option.fuzz])


@pytest.fixture
def race_for(races: Races, issued: Issued) -> RaceFor:
    """Runs races for grants; the tokens that are won are given back at the end of the run."""

    def run(token: str, client: Client, requests: Sequence[Request]) -> GrantRace:
        found = races.run(requests)
        kept = {answer.access_token: answer for answer in found.answers if answer.grants_a_token}
        return GrantRace(token, found, [issued.note(client, answer) for answer in kept.values()])

    return run


@pytest.fixture(scope="session")
def code_client(registered_client: Client, redeem: Redeem, code_for: CodeFor) -> Client:
    """A client that was seen to redeem a code in the usual way."""
    require_a_redemption(registered_client, redeem, code_for)
    return registered_client


@pytest.fixture
def race_for_a_code(
    token: TokenEndpoint, code_for: CodeFor, code_client: Client, race_for: RaceFor
) -> Callable[[], GrantRace]:
    """Redeems a fresh code by several requests at once, each with an assertion of its own where the client has such."""

    def run() -> GrantRace:
        code = code_for(code_client)

        def redeem(endpoint: TokenEndpoint) -> Answer:
            return endpoint.redeem(
                code.value, as_=code.client, redirect_uri=code.redirect_uri, verifier=code.verifier
            )

        return race_for(code.value, code_client, [draft(token, redeem) for _ in range(AT_ONCE)])

    return run


@pytest.fixture
def codes_of_two_owners(
    code_for: CodeFor, another_owners_code_for: CodeFor, code_client: Client
) -> Callable[[], list[Code]]:
    """Gets two fresh codes of a client, of which two owners allowed one each."""
    return lambda: [get(code_client) for get in (code_for, another_owners_code_for)]


@pytest.fixture
def redeem_for_two_owners(
    races: Races, token: TokenEndpoint, codes_of_two_owners: Callable[[], list[Code]], issued: Issued
) -> Callable[[], Sequence[Answer]]:
    """Redeems such codes at once."""

    def run() -> Sequence[Answer]:
        codes = codes_of_two_owners()
        drafts = [
            draft(token, partial(TokenEndpoint.post, fields=code.fields, as_=code.client)) for code in codes
        ]
        return [issued.note(codes[0].client, answer) for answer in races.run(drafts).answers]

    return run


@pytest.fixture
def race_to_refresh(
    token: TokenEndpoint, grant_for: GrantFor, race_for: RaceFor
) -> Callable[[Client], GrantRace]:
    """Exchanges a client's fresh refresh token by several requests at once."""

    def run(client: Client) -> GrantRace:
        value = grant_for(client).refresh_token
        requests = [draft(token, lambda at: at.refresh(value, as_=client)) for _ in range(AT_ONCE)]
        return race_for(value, client, requests)

    return run


@pytest.fixture
def race_to_revoke(
    token: TokenEndpoint,
    revocation: RevocationEndpoint,
    grant_for: GrantFor,
    refresh_client: Client,
    race_for: RaceFor,
) -> Callable[[int], GrantRace | None]:
    """Refreshes and revokes one refresh token at once, in either order by the number of the round.

    None where the revocation did not succeed.
    """

    def run(number: int) -> GrantRace | None:
        value = grant_for(refresh_client).refresh_token
        refreshing = draft(token, lambda at: at.refresh(value, as_=refresh_client))
        revoking = draft(revocation, lambda at: at.revoke(value, as_=refresh_client))
        pair = [revoking, refreshing] if number % 2 else [refreshing, revoking]
        found = race_for(value, refresh_client, pair)
        answer = found.race.sent[pair.index(revoking)].answer
        return found if answer is not None and answer.is_success else None

    return run


@pytest.fixture
def revoked_during_a_refresh(
    races: Races, race_to_revoke: Callable[[int], GrantRace | None]
) -> Callable[[], Iterator[GrantRace]]:
    """Runs such races until enough overlapped, and gives those in which the revocation succeeded.

    After the last one CannotTest, unless requests overlapped and one revocation succeeded.
    """

    def run() -> Iterator[GrantRace]:
        revoked = 0
        for number in races.rounds:
            if found := race_to_revoke(number):
                revoked += 1
                yield found
        races.require_a_winner(revoked)

    return run


@pytest.fixture(scope="session")
def liveness_of(liveness: Liveness) -> Callable[[Sequence[Answer]], str]:
    """Says how many of the access tokens in answers work, as far as that can be seen. For messages."""

    def tell(answers: Sequence[Answer]) -> str:
        try:
            alive = sum(bool(liveness.is_alive(answer.access_token or "")) for answer in answers)
        except (CannotTest, NotOffered) as why:
            return f"whether they work cannot be seen ({why})"
        return f"{alive} of them work"

    return tell


@pytest.fixture(scope="session")
def ends_tokens_on_replay(redeem: Redeem, code_for: CodeFor, code_client: Client, liveness: Liveness) -> None:
    """The server was seen to end the tokens of a code that comes again later."""
    code = code_for(code_client)
    answer = redeem(code).require_success("The first exchange was refused")
    liveness.require_alive(answer.access_token or "")
    redeem(code)
    if not liveness.is_dead(answer.access_token or ""):
        raise NotOffered(
            "The server leaves tokens alive when their code comes again later; another check tells of that.",
            "a server that ends them",
        )


@pytest.fixture(scope="session")
def refresh_client(clients: Clients, grant_for: GrantFor, refresh: Refresh) -> Client:
    """A confidential client that was seen to refresh in the usual way."""
    client = clients.confidential("refresh_token")
    require_a_refresh(client, refresh, grant_for)
    return client


@pytest.fixture(scope="session")
def public_client(clients: Clients, grant_for: GrantFor, refresh: Refresh) -> Client:
    """A public client that was seen to refresh in the usual way."""
    client = clients.public("refresh_token")
    require_a_refresh(client, refresh, grant_for)
    return client


@pytest.fixture(scope="session")
def refuses_reuse(public_client: Client, grant_for: GrantFor, refresh: Refresh, target: Target) -> None:
    """The server was seen to replace a public client's refresh token, and to refuse the old one soon afterwards."""

    def is_taken_again(seconds: float) -> bool:
        old = grant_for(public_client).refresh_token
        new = refresh(old, as_=public_client).require_success("Refreshing was refused").refresh_token
        if new is None or new == old:
            raise NotOffered("The server does not rotate refresh tokens.", "a server that rotates them")
        time.sleep(seconds)
        return bool(refresh(old, as_=public_client).grants_a_token)

    if target.times.get("refresh_grace") or (is_taken_again(0.0) and is_taken_again(NO_WINDOW_SECONDS)):
        raise NotOffered(
            "The server takes a refresh token again that was just replaced, in a window for retries.",
            "a server, or a client of it, without such a window",
        )


@pytest.fixture(scope="session")
def refreshed_then_revoked(
    refresh_client: Client,
    grant_for: GrantFor,
    refresh: Refresh,
    revocation: RevocationEndpoint,
    liveness: Liveness,
) -> Serial:
    """What the server was seen to end so."""

    def run() -> tuple[str, Answer]:
        old = grant_for(refresh_client).refresh_token
        answer = refresh(old, as_=refresh_client).require_success("Refreshing was refused")
        revocation.revoke(old, as_=refresh_client).require_success("The revocation was refused")
        liveness.settle()
        return old, answer

    old, _ = run()
    ends_the_token = not refresh(old, as_=refresh_client).grants_a_token
    _, again = run()  # another grant, for presenting the old token may itself have ended the new one
    new = again.refresh_token
    return Serial(
        ends_the_token=ends_the_token,
        ends_the_replacement=new is not None and not refresh(new, as_=refresh_client).grants_a_token,
        ends_the_access_token=_is_dead(liveness, run()[1].access_token or ""),
    )


def _is_dead(liveness: Liveness, token: str) -> bool:
    """Whether an access token was seen dead; no where that cannot be seen."""
    try:
        return bool(liveness.is_dead(token))
    except NotOffered:
        return False


@pytest.fixture(scope="session")
def revokes_whole_grants(
    refresh_client: Client, grant_for: GrantFor, revocation: RevocationEndpoint, liveness: Liveness
) -> None:
    """The server was seen to end the access token of a grant with its refresh token."""
    grant = grant_for(refresh_client)
    liveness.require_alive(grant.access_token)
    revocation.revoke(grant.refresh_token, as_=refresh_client).require_success("The revocation was refused")
    if not liveness.is_dead(grant.access_token):
        raise NotOffered(
            "The server leaves access tokens alive when their refresh token is revoked; another check tells of that.",
            "a server that ends them",
        )


@pytest.fixture(scope="session")
def fresh_token(
    request: pytest.FixtureRequest,
    liveness: Liveness,  # noqa: ARG001 - so that it ends with the server that it gets tokens of
) -> Callable[[], tuple[Client, str]]:
    """Gets a live access token with the client it belongs to: by client credentials, else by the owner's consent."""
    return lambda: own_or_granted(request, "code_client")


@pytest.fixture(scope="session")
def revokes_access_tokens(
    fresh_token: Callable[[], tuple[Client, str]], revocation: RevocationEndpoint, liveness: Liveness
) -> None:
    """The server was seen to revoke an access token; it may say instead that it does not (RFC 7009 section 2.2.1)."""
    client, token = fresh_token()
    answer = revocation.revoke(token, as_=client)
    if answer.error == "unsupported_token_type":
        raise NotOffered("The server does not revoke access tokens.", "a server that does so")
    answer.require_success("The revocation of an access token was refused")
    if not liveness.is_dead(token):
        raise CannotTest("An access token was still alive after its revocation; another check tells of that.")
