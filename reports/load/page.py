"""load.html: one load run as one file that works offline, prints, and asks the network for nothing.

The verdict comes first. What a server or a target file says is hostile text: the template escapes everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.load.charts import Axis, Line, Mark, bars, chart, thinned
from reports.load.record import Record
from reports.load.words import duration, is_valid, kept, limit, measured, number, rate, share, total
from reports.page import render_page

MOST_TEXT = 8_192
"""Characters shown of one exchange; load.json holds all that was kept."""

_TIME = Axis(title="seconds since the first planned instant", unit=lambda value: f"{value:g}")
_LATENCY = Axis(title="", unit=duration, logarithmic=True)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its caption. svg: our own markup, whose words were escaped."""

    title: str
    note: str
    svg: Markup


def render(record: Record) -> str:
    """The whole page, as HTML. record: a load.json of a version that is understood."""
    rows = record["rows"]
    return render_page(
        "load.html.j2",
        record=record,
        tone={0: "good", 1: "bad", 3: "bad"}.get(record["verdict"]["exit_code"], "unsure"),
        totals=total(record),
        failures=_by_kind(rows),
        figures=[_figure(*parts) for parts in _figures(record)],
        delays=[
            (item["text"], item["delay"], _figure("", "", _histogram(item["delay"]["histogram"])).svg)
            for item in record["promises"]
            if item.get("delay") and item["delay"]["histogram"]
        ],
        duration=duration,
        number=number,
        rate=rate,
        share=share,
        limit=limit,
        measured=measured,
        kept=kept,
        valid=is_valid(record),
        cut=MOST_TEXT,
    )


def _figure(title: str, note: str, svg: str) -> Figure:
    return Figure(title=title, note=note, svg=Markup(svg))  # noqa: S704 - made here, its words escaped by ElementTree


def _by_kind(rows: Sequence[Record]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for row in rows:
        if row["name"] != "all":
            kinds.update(row["failed"])
    return kinds


def _figures(record: Record) -> Iterable[tuple[str, str, str]]:
    """Title, how to read it, and the chart; what has no data has no chart."""
    seconds = record["seconds_by_second"]
    if seconds:
        yield (
            "Planned and reached rate",
            "Arrivals a second. Where the lines part, the generator or the server did not keep up.",
            _rates(seconds),
        )
        yield (
            "Response times",
            "From the planned instant, which is what a client waits, and from sending. Logarithmic.",
            _latencies(seconds),
        )
        yield (
            "Start lag",
            "How late the generator sent, at most of 99 of 100 arrivals. If it is large, the figures are ours.",
            _lag(seconds),
        )
        yield (
            "In flight",
            "Requests that were sent and not yet answered, at the end of a second.",
            _in_flight(seconds),
        )
    kinds = dict.fromkeys(kind for second in seconds for kind in second["failed"])
    for kind in kinds:
        lost = [float(second["failed"].get(kind, 0)) for second in seconds]
        line = Line(label=kind, style="worst", points=thinned(lost, sum))
        yield (
            f"Failures: {kind}",
            "How many arrivals failed so, by second.",
            chart(f"Failures of kind {kind} over time", [line], x=_TIME, y=Axis(title="", unit=number)),
        )
    if record["steps"]:
        yield (
            "Rates that were tried",
            "A dot kept every budget, a cross did not. The upright line is the highest rate that held.",
            _steps(record),
        )


def _rates(seconds: Sequence[Record]) -> str:
    lines = [
        Line(label=name, style=style, points=thinned([float(each[name]) for each in seconds], _mean))
        for name, style in (("planned", "send"), ("started", "thin"), ("done", "main"))
    ]
    return chart(
        "Planned, started and answered arrivals a second, over time",
        lines,
        x=_TIME,
        y=Axis(title="", unit=number),
    )


def _latencies(seconds: Sequence[Record]) -> str:
    lines = []
    for kind, words in (("from_plan", "plan"), ("from_send", "send")):
        for name, style in (("p50", "thin"), ("p90", "main"), ("p99", "worst")):
            size = thinned([float(second[kind][name]) if second["done"] else -1.0 for second in seconds], max)
            points = [(at, None if value is None or value < 0 else max(value, 1.0)) for at, value in size]
            lines.append(Line(label=f"{name} from {words}", style=f"{style} {words}", points=points))
    return chart("Percentiles of the response time over time", lines, x=_TIME, y=_LATENCY)


def _lag(seconds: Sequence[Record]) -> str:
    size = thinned(
        [float(max(1, second["start_lag_p99"])) if second["planned"] else -1.0 for second in seconds], max
    )
    points = [(at, None if value is None or value < 0 else value) for at, value in size]
    return chart(
        "Start lag over time", [Line(label="start lag p99", style="main", points=points)], x=_TIME, y=_LATENCY
    )


def _in_flight(seconds: Sequence[Record]) -> str:
    points = thinned([float(second["in_flight"]) for second in seconds], max)
    line = Line(label="in flight", style="main", points=points)
    return chart("Requests in flight over time", [line], x=_TIME, y=Axis(title="", unit=number))


def _steps(record: Record) -> str:
    steps = sorted(record["steps"], key=lambda step: float(step["rate"]))
    marks = [Mark(x=step["rate"], y=max(1, step["p99"]), filled=step["kept"]) for step in steps]
    line = Line(label="p99 from plan", style="main", points=[(mark.x, mark.y) for mark in marks])
    held = record.get("held")  # files of older versions have none
    return chart(
        "p99 of the response time by the rate that was tried",
        [line],
        x=Axis(title="arrivals a second", unit=number),
        y=_LATENCY,
        marks=marks,
        upright=None if held is None else (held, f"{rate(held)} held"),
    )


def _histogram(pairs: Sequence[tuple[float, int]]) -> str:
    """How long a promise took to come true, in steps of 1, 2 and 5."""
    edges = [factor * 10**power for power in range(1, 10) for factor in (1, 2, 5)]
    counts: Counter[int] = Counter()
    for value, count in pairs:
        counts[next((edge for edge in edges if value <= edge), edges[-1])] += count
    used = [edge for edge in edges if min(counts) <= edge <= max(counts)]
    return bars(
        "How often it took how long",
        [(f"up to {duration(edge)}", counts[edge]) for edge in used],
        unit=number,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
