"""Generators of a run: what a run asks of them, and this process as the only one. Imports gevent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from load.plan.windows import Window
from load.running.generator import Generator
from load.running.messages import GeneratorSettings, Report, Revoked


class Generators(Protocol):
    """All generators of a run. head_start: seconds that a window is told before it begins.

    lost: a sentence for each of them that went away. clocks: of other hosts, for load.json: each host, how many
    seconds its clock is ahead, and how exactly that is known.
    """

    head_start: float
    lost: list[str]
    clocks: list[dict[str, Any]]

    def prepare(self) -> list[str]:
        """Get ready; the notes that came up. CannotTest, NotOffered."""

    def run_window(self, window: Window, begin_epoch: float) -> None:
        """Run a window to its end, reporting all the while."""

    def stop(self) -> None:
        """End the window at once, and run no other."""

    def revoke_issued(self) -> Revoked:
        """Revoke what was issued, where that is asked for, and say what became of it."""

    def close(self) -> None:
        """Let everybody go."""


class LocalGenerator:
    """This process as the only generator."""

    head_start = 0.5

    def __init__(self, settings: GeneratorSettings, report: Callable[[Report], None]) -> None:
        self.lost: list[str] = []
        self.clocks: list[dict[str, Any]] = []
        self._generator = Generator(settings, report)

    def prepare(self) -> list[str]:
        """Get ready."""
        return self._generator.prepare()

    def run_window(self, window: Window, begin_epoch: float) -> None:
        """Run a window."""
        self._generator.run_window(window, begin_epoch)

    def stop(self) -> None:
        """End at once."""
        self._generator.stop()

    def revoke_issued(self) -> Revoked:
        """Revoke what was issued."""
        return self._generator.revoke_issued()

    def close(self) -> None:
        """Nothing is held."""
