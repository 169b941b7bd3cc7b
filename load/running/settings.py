"""What is to be run: the settings of a load run, as the command line and the target file give them. Values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.survey import Survey
from fixtures.target import Target
from fixtures.target.load_terms import Budget
from load.plan.saturation import MOST_STEPS
from load.scenarios.catalogue import Scenario

SEARCH_BUDGETS = (
    Budget(row="all", measure="p99", limit=100_000),
    Budget(row="all", measure="failures", limit=0.01),
)
"""What a search or a ramp holds its steps against where no budget was stated."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is to be run. targets: one, or the two of a comparison; surveys: of each; workers: 0 for this process alone.

    listen: host and port at which workers of other hosts are waited for; None where workers are forked here.

    rate: arrivals a second, the highest; seconds: of the run, or of one step of a search; most_lag: seconds that the
    generator may be late, at the 99th percentile, for the measurement to be valid; redact: for evidence; metrics: the
    port on which the run tells how it goes, None for none, 0 for any.
    """

    targets: Sequence[Target]
    surveys: Sequence[Survey]
    scenario: Scenario
    shape: str
    rate: float
    seconds: float
    seed: int
    budgets: Sequence[Budget] = ()
    workers: int = 0
    listen: tuple[str, int] | None = None
    connections: int = 64
    most_lag: float = 0.05
    redact: Callable[[str], str] = str
    metrics: int | None = None

    @property
    def whole(self) -> float:
        """Seconds of all windows together, at most."""
        return whole(self.seconds, self.shape)


def whole(seconds: float, shape: str) -> float:
    """Seconds of all windows together, at most. seconds: of the run, or of one step of a search."""
    return seconds * MOST_STEPS if shape == "saturation" else seconds
