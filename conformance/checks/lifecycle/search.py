"""Looks for disagreements: draws histories until one contradicts the model, and makes that one short."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from conformance.checks.lifecycle.history import Disagreement
from conformance.checks.lifecycle.known_histories import KNOWN_HISTORIES, HistoryBuilder
from conformance.checks.lifecycle.machine import Histories
from conformance.checks.lifecycle.model import Finding, Law
from conformance.checks.lifecycle.participants import Participants
from conformance.checks.lifecycle.shortening import Act, Tape, replay, shortened
from conformance.checks.lifecycle.steps import Steps
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Exchange
from fixtures.http.recorder import Recorder

BATCH = 10
"""Histories that are drawn between two looks at the clock."""
ONCE = "The same steps did not show it a second time."

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long is looked for disagreements.

    histories: how many at most; seconds: after which no more are begun; seed: that draws the same ones again;
    repeated_by: how that is asked for; settings: Hypothesis's own; shortens: whether a disagreement is made short.
    """

    histories: int
    seconds: float
    seed: int
    repeated_by: str
    settings: settings
    shortens: bool = True


@dataclass(kw_only=True, repr=False)
class Search:
    """Finds one disagreement of each law, if there is any.

    known_histories: known histories, which are taken first; recorder: keeps what is exchanged in one history at a time.
    """

    participants: Participants
    effort: Effort
    known_histories: Sequence[Callable[[HistoryBuilder], None]] = KNOWN_HISTORIES
    recorder: Recorder = field(default_factory=Recorder)
    _told: dict[Law, str] = field(default_factory=dict, init=False)
    _evidence: dict[Law, Sequence[Exchange]] = field(default_factory=dict, init=False)
    _tape: Tape = field(default_factory=Tape, init=False)
    _over: bool = field(default=False, init=False)
    _first: Disagreement | None = field(default=None, init=False)
    _trouble: CannotTest | NotOffered | None = field(default=None, init=False)

    def disagreement(self, law: Law) -> str | None:
        """The steps of a disagreement about that law, or None when no history had one; its exchanges are kept.

        CannotTest when the target stopped to answer, and no disagreement was found before.
        """
        while law not in self._told and not self._over:
            found = self._next(self._told)
            if found is None:
                self._over = True
            else:
                told = f"{found.text}\nTo draw the same again, add to the command of the run: {self.effort.repeated_by}"
                self._told[found.finding.law] = told
                self._evidence[found.finding.law] = self.recorder.exchanges
        if law in self._evidence:
            self.recorder.begin()
            for exchange in self._evidence[law]:
                self.recorder.record(exchange)
        if self._trouble is not None and law not in self._told:
            raise self._trouble
        return self._told.get(law)

    def _next(self, known: dict[Law, str]) -> Disagreement | None:
        """Another disagreement, about a law that none is known of yet."""
        self._first = None
        told = self._known(known)
        if told is not None or self._trouble is not None:
            return told
        drawn = random.Random(f"{self.effort.seed} {len(known)}")  # noqa: S311 - repeatable on purpose
        until = time.monotonic() + self.effort.seconds
        for begun in range(0, self.effort.histories, BATCH):
            size = min(BATCH, self.effort.histories - begun)
            found = self._batch(drawn.getrandbits(64), size, known)
            if found is not None or self._trouble is not None or time.monotonic() >= until:
                return found
        return None

    def _known(self, known: dict[Law, str]) -> Disagreement | None:
        """A disagreement in one of the known histories."""
        for story in self.known_histories:
            self.recorder.begin()
            self._tape = Tape()
            steps = Steps(self.participants, wanted=lambda finding: finding.law not in known)
            try:
                story(HistoryBuilder(steps, self._tape.takes))
                self._tape.takes(steps.ends)
            except Disagreement as found:
                return self._shortest(found)
            except (CannotTest, NotOffered) as trouble:
                self._trouble = trouble
                return None
        return None

    def _batch(self, number: int, size: int, known: dict[Law, str]) -> Disagreement | None:
        def wanted(finding: Finding) -> bool:
            """Whether a finding ends a history: once there is one, only its like."""
            first = self._first.finding if self._first else None
            return finding.law not in known if first is None else _like(first, finding)

        def history() -> Histories:
            self.recorder.begin()
            self._tape = Tape()
            return Histories(Steps(self.participants, wanted=wanted), self._act)

        phases = (Phase.reuse, Phase.generate)
        try:
            run_state_machine_as_test(
                seed(number)(history),  # type: ignore[arg-type]  # a function that makes a machine is allowed
                settings=settings(self.effort.settings, max_examples=size, phases=phases),
            )
        except Disagreement as found:
            return self._shortest(found)
        except Flaky:
            return self._first.but(ONCE) if self._first else None
        return None

    def _shortest(self, found: Disagreement) -> Disagreement:
        """The same disagreement at the end of the shortest history that leads to it."""
        if not self.effort.shortens:
            return found
        shortest = self._again(found, shortened(self._tape.acts, lambda acts: self._again(found, acts)))
        return shortest or found.but(ONCE)

    def _again(self, found: Disagreement, acts: Sequence[Act]) -> Disagreement | None:
        """How these acts end: in a disagreement like that one, or otherwise."""
        self.recorder.begin()
        try:
            replay(acts, Steps(self.participants, wanted=lambda finding: _like(found.finding, finding)))
        except Disagreement as again:
            return again
        except (CannotTest, NotOffered):
            return None
        return None

    def _act(self, step: Callable[..., Outcome], *args: Any, **named: Any) -> Outcome | None:
        """Take a step, unless the target stopped to answer."""
        if self._trouble is not None:
            return None
        try:
            outcome: Outcome = self._tape.takes(step, *args, **named)
        except (CannotTest, NotOffered) as trouble:
            self._trouble = trouble
            return None
        except Disagreement as found:
            self._first = self._first or found
            raise
        return outcome


def _like(first: Finding, finding: Finding) -> bool:
    return (first.law, first.kind) == (finding.law, finding.kind)
