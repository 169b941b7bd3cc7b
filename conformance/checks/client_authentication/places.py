"""Where a client authenticates: the endpoints, and requests there that are right but for the credentials.

A place never judges. It says whether a request was served, and what was answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from fixtures import assertion
from fixtures.endpoints import Endpoint, Headers
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.fact import Fact, fact
from fixtures.target import Client
from fixtures.target.clients import Clients

Check = TypeVar("Check", bound=Callable[..., Any])

SPEAK_OF_THE_REQUEST = frozenset(
    {
        "invalid_scope",
        "unsupported_grant_type",
        "unauthorized_client",
        "invalid_grant",
        "unsupported_token_type",
    }
)
"""Errors of a request whose client was let in (RFC 6749 section 5.2): they say nothing against its credentials."""
BASIC, POST, JWT = "client_secret_basic", "client_secret_post", "private_key_jwt"
ONCE = "Write WWW-Authenticate by the grammar of RFC 9110 section 11.6.1, with each parameter once in a challenge."
"""What a fix looks like where a challenge is malformed."""

SERVES_RIGHT_CREDENTIALS_ONLY = {
    "token": "6749-4.4.2-05",
    "revocation": "7009-2.1-S03",
    "introspection": "7662-4-07",
}
"""For each place the statement that a client with wrong credentials is not served there."""


def at(fixture: str = "place", /, **rows: Mapping[str, str]) -> Callable[[Check], Check]:
    """Run a check at each of the places named, with what it is evidence for there.

    fixture: that takes the name of the place. rows: for each of token, revocation and introspection, the id of a
    requirement and the fault that breaks it.
    """
    parameters = [
        pytest.param(
            name,
            marks=[
                pytest.mark.requirement(identifier, broken_by=fault) for identifier, fault in cited.items()
            ],
            id=name,
        )
        for name, cited in rows.items()
    ]

    def mark(check: Check) -> Check:
        marked: Check = pytest.mark.parametrize(fixture, parameters, indirect=True)(check)
        return marked

    return mark


PREFIXES = {"token": "client", "revocation": "revoke", "introspection": "introspect"}
"""How the fault is called at each place that leaves the same thing unchecked at all of them."""


def at_every_place(requirement: str | Mapping[str, str], fault: str) -> Callable[[Check], Check]:
    """Run a check at all three places.

    requirement: what it is evidence for, one statement for all places or one for each. fault: without its prefix, which
    is client- at the token endpoint, revoke- and introspect- at the others.
    """
    row = dict.fromkeys(PREFIXES, requirement) if isinstance(requirement, str) else requirement
    return at(**{place: {row[place]: f"{prefix}-{fault}"} for place, prefix in PREFIXES.items()})


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What became of one request. got_served: whether the endpoint did what it does for an authenticated client."""

    got_served: bool
    answer: Answer

    @property
    def served(self) -> Fact:
        """Whether the endpoint did what it does for an authenticated client."""
        served, refused = (
            "an accepted request, since the client's credentials are valid",
            "a refusal of the credentials",
        )
        return Fact(self.got_served, served, refused, self.answer)

    @property
    def refused(self) -> Fact:
        """Whether the request was refused on purpose: not served, and no failure of the server either."""
        expected = "a refusal of the credentials, and no failure of the server (status 5xx)"
        return fact(not self.got_served and not self.answer.is_failure, expected, self.answer)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.answer.status

    @property
    def error(self) -> str | None:
        """The error code of the answer."""
        return self.answer.error


