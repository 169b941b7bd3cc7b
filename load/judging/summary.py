"""Summing up: from what was measured to what load.json says, and whether the measurement is valid. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from load.judging.budgets import Observed, shown
from load.judging.promise_counts import TEXTS, PromiseCounts
from load.judging.verdict import Validity
from load.measuring.histogram import Histogram
from load.measuring.measurement import Measurement, SecondSummary
from load.measuring.record import (
    EvidenceRecord,
    LatencyRecord,
    PromiseRecord,
    RowRecord,
    SecondRecord,
    ShortLatencyRecord,
)
from load.measuring.row import LOST, Row

MOST_BUSY = 0.95
"""The share of a core above which a generator measures itself."""

LEAST_DELIVERED = 0.99

LAG_ADVICE = "where that lateness does not matter, --most-lag 200ms allows it."

OURS = frozenset({"interrupted", LOST})
"""Kinds of failure that say nothing of the server."""

GONE = frozenset({"connect", "tls", "reset", "timeout"}) | OURS
"""Kinds of failure that there may be while a server is not there."""

LEAST_SILENCE = 5
"""How many calls have to fail in a row of seconds without an answer before the server counts as gone."""


def latency(histogram: Histogram) -> LatencyRecord:
    """Percentiles and buckets in microseconds."""
    p50, p90, p99, p999 = (_us(value) for value in histogram.percentiles([50, 90, 99, 99.9]))
    return {
        "p50": p50,
        "p90": p90,
        "p99": p99,
        "p999": p999,
        "max": _us(histogram.highest),
        "histogram": histogram.to_pairs(),
    }


def row_record(name: str, row: Row) -> RowRecord:
    """One row over the whole run; what was under way at the end counts as failed, interrupted."""
    return {
        "name": name,
        "planned": row.planned,
        "started": row.started,
        "done": row.done,
        "failed": dict(row.failed),
        "not_started": row.not_started,
        "from_plan": latency(row.from_plan),
        "from_send": latency(row.from_send),
        "start_lag": latency(row.start_lag),
    }


def second_records(measurement: Measurement, seconds: float) -> list[SecondRecord]:
    """Every second of the run, those without any event included."""
    found: list[SecondRecord] = []
    summaries = measurement.by_second()
    in_flight = 0
    for index in range(max([*summaries, int(seconds) - 1], default=-1) + 1):
        summary = summaries.get(index) or SecondSummary()
        in_flight += summary.in_flight
        found.append(
            {
                "second": index,
                "planned": summary.planned,
                "started": summary.started,
                "done": summary.done,
                "failed": dict(summary.failed),
                "in_flight": max(0, in_flight),
                "from_plan": _short(summary.from_plan),
                "from_send": _short(summary.from_send),
                "start_lag_p99": _us(summary.lag),
            }
        )
    return found


def observed(measurement: Measurement, seconds: float) -> dict[str, Observed]:
    """What budgets are held against: each row, and "all"."""
    rows = {name: measurement.row(name) for name in measurement.names}
    return {name: _observed(row, seconds) for name, row in {**rows, "all": measurement.total}.items()}


def _observed(row: Row, seconds: float) -> Observed:
    served = row.from_plan
    total = served.total + row.failures + row.not_started

    def percentile(share: float) -> float:
        rank = max(1, math.ceil(round(total * share, 6)))
        return served.at_rank(rank) * 1e6 if rank <= served.total else math.inf

    return Observed(
        planned=row.planned,
        done=row.done,
        failed=row.failures,
        not_started=row.not_started,
        seconds=seconds,
        percentile=percentile,
    )


def promise_records(counts: PromiseCounts) -> list[PromiseRecord]:
    """Every promise, those that nothing checked included."""
    found: list[PromiseRecord] = []
    for name, (text, requirement) in TEXTS.items():
        evidence: list[EvidenceRecord] = [
            {"at": round(max(0.0, each.at), 3), "what": each.what, "exchanges": list(each.exchanges)}
            for each in counts.breaches
            if each.promise == name
        ]
        record: PromiseRecord = {
            "name": name,
            "text": text,
            "requirement": requirement,
            "checked": counts.checked[name],
            "broken": counts.broken[name],
            "evidence": evidence,
        }
        if name == "revoked-stays-inactive" and counts.delay.total:
            record["delay"] = latency(counts.delay)
        found.append(record)
    return found


def validity(
    measurement: Measurement,
    *,
    expected: float,
    begun: int,
    lost: Sequence[str],
    worked: Mapping[int, tuple[float, float]],
    most_lag: float,
    interrupted: bool,
    server_gone: bool,
) -> list[Validity]:
    """Whether what was measured says anything of the server.

    expected: arrivals that were planned; begun: that the generators took up; lost: workers that went away; worked:
    for each generator the seconds of CPU time that it took, of so many seconds; most_lag: seconds within which 99 %
    of the arrivals are taken up by a generator that keeps up. A run that was interrupted, or whose server went away,
    is not held to its plan.
    """
    lag = measurement.total.start_lag.percentile(99)
    share = begun / expected if expected else 1.0
    highest = max((cpu / passed for cpu, passed in worked.values() if passed), default=0.0)
    found = [
        Validity(
            what="start lag p99 of the generator",
            limit=f"at most {shown(most_lag * 1e6, 'us')}",
            measured=shown(lag * 1e6, "us"),
            kept=lag <= most_lag,
            advice=f"A quieter or a second machine, --workers, or a lower --rate helps; {LAG_ADVICE}",
        ),
        Validity(
            what="generators that stayed to the end",
            limit="all",
            measured=" ".join(lost).rstrip(".") or "all",
            kept=not lost,
            advice="Look at why it ended (memory, a signal), then run again.",
        ),
        Validity(
            what="CPU of the busiest generator",
            limit=f"at most {MOST_BUSY:.0%} of a core",
            measured=f"{highest:.0%}",
            kept=highest <= MOST_BUSY,
            advice="Use --workers, one for each free core, or lower --rate.",
        ),
    ]
    if not (interrupted or server_gone):
        found.append(
            Validity(
                what="arrivals that were begun of those planned",
                limit=f"at least {LEAST_DELIVERED:.0%}",
                measured=f"{share:.1%}",
                kept=share >= LEAST_DELIVERED,
                advice="The generator fell behind: use --workers, lower --rate, or look at the notes.",
            )
        )
    return found


def gone(seconds: Iterable[SecondRecord]) -> str:
    """Since when the server has not answered any more, as a sentence; empty where it answered to the end."""
    silent: list[SecondRecord] = []
    for second in seconds:
        if second["done"]:
            silent = []
        elif second["failed"]:
            silent.append(second)
    kinds: dict[str, int] = {}
    for second in silent:
        for kind, count in second["failed"].items():
            kinds[kind] = kinds.get(kind, 0) + count
    absent = {kind: count for kind, count in kinds.items() if kind in GONE - OURS}
    if sum(absent.values()) < LEAST_SILENCE or kinds.keys() - GONE:
        return ""
    counts = ", ".join(f"{kind} {count} times" for kind, count in absent.items())
    return f"The server stopped answering {silent[0]['second']} s into the run: {counts}."


def _short(percentiles: Sequence[float]) -> ShortLatencyRecord:
    p50, p90, p99 = map(_us, percentiles)
    return {"p50": p50, "p90": p90, "p99": p99}


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 3)
