"""Orders and reports: what a generator is told before a run, and what it tells every second. Values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixtures.target import Target
from load.measurement import Measurement
from load.repertoire import Scenario
from load.tally import Breach, Tally


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What a generator is told before the run.

    targets: one, or two that are compared. count: journeys planned in the whole run, seconds: over how long.
    connections: of all generators together; timeout: seconds that an answer may take; share, of: which part of the
    whole is this generator's; redact: takes known secrets out of evidence.
    """

    scenario: Scenario
    targets: Sequence[Target]
    count: int
    seconds: float
    seed: int
    connections: int = 64
    timeout: float = 10.0
    drain: float = 10.0
    share: int = 0
    of: int = 1
    redact: Callable[[str], str] = str


@dataclass(kw_only=True)
class Report:
    """What one generator saw since its last report.

    window: the place of the window in the run; last: whether that window is over for this generator. begun:
    journeys begun. busy: the share of one core that it took; connections: how many it has.
    """

    share: int
    window: int
    last: bool
    measurement: Measurement
    tally: Tally
    begun: int = 0
    busy: float = 0.0
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values that go over Locust's wire."""
        tally = self.tally
        return {
            "share": self.share,
            "window": self.window,
            "last": self.last,
            "measurement": self.measurement.to_json(),
            "tally": {
                "checked": tally.checked,
                "broken": tally.broken,
                "breaches": [
                    [each.promise, each.at, each.what, list(each.exchanges)] for each in tally.breaches
                ],
                "delay": tally.delay.to_pairs(),
                "issued": tally.issued,
                "digests": b"".join(tally.digests),
            },
            "begun": self.begun,
            "busy": self.busy,
            "notes": self.notes,
            "errors": self.errors,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        """The report that `to_json` was called on."""
        told = value["tally"]
        digests = told["digests"]
        tally = Tally(
            checked=dict(told["checked"]),
            broken=dict(told["broken"]),
            breaches=[Breach(*each) for each in told["breaches"]],
            issued=told["issued"],
            digests=[digests[at : at + 8] for at in range(0, len(digests), 8)],
        )
        tally.delay = tally.delay.from_pairs(told["delay"])
        return cls(**{**value, "measurement": Measurement.from_json(value["measurement"]), "tally": tally})
