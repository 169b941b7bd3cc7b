"""Progress of a load run on a terminal: one live line, or a line now and then where nobody watches."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

from load.judging.budgets import shown
from load.measuring.row import Row

EARLY, LINE_EVERY = (1, 2, 3, 5), 10
"""The seconds with a line of their own where there is no terminal: the first ones, then now and then."""


def _has_line(second: int) -> bool:
    return second in EARLY or second % LINE_EVERY == 0


class Progress:
    """Writes how the run goes. stream: where to; None is silent."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._live = bool(
            stream and stream.isatty() and "CI" not in os.environ and os.environ.get("TERM") != "dumb"
        )
        self._open = False
        self._last = 0

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._stream is not None:
            self._stream.write(("\r\x1b[K" if self._open else "") + text + "\n")
            self._stream.flush()
            self._open = False

    def second(self, number: int, of: float | None, row: Row | None, errors: int, broken: int) -> None:
        """One second went by.

        of: how long the run is, None where nobody knows. row: what happened in the newest that all is known of, None
        where there is none yet; errors, broken: since the begin.
        """
        if row is None:
            return
        passed, self._last = range(self._last + 1, number + 1), number
        if self._stream is None or not (
            self._live or any(map(_has_line, passed))
        ):  # a busy machine leaves some out
            return
        p50, p99 = (value * 1e6 for value in row.from_plan.percentiles([50, 99]))
        at = f"{number:4d} s" if of is None else f"{number:4d} of {of:.0f} s"
        times = f"p50 {shown(p50, 'us')}  p99 {shown(p99, 'us')}"
        text = (
            f"{at}  {row.done:,} of {row.planned:,}/s  {times}  errors {errors:,}  broken promises {broken:,}"
        )
        if self._live:
            self._stream.write(f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K")
            self._stream.flush()
            self._open = True
        else:
            self.say(text)
