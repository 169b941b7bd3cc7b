"""What a server owes after each step of a history: a pure model of grants, codes and tokens. It sends nothing.

Where the RFCs leave a choice, the model learns what the server does the first time, and expects the same from then on.
How a step is taken is steps.py's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.checks.lifecycle.events import Choice, Choices, Effect, Event, effect
from conformance.checks.lifecycle.grants import Claim, Grant, Token, relation
from conformance.checks.lifecycle.kinds import Kind, Relation
from fixtures.http.exchange import Answer


class Law(StrEnum):
    """What a disagreement is about: each is judged by a check of its own."""

    ACCESS_ENDED = "an access token that ended works"
    REFRESH_ENDED = "a refresh token that ended works"
    CODE_ENDED = "a code that ended works"
    TOKEN_ALIVE = "a token that nobody ended is dead"
    CODE_ALIVE = "a code that nobody ended is dead"
    MORE_SCOPE = "a grant gets more scope"
    LESS_SCOPE = "a grant loses scope"
    MORE_BY_EXCHANGE = "an exchange gives more scope"
    ENDED_EXCHANGED = "a token that ended is exchanged"
    MORE_RESOURCES = "a grant gets more resources"
    LESS_RESOURCES = "a grant loses resources"
    IDENTITY = "a token tells of another owner or client"
    BINDING = "a code or token works for another client"
    CHOICE = "what a revocation or a refresh ends changes"
    CHOICE_OF_REPLAY = "what the replay of a code ends changes"


ENDED = {
    Kind.ACCESS: Law.ACCESS_ENDED,
    Kind.EXCHANGED: Law.ACCESS_ENDED,
    Kind.REFRESH: Law.REFRESH_ENDED,
    Kind.CODE: Law.CODE_ENDED,
}
ALIVE = {
    Kind.ACCESS: Law.TOKEN_ALIVE,
    Kind.EXCHANGED: Law.TOKEN_ALIVE,
    Kind.REFRESH: Law.TOKEN_ALIVE,
    Kind.CODE: Law.CODE_ALIVE,
}
ABOUT_CODES = frozenset({Event.REPLAYED, Event.CODE_OF_ANOTHER})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The server and the model disagree. kind: what two findings of one cause have in common."""

    law: Law
    kind: str
    sentence: str


@dataclass(kw_only=True)
class Model:
    """The grants of one history. choices: shared by all histories of a run.

    leeway: seconds that the server lets a token live on after its lifetime; None when nobody says.
    """

    choices: Choices = field(default_factory=Choices)
    leeway: float | None = None
    grants: list[Grant] = field(default_factory=list)

    @property
    def tokens(self) -> list[Token]:
        """All of them, grant by grant."""
        return [token for grant in self.grants for token in grant.tokens]

    def find(self, value: str, kind: Kind) -> Token | None:
        """The token of that value, where the server handed it out before."""
        return next((token for token in self.tokens if token.value == value and token.kind is kind), None)

    def add(self, grant: Grant, kind: Kind, value: str, *, ends: float | None = None) -> Token:
        """A token that was just issued."""
        number = 1 + sum(token.kind is kind for token in self.tokens)
        token = Token(kind=kind, number=number, value=value, grant=grant, ends=ends)
        grant.tokens.append(token)
        return token

    def happened(self, event: Event, subject: Token, *, step: str, sentence: str = "") -> list[Token]:
        """Take in what a step came to. The tokens that it touched are given back, for they are to be looked at.

        step: how a finding refers to it; sentence: the step as a finding words it.
        """
        touched, state = [], subject.state
        for token in self.tokens:
            near = relation(subject, token)
            what = effect(event, near, token.kind)
            if token.claim is Claim.ENDED or what is Effect.NONE:
                continue
            if what is Effect.ENDS:
                token.claim, token.pending, token.ended_in = Claim.ENDED, None, step
            else:
                doubted = token.claim is Claim.OPEN or what is Effect.MAY_END
                token.claim = Claim.OPEN
                token.pending = None if doubted else _choice(event, subject, state, near, token)
                token.pending_step = sentence
            touched.append(token)
        return touched

    def at(self, now: float) -> None:
        """Take in what time it is: lifetimes end, and near the end nobody knows."""
        for token in self.tokens:
            source = token.source
            if source is not None and source.claim is Claim.ENDED and token.claim is Claim.LIVES:
                token.claim, token.pending = Claim.OPEN, None  # it may end with what it was exchanged for
            if token.claim is Claim.ENDED or token.ends is None or now < token.ends - 1.0:
                continue
            if self.leeway is not None and now >= token.ends + self.leeway + 1.0:
                token.claim, token.pending, token.ended_in = Claim.ENDED, None, "the end of its lifetime"
            else:
                token.claim, token.pending = Claim.OPEN, None

    def expects(self, token: Token) -> bool | None:
        """Whether the token is expected to work; None where the server is free, or its choice is not known yet."""
        if token.claim is not Claim.OPEN:
            return token.claim is Claim.LIVES
        # Whether an owner's two consents are one grant may hang on her session, which no client sees.
        of_another = token.pending is not None and token.pending.relation is Relation.PAIR
        ends = self.choices.ends(token.pending) if token.pending and not of_another else None
        return None if ends is None else not ends

    def seen(self, token: Token, *, alive: bool, step: str) -> Finding | None:
        """Take in whether a token works; a Finding where that contradicts the model, which then believes its eyes."""
        finding = self._contradiction(token, alive=alive)
        if token.pending is not None:
            self.choices.learn(token.pending, ended=not alive, sentence=token.pending_step)
        token.pending = None
        if not alive:
            token.ended_in = token.ended_in or step
            token.claim = Claim.ENDED
        elif finding is not None or token.spent:
            token.claim = Claim.OPEN
        else:
            token.claim = Claim.LIVES
        return finding

    def _contradiction(self, token: Token, *, alive: bool) -> Finding | None:
        expected = self.expects(token)
        if expected is None or expected == alive:
            return None
        if token.claim is Claim.ENDED:
            return Finding(
                law=ENDED[token.kind],
                kind=f"{token.kind} works",
                sentence=f"{_capital(token)} works, though it ended in {token.ended_in}.",
            )
        if token.claim is Claim.LIVES:
            return Finding(
                law=ALIVE[token.kind],
                kind=f"{token.kind} is dead",
                sentence=f"{_capital(token)} does not work any more, and nothing happened that may end it.",
            )
        told = self.choices.made[token.pending][1] if token.pending else ""
        then, now = ("lived on", "ended") if expected else ("ended", "lives on")
        return Finding(
            law=Law.CHOICE_OF_REPLAY if token.pending and token.pending.event in ABOUT_CODES else Law.CHOICE,
            kind=str(token.pending),
            sentence=f"{_capital(token)} {now}. One {then} in the like case before: {told} The case: {token.pending}.",
        )


