"""Histogram: how long things took, counted in buckets that are narrow enough for 1 % at every size.

Buckets and their arithmetic belong here, and the text form that HdrHistogram's viewers read; what was counted does not.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import pack, unpack

Counts = dict[int, int]
"""How often each bucket was met. A bucket is named by its lower edge in nanoseconds."""

SIGNIFICANT_BITS = 8
"""Bits of a duration that are kept. A bucket is at most 1/128 of its value wide, so its middle is within 0.4 %."""

_UPPER_HALF = 1 if sys.byteorder == "little" else 0
_NEGATIVE = 0x8000

TICKS_PER_HALF = 5
"""Lines of the `.hgrm` form for each halving of the distance to 100 %, as HdrHistogram's own writers have it."""


def bucket(seconds: float) -> int:
    """The bucket that a duration belongs to; a negative duration counts as none."""
    return _bucket(int(seconds * 1e9))


def _bucket(nanoseconds: int) -> int:
    shift = nanoseconds.bit_length() - SIGNIFICANT_BITS
    if shift <= 0:
        return max(nanoseconds, 0)
    return nanoseconds >> shift << shift if nanoseconds > 0 else 0


def middle(edge: int) -> float:
    """The value, in seconds, that stands for everything in a bucket."""
    shift = edge.bit_length() - SIGNIFICANT_BITS
    return (edge + (1 << shift >> 1)) / 1e9 if shift > 0 else edge / 1e9


def counted(nanoseconds: array[float]) -> Counts:
    """How often each bucket was met by durations, given as single-precision numbers (`array("f")`).

    The upper half of such a number is its exponent and seven bits below the highest, which is what a bucket keeps: so
    durations are counted by it, many at once, and only what differs is turned into a bucket.
    """
    halves = memoryview(nanoseconds).cast("B").cast("H")[_UPPER_HALF::2].tolist()
    counts: Counts = {}
    for half, count in Counter(halves).items():
        edge = _bucket(int(unpack("f", pack("I", half << 16))[0])) if half < _NEGATIVE else 0
        counts[edge] = counts.get(edge, 0) + count
    return counts


class Histogram:
    """Durations, counted. Merging is addition and therefore exact; a percentile is within 0.4 % from 1 us on.

    counts: an earlier state, taken over as it is and not copied.
    """

    __slots__ = ("counts",)

    def __init__(self, counts: Counts | None = None) -> None:
        self.counts: Counts = {} if counts is None else counts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]  # it grows, so it is no key

    def __repr__(self) -> str:
        return f"<Histogram of {self.total}>"

    def add(self, seconds: float, count: int = 1) -> None:
        """Count a duration, in seconds."""
        edge = bucket(seconds)
        self.counts[edge] = self.counts.get(edge, 0) + count

    def merge(self, other: Histogram | Mapping[int, int]) -> None:
        """Count everything that another histogram counted."""
        more = other.counts if isinstance(other, Histogram) else other
        counts = self.counts
        for edge, count in more.items():
            counts[edge] = counts.get(edge, 0) + count

    @property
    def total(self) -> int:
        """How many durations were counted."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float:
        """The mean in seconds, 0 when nothing was counted."""
        total = self.total
        return sum(middle(edge) * count for edge, count in self.counts.items()) / total if total else 0.0

    @property
    def highest(self) -> float:
        """The largest duration in seconds, 0 when nothing was counted."""
        return middle(max(self.counts)) if self.counts else 0.0

    @property
    def lowest(self) -> float:
        """The smallest duration in seconds, 0 when nothing was counted."""
        return middle(min(self.counts)) if self.counts else 0.0

    def percentile(self, percent: float) -> float:
        """The duration, in seconds, that this share of all durations does not exceed; 0 when nothing was counted."""
        return self.percentiles([percent])[0]

    def at_rank(self, rank: int) -> float:
        """The rank-th smallest duration in seconds, counted from 1; 0 when there is none."""
        passed = 0
        for edge, count in sorted(self.counts.items()):
            passed += count
            if passed >= rank:
                return middle(edge)
        return 0.0

    def percentiles(self, percents: Sequence[float]) -> list[float]:
        """Several percentiles in one pass over the buckets, in the order in which they were asked for.

        percents: each from 0 to 100. The k-th smallest duration is given, k = percent/100 of the total, rounded up.
        """
        total = self.total
        if not total:
            return [0.0] * len(percents)
        # a share such as 99.9 % of 1000 is 999 and not the 999.0000000000001 that floats make of it
        ranks = [max(1, math.ceil(round(total * percent / 100, 6))) for percent in percents]
        found = [0.0] * len(percents)
        order = sorted(range(len(percents)), key=lambda index: ranks[index])
        passed, waiting = 0, iter(order)
        index = next(waiting, None)
        for edge, count in sorted(self.counts.items()):
            passed += count
            while index is not None and ranks[index] <= passed:
                found[index] = middle(edge)
                index = next(waiting, None)
        return found

    def to_pairs(self) -> list[tuple[float, int]]:
        """The histogram for JSON: [microseconds, count] for each bucket that was met, in ascending order."""
        return [(round(middle(edge) * 1e6, 3), count) for edge, count in sorted(self.counts.items())]

    @classmethod
    def from_pairs(cls, pairs: Iterable[Sequence[float]]) -> Histogram:
        """What `to_pairs` gave, as a histogram equal to the one it was made of."""
        histogram = cls()
        for microseconds, count in pairs:
            # half a nanosecond more, so that a value printed with three decimals falls into its bucket again
            histogram.add((microseconds * 1e3 + 0.5) / 1e9, int(count))
        return histogram

    def to_hgrm(self) -> str:
        """The percentile distribution as HdrHistogram prints it (`.hgrm`), in milliseconds, to the nanosecond."""
        total, levels = self.total, _levels(self.total)
        rows = ["           Value     Percentile TotalCount 1/(1-Percentile)", ""]
        edges, passed = sorted(self.counts.items()), 0
        level = next(levels)
        for edge, count in edges:
            passed += count
            while level is not None and passed >= math.ceil(round(level * total, 6)):
                last = edge == edges[-1][0]
                share = 1.0 if last else level
                inverse = f"{1 / (1 - share):15.2f}" if share < 1 else ""
                rows.append(f"{middle(edge) * 1e3:16.6f} {share:.12f} {passed:10d} {inverse}".rstrip())
                if last:
                    break
                level = next(levels)
        mean = self.mean
        square = sum(count * (middle(edge) - mean) ** 2 for edge, count in edges)
        deviation = math.sqrt(square / total) if total else 0.0
        rows += [
            f"#[Mean    = {mean * 1e3:16.6f}, StdDeviation   = {deviation * 1e3:16.6f}]",
            f"#[Max     = {self.highest * 1e3:16.6f}, Total count    = {total:12d}]",
            f"#[Buckets = {len(edges):12d}, SubBuckets     = {1 << SIGNIFICANT_BITS:12d}]",
        ]
        return "\n".join(rows) + "\n"


def _levels(total: int) -> Iterator[float]:
    """The shares at which a percentile distribution has its lines, ever closer to 1."""
    level, half = 0.0, 0
    while True:
        yield level
        # each halving of what is left to 1 is divided into the same number of lines
        half = int(math.log2(1 / (1 - level))) + 1 if level < 1 else half
        level += 1 / (TICKS_PER_HALF * 2**half)
        if 1 - level < 1 / max(2 * total, 2):
            level = 1.0
