"""The charts of load.html, as inline SVG: what each shows is in its title, its lines differ by dash and weight too.

Numbers go in and SVG text comes out; nothing is drawn by a script, and every word in it is escaped.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.forms.html import visible

WIDTH, HEIGHT = 480, 236
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 12, 40
LEGEND = 18
"""Height of one line of the legend."""
MOST_POINTS = 240
"""Points of one line; a longer run is shown in steps of several seconds."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart. style: the class that dashes and colours it; points: x and y, y None where nothing was."""

    label: str
    style: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What an axis shows. unit: how a value is written; logarithmic: decades, for what spans several."""

    title: str
    unit: Callable[[float], str]
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A point by itself. filled: whether it was fine; otherwise it is a cross."""

    x: float
    y: float
    filled: bool


def thinned(
    values: Sequence[float], together: Callable[[Sequence[float]], float]
) -> list[tuple[float, float | None]]:
    """Points of values a second apart, several seconds in one by `together` where there are too many."""
    size = max(1, math.ceil(len(values) / MOST_POINTS))
    return [
        (float(at), together(values[at : at + size]))
        for at in range(0, len(values), size)
        if values[at : at + size]
    ]


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    x: Axis,
    y: Axis,
    marks: Sequence[Mark] = (),
    upright: tuple[float, str] | None = None,
) -> str:
    """A chart of lines over a common x. upright: a vertical line at x, with its word."""
    points = [(at, value) for line in lines for at, value in line.points if value is not None]
    points += [(mark.x, mark.y) for mark in marks]
    rows = math.ceil(len(lines) / 3)
    frame = _Frame(points, x, y, top=TOP + rows * LEGEND)
    root = _svg(title, frame)
    _axes(root, frame, x, y)
    _legend(root, lines)
    for line in lines:
        _line(root, frame, line)
    if upright is not None:
        at, word = upright
        across = frame.across(at)
        _put(root, "line", x1=across, x2=across, y1=frame.top, y2=frame.bottom, **{"class": "upright"})
        left = across > WIDTH / 2
        _text(root, word, across - 5 if left else across + 5, frame.top + 12, "end" if left else "start")
    for mark in marks:
        _mark(root, frame, mark)
    return ET.tostring(root, encoding="unicode")


def bars(title: str, values: Sequence[tuple[str, float]], *, unit: Callable[[float], str]) -> str:
    """A bar each, one below the other, with its word and its figure: readable without any colour."""
    height = 22 * len(values) + 8
    root = ET.Element("svg", {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "class": "chart"})
    ET.SubElement(root, "title").text = visible(title)
    most = max((value for _, value in values), default=0) or 1
    for at, (name, value) in enumerate(values):
        down = 4 + 22 * at
        long = max(1.0, (WIDTH - 240) * value / most) if value else 0.0
        _text(root, name, 140, down + 14, "end")
        _put(root, "rect", x=148, y=down + 3, width=long, height=14, **{"class": "bar"})
        _text(root, unit(value), 154 + long, down + 14, "start")
    return ET.tostring(root, encoding="unicode")


class _Frame:
    """Where values stand in the picture."""

    def __init__(self, points: Sequence[tuple[float, float]], x: Axis, y: Axis, *, top: int) -> None:
        xs, ys = [at for at, _ in points] or [0.0, 1.0], [value for _, value in points] or [1.0]
        self.top, self.bottom = top, HEIGHT - BOTTOM
        self.height = HEIGHT
        self.x_ticks = _ticks(min(xs), max(xs)) if not x.logarithmic else _decades(min(xs), max(xs))
        self.y_ticks = _decades(min(ys), max(ys)) if y.logarithmic else _ticks(0.0, max(ys) or 1.0)
        self._x = (min(*xs, self.x_ticks[0]), max(*xs, self.x_ticks[-1]))
        self._y = (self.y_ticks[0], self.y_ticks[-1])
        self._logarithmic = y.logarithmic

    def across(self, value: float) -> float:
        """The x of a value."""
        low, high = self._x
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / ((high - low) or 1)

    def up(self, value: float) -> float:
        """The y of a value."""
        low, high = self._y
        if self._logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
        return self.bottom - (self.bottom - self.top) * (value - low) / ((high - low) or 1)


