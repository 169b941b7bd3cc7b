"""Two load runs compared: an interval on each ratio says better, same, worse or undecided. Pure; a fixed seed.

A run's own spread stands for the spread between runs, as two runs are all there is: blocks of seconds are drawn again
(what all requests of a second share), and ranks of each row's histogram (what is left to chance).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random

from reports.diff.changes import Change, Difference, Group, Incomparable, Weight, same_target
from reports.load.record import Record

MARGIN = 0.05
"""A ratio that certainly lies within 1/1.05 to 1.05 is the same."""
FAILURES_MARGIN = 0.001
"""A share of failures that certainly moved by less than this is the same."""
LEAST_SECONDS = 5
"""A run of fewer seconds says nothing of its own spread."""
LEAST_US = 0.001
"""What a time of nothing counts as: no ratio to nothing means anything."""

_SEED, _DRAWS, _MOST_BLOCKS = 20_260_101, 500, 120
_TAIL = 0.025
_MEASURES = {"p50": 0.5, "p99": 0.99, "rate": 1.0}
"""What is compared of each row, with the share of answers below it."""
_PARTS = {"p50": 0.7, "p90": 0.245, "p99": 0.055}
"""How much of a second each of its percentiles stands for: up to half of the way to the next."""


def compare(old: Record, new: Record) -> Difference:
    """What changed from old to new, a line for each row and measure.

    Incomparable when the runs are of different targets, scenarios or plans of arrivals.
    """
    _same(old, new)
    random = Random(_SEED)  # noqa: S311 - resampling, no secret
    doubt = [
        f"The measurement of the {name} run is not valid, so no time is compared."
        for name, record in (("old", old), ("new", new))
        if not all(item["kept"] for item in record["validity"])
    ]
    short = min(_lasted(old), _lasted(new)) < LEAST_SECONDS
    doubt += (
        [f"One of the runs lasted less than {LEAST_SECONDS} s: too short for an interval."] if short else []
    )
    rows = [
        (row, match)
        for row in old["rows"]
        for match in new["rows"]
        if row["name"] == match["name"] and row["done"] and match["done"]
    ]
    times = [] if doubt else _measures(rows, old, new, random)
    failures = [] if doubt else [_failures(old, new, random)]
    groups = [
        Group(
            title="measures",
            changes=times,
            note="The ratio of new to old with its 95 % interval; response times from the planned instant.",
        ),
        Group(
            title="failures", changes=failures, note="The share of planned arrivals that failed, all rows."
        ),
        Group(title="promises", changes=_promises(old, new)),
        Group(
            title="budgets", changes=_budgets(old, new), note="Whether each budget was kept in either run."
        ),
        Group(title="rows of one run only", changes=_lonely(old, new)),
    ]
    return Difference(
        title=f"{new['target']['name']}, load scenario {new['scenario']}",
        runs=(_told(old), _told(new)),
        sentence=_sentence([change for group in groups for change in group.changes], doubt),
        groups=[group for group in groups if group.changes],
        notes=doubt,
    )


def interval(draws: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of what was drawn."""
    ranked = sorted(draws)
    return ranked[int(_TAIL * len(ranked))], ranked[min(len(ranked) - 1, int((1 - _TAIL) * len(ranked)))]


def judge(low: float, high: float, *, margin: float = MARGIN, more_is_better: bool = False) -> Weight:
    """What an interval on a ratio says. Undecided where it reaches across the margin."""
    if more_is_better:
        low, high = 1 / high if high else math.inf, 1 / low if low else math.inf
    if low > 1 + margin:
        return Weight.WORSE
    if high < 1 / (1 + margin):
        return Weight.BETTER
    return Weight.SAME if low >= 1 / (1 + margin) and high <= 1 + margin else Weight.UNDECIDED


def _same(old: Record, new: Record) -> None:
    same_target(old["target"], new["target"])
    for what, first, second in (
        ("scenario", old["scenario"], new["scenario"]),
        ("arrivals", _arrivals(old), _arrivals(new)),
    ):
        if first != second:
            raise Incomparable(
                f"The old run has the {what} {first}, the new one {second}. Compare two runs of one {what}."
            )


