"""Alarms ring once, when they were last set to, and never early."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

import gevent
import pytest
from gevent.event import Event

from load.tests.driving import MOST_SECONDS
from load.traffic.alarm import Alarm, SleepingAlarm, TimerFdAlarm
from load.traffic.http.readiness import Readiness

Kind = type[SleepingAlarm] | type[TimerFdAlarm]
KINDS: list[Kind] = [SleepingAlarm, TimerFdAlarm] if sys.platform == "linux" else [SleepingAlarm]


def alarm_of(kind: Kind, callback: Callable[[], None]) -> Alarm:
    """An alarm of that kind, and what wakes it where it has a descriptor."""
    return TimerFdAlarm(callback, Readiness()) if kind is TimerFdAlarm else SleepingAlarm(callback)


each_kind = pytest.mark.parametrize("kind", KINDS)


def rings_after(kind: Kind, *settings: float) -> tuple[list[float], list[float]]:
    """Set an alarm to these seconds from now, one after another: the instants set, and those at which it rang."""
    rung: list[float] = []
    done = Event()

    def ring() -> None:
        rung.append(perf_counter())
        done.set()

    clock = alarm_of(kind, ring)
    instants = [perf_counter() + seconds for seconds in settings]
    for instant in instants:
        clock.at(instant)
    done.wait(MOST_SECONDS)
    clock.close()
    return instants, rung


@each_kind
def test_an_alarm_rings_once_at_its_instant_and_not_before(kind: Kind) -> None:
    [instant], [rung] = rings_after(kind, 0.02)

    assert rung >= instant


@each_kind
def test_the_last_setting_counts(kind: Kind) -> None:
    [_, later], [rung] = rings_after(kind, 0.01, 0.05)

    assert rung >= later


@each_kind
def test_an_instant_that_has_passed_rings_at_once(kind: Kind) -> None:
    done = Event()
    clock = alarm_of(kind, done.set)
    clock.at(perf_counter() - 1)

    assert done.wait(MOST_SECONDS)
    clock.close()


@each_kind
def test_a_closed_alarm_never_rings(kind: Kind) -> None:
    rung: list[int] = []
    clock = alarm_of(kind, lambda: rung.append(1))
    clock.at(perf_counter() + 0.01)
    clock.close()
    clock.close()
    gevent.sleep(0.03)

    assert not rung