def _choice(event: Event, subject: Token, state: str, near: Relation, token: Token) -> Choice:
    return Choice(
        event=event,
        subject=subject.kind,
        state=state,
        client=subject.grant.client,
        relation=near,
        kind=token.kind,
        latest=token.is_latest,
    )


def _capital(token: Token) -> str:
    return str(token).capitalize()


def scope_finding(grant: Grant, seen: frozenset[str], *, narrowed: bool) -> Finding | None:
    """A Finding where a token of a refresh has more scope than the grant, or less though the refresh named none.

    narrowed: whether the refresh named a scope (RFC 6749 section 6).
    """
    if grant.scope is None:
        return None
    more, less = seen - grant.scope, grant.scope - seen
    if more:
        told = f"It has {words(more)} beyond {words(grant.scope)}, which the owner allowed."
        return Finding(law=Law.MORE_SCOPE, kind="more scope", sentence=told)
    if less and not narrowed and not grant.disturbed:
        told = f"It lacks {words(less)} of {words(grant.scope)}, which the owner allowed, and no less was asked for."
        return Finding(law=Law.LESS_SCOPE, kind="less scope", sentence=told)
    return None


def exchange_finding(subject: Token, new: Token) -> Finding | None:
    """A Finding where a token that was exchanged has more scope than the one that it was exchanged for."""
    if subject.scope is None or new.scope is None or not new.scope - subject.scope:
        return None
    told = f"It has {words(new.scope - subject.scope)} beyond {words(subject.scope)}, which {subject} has."
    return Finding(law=Law.MORE_BY_EXCHANGE, kind="more scope by exchange", sentence=told)


def resource_finding(token: Token, told: frozenset[str], asked: str | None) -> Finding | None:
    """A Finding where a token is for a resource that its grant is not for, or not for the one that was asked for.

    told: the resources that the token is for; asked: the one that the request named, None where it named none.
    """
    granted = token.grant.resources
    more = told - set(granted)
    if more:
        sentence = f"{_capital(token)} is for {words(more)}, and the owner allowed {words(granted)}."
        return Finding(law=Law.MORE_RESOURCES, kind="more resources", sentence=sentence)
    if asked in granted and asked not in told:
        sentence = f"{_capital(token)} is not for {asked}, which was asked for and which the owner allowed."
        return Finding(law=Law.LESS_RESOURCES, kind="less resources", sentence=sentence)
    return None


def refused_resource(grant: Grant, answer: Answer, asked: str | None) -> Finding | None:
    """A Finding where a resource is called invalid that the owner allowed."""
    if asked not in grant.resources or answer.error != "invalid_target":
        return None
    sentence = f"{asked} is refused as an invalid target, and the owner allowed {words(grant.resources)}."
    return Finding(law=Law.LESS_RESOURCES, kind="resource refused", sentence=sentence)


def words(scope: Iterable[str]) -> str:
    """Scope values as a finding writes them."""
    return " ".join(sorted(scope)) or "no scope"