def _arrivals(record: Record) -> str:
    return f"{record['arrivals']['kind']} at {record['arrivals']['rate']:g}/s"


def _told(record: Record) -> str:
    return f"{record['name']}, started {record['started']}. {record['verdict']['sentence']}"


def _lasted(record: Record) -> int:
    """Seconds in which something was done."""
    return sum(1 for second in record["seconds_by_second"] if second["done"])


def _measures(
    pairs: Sequence[tuple[Record, Record]], old: Record, new: Record, random: Random
) -> list[Change]:
    """A change for each row and measure."""
    changes = []
    spreads = [(_spreads(old, name, random), _spreads(new, name, random)) for name in _MEASURES]
    for before, after in pairs:
        for name, (early, late) in zip(_MEASURES, spreads, strict=True):
            first, second = _value(before, old, name), _value(after, new, name)
            drawn = zip(
                _drawn(before, old, name, early, random), _drawn(after, new, name, late, random), strict=True
            )
            low, high = interval([b / a for a, b in drawn])
            unit, scale = ("/s", 1.0) if name == "rate" else (" ms", 0.001)
            changes.append(
                Change(
                    name=f"{before['name']} {name}",
                    old=f"{scale * first:.3g}{unit}",
                    new=f"{scale * second:.3g}{unit}",
                    weight=judge(low, high, more_is_better=name == "rate"),
                    text=f"{second / first:.3f} times, between {low:.3f} and {high:.3f}",
                )
            )
    return changes


def _value(row: Record, record: Record, name: str) -> float:
    """What was measured: answers a second, or a percentile in microseconds, never 0."""
    if name == "rate":
        return max(float(row["done"] / (record["seconds"] or 1)), 1e-9)
    return float(max(LEAST_US, row["from_plan"][name]))


def _drawn(row: Record, record: Record, name: str, spreads: Sequence[float], random: Random) -> list[float]:
    """What a row's measure might have come out as: chance within the row, times what its seconds share."""
    done = row["done"]
    if name == "rate":
        rate = _value(row, record, name)
        return [max(1e-9, rate * random.gauss(1, 1 / math.sqrt(done))) * spread for spread in spreads]
    histogram, share = row["from_plan"]["histogram"], _MEASURES[name]
    counts = list(accumulate(count for _, count in histogram))
    total = counts[-1]
    width = math.sqrt(total * share * (1 - share))
    ranks = (min(total, max(1, round(random.gauss(total * share, width)))) for _ in spreads)
    return [
        max(LEAST_US, histogram[bisect_left(counts, rank)][0]) * spread
        for rank, spread in zip(ranks, spreads, strict=True)
    ]


def _spreads(record: Record, name: str, random: Random) -> list[float]:
    """How far a measure of all rows might have come out from where it did: factors, from blocks of seconds."""
    blocks = _blocks([second for second in record["seconds_by_second"] if second["done"]])
    if name == "rate":
        done = [sum(second["done"] for second in block) / len(block) for block in blocks]
        mean = sum(done) / len(done)
        return [sum(random.choices(done, k=len(done))) / len(done) / mean for _ in range(_DRAWS)]
    points = sorted(
        (max(LEAST_US, second["from_plan"][point]), second["done"] * part, at)
        for at, block in enumerate(blocks)
        for second in block
        for point, part in _PARTS.items()
    )
    share, places = _MEASURES[name], range(len(blocks))
    here = _mixed(points, Counter(places), share)
    return [
        _mixed(points, Counter(random.choices(places, k=len(blocks))), share) / here for _ in range(_DRAWS)
    ]


def _mixed(points: Sequence[tuple[float, float, int]], times: Mapping[int, int], share: float) -> float:
    """The percentile of blocks taken so many times. points: value, weight and block, ascending by value."""
    weights = list(accumulate(weight * times.get(at, 0) for _, weight, at in points))
    return points[bisect_left(weights, share * weights[-1])][0]


