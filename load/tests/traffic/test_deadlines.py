"""Deadlines: nobody is told early, nobody more than a tick late, and idle members cost next to nothing."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from load.traffic.http.deadlines import Deadlines

TICK, MOST = 0.25, 2.0


class Member:
    """Waits, and notes when it was told."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.forgotten = False
        self.reported: list[float] = []

    def out_of_time(self, now: float) -> None:
        """Note it, and wait for nothing."""
        self.reported.append(now)
        self.since = math.inf


def turn_until(deadlines: Deadlines, end: float, begin: float = 0.0) -> None:
    ticks = round((end - begin) / TICK)
    for index in range(1, ticks + 1):
        deadlines.turn(begin + index * TICK)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_each_is_told_once_within_a_tick_after_its_time(begins: list[float]) -> None:
    deadlines, members = Deadlines(MOST, TICK), [Member(math.inf) for _ in begins]
    for member in members:
        deadlines.watch(member)
    now = 0.0
    while now < 15:
        now += TICK
        for member, begin in zip(members, begins, strict=True):
            if member.since == math.inf and not member.reported and begin <= now:
                member.since = begin
        deadlines.turn(now)

    for member, begin in zip(members, begins, strict=True):
        assert len(member.reported) == 1
        assert begin + MOST <= member.reported[0] <= begin + MOST + 2 * TICK


def test_who_waits_anew_in_time_is_never_told() -> None:
    deadlines, member = Deadlines(MOST, TICK), Member(0.0)
    deadlines.watch(member)
    for index in range(1, 100):
        member.since = index * TICK
        deadlines.turn(index * TICK)

    assert not member.reported


def test_a_forgotten_member_is_dropped_and_not_told() -> None:
    deadlines, member = Deadlines(MOST, TICK), Member(0.0)
    deadlines.watch(member)
    member.forgotten = True
    turn_until(deadlines, 5)

    assert not member.reported
    assert len(deadlines) == 0


def test_a_member_that_waits_again_when_told_is_told_again() -> None:
    class Stubborn(Member):
        def out_of_time(self, now: float) -> None:
            self.reported.append(now)
            self.since = now

    deadlines, member = Deadlines(MOST, TICK), Stubborn(0.0)
    deadlines.watch(member)
    turn_until(deadlines, 7)

    assert len(member.reported) == 3


def test_a_wheel_that_is_turned_too_seldom_catches_up() -> None:
    deadlines, member = Deadlines(MOST, TICK), Member(0.0)
    deadlines.watch(member)
    deadlines.turn(TICK)
    for now in (1.0, 2.0, 3.0):
        deadlines.turn(now)

    assert member.reported == [2.0]


def test_a_wheel_that_stood_still_for_long_tells_everybody_at_once() -> None:
    deadlines, members = Deadlines(MOST, TICK), [Member(0.0) for _ in range(10)]
    for member in members:
        deadlines.watch(member)
    deadlines.turn(TICK)
    deadlines.turn(60.0)

    assert [member.reported for member in members] == [[60.0]] * 10
