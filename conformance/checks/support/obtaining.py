"""How a run obtains codes, tokens and grants, and exchanges them: what conftest.py hands to checks as functions.

Each does as a careful client does, and raises CannotTest or NotOffered where it gets nothing. The values themselves,
and how to see whether a token works, are in controls.py.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import EllipsisType

import pytest

from conformance.checks.support.controls import (
    AnswerFor,
    Code,
    CodeFor,
    Grant,
    GrantFor,
    Issued,
    Lasting,
    LastingToken,
    LiveAnswerFor,
    Redeem,
    Refresh,
    ScopeOf,
    TokenFor,
    s256,
)
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.waiting import ROUNDING, Patience
from fixtures.endpoints import (
    AuthorizationEndpoint,
    IntrospectionEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
    Value,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.recorder import Recorder
from fixtures.owner.without_browser import OwnerSession
from fixtures.survey import Survey
from fixtures.target import Client

MOST_GIVEN_BACK = 160
"""Grants that a run revokes at its end: those that were issued last."""
GIVEN_BACK_AT_ONCE = 4
"""Revocations under way at once: each is waited for, and nothing hangs on their order."""


@contextmanager
def given_back(
    revocation: RevocationEndpoint | None, recorder: Recorder, *, most: int = MOST_GIVEN_BACK
) -> Iterator[Issued]:
    """What a run was given; revoked at the end where there is an endpoint for it.

    recorder: of the check that ran last, whose evidence this is not; most: how many grants are revoked.
    """
    kept = Issued()
    yield kept
    if revocation is None:
        return
    over = threading.Event()

    def give_back(issued: tuple[Client, str]) -> None:
        client, value = issued
        try:
            if not over.is_set():
                revocation.revoke(value, as_=client)
        except CannotTest:
            over.set()

    with recorder.aside(), ThreadPoolExecutor(GIVEN_BACK_AT_ONCE) as pool:
        list(pool.map(give_back, kept.tokens[-most:]))


def answers_from(
    token: TokenEndpoint, issued: Issued, consent: Callable[[], GrantFor], survey: Survey
) -> AnswerFor:
    """Gets token answers by client credentials or by the owner's consent: the way first that was seen to work.

    consent: gives what gets tokens by the owner's consent; NotOffered where nobody can be asked.
    """

    def own(client: Client, scope: str | None) -> Answer:
        asking = client.asking_by("client_credentials")
        asked = scope if scope is not None else asking.scope or None
        answer = issued.note(client, token.client_credentials(as_=asking, scope=asked))
        return answer.require_success(
            f"No token for {client.name} by client credentials",
            f"Do id, secret, auth, grants and scope of [clients.{client.name}] match the server?",
        )

    def granted(client: Client, scope: str | None) -> Answer:
        return consent()(client, scope=scope).answer

    by = {"client_credentials": own, "authorization_code": granted}

    def get(
        client: Client,
        *,
        scope: str | None = None,
        grant: str | None = None,
        accept: Callable[[str], bool] = lambda _token: True,
    ) -> Answer:
        problems: list[CannotTest | NotOffered] = []
        usable = [each for each in by if client.may(each) and grant in {None, each}]
        for each in sorted(usable, key=lambda name: survey.rank(client, name)):
            try:
                answer = by[each](client, scope)
                if answer.access_token is None:
                    problems.append(_without_token(client, answer))
                elif accept(answer.access_token):
                    return answer
            except (CannotTest, NotOffered) as problem:
                problems.append(problem)
        raise _no_way(client, problems)

    return get


def _without_token(client: Client, answer: Answer) -> CannotTest:
    return CannotTest(f"The token answer for {client.name} holds no access token: {answer.brief}.")


def _no_way(client: Client, problems: Sequence[CannotTest | NotOffered]) -> CannotTest | NotOffered:
    """Why a client gets no token, once every way was tried."""
    failed = [problem for problem in problems if isinstance(problem, CannotTest)]
    if len(failed) == 1:
        return failed[0]
    if failed:
        return CannotTest(" ".join(f"Tried: {problem.reason}" for problem in failed), failed[0].remedy)
    if problems:
        return problems[0]
    return NotOffered(
        f"[clients.{client.name}] gets no access token by a grant that is known here.",
        f'[clients.{client.name}] grants = ["client_credentials"], or ["authorization_code"] and an owner',
    )


def live_answers(answer_for: AnswerFor, liveness: Liveness) -> LiveAnswerFor:
    """Gets token answers with access tokens that were seen alive where that can be seen."""

    def accept(value: str) -> bool:
        liveness.require_alive(value)
        return True

    return lambda client, *, scope=None: answer_for(client, scope=scope, accept=accept)


def tokens_from(answers: LiveAnswerFor) -> TokenFor:
    """Gets the access tokens of such answers."""
    return lambda client, *, scope=None: answers(client, scope=scope).access_token or ""


def own_or_granted(request: pytest.FixtureRequest, owned: str) -> tuple[Client, str]:
    """A client and a token of its own, alive where that can be seen: by client credentials, else by an owner's consent.

    owned: the fixture of the client that asks for consent.
    """
    try:
        client: Client = request.getfixturevalue("web")
        token_for: TokenFor = request.getfixturevalue("token_for")
        return client, token_for(client)
    except NotOffered:
        asking: Client = request.getfixturevalue(owned)
        grant_for: GrantFor = request.getfixturevalue("grant_for")
        token = grant_for(asking).access_token
        with suppress(NotOffered):
            liveness: Liveness = request.getfixturevalue("liveness")
            liveness.require_alive(token)
        return asking, token


def pairs_from(token_for: TokenFor, liveness: Liveness) -> Callable[[Client], tuple[str, str]]:
    """Gets two tokens that live at once. NotOffered where a client's next token ends the one before."""

    def get(client: Client) -> tuple[str, str]:
        first, second = token_for(client), token_for(client)
        liveness.require_still_alive(first, f"a second token of {client.name}")
        return first, second

    return get


