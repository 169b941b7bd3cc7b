"""Messages between a run and its generators: their settings before it, their reports twice a second. Values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixtures.errors import CannotTest
from fixtures.survey import Survey
from fixtures.target import Target
from load.judging.promise_counts import Breach, PromiseCounts
from load.judging.tokens import DIGEST_BYTES, MARK_BYTES
from load.measuring.histogram import Histogram
from load.measuring.measurement import Measurement
from load.scenarios.catalogue import Scenario

PROTOCOL = 1
"""Which messages master and workers exchange; both have to mean the same."""

SIZE = DIGEST_BYTES + MARK_BYTES
"""Bytes that stand for one token and its holder."""


@dataclass(frozen=True, kw_only=True)
class GeneratorSettings:
    """What a generator needs to know before the run.

    targets: one, or two that are compared. count: iterations planned in the whole run, seconds: over how long; rate:
    arrivals a second, the highest. surveys: what is known of each target.
    connections: of all generators together; timeout: seconds that an answer may take; share, of: which part of the
    whole is this generator's; redact: takes known secrets out of evidence.
    """

    scenario: Scenario
    targets: Sequence[Target]
    surveys: Sequence[Survey]
    count: int
    seconds: float
    seed: int
    rate: float = 0.0
    connections: int = 64
    timeout: float = 10.0
    drain: float = 10.0
    share: int = 0
    of: int = 1
    redact: Callable[[str], str] = str


_TOLD = ("count", "seconds", "rate", "seed", "connections", "timeout", "drain")


def settings_to_json(settings: GeneratorSettings, *, share: int, of: int) -> dict[str, Any]:
    """What a worker on another host is told: nothing secret, for its target file is its own."""
    return {
        "protocol": PROTOCOL,
        "scenario": settings.scenario.name,
        "issuers": [target.issuer for target in settings.targets],
        "surveys": [survey.document() for survey in settings.surveys],
        "share": share,
        "of": of,
        **{name: getattr(settings, name) for name in _TOLD},
    }


def settings_from_json(
    value: dict[str, Any], *, scenario: Scenario, targets: Sequence[Target], redact: Callable[[str], str]
) -> GeneratorSettings:
    """The settings of a worker that was told so. targets, redact: its own. CannotTest where it means other targets."""
    if value["protocol"] != PROTOCOL:
        raise CannotTest("Master and worker are of different versions.", "Run the same version on all hosts.")
    mine, meant = [target.issuer for target in targets], value["issuers"]
    if mine != meant:
        raise CannotTest(
            f"The master is aimed at {' and '.join(meant)}, this worker at {' and '.join(mine)}.",
            "Name the same target on all hosts: --target, and --against where two are compared.",
        )
    return GeneratorSettings(
        scenario=scenario,
        targets=targets,
        surveys=[Survey.read(each) for each in value["surveys"]],
        redact=redact,
        share=value["share"],
        of=value["of"],
        **{name: value[name] for name in _TOLD},
    )


@dataclass(kw_only=True)
class Revoked:
    """What became of the tokens that were issued, at the end of a run.

    issued: how many there were; revoked: how many the server took back; refused: how often it answered what instead.
    """

    issued: int = 0
    revoked: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: Revoked) -> None:
        """Add what another generator saw."""
        self.issued += other.issued
        self.revoked += other.revoked
        self.refused += other.refused

    @property
    def sentence(self) -> str:
        """What was refused, for people; empty where nothing was."""
        if not self.refused:
            return ""
        answers = ", ".join(f"{answer} {count} times" for answer, count in self.refused.most_common(4))
        left = self.issued - self.revoked
        return f"Not revoked at the end: {left:,} of {self.issued:,} tokens, which live on. Instead of 200: {answers}."

    def to_json(self) -> dict[str, Any]:
        """The counts as plain values."""
        return {"issued": self.issued, "revoked": self.revoked, "refused": dict(self.refused)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Revoked:
        """What `to_json` was called on."""
        return cls(issued=value["issued"], revoked=value["revoked"], refused=Counter(value["refused"]))


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
    counts: PromiseCounts
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
        return {**plain, "measurement": self.measurement.to_json(), "counts": counts_to_json(self.counts)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        """The report that `to_json` was called on."""
        measurement, counts = Measurement.from_json(value["measurement"]), counts_from_json(value["counts"])
        return cls(**{**value, "measurement": measurement, "counts": counts})


def counts_to_json(counts: PromiseCounts) -> dict[str, Any]:
    """The counts of promises as plain values, its digests in one string of bytes."""
    return {
        "checked": counts.checked,
        "broken": counts.broken,
        "breaches": [[each.promise, each.at, each.what, list(each.exchanges)] for each in counts.breaches],
        "delay": counts.delay.to_pairs(),
        "issued": counts.issued,
        "again": counts.again,
        "digests": b"".join(counts.digests),
    }


def counts_from_json(value: dict[str, Any]) -> PromiseCounts:
    """The counts that `counts_to_json` was called on."""
    digests: bytes = value["digests"]
    return PromiseCounts(
        checked=dict(value["checked"]),
        broken=dict(value["broken"]),
        breaches=[Breach(*each) for each in value["breaches"]],
        delay=Histogram.from_pairs(value["delay"]),
        issued=value["issued"],
        again=value["again"],
        digests=[digests[at : at + SIZE] for at in range(0, len(digests), SIZE)],
    )
