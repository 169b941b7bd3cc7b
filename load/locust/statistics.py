"""LocustStatistics: adds what was measured to Locust's own statistics once a second, and sends it to the master.

So Locust's web interface, tables, CSV, HTML, shapes and exit codes work as they do for its own users, at no cost for
each request. Imports gevent and Locust. What was measured, and how, does not belong here.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import gevent
import locust.runners
import locust.stats
from locust.env import Environment
from locust.stats import RequestStats, StatsError

from load.measuring.histogram import middle
from load.measuring.measurement import Measurement
from load.traffic.iteration import Call, Failure, Reply
from load.traffic.virtual_user import Listener

EVERY_SECONDS = 1.0
KEY = "load"
"""Where a worker's report to its master holds our measurement, beside Locust's own statistics."""


def milliseconds(value: float) -> float:
    """A response time in milliseconds to three digits; Locust's own rounding shows 0.4 ms as 0 and 1.5 ms as 1 or 2."""
    return float(f"{value:.3g}")


class LocustStatistics:
    """Joins one process's measurement with one Locust environment.

    measurement: where this process counts; it is drained. method: the column "Type" of Locust's tables. each: calls
    are reported to Locust one by one (see `firing`), and not once a second as well.
    total: everything so far, of this process, or on a master of all its workers.
    """

    def __init__(
        self, environment: Environment, measurement: Measurement, *, method: str = "POST", each: bool = False
    ) -> None:
        self.environment = environment
        self.method = method
        self.each = each
        self.total = Measurement(measurement.epoch)
        self._measurement = measurement
        self._unsent = Measurement(measurement.epoch)
        self._clock: Any = None

    def attach(self) -> None:
        """Begin to hand over, once a second and at the end of a test; on a worker, to the master too."""
        events: Any = self.environment.events  # Locust's hooks are not typed
        # documented as replaceable; its int is a habit and not a need
        locust.stats.bucket_response_time = milliseconds  # type: ignore[assignment]
        locust.runners.WORKER_REPORT_INTERVAL = EVERY_SECONDS
        events.report_to_master.add_listener(self._on_report_to_master)
        events.worker_report.add_listener(self._on_worker_report)
        events.test_stop.add_listener(self._on_flush)
        events.quitting.add_listener(self._on_flush)
        # Locust serialises its statistics in a listener that came first: they have to hold this second by then
        listeners = events.report_to_master._handlers  # noqa: SLF001 - there is no public way to come first
        listeners.insert(0, listeners.pop())
        self._clock = gevent.spawn(self._flush_every_second)

    def detach(self) -> None:
        """Hand over what is left, and stop."""
        self.flush()
        events: Any = self.environment.events  # Locust's hooks are not typed
        events.report_to_master.remove_listener(self._on_report_to_master)
        events.worker_report.remove_listener(self._on_worker_report)
        events.test_stop.remove_listener(self._on_flush)
        events.quitting.remove_listener(self._on_flush)
        if self._clock is not None:
            self._clock.kill()

    def flush(self) -> None:
        """Hand over everything that was counted since the last time."""
        drained = self._measurement.drain()
        if not self.each:
            add_to_locust(drained, self.environment.stats, self.method)
        self._unsent.merge(drained)
        self.total.merge(drained)
        self.total.settle()

    def _flush_every_second(self) -> None:
        while True:
            gevent.sleep(EVERY_SECONDS)
            self.flush()

    def _on_flush(self, **_: object) -> None:
        self.flush()

    def _on_report_to_master(self, data: dict[str, Any], **_: object) -> None:
        self.flush()
        data[KEY] = self._unsent.drain().to_json()

    def _on_worker_report(self, data: dict[str, Any], **_: object) -> None:
        if KEY in data:
            self.total.merge(Measurement.from_json(data[KEY]))
            self.total.settle()


def add_to_locust(drained: Measurement, stats: RequestStats, method: str) -> None:
    """Add what was drained to Locust's statistics: times from the plan, failures as entries of its error table."""
    for index, rows in sorted(drained.seconds.items()):
        second = int(drained.epoch) + index
        for name, row in rows.items():
            times: Counter[float] = Counter()
            for edge, count in row.ended_after.counts.items():
                times[milliseconds(middle(edge) * 1e3)] += count
            for entry in (stats.total, stats.entries[name, method]):
                _add_times(entry, times, second)
                if row.failures:
                    entry.num_failures += row.failures
                    entry.num_fail_per_sec[second] += row.failures
    now = time.time()
    for (name, kind, detail), count in drained.details.items():
        text = f"{kind}: {detail}" if detail else kind
        error = stats.errors.setdefault(
            StatsError.create_key(method, name, text), StatsError(method, name, text, first_seen=now)
        )
        error.occurrences += count
        error.last_seen = now


def _add_times(entry: Any, times: Counter[float], second: int) -> None:
    # a StatsEntry, whose times are typed as whole milliseconds and are no such thing
    if not times:
        return
    now = time.time()
    last = entry.last_request_timestamp
    if entry.use_response_times_cache and last and int(now) > int(last):
        entry._cache_response_times(int(now) - 1)  # noqa: SLF001 - StatsEntry.log does it for each request
    count = times.total()
    entry.num_requests += count
    entry.num_reqs_per_sec[second] += count
    entry.last_request_timestamp = now
    entry.total_response_time += sum(value * times[value] for value in times)
    lowest, highest = min(times), max(times)
    entry.min_response_time = (
        lowest if entry.min_response_time is None else min(entry.min_response_time, lowest)
    )
    entry.max_response_time = max(entry.max_response_time, highest)
    for value, more in times.items():
        entry.response_times[value] += more


def firing(environment: Environment, method: str = "POST") -> Listener:
    """A listener that fires Locust's `events.request` for every call: only for listeners that need each one.

    It costs about 3 us a call. Locust's own listener then counts too, so it is not to be used beside `pour`.
    """
    fire: Any = environment.events.request.fire

    def fire_event(call: Call, outcome: Reply | Failure, planned: float) -> None:
        failure, seconds = outcome.failure, outcome.done - planned
        fire(
            request_type=method,
            name=call.name,
            response_time=seconds * 1e3,
            response_length=len(outcome.body),
            exception=RuntimeError(f"{failure.kind}: {failure.detail}") if failure is not None else None,
            context={},
            start_time=time.time() - seconds,
            url=call.origin.authority,
            response=outcome,
        )

    return fire_event