def _blocks(seconds: Sequence[Record]) -> list[Sequence[Record]]:
    """Neighbouring seconds, in at most so many blocks: what lasts for seconds is no independent evidence."""
    size = max(1, math.ceil(len(seconds) / _MOST_BLOCKS))
    return [seconds[at : at + size] for at in range(0, len(seconds), size)]


def _failures(old: Record, new: Record, random: Random) -> Change:
    """The share of failures, whose difference is compared: a ratio to none means nothing."""
    shares = [_share(record["seconds_by_second"]) for record in (old, new)]
    drawn = [
        [
            _share(random.choices(record["seconds_by_second"], k=len(record["seconds_by_second"])))
            for _ in range(_DRAWS)
        ]
        for record in (old, new)
    ]
    low, high = interval([b - a for a, b in zip(*drawn, strict=True)])
    if low > FAILURES_MARGIN:
        weight = Weight.WORSE
    elif high < -FAILURES_MARGIN:
        weight = Weight.BETTER
    else:
        weight = Weight.SAME if low >= -FAILURES_MARGIN and high <= FAILURES_MARGIN else Weight.UNDECIDED
    return Change(
        name="failures",
        old=f"{shares[0]:.3%}",
        new=f"{shares[1]:.3%}",
        weight=weight,
        text=f"{shares[1] - shares[0]:+.3%}, between {low:+.3%} and {high:+.3%}",
    )


def _share(seconds: Sequence[Record]) -> float:
    planned = sum(second["planned"] for second in seconds)
    return sum(sum(second["failed"].values()) for second in seconds) / planned if planned else 0.0


def _promises(old: Record, new: Record) -> list[Change]:
    """The promises that were broken in either run. Newly broken is worse, however seldom."""
    before = {item["name"]: item for item in old["promises"]}
    changes = []
    for item in new["promises"]:
        first = before.get(item["name"])
        was, now = first is not None and first["broken"] > 0, item["broken"] > 0
        if was or now:
            weight = Weight.SAME if was == now else Weight.WORSE if now else Weight.BETTER
            if not now and not item["checked"]:
                weight = Weight.UNDECIDED
            changes.append(
                Change(name=item["name"], old=_kept(first), new=_kept(item), weight=weight, text=item["text"])
            )
    return changes


def _kept(item: Record | None) -> str:
    return "not checked" if item is None else f"broken {item['broken']} of {item['checked']} times"


def _budgets(old: Record, new: Record) -> list[Change]:
    """Budgets kept in one run and missed in the other: told, while the intervals say whether that is chance."""
    before = {(item["row"], item["measure"], item["limit"]): item["kept"] for item in old["budgets"]}
    words = {True: "kept", False: "missed"}
    return [
        Change(
            name=f"{item['row']} {item['measure']}",
            old=words[before[key]],
            new=words[item["kept"]],
            weight=Weight.NOTED,
            text=f"limit {item['limit']:g} {item['unit']}",
        )
        for item in new["budgets"]
        if (key := (item["row"], item["measure"], item["limit"])) in before and before[key] != item["kept"]
    ]


def _lonely(old: Record, new: Record) -> list[Change]:
    """Rows that only one of the runs has answers of: nothing to compare."""
    done = [{row["name"]: row["done"] for row in record["rows"]} for record in (old, new)]
    names = dict.fromkeys([*done[0], *done[1]])
    return [
        Change(
            name=name,
            old=f"{done[0].get(name, 0)} done",
            new=f"{done[1].get(name, 0)} done",
            weight=Weight.UNDECIDED,
        )
        for name in names
        if bool(done[0].get(name, 0)) != bool(done[1].get(name, 0))
    ]


def _sentence(changes: Sequence[Change], doubt: Sequence[str]) -> str:
    counts = {weight: [item.name for item in changes if item.weight is weight] for weight in Weight}
    if counts[Weight.WORSE]:
        return f"Worse: {', '.join(counts[Weight.WORSE])}."
    if doubt or counts[Weight.UNDECIDED]:
        return f"Undecided: {', '.join(counts[Weight.UNDECIDED]) or 'the measurements do not say'}."
    if counts[Weight.BETTER]:
        return f"Better: {', '.join(counts[Weight.BETTER])}; nothing is worse."
    return "The same, within what the measurements can tell."
