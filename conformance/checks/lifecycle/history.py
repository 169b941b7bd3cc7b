"""A history so far: its steps in words, and what can be seen of its tokens without changing anything.

The steps that change something are steps.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from conformance.checks.lifecycle.events import QUIET, Event
from conformance.checks.lifecycle.grants import Claim, Grant, Token
from conformance.checks.lifecycle.kinds import Kind
from conformance.checks.lifecycle.model import ALIVE, ENDED, Finding, Law, Model, words
from conformance.checks.lifecycle.participants import Participants
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer
from fixtures.target import Client

AT_ONCE = 4
"""Questions about tokens that are under way at once: none of them changes anything."""
ABOUT = ("sub", "username", "client_id")
"""Members of an introspection answer that stay the same for every access token of a grant."""


class Disagreement(Exception):
    """The server contradicts the model. finding: how; steps: the history that led to it."""

    def __init__(self, finding: Finding, steps: Sequence[str]) -> None:
        self.finding = finding
        self.steps = tuple(steps)
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """The history, a numbered line for each step, and what is wrong at its end."""
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, start=1)]
        return "\n".join([*lines, self.finding.sentence])

    def but(self, more: str) -> Disagreement:
        """The same disagreement with a sentence more."""
        return Disagreement(replace(self.finding, sentence=f"{self.finding.sentence} {more}"), self.steps)


class History:
    """The grants of one history at the target, and what is seen of them.

    wanted: which findings end the history; others are passed over.
    """

    def __init__(self, participants: Participants, *, wanted: Callable[[Finding], bool]) -> None:
        self.participants = participants
        self.model = Model(choices=participants.memory.choices, leeway=participants.leeway)
        self.steps: list[str] = []
        self._wanted = wanted
        self._heard: dict[Token, Answer] = {}

    # -- telling and judging

    @property
    def _here(self) -> str:
        return f"step {len(self.steps)}"

    @property
    def now(self) -> float:
        """Seconds, by a clock that goes as that of the target does."""
        return self.participants.liveness.server_time.now()

    def tells(self, step: str) -> None:
        """Add a step to the history: what was heard of tokens before it may hold no longer."""
        self.steps.append(step)
        self._heard.clear()

    def judges(self, finding: Finding | None, *, telling: str = "") -> None:
        """End the history with a Disagreement where there is a finding that is wanted. telling: its last step."""
        if finding is None or not self._wanted(finding):
            return
        raise Disagreement(finding, [*self.steps, telling] if telling else self.steps)

    def sees(self, token: Token, *, alive: bool, telling: str = "") -> None:
        """Take in whether a token works, and judge it."""
        if not alive:
            self.model.at(
                self.now
            )  # what was asked in time may have been answered once the lifetime was over
        finding = self.model.seen(token, alive=alive, step=self._here)
        self.judges(finding, telling=telling)

    def happens(self, event: Event, subject: Token) -> None:
        """Take in what a step came to, and look at what it touched."""
        touched = self.model.happened(event, subject, step=self._here, sentence=self.steps[-1])
        self.look(subject)
        if event is Event.REVOKED and subject.claim is not Claim.ENDED:
            for token in touched:
                token.pending = None  # a revocation that was not done teaches nothing of what one ends
        self.look_at([] if event in QUIET else touched)

    def clears_doubts(self, grant: Grant) -> None:
        """Before a step from which a choice is to be learnt, see what is not known of the tokens that it may touch."""
        pair = (grant.owner, grant.client)
        self.look_at(
            token
            for token in self.model.tokens
            if (token.grant.owner, token.grant.client) == pair and token.claim is Claim.OPEN
        )

    # -- looking

    def look(self, token: Token) -> None:
        """See whether a token works, as far as that can be seen without using it up."""
        if not self.can_be_seen(token):
            return
        self.model.at(self.now)
        answers: list[Answer] = []
        expected = self.model.expects(token)

        def sight() -> bool:
            endpoint = self._endpoint_for(token)
            if endpoint is None:
                return bool(self.participants.liveness.is_alive(token.value))
            answer = self._heard_of(token, expected) or endpoint.introspect(token.value)
            active = answer.members.get("active")
            if answer.status != 200 or not isinstance(active, bool):
                raise CannotTest(
                    f"Introspection does not say whether a token is active: {answer.brief}.",
                    "Name a client that may introspect under [introspection] client.",
                )
            answers.append(answer)
            return active

        alive = self.participants.until(expected, sight)
        told = f"{self._witness} calls {token} {'active' if alive else 'inactive'}."
        self.sees(token, alive=alive, telling=told)
        if alive and answers and not token.kind.is_used_up:
            self._reads(token, answers[-1])

    def _endpoint_for(self, token: Token) -> IntrospectionEndpoint | None:
        """Introspection as a caller who is shown this token; None where liveness has to find out who is."""
        liveness, usual = self.participants.liveness, self.participants.introspection
        if usual is None or token.kind.is_used_up or not liveness.others:
            return usual
        found = liveness.who_saw(token.value)
        return found if isinstance(found, IntrospectionEndpoint) else None

    def look_at(self, tokens: Iterable[Token]) -> None:
        """See of each of these tokens whether it works. What is asked of them is asked side by side."""
        found = list(tokens)
        self._asks_ahead(found)
        for token in found:
            self.look(token)

    def _asks_ahead(self, tokens: Sequence[Token]) -> None:
        """Ask about tokens side by side: far servers are waited for once, and not for each."""
        usual = self.participants.introspection
        if usual is None or self.participants.liveness.propagation:
            return  # each is waited for
        asked = [token for token in tokens if self.can_be_seen(token) and self._endpoint_for(token) is usual]
        if len(asked) < 2:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(usual.introspect, [token.value for token in asked]))
        self._heard = dict(zip(asked, answers, strict=True))

    def _heard_of(self, token: Token, expected: bool | None) -> Answer | None:  # noqa: FBT001 - what is looked for
        """What was heard of a token since the last step. What is not as expected is asked again: it is a finding."""
        answer = self._heard.pop(token, None)
        active = answer.members.get("active") if answer is not None and answer.status == 200 else None
        return answer if isinstance(active, bool) and expected in {active, None} else None

    def look_at_all(self) -> None:
        """See of every access token whether it works, and of every refresh token where that can be seen."""
        self.look_at(self.model.tokens)

    @property
    def _witness(self) -> str:
        return "The resource" if self.participants.introspection is None else "Introspection"

    def can_be_seen(self, token: Token) -> bool:
        """Whether somebody tells if a token works, without using it up."""
        if token.grant.resources and not self.participants.sees_resources:
            return False
        if not token.kind.is_used_up:
            return True
        if token.kind is Kind.CODE or self.participants.introspection is None:
            return False
        if token.spent and token.claim is not Claim.ENDED:
            return False  # it may work for a while where it is used again, whatever introspection says
        return self.participants.memory.shows_refresh.get(token.grant.client, False)

    def _reads(self, token: Token, answer: Answer) -> None:
        """Hold what introspection tells of a live access token against what it told before."""
        grant = token.grant
        about = ABOUT if token.source is None else ()  # an exchange may be for somebody else's sake
        told = {name: answer.members[name] for name in about if answer.members.get(name) is not None}
        for name, value in told.items():
            known = grant.subject.get(name, value)
            if name == "client_id":
                known = self.participants.clients[grant.client].id
            if known != value:
                sentence = f"Its {name} is {value!r}, and was {known!r} when the grant was made."
                told_now = f"Introspection tells {name} {value!r} of {token}."
                self.judges(Finding(law=Law.IDENTITY, kind=name, sentence=sentence), telling=told_now)
        grant.subject = {**told, **grant.subject}
        if answer.scope is not None:
            if token.scope is None:
                token.scope = answer.scope
            elif token.scope != answer.scope:
                sentence = f"Its scope is {words(answer.scope)}, and was {words(token.scope)} before."
                law = Law.MORE_SCOPE if answer.scope - token.scope else Law.LESS_SCOPE
                self.judges(Finding(law=law, kind="other scope", sentence=sentence))

    def asks_as(self, caller: Client, token: Token) -> None:
        """Another caller asks introspection about a token. What it is shown is its own; no dead token is active."""
        endpoint = self.participants.introspection
        if endpoint is None:
            return
        self.model.at(self.now)
        answers: list[Answer] = []

        def sight() -> bool:
            answers.append(endpoint.introspect(token.value, as_=caller))
            return answers[-1].members.get("active") is True

        shown_before = caller.name in token.seen_by and token.claim is Claim.LIVES
        alive = self.participants.until(False if token.claim is Claim.ENDED else shown_before or None, sight)
        if answers[-1].status != 200:
            return
        self.tells(f"{caller.name} asks introspection about {token}: {'active' if alive else 'not active'}.")
        if alive and token.claim is Claim.ENDED:
            told = f"{str(token).capitalize()} is called active, though it ended in {token.ended_in}."
            self.judges(Finding(law=ENDED[token.kind], kind="active to another caller", sentence=told))
        if not alive and shown_before:
            told = f"{caller.name} was told before that {token} is active, and nothing ended it since."
            self.judges(Finding(law=ALIVE[token.kind], kind="inactive to another caller", sentence=told))
        if alive:
            token.seen_by.add(caller.name)
        self.look(token)

    def uses(self, token: Token) -> None:
        """The client shows an access token at the protected resource. A JWT may be taken there until it expires."""
        resource = self.participants.resource
        if resource is None or (token.claim is Claim.ENDED and token.value.count(".") == 2):
            return
        self.model.at(self.now)
        expected = False if token.claim is Claim.ENDED else None
        admitted = self.participants.until(expected, lambda: bool(resource.admits(token.value)))
        outcome = "admitted" if admitted else "refused"
        self.tells(f"{token.grant.client} shows {token} at the resource: {outcome}.")
        if admitted and token.claim is Claim.ENDED:
            told = f"{str(token).capitalize()} is admitted, though it ended in {token.ended_in}."
            self.judges(Finding(law=ENDED[token.kind], kind="admitted", sentence=told))
        if not admitted and token.admitted and token.claim is Claim.LIVES:
            told = f"{str(token).capitalize()} was admitted before, and nothing ended it since."
            self.judges(Finding(law=ALIVE[token.kind], kind="refused at the resource", sentence=told))
        token.admitted = token.admitted or admitted
        self.look(token)
