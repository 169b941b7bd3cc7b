"""Alarm: calls back at an absolute instant of `time.perf_counter`, to the microsecond where the system can.

What is to happen then does not belong here. Imports gevent.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import struct
import sys
import time
from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent

from load.traffic.http.readiness import Readiness

_MONOTONIC = 1
_NONBLOCKING_CLOSE_ON_EXEC = os.O_NONBLOCK | 0o2000000
_ABSOLUTE = 1
_SPIN_SECONDS = 0.0015
"""libev rounds to milliseconds: a sleeping alarm wakes that much early, and asks the clock until it is time."""


class TimerFdAlarm:
    """An alarm by a timerfd. perf_counter is CLOCK_MONOTONIC on Linux, so the kernel can be given its instants."""

    def __init__(self, callback: Callable[[], None], readiness: Readiness) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.timerfd_create(_MONOTONIC, _NONBLOCKING_CLOSE_ON_EXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._time = ctypes.create_string_buffer(32)
        settime = libc.timerfd_settime
        settime.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._settime = settime
        self._readiness = readiness
        readiness.watch(self._descriptor, self._ring)
        self._callback = callback
        self._instant = math.inf

    def at(self, instant: float) -> None:
        """Ring once, at this instant, or at once when it has passed. The last call counts."""
        self._instant = instant
        seconds = int(instant)
        # a time of zero would switch the timer off
        nanoseconds = max(int((instant - seconds) * 1e9), 1)
        struct.pack_into("qqqq", self._time, 0, 0, 0, seconds, nanoseconds)
        self._settime(self._descriptor, _ABSOLUTE, self._time, None)

    def _ring(self) -> None:
        instant = self._instant
        if perf_counter() < instant:
            return  # it was set anew meanwhile
        self._instant = math.inf
        self._callback()
        # to set a timer anew takes its ring back too, and spares the system call
        if self._instant == math.inf and self._descriptor >= 0:
            with contextlib.suppress(BlockingIOError):
                os.read(self._descriptor, 8)

    def close(self) -> None:
        """Never ring again, and give back what was held."""
        if self._descriptor >= 0:
            self._readiness.forget(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class SleepingAlarm:
    """An alarm by the loop's own timer, which wakes a little early and then asks the clock again and again."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._instant = 0.0
        self._loop = gevent.get_hub().loop
        self._timer: Any = None

    def at(self, instant: float) -> None:
        """Ring once, at this instant, or at once when it has passed. The last call counts."""
        self._stop()
        self._instant = instant
        self._timer = self._loop.timer(max(instant - perf_counter() - _SPIN_SECONDS, 0.0))
        self._timer.start(self._ring, update=True)

    def _ring(self) -> None:
        self._stop()
        instant = self._instant
        while perf_counter() < instant:
            pass
        self._callback()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def close(self) -> None:
        """Never ring again, and give back what was held."""
        self._stop()


Alarm = TimerFdAlarm | SleepingAlarm


def alarm(callback: Callable[[], None], readiness: Readiness) -> Alarm:
    """The best alarm that this system has. readiness: by which it is woken, where it has a descriptor."""
    monotonic = "CLOCK_MONOTONIC" in time.get_clock_info("perf_counter").implementation
    return (
        TimerFdAlarm(callback, readiness)
        if sys.platform == "linux" and monotonic
        else SleepingAlarm(callback)
    )
