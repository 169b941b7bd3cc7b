"""The steps of a history: what clients and owners do at the target, told in plain words and held against the model.

Which steps are taken, and in which order, is machine.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from conformance.checks.lifecycle.events import Event
from conformance.checks.lifecycle.grants import Claim, Grant, Token
from conformance.checks.lifecycle.history import History
from conformance.checks.lifecycle.kinds import Kind
from conformance.checks.lifecycle.model import (
    Finding,
    Law,
    exchange_finding,
    refused_resource,
    resource_finding,
    scope_finding,
    words,
)
from conformance.checks.lifecycle.participants import Participants
from conformance.checks.support.controls import Code
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

MOST_MOVED = 20.0
"""Seconds by which a run moves the target's clock on: what other checks date by ours is not to grow stale."""


class Steps(History):
    """A history, and the steps that lead on from it."""

    def __init__(self, participants: Participants, *, wanted: Callable[[Finding], bool]) -> None:
        super().__init__(participants, wanted=wanted)
        self._codes: dict[Token, Code] = {}

    # -- grants

    def allows(
        self, owner: str, client: Client, scope: str | None = None, *, resources: Sequence[str] = ()
    ) -> Grant:
        """An owner allows a client something; the client holds a code."""
        grant = Grant(client=client.name, owner=owner, resources=tuple(resources))
        now = self.now
        code = self.participants.codes[owner](client, scope=scope, resources=resources)
        life = client.code_seconds or self.participants.code_seconds
        for other in self.model.grants:
            other.disturbed |= (other.owner, other.client) == (owner, client.name)
        self.model.grants.append(grant)
        token = self.model.add(grant, Kind.CODE, code.value, ends=now + life)
        self._codes[token] = code
        asked = f' "{scope or client.scope}"' if scope or client.scope else ""
        asked += f" for {words(resources)}" if resources else ""
        self.tells(f"{owner} allows {client.name}{asked}: {token}.")
        self.happens(Event.ALLOWED, token)
        return grant

    def redeems(self, grant: Grant, *, as_: Client | None = None, resource: str | None = None) -> None:
        """A client exchanges the code of a grant, for the first time or again.

        as_: a client that it is not for; resource: what the token is asked for, None where that is not said.
        """
        code, client = grant.code, self.participants.clients[grant.client]
        if code is None:
            return
        self.clears_doubts(grant)
        self.model.at(self.now)
        if self.model.expects(code) is not True:
            self.participants.liveness.settle()
        began = self.now
        answer = self.participants.redeem(self._codes[code], as_=as_ or client, resource=resource)
        again = (" again" if code.spent else "") + (f" for {resource}" if resource else "")
        came = self._takes(grant, answer, began=began) if as_ is None else []
        self.tells(f"{(as_ or client).name} redeems {code}{again}: {_outcome(answer, came)}.")
        if as_ is not None:
            self.judges(_of_another(answer, code, as_))
            self.happens(Event.CODE_OF_ANOTHER, code)
        elif answer.grants_a_token:
            self.sees(code, alive=True)
            self.happens(Event.REDEEMED, code)
            code.spent = True
            self._begins(came, asked=None)
            self._aims(came, answer, resource)
        elif resource is not None and not code.spent and answer.error == "invalid_target":
            code.claim, code.pending = Claim.OPEN, None
            self.judges(refused_resource(grant, answer, resource))
        elif code.spent:
            self.happens(Event.REPLAYED, code)
        elif answer.error == "invalid_grant":
            self.sees(code, alive=False)

    def gets_own_token(self, client: Client) -> Grant | None:
        """A client gets a token on its own behalf: nothing that an owner does to her grants touches it."""
        began = self.now
        answer = self.participants.own_token(client)
        if answer.access_token is None or self.model.find(answer.access_token, Kind.ACCESS):
            return None
        grant = Grant(client=client.name, owner=None)
        self.model.grants.append(grant)
        came = self._takes(grant, answer, began=began)
        self.tells(f"{client.name} gets a token on its own behalf: {_outcome(answer, came)}.")
        self.happens(Event.ALLOWED, came[0])
        self._begins(came, asked=None)
        return grant

    def _takes(self, grant: Grant, answer: Answer, *, began: float) -> list[Token]:
        """Note the tokens of an answer that were not handed out before."""
        came = []
        life = answer.members.get("expires_in")
        client = self.participants.clients[grant.client]
        lives = {
            Kind.ACCESS: life if isinstance(life, int | float) else client.access_token_seconds,
            Kind.REFRESH: client.refresh_token_seconds or self.participants.refresh_seconds,
        }
        for kind, value in ((Kind.ACCESS, answer.access_token), (Kind.REFRESH, answer.refresh_token)):
            if value is not None and self.model.find(value, kind) is None:
                seconds = lives[kind]
                ends = None if seconds is None else began + seconds
                came.append(self.model.add(grant, kind, value, ends=ends))
        return came

    def _begins(self, came: Iterable[Token], *, asked: str | None) -> None:
        """Look at new tokens, and hold the scope of an access token against that of its grant."""
        self.model.at(self.now)
        for token in came:
            if token.kind is Kind.REFRESH:
                self._learns_whether_shown(token)
            elif (
                len(token.grant.of(Kind.ACCESS)) == 1
                and self.model.expects(token)
                and self.can_be_seen(token)
            ):
                self.participants.liveness.require_alive(token.value)
            self.look(token)
            if token.kind is Kind.ACCESS and token.scope is not None and not token.grant.resources:
                grant = token.grant
                if grant.scope is None and asked is None:
                    grant.scope = token.scope
                told = f"Introspection tells the scope {words(token.scope)} of {token}."
                self.judges(scope_finding(grant, token.scope, narrowed=asked is not None), telling=told)

    def _aims(self, came: Iterable[Token], answer: Answer, resource: str | None) -> None:
        """Hold the audience of a new access token against the resources of its grant."""
        tell = self.participants.audience_of
        for token in came if tell is not None else ():
            if token.kind is not Kind.ACCESS or not token.grant.resources or tell is None:
                continue
            try:
                audience = tell(answer)
            except NotOffered:
                continue  # nothing tells of this one: a server may give one for itself where no resource is named
            told = frozenset(uri for uri, names in self.participants.resources.items() if names & audience)
            self.judges(resource_finding(token, told, resource))

    def _learns_whether_shown(self, token: Token) -> None:
        known, endpoint = self.participants.memory.shows_refresh, self.participants.introspection
        if token.grant.client not in known and endpoint is not None and not token.grant.resources:
            known[token.grant.client] = endpoint.introspect(token.value).members.get("active") is True

    # -- refreshing

    def refreshes(
        self, token: Token, *, scope: str | None = None, resource: str | None = None, times: int = 1
    ) -> None:
        """The client exchanges a refresh token, and those that replace it, some times in a row."""
        first = token
        for nth in range(1, times + 1):
            if not self._refreshes_once(token, scope, resource):
                return
            if nth > 1:
                outcome = self.steps.pop().partition(": ")[2]
                self.steps[-1] = (
                    f"{first.grant.client} refreshes {nth} times in a row, first with {first}: {outcome}"
                )
            token = token.grant.current or token

    def _refreshes_once(self, token: Token, scope: str | None, resource: str | None) -> bool:
        grant, client = token.grant, self.participants.clients[token.grant.client]
        self.model.at(self.now)
        if self.model.expects(token) is not True:
            self.clears_doubts(grant)
            self.participants.liveness.settle()
        began = self.now
        answer = self.participants.refresh(token.value, as_=client, scope=scope, resource=resource)
        came = self._takes(grant, answer, began=began)
        asked = (f' for "{scope}"' if scope else "") + (f" for {resource}" if resource else "")
        self.tells(f"{client.name} refreshes with {token}{asked}: {_outcome(answer, came)}.")
        if answer.grants_a_token:
            event = Event.REUSED if token.spent else Event.REFRESHED
            self.sees(token, alive=True)
            if any(new.kind is Kind.REFRESH for new in came):
                token.spent, token.claim, token.pending = True, Claim.OPEN, None
            self.happens(event, token)
            self._begins(came, asked=scope)
            self._aims(came, answer, resource)
        elif (scope or resource) is not None and not token.spent and token.claim is not Claim.ENDED:
            self.judges(refused_resource(grant, answer, resource))
            self.happens(Event.REFRESH_REFUSED, token)
        else:
            if answer.error == "invalid_grant":
                self.sees(token, alive=False)
            self.happens(Event.NOT_REFRESHED, token)
        return bool(answer.grants_a_token)

    def refreshes_as(self, other: Client, token: Token) -> None:
        """Another client presents a refresh token."""
        self.clears_doubts(token.grant)
        answer = self.participants.refresh(token.value, as_=other)
        self.tells(f"{other.name} refreshes with {token}: {_outcome(answer, [])}.")
        self.judges(_of_another(answer, token, other))
        self.happens(Event.REFRESH_OF_ANOTHER, token)

    # -- exchanging (RFC 8693)

    def exchanges(self, token: Token, *, scope: str | None = None, resource: str | None = None) -> None:
        """The client exchanges one of its access tokens for another one, for less scope or another resource."""
        grant, client = token.grant, self.participants.clients[token.grant.client]
        exchange = self.participants.exchange
        if exchange is None or client.name not in self.participants.exchanging:
            return
        self.clears_doubts(grant)
        self.model.at(self.now)
        ended = token.claim is Claim.ENDED
        if ended:
            self.participants.liveness.settle()
        began = self.now
        answer = exchange(token.value, as_=client, scope=scope, resource=resource)
        asked = (f' for "{scope}"' if scope else "") + (f" for {resource}" if resource else "")
        self.tells(f"{client.name} exchanges {token}{asked}: {_outcome(answer, [])}.")
        if not answer.grants_a_token:
            return
        self.participants.memory.exchanged = True
        if ended:
            told = f"{str(token).capitalize()} is exchanged, though it ended in {token.ended_in}."
            self.judges(Finding(law=Law.ENDED_EXCHANGED, kind="ended and exchanged", sentence=told))
        self.happens(Event.EXCHANGED, token)
        self._given(token, answer, began, elsewhere=resource is not None)

    def _given(self, token: Token, answer: Answer, began: float, *, elsewhere: bool) -> None:
        """Note what a token was exchanged for, where it can be seen to live, and hold its scope against the other's."""
        value, life = answer.access_token, answer.members.get("expires_in")
        known = any(each.value == value for each in self.model.tokens)
        if value is None or known or not self.participants.liveness.is_alive(value):
            return  # one for another service may be shown to nobody here
        ends = began + life if isinstance(life, int | float) else None
        new = self.model.add(token.grant, Kind.EXCHANGED, value, ends=ends)
        new.source = token
        self.steps[-1] = self.steps[-1].replace(": a token.", f": {new}.")
        self.look(new)
        if not elsewhere and new.scope is not None:
            told = f"Introspection tells the scope {words(new.scope)} of {new}."
            self.judges(exchange_finding(token, new), telling=told)

    # -- ending

    def revokes(self, token: Token, *, as_: Client | None = None, hint: str | None = None) -> None:
        """A client asks that a token be revoked; as_: a client that it was not issued to."""
        if self.participants.revocation is None:
            return
        self.clears_doubts(token.grant)
        client = as_ or self.participants.clients[token.grant.client]
        answer = self.participants.revocation.revoke(token.value, as_=client, hint=hint)
        hinted = f" (token_type_hint {hint})" if hint else ""
        self.tells(f"{client.name} revokes {token}{hinted}: {answer.status}{_error(answer)}.")
        if as_ is not None:
            self.happens(Event.REVOKED_BY_ANOTHER, token)
        elif answer.is_success:
            self.happens(Event.REVOKED, token)
        elif answer.error != "unsupported_token_type":
            self.happens(Event.REVOCATION_REFUSED, token)

    def takes_back(self, grant: Grant) -> None:
        """The owner takes back what she allowed the client of this grant."""
        act, owner = self.participants.take_back, grant.owner
        if act is not None and owner is not None and act(owner, self.participants.clients[grant.client]):
            self.tells(f"{owner} takes back what she allowed {grant.client}.")
            self.happens(Event.TAKEN_BACK, grant.tokens[0])

    def waits(self, seconds: float) -> None:
        """Time passes."""
        time, memory = self.participants.liveness.server_time, self.participants.memory
        if time.has_hook and memory.moved + seconds > MOST_MOVED:
            return
        time.let_pass(seconds)
        memory.moved += seconds
        self.tells(f"{seconds:g} seconds pass.")
        brief = [
            token for token in self.model.tokens if token.ends is not None and token.ends < self.now + 60.0
        ]
        self.look_at(brief)

    def ends(self) -> None:
        """See what came of every token: what can be seen is looked at, live codes and refresh tokens are used."""
        self.look_at_all()
        for grant in self.model.grants:
            code, token = grant.code, grant.current
            if code is not None and code.claim is not Claim.ENDED:
                self.redeems(grant)
            if token is not None and self.model.expects(token) is True:
                self.refreshes(token)


def _of_another(answer: Answer, token: Token, client: Client) -> Finding | None:
    if not answer.grants_a_token:
        return None
    told = f"{str(token).capitalize()} works for {client.name}, and was issued to {token.grant.client}."
    return Finding(law=Law.BINDING, kind=f"{token.kind} of another client", sentence=told)


def _outcome(answer: Answer, came: Sequence[Token]) -> str:
    if answer.grants_a_token:
        return ", ".join(str(token) for token in came) or "a token"
    return f"refused ({answer.status}{_error(answer)})"


def _error(answer: Answer) -> str:
    return f" {answer.error}" if answer.error else ""
