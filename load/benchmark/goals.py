"""What the figures are held to. Pure: figures in, goals with what was measured out. Nothing is run here.

Where a token request's cost goes (`--only token`, 32 connections, 2026-11-30, medians of nine turns on two cores with a
load average of 30 to 47, which makes every request dearer and the ratios of single turns spread by a fifth):

    bare    0.84 times wrk   sends, waits and reads in Python; a recv and a send a request, an epoll_wait for twelve
    wrk     1                a read, a write and two epoll_ctl a request; 88 % of its time is the kernel's
    ours    1.28 times wrk   54 % kernel, 36 % interpreter, 4 % msgspec, 6 % the rest (perf record -e cpu-clock)
    k9      2.0 times wrk    so that 0.5 of it would be what wrk costs, with every answer checked

Of the interpreter's 2.2 us a request, by the best of many short bursts with pretended sockets: 0.5 to decode by type,
0.25 to end an iteration and begin the next, 0.2 to judge the values, 0.15 for the Reply, 0.1 for two clocks; the rest
is to find the connection and the head, and to count. Beyond `bare`, 1.15 times wrk would leave about 1.4 us for all of
that. Two processes share one core here, and the server has the other: what is measured is their cost a request, with
Locust's own for three processes in it. What two workers deliver on two free cores cannot be seen on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

Figures = Mapping[str, Any]
Goal = dict[str, Any]

RATIOS: Sequence[tuple[str, str, int, str, float]] = (
    ("token", "ours", 32, "wrk", 1.15),
    ("token", "ours", 256, "wrk", 1.5),
    ("token", "ours", 32, "hey", 1 / 3),
    ("token", "ours", 32, "k6", 1 / 8),
    ("token", "ours", 32, "k9", 1 / 2),
    ("token", "ours", 32, "fast", 1 / 12),
    ("token", "ours", 32, "http", 1 / 45),
    ("pair", "ours pair", 32, "wrk", 1.9),
    ("traces", "ours traced", 32, "ours", 1.1),
    ("tls", "ours tls", 32, "wrk tls", 1.5),
    ("metrics", "plan with metrics", 32, "plan", 1.02),
    ("processes", "ours 2 processes", 32, "ours", 1.25),
)
"""Part, what is measured, at how many connections, what it is compared with, and the most that the ratio may be."""

MOST_BYTES_A_CONNECTION = 25_000
MOST_LAG_MS = 0.1
LEAST_DELIVERED = 0.999


def judge(figures: Figures) -> list[Goal]:
    """Every goal with its limit, what was measured (None where it was not), and whether it is met."""
    goals = [_ratio(figures["costs"], row) for row in RATIOS]
    goals.append(_memory(figures["costs"]))
    opened = [
        reported for reported in figures["paced"] if reported["part"] == "open" and reported["tool"] == "ours"
    ]
    delivered = [reported["begun_in_time"] / reported["planned"] for reported in opened]
    goals.append(
        _goal("open, 20,000/s: share begun within the plan's time", ">=", LEAST_DELIVERED, _middle(delivered))
    )
    lag = [reported["start_lag_ms"][0] for reported in opened]
    goals.append(_goal("open, 20,000/s: start lag p50, ms", "<=", MOST_LAG_MS, _middle(lag)))
    frozen = [
        reported
        for reported in figures["paced"]
        if reported["part"] == "frozen" and reported["tool"] == "ours"
    ]
    for percent, most in (("90", 0.10), ("99", 0.02)):
        off = [
            abs(reported["milliseconds"][percent] / truth(reported, float(percent)) - 1)
            for reported in frozen
        ]
        goals.append(_goal(f"frozen server: p{percent}, share off the truth", "<=", most, _middle(off)))
    left = [
        reported["planned"] - reported["done"] - sum(reported["failed"].values()) - reported["not_started"]
        for reported in frozen
    ]
    goals.append(_goal("frozen server: arrivals not accounted for", "<=", 0, _middle(left)))
    return goals


def truth(reported: Mapping[str, Any], percent: float, seconds: float = 8.0) -> float:
    """The percentile, in milliseconds, that every client together saw of a server that was frozen.

    The arrivals within the freeze wait for its end, evenly from all of it down to nothing; the others wait for next
    to nothing.
    """
    frozen: float = reported["frozen_seconds"]
    return frozen * (1 - (1 - percent / 100) * seconds / frozen) * 1e3


def line(goal: Goal) -> str:
    """A goal in one line."""
    verdict = {True: "met", False: "MISSED", None: "not measured"}[goal["met"]]
    measured = "-" if goal["measured"] is None else f"{goal['measured']:.4g}"
    return f"{verdict:12} {goal['what']:58} {measured:>10}  (goal {goal['relation']} {goal['limit']:.4g})"


def _ratio(costs: Sequence[Mapping[str, Any]], row: tuple[str, str, int, str, float]) -> Goal:
    """The median over rounds of the ratio of two neighbours."""
    part, tool, connections, peer, most = row
    mine, theirs = (
        [
            cost["microseconds"]
            for cost in costs
            if (cost["part"], cost["tool"], cost["connections"]) == (part, name, connections)
        ]
        for name in (tool, peer)
    )
    ratios = [one / other for one, other in zip(mine, theirs, strict=False)]
    return _goal(f"{part}, {connections} connections: {tool} over {peer}", "<=", most, _middle(ratios))


def _memory(costs: Sequence[Mapping[str, Any]]) -> Goal:
    sizes = {cost["connections"]: cost["resident"] for cost in costs if cost["part"] == "memory"}
    few, many = min(sizes, default=0), max(sizes, default=0)
    each = (sizes[many] - sizes[few]) / (many - few) if many > few else None
    return _goal(f"memory, bytes a connection at {many or 4000}", "<=", MOST_BYTES_A_CONNECTION, each)


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _goal(what: str, relation: str, limit: float, measured: float | None) -> Goal:
    compare: Callable[[float], bool] = (
        (lambda value: value <= limit) if relation == "<=" else (lambda value: value >= limit)
    )
    met = None if measured is None else compare(measured)
    return {"what": what, "relation": relation, "limit": limit, "measured": measured, "met": met}