@dataclass(frozen=True, kw_only=True)
class Place:
    """One endpoint, and a request there that only the credentials can make wrong.

    callers: the clients that the target file entitles to this request; others: clients that may be entitled too.
    request_of: the parameters of such a request for a client, made afresh each time. was_served: reads the answer.
    require_heed: NotOffered where the endpoint looks at no credentials at all.
    tells_nothing: whether a request that seems to be served may have been refused before anybody looked at who asks.
    """

    name: str
    endpoint: Endpoint
    callers: Sequence[Client]
    others: Sequence[Client]
    request_of: Callable[[Client], Mapping[str, str | None]]
    was_served: Callable[[Answer, Mapping[str, str | None]], bool]
    require_heed: Callable[[], None] = lambda: None
    tells_nothing: Callable[[Mapping[str, str | None]], bool] = lambda _wanted: False

    def ask(
        self,
        client: Client,
        *,
        as_: Client | None,
        auth: str | None = None,
        headers: Headers = (),
        more: Mapping[str, str] | None = None,
        query: str = "",
        crash_counts: bool = False,
    ) -> Attempt:
        """Send the request of `client` with the credentials of `as_`, None for none.

        more: parameters beside it. query: what is added to the endpoint's URL.
        """
        wanted = self.request_of(client)
        answer = self.endpoint.post(
            {**wanted, **(more or {})},
            as_=as_,
            auth=auth,
            headers=headers,
            query=query,
            crash_counts=crash_counts,
        )
        served = self.was_served(answer, wanted)
        if served and self.tells_nothing(wanted) and as_ != client:
            raise NotOffered(
                "A made-up code was refused for what it is, perhaps before anybody looked at who asks.",
                "[owners.alice], who allows a code; or a client with the grant client_credentials",
            )
        return Attempt(got_served=served, answer=answer)

    def client(self, auth: str) -> Client:
        """A client that the target file entitles, and registers for this authentication method."""
        for client in self.callers:
            if client.auth == auth:
                return client
        raise self._nobody(auth)

    def admitted(self, auth: str) -> Client:
        """A client that authenticates by this method, after its request was served for that: the positive control."""
        client = self.served(auth)
        self.require_heed()
        return client

    def served(self, auth: str) -> Client:
        """A client that authenticates by this method, after its request was served, for whatever reason."""
        for client in self.callers:
            if client.auth == auth:
                attempt = self.ask(client, as_=client)
                if attempt.served:
                    return client
                raise CannotTest(
                    f"The {self.name} endpoint does not serve {client.name} by {auth}: {attempt.answer.brief}.",
                    f"Do id, secret or key, auth, grants and scope of [clients.{client.name}] match the server?",
                )
        for client in self.others:
            with suppress(CannotTest):  # nobody said that it is entitled
                if client.auth == auth and self.ask(client, as_=client).served:
                    return client
        raise self._nobody(auth)

    def _nobody(self, auth: str) -> NotOffered:
        more = ' named as [introspection] client = ".."' if self.name == "introspection" else ""
        return NotOffered(
            f"The target file has no client that uses the {self.name} endpoint and authenticates by {auth}.",
            f'a [clients.NAME] with auth = "{auth}", grants = ["client_credentials"]{more}',
        )


def vouch_for(client: Client, endpoints: Sequence[Endpoint]) -> None:
    """Raise CannotTest unless one of the endpoints takes the client's credentials in some way: then they are right.

    Called once a request with these credentials was refused, before that is held against the server.
    """
    wrong = (
        client.with_secret("not-the-secret")
        if client.secret
        else replace(client, key=assertion.new_key(client.algorithm))
    )
    for endpoint in endpoints:
        ways = (BASIC, POST) if client.secret else (client.auth,)
        if not _accepted(endpoint, wrong, ways[0]) and any(
            _accepted(endpoint, client, auth) for auth in ways
        ):
            return
    raise CannotTest(
        f"No endpoint takes the credentials of {client.name}, in any way that was tried.",
        f"Do id, secret or key and auth of [clients.{client.name}] match the server?",
    )


def ask_with_credentials_that_count(place: Place, client: Client, endpoints: Sequence[Endpoint]) -> Attempt:
    """The client's own request; where it is not served, its credentials were taken at another of the endpoints."""
    attempt = place.ask(client, as_=client)
    if not attempt.served:
        if attempt.error in SPEAK_OF_THE_REQUEST:
            raise CannotTest(
                f"The refusal speaks of something other than the credentials: {attempt.answer.brief}."
            )
        vouch_for(client, endpoints)
    return attempt


def _accepted(endpoint: Endpoint, client: Client, auth: str) -> bool:
    """Whether the endpoint lets the client in, with a request that does nothing."""
    asked = {"grant_type": "client_credentials"} if endpoint.name == "token" else {"token": "no-such-token"}
    answer = endpoint.post(asked, as_=client, auth=auth)
    return bool(answer.is_success) or answer.error in SPEAK_OF_THE_REQUEST


def ordinary(clients: Clients, grant: str | None = None) -> list[Client]:
    """The confidential clients that a check can use without a thought, of every authentication method."""
    found = []
    for auth in (BASIC, POST, JWT):
        try:
            found.append(clients.confidential(grant, auth=auth))
        except NotOffered:
            continue
    return found


def claims(place: Place, client: Client) -> dict[str, Any]:
    """The claims of a good assertion of the client for this place."""
    return assertion.claims_for(client, place.endpoint.audience, now=place.endpoint.clock())


def signed(client: Client, content: Mapping[str, Any]) -> str:
    """An assertion with these claims, signed as the client signs."""
    return assertion.sign(content, client.key or "", algorithm=client.algorithm, key_id=client.key_id)


def present(
    place: Place,
    client: Client,
    text: str,
    *,
    kind: str = assertion.ASSERTION_TYPE,
    client_id: str | None = None,
    crash_counts: bool = False,
) -> Attempt:
    """Send the client's request with this assertion, its client_id or the one given, and no other credentials."""
    more = {"client_assertion_type": kind, "client_assertion": text, "client_id": client_id or client.id}
    return place.ask(client, as_=None, more=more, crash_counts=crash_counts)


def present_alone(place: Place, client: Client, text: str, *, crash_counts: bool = False) -> Attempt:
    """Send the client's request with this assertion and nothing beside it that names the client."""
    more = {"client_assertion_type": assertion.ASSERTION_TYPE, "client_assertion": text}
    return place.ask(client, as_=None, more=more, crash_counts=crash_counts)
