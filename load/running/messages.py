"""Messages between a run and its generators: their settings before it, their reports twice a second. Values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixtures.target import Target
from load.judging.tally import Breach, Tally
from load.measuring.histogram import Histogram
from load.measuring.measurement import Measurement
from load.scenarios.catalogue import Scenario


@dataclass(frozen=True, kw_only=True)
class GeneratorSettings:
    """What a generator needs to know before the run.

    targets: one, or two that are compared. count: iterations planned in the whole run, seconds: over how long.
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
    iterations begun. worked: seconds of CPU time that it took, of so many seconds.
    """

    share: int
    window: int
    last: bool
    measurement: Measurement
    tally: Tally
    begun: int = 0
    worked: tuple[float, float] = (0.0, 0.0)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values that go over Locust's wire."""
        plain = {
            name: getattr(self, name)
            for name in ("share", "window", "last", "begun", "worked", "notes", "errors")
        }
        return {**plain, "measurement": self.measurement.to_json(), "tally": tally_to_json(self.tally)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        """The report that `to_json` was called on."""
        measurement, tally = Measurement.from_json(value["measurement"]), tally_from_json(value["tally"])
        return cls(**{**value, "measurement": measurement, "tally": tally})


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """A tally as plain values, its digests in one string of bytes."""
    return {
        "checked": tally.checked,
        "broken": tally.broken,
        "breaches": [[each.promise, each.at, each.what, list(each.exchanges)] for each in tally.breaches],
        "delay": tally.delay.to_pairs(),
        "issued": tally.issued,
        "digests": b"".join(tally.digests),
    }


def tally_from_json(value: dict[str, Any]) -> Tally:
    """The tally that `tally_to_json` was called on."""
    digests: bytes = value["digests"]
    return Tally(
        checked=dict(value["checked"]),
        broken=dict(value["broken"]),
        breaches=[Breach(*each) for each in value["breaches"]],
        delay=Histogram.from_pairs(value["delay"]),
        issued=value["issued"],
        digests=[digests[at : at + 8] for at in range(0, len(digests), 8)],
    )
