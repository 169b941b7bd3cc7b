"""Progress without a terminal: a line now and then, however seldom a busy machine gets round to it."""

from __future__ import annotations

import io

import pytest

from load.measuring.row import Row
from load.running.progress import Progress


def _lines(*numbers: int, nothing_before: int = 0) -> list[str]:
    stream = io.StringIO()
    progress = Progress(stream)
    for number in numbers:
        progress.second(number, 60, Row() if number >= nothing_before else None, 0, 0)
    return [line.split()[0] for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (range(1, 22), ["1", "2", "3", "5", "10", "20"]),
        ([1, 4, 6, 9, 11, 12, 21], ["1", "4", "6", "11", "21"]),
        ([8, 8, 9], ["8"]),
    ],
)
def test_a_second_that_was_left_out_is_made_up_for(numbers: list[int], expected: list[str]) -> None:
    assert _lines(*numbers) == expected


def test_nothing_is_told_of_a_second_before_all_is_known_of_it() -> None:
    assert _lines(1, 2, 3, 4, nothing_before=4) == ["4"]
