"""How the figures of a load run are written for people: times, rates, shares, budgets; and their totals."""

from __future__ import annotations

from dataclasses import dataclass

from reports.load.record import Record

_UNITS = ((1_000_000, "s"), (1_000, "ms"), (1, "\u00b5s"))


@dataclass(frozen=True, kw_only=True)
class Total:
    """All rows of a run together. reached: answers a second; p50, p99: from plan, in microseconds, of every row."""

    planned: int
    done: int
    failed: int
    not_started: int
    reached: float
    broken: int
    checked: int


def total(record: Record) -> Total:
    """The sums over the rows; a row named `all` is such a sum itself, and is left out."""
    rows = [row for row in record["rows"] if row["name"] != "all"] or record["rows"]
    done = sum(row["done"] for row in rows)
    return Total(
        planned=sum(row["planned"] for row in rows),
        done=done,
        failed=sum(sum(row["failed"].values()) for row in rows),
        not_started=sum(row["not_started"] for row in rows),
        reached=done / record["seconds"] if record["seconds"] else 0.0,
        broken=sum(item["broken"] > 0 for item in record["promises"]),
        checked=sum(item["checked"] for item in record["promises"]),
    )


def duration(microseconds: float) -> str:
    """A time with three digits and its unit: `12.3 ms`."""
    size, unit = next(((size, unit) for size, unit in _UNITS if microseconds >= size), _UNITS[-1])
    return f"{float(f'{microseconds / size:.3g}'):g} {unit}"


def number(value: float) -> str:
    """A count, in groups of three digits."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


def rate(value: float) -> str:
    """Arrivals or answers a second."""
    return f"{number(round(value, 1))}/s"


def share(value: float) -> str:
    """A part of the whole, in per cent."""
    return f"{100 * value:.3g} %"


def figure(value: float | None, unit: str) -> str:
    """A budget's figure in its unit: us, share or 1/s."""
    if value is None:
        return "nothing was measured"
    return {"us": duration, "share": share, "1/s": rate}.get(unit, number)(value)


def limit(budget: Record) -> str:
    """What a budget demands: `at most 500 ms`."""
    bound = "at least" if budget["measure"] == "rate" else "at most"
    return f"{bound} {figure(budget['limit'], budget['unit'])}"


def measured(budget: Record) -> str:
    """What was measured for a budget."""
    if budget["measured"] is None and budget.get("unserved"):  # files before version 3 have none
        return f"{share(budget['unserved'])} failed or never began"
    return figure(budget["measured"], budget["unit"])


def is_valid(record: Record) -> bool:
    """Whether the measurement says anything of the server's speed: only then are budgets judged."""
    return all(item["kept"] for item in record["validity"])


def kept(*, fine: bool, judged: bool = True) -> str:
    """Kept or missed, with its sign."""
    if not judged:
        return "not judged"
    return "\u2713 kept" if fine else "\u2717 missed"
