"""A search draws requests until one fails its judge, makes it as small as it can be, and sends that one once more.

The journal gets the one exchange that shows the finding, not the hundreds that led to it. What is drawn belongs to
conformance.checks.fuzzing.defects, what is expected to the checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from conformance.checks.fuzzing.draft import Draft
from conformance.checks.support.draws import Draws
from fixtures.errors import CannotTest
from fixtures.http.exchange import Send
from fixtures.http.recorder import Recorder

Judge = Callable[[Draft], None]
"""Sends a draft and judges what comes of it, by assertions."""
SHRINKING_SECONDS = 10.0
"""How long a failing request is made smaller; where it is no longer tried, what was found is small enough."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Searches on behalf of one check."""

    check: str
    draws: Draws
    recorder: Recorder
    send: Send

    def __call__(
        self,
        ordinary: Draft,
        judge: Judge,
        drafts: SearchStrategy[Draft],
        *,
        first: Sequence[Draft] = (),
    ) -> None:
        """Let the judge fail with the smallest draft that fails it; return when none was found.

        ordinary: a request that the server answers, asked wherever it is in doubt whether it still does.
        first: drafts that are judged before any is drawn, the same in every run.

        CannotTest when the server stops answering, throttles, or fails at a request once and not when it is repeated.
        """
        self._see_that_it_answers(ordinary)
        examples = _Examples(self, ordinary, judge)
        with self.recorder.aside():
            found = examples.among(drafts, first)
        if examples.trouble is not None:
            raise examples.trouble
        if len(examples.unlearnt) > 0.9 * examples.judged:
            raise examples.unlearnt[-1]
        if found is None:
            self.draws.forget_who_drew(self.check)
            return
        self._tell(found, judge, examples)

    def _see_that_it_answers(self, ordinary: Draft) -> None:
        answer = self.send(ordinary.request)
        if answer.status >= 500:
            raise CannotTest(
                f"An ordinary request ({ordinary.what}) was answered {answer.status}, so wrong ones say nothing.",
                "Look for the request in the server's log.",
            )

    def _tell(self, found: Draft, judge: Judge, examples: _Examples) -> NoReturn:
        """Send the smallest once more, as the finding's one exchange."""
        self.recorder.begin()
        wrong = "; ".join(found.wrong) or "nothing is wrong with it"
        try:
            judge(found)
        except AssertionError as problem:
            told = (
                f"Sent: {found.what}; {wrong}. The smallest request found that fails. "
                f"{examples.how_it_came()}"
            )
            problem.args = (f"{told}\n{problem}",)
            raise
        raise CannotTest(
            f"The server failed once and not when the request was repeated: {found.what}; {wrong}. "
            f"({examples.how_it_came()})",
            "Is the server steady? Look at its log at the time of this run.",
        )


class _Found(Exception):
    """A draft failed its judge. hypothesis.find is no help: with a seed of ours it keeps no failing example."""


@dataclass
class _Examples:
    """What is drawn. Each draft is sent once; unlearnt: what taught nothing; trouble: why it came to nothing."""

    search: Search
    ordinary: Draft
    judge: Judge
    judged: int = 0
    unlearnt: list[CannotTest] = field(default_factory=list)
    trouble: CannotTest | None = None
    is_drawn: bool = False
    _verdicts: dict[Draft, bool] = field(default_factory=dict)
    _until: float = 0.0
    _first_failure: float | None = None

    def among(self, drafts: SearchStrategy[Draft], first: Sequence[Draft]) -> Draft | None:
        """The smallest draft that fails, or None."""
        draws = self.search.draws
        self._until = time.monotonic() + draws.profile.seconds
        for draft in first:
            if self.fails(draft):
                return draft
        found: list[Draft] = []
        number = draws.seed_for(self.search.check)

        @settings(draws.settings(self.search.check), suppress_health_check=list(HealthCheck))
        @seed(number)  # takes the database away, which the settings above bring back
        @given(drafts)
        def search(draft: Draft) -> None:
            if self.fails(draft):
                found[:] = [draft]
                raise _Found

        try:
            search()
        except _Found:
            self.is_drawn = True
            return found[0]
        return None

    def how_it_came(self) -> str:
        """How what was found comes again."""
        if not self.is_drawn:
            return "Every run sends it first."
        return f"To draw it again, add to the command of the run: {self.search.draws.first_drawn_by(self.search.check)}"

    def fails(self, draft: Draft) -> bool:
        """Whether a draft fails its judge. Nothing more is sent once there is trouble, or time is up."""
        if draft in self._verdicts:
            return self._verdicts[draft]
        if self.trouble is not None or self._is_over():
            return False
        failed = self._judged(draft)
        self._verdicts[draft] = failed
        if failed and self._first_failure is None:
            self._first_failure = time.monotonic()
        return failed

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self._first_failure is not None:
            return now > self._first_failure + SHRINKING_SECONDS
        return now > self._until

    def _judged(self, draft: Draft) -> bool:
        self.judged += 1
        try:
            self.judge(draft)
        except AssertionError:
            return True
        except CannotTest as why:
            self.unlearnt.append(why)
            self._check_that_it_lives(draft)
        return False

    def _check_that_it_lives(self, draft: Draft) -> None:
        """A server may close on a request that it does not want; the next one has to be answered."""
        try:
            self.search.send(self.ordinary.request)
        except CannotTest as problem:
            self.trouble = CannotTest(
                f"The server stopped answering after this request: {draft.what}; {'; '.join(draft.wrong)}. {problem}",
                "Look for the request in the server's log.",
            )