def answers_seen_by(
    introspection: IntrospectionEndpoint, answer_for: AnswerFor, *, as_: Client | None = None
) -> LiveAnswerFor:
    """Gets token answers whose tokens introspection calls active. as_: to whom, None for the entitled caller."""
    caller = as_ or introspection.caller

    def accept(value: str) -> bool:
        answer = introspection.introspect(value, as_=caller)
        if answer.members.get("active") is not True:
            raise CannotTest(
                f"Introspection as {caller.name} does not call a token active that was just issued: {answer.brief}.",
                "Name a client that may see the tokens of the other clients under [introspection] client.",
            )
        return True

    return lambda client, *, scope=None: answer_for(client, scope=scope, accept=accept)


def codes_of(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets authorization codes by the consent of the owner of this session."""

    def get(
        client: Client,
        *,
        scope: str | None = None,
        redirect_uri: str | None = "",
        method: str | None = "S256",
        verifier: str | None = None,
        challenge: str | None = None,
        resources: Sequence[str] = (),
    ) -> Code:
        uri = client.redirect_uri if redirect_uri == "" else redirect_uri
        made = verifier or secrets.token_urlsafe(48)
        sent = challenge or (s256(made) if method == "S256" else made)
        url = authorization.request(
            client,
            redirect_uri=uri,
            scope=scope if scope is not None else client.asking_by("authorization_code").scope or None,
            state=secrets.token_urlsafe(12),
            code_challenge=None if method is None else sent,
            code_challenge_method=method or None,
            resource=resources or None,
        )
        landing = owner_session.opens(url, client.redirect_uris)
        if landing.code:
            return Code(
                value=landing.code,
                client=client,
                redirect_uri=uri,
                verifier=None if method is None else made,
                challenge=None if method is None else sent,
            )
        told = landing.query.get("error", "") if landing.is_at_client else "a page that was not understood"
        why = f"The authorization request of {client.name} ended without a code: {told or landing.uri[:200]}."
        crashed = landing.answer is not None and landing.answer.status >= 500
        if not crashed and (method != "S256" or challenge is not None or uri is None):
            get(client, scope=scope)
            what = "code_challenge_method " + (method or "left out") if method is not None else "no PKCE"
            raise NotOffered(
                f"The server refuses a request with {what}{' and no redirect_uri' if uri is None else ''}. {why}",
                f"a server that allows [clients.{client.name}] such a request",
            )
        raise CannotTest(
            why, f"Do redirect_uris, grants and scope of [clients.{client.name}] match the server?"
        )

    return get


def redeeming_at(token: TokenEndpoint, issued: Issued) -> Redeem:
    """Exchanges authorization codes."""

    def send(code: Code, /, *, as_: Client | EllipsisType | None = ..., **changes: Value) -> Answer:
        client = code.client if isinstance(as_, EllipsisType) else as_
        fields = {**code.fields, **changes}
        return issued.note(client or code.client, token.post(fields, as_=client))

    return send


def refreshing_at(token: TokenEndpoint, issued: Issued) -> Refresh:
    """Exchanges refresh tokens."""

    def send(refresh_token: str, /, *, as_: Client | None, **changes: Value) -> Answer:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        answer = token.refreshing.post(fields, as_=as_)
        return issued.note(as_, answer) if as_ is not None else answer

    return send


def grants_of(redeem: Redeem, code_for: CodeFor) -> GrantFor:
    """Gets tokens by the authorization code grant."""

    def get(client: Client, *, scope: str | None = None, resource: str | None = None) -> Grant:
        code = code_for(client, scope=scope, resources=[resource] if resource else ())
        answer = redeem(code, resource=resource)
        return Grant(
            client=client, answer=answer.require_success(f"The code of {client.name} was not exchanged")
        )

    return get


def scopes_by(liveness: Liveness) -> ScopeOf:
    """Tells which scope the access token of an answer has."""

    def tell(answer: Answer, *, asked: frozenset[str]) -> frozenset[str]:
        if liveness.introspection is not None and answer.access_token is not None:
            told = liveness.introspection.introspect(answer.access_token)
            if told.members.get("active") is True and told.scope is not None:
                return told.scope
        return asked if answer.scope is None else answer.scope

    return tell


LOOKS = 5
"""So many tokens of a short life are got at most until one is seen alive."""


def lasting_tokens(
    answer_for: AnswerFor, patience: Patience, shortest_lived: Callable[[], Client]
) -> LastingToken:
    """Gets tokens that the run can outlive. shortest_lived: gives the client whose tokens end soonest."""

    def get(chosen: Client | None = None) -> Lasting:
        client = chosen or shortest_lived()
        answer = answer_for(client)
        got = patience.time.now()
        told = answer.members.get("expires_in")
        is_told = isinstance(told, int) and not isinstance(told, bool)
        seconds = told if is_told else client.access_token_seconds
        key = '[clients.brief] access_token = "2s", for a client that the server gives such tokens'
        lifetime = patience.require(seconds, f"An access token of {client.name}", key)
        return Lasting(answer.access_token or "", got, lifetime)

    return get


def outlived(get: Callable[[], Lasting], liveness: Liveness) -> Lasting:
    """A token that was seen alive. One that may have been over before anybody looked is no witness: another is got.

    A server counts whole seconds, so a token of one second may be over at once, and a slow server takes longer.
    """
    for _ in range(LOOKS):
        lasting = get()
        if liveness.is_alive(lasting.value):
            return lasting
        if liveness.server_time.now() < lasting.end - ROUNDING:
            liveness.require_alive(lasting.value)
    raise CannotTest(
        f"A token that lives for {lasting.lifetime:g} s was over before the server said whether it is alive, "
        f"{LOOKS} times.",
        'Longer ones: [clients.brief] access_token = "2s", as the server has it.',
    )