def _ticks(low: float, high: float) -> list[float]:
    """Four to seven round values that enclose low and high."""
    span = max(high - low, 1e-9)
    rough = 10 ** math.floor(math.log10(span / 4))
    step = next(rough * factor for factor in (1, 2, 2.5, 5, 10) if span / (rough * factor) <= 6)
    first = math.floor(low / step + 1e-9)
    return [round(step * at, 9) for at in range(first, math.ceil(high / step - 1e-9) + 1)] or [low, high]


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten that enclose low and high, with 2 and 5 between where there are few."""
    first, last = math.floor(math.log10(max(low, 1))), math.ceil(math.log10(max(high, 10)))
    last = max(last, first + 1)
    between = (1, 2, 5) if last - first <= 2 else (1,)
    return [float(factor * 10**power) for power in range(first, last) for factor in between] + [
        float(10**last)
    ]


def _svg(title: str, frame: _Frame) -> ET.Element:
    root = ET.Element("svg", {"viewBox": f"0 0 {WIDTH} {frame.height}", "role": "img", "class": "chart"})
    ET.SubElement(root, "title").text = visible(title)
    return root


def _axes(root: ET.Element, frame: _Frame, x: Axis, y: Axis) -> None:
    for value in frame.y_ticks:
        up = frame.up(value)
        _put(root, "line", x1=LEFT, x2=WIDTH - RIGHT, y1=up, y2=up, **{"class": "grid"})
        _text(root, y.unit(value), LEFT - 6, up + 4, "end")
    for value in frame.x_ticks:
        across = frame.across(value)
        _put(root, "line", x1=across, x2=across, y1=frame.bottom, y2=frame.bottom + 4, **{"class": "axis"})
        _text(root, x.unit(value), across, frame.bottom + 17, "middle")
    _put(root, "line", x1=LEFT, x2=WIDTH - RIGHT, y1=frame.bottom, y2=frame.bottom, **{"class": "axis"})
    _text(root, x.title, (LEFT + WIDTH - RIGHT) / 2, frame.bottom + 34, "middle")


def _legend(root: ET.Element, lines: Sequence[Line]) -> None:
    for at, line in enumerate(lines):
        across, down = LEFT + at % 3 * 136, TOP + at // 3 * LEGEND
        _put(root, "line", x1=across, x2=across + 26, y1=down, y2=down, **{"class": f"line {line.style}"})
        _text(root, line.label, across + 32, down + 4, "start")


def _line(root: ET.Element, frame: _Frame, line: Line) -> None:
    """The line, broken where nothing was; a dot where a value stands alone."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for at, value in line.points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((frame.across(at), frame.up(value)))
    for piece in filter(None, pieces):
        if len(piece) == 1:
            _put(root, "circle", cx=piece[0][0], cy=piece[0][1], r=2, **{"class": "dot"})
            continue
        told = " ".join(f"{across:.1f},{up:.1f}" for across, up in piece)
        ET.SubElement(root, "polyline", {"points": told, "class": f"line {line.style}"})


def _mark(root: ET.Element, frame: _Frame, mark: Mark) -> None:
    across, up = frame.across(mark.x), frame.up(mark.y)
    if mark.filled:
        _put(root, "circle", cx=across, cy=up, r=4, **{"class": "dot"})
        return
    told = f"M{across - 5:.1f} {up - 5:.1f}l10 10m0 -10l-10 10"
    ET.SubElement(root, "path", {"d": told, "class": "cross"})


def _put(root: ET.Element, tag: str, **attributes: float | str) -> None:
    ET.SubElement(
        root,
        tag,
        {name: value if isinstance(value, str) else f"{value:.1f}" for name, value in attributes.items()},
    )


def _text(root: ET.Element, words: str, across: float, down: float, anchor: str) -> None:
    element = ET.SubElement(root, "text", {"x": f"{across:.1f}", "y": f"{down:.1f}", "text-anchor": anchor})
    element.text = visible(words)
