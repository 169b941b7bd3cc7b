"""What a run leaves to chance: how much of it (the profile), which (the seed), and where failing examples are kept.

What is sent belongs to strategies.py beside it, what is judged to the checks. Standard library only until examples
are drawn, for the command line reads the names of the profiles before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis import settings

DATABASE = Path(".hypothesis") / "targets"
"""Below the folder that the harness is started in, and never committed: one folder a target."""
DRAWN_BY = "drawn-by.txt"
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much a run leaves to draws.

    examples: drawn by each check; seconds: after which a check draws no more of them; steps: of one history, for
    checks that make histories; patience: seconds after which no answer is silence, None for the target's own time-out.
    """

    examples: int
    seconds: float
    steps: int
    patience: float | None = None


PROFILES: Mapping[str, Profile] = {
    "quick": Profile(examples=25, seconds=1.0, steps=15),
    "ci": Profile(examples=400, seconds=30.0, steps=30),
    "night": Profile(examples=10_000, seconds=900.0, steps=50),
}
PROOF = Profile(examples=5, seconds=1.0, steps=15, patience=1.5)
"""For proofs, where explicit examples find each fault in every run."""


def seed(text: str) -> int:
    """The seed that was typed; ArgumentTypeError when it is none."""
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a number from 0 to {LARGEST_SEED}")
    return int(text)


def fresh_seed() -> int:
    """A seed for a run that was given none."""
    return secrets.randbelow(LARGEST_SEED + 1)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What one run draws. name: of the profile; seed: that repeats the run; target: whose examples are kept.

    database: the folder of the failing examples, or None where none are kept: a faulty server of a proof teaches
    nothing about the next one.
    """

    name: str
    profile: Profile
    seed: int
    target: str
    database: Path | None = DATABASE

    def seed_for(self, check: str) -> int:
        """The seed of one check, the same whichever other checks run beside it."""
        return random.Random(f"{self.seed} {check}").getrandbits(64)  # noqa: S311 - repeatable on purpose

    def settings(self, check: str, *, examples: int | None = None) -> settings:
        """Hypothesis's settings for one check: no deadline, its failing examples kept and replayed first.

        examples: another number than that of the profile. Generation is paced by the target, so being slow is no
        sign of a bad strategy, and the health check of that is off.
        """
        from hypothesis import HealthCheck, Verbosity, settings  # noqa: PLC0415 - slow, and not always needed
        from hypothesis.database import DirectoryBasedExampleDatabase  # noqa: PLC0415 - the same

        folder = self._folder(check)
        return settings(
            max_examples=examples or self.profile.examples,
            stateful_step_count=self.profile.steps,
            deadline=None,
            derandomize=False,
            database=DirectoryBasedExampleDatabase(folder) if folder else None,
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        )

    @property
    def repeated_by(self) -> str:
        """The options that draw the same examples again."""
        return f"--fuzz {self.name} --fuzz-seed {self.seed}"

    def first_drawn_by(self, check: str) -> str:
        """The options that draw again what fails now: of the run that drew it first, for a kept example has no seed."""
        folder = self._folder(check)
        if folder is None:
            return self.repeated_by
        note = folder / DRAWN_BY
        with suppress(OSError):  # where nothing can be kept, each run is the first
            if note.exists():
                return note.read_text(encoding="utf-8")
            folder.mkdir(parents=True, exist_ok=True)
            note.write_text(self.repeated_by, encoding="utf-8")
        return self.repeated_by

    def forget_who_drew(self, check: str) -> None:
        """Nothing fails any more: what fails next was drawn by another run."""
        if folder := self._folder(check):
            with suppress(OSError):
                (folder / DRAWN_BY).unlink(missing_ok=True)

    def _folder(self, check: str) -> Path | None:
        return self.database / _name(self.target) / _name(check) if self.database else None


def _name(text: str) -> str:
    """A text as the name of a folder: readable, and never that of another text."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', text).strip('-')[-60:]}-{digest}"
