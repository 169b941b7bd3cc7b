"""Ours as Locust runs it: closed, one user a connection; open, one user that follows a plan. For the benchmark alone.

Read from the environment: BENCHMARK_URL, BENCHMARK_ITERATION (token, traced or pair), for TLS BENCHMARK_CA, and for
open traffic BENCHMARK_RATE, BENCHMARK_SECONDS and BENCHMARK_CONNECTIONS. At the end a line of JSON tells what was
measured.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from time import perf_counter
from typing import Any

from locust import User, constant, events, task
from locust.env import Environment

from load.benchmark import iterations
from load.locust.statistics import LocustStatistics
from load.measuring.measurement import Measurement
from load.plan.arrivals import constant as constant_plan
from load.traffic.closed_model import ClosedTraffic
from load.traffic.engine import Engine
from load.traffic.http.origin import origin_of
from load.traffic.open_model import OpenTraffic

RATE = float(os.environ.get("BENCHMARK_RATE", "0"))
SECONDS = float(os.environ.get("BENCHMARK_SECONDS", "0"))
CONNECTIONS = int(os.environ.get("BENCHMARK_CONNECTIONS", "256"))
LEAD_SECONDS = 1.0

authorities = os.environ.get("BENCHMARK_CA")
origin = origin_of(os.environ["BENCHMARK_URL"], ca_file=Path(authorities) if authorities else None)
begin_iteration = {
    "token": iterations.token,
    "traced": iterations.traced_token,
    "pair": iterations.token_then_introspect,
}[os.environ["BENCHMARK_ITERATION"]](origin)
here: dict[str, Any] = {}


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust's hooks are not typed
def _begin(environment: Environment, **_: object) -> None:
    measurement = Measurement(time.time(), perf_counter())
    here.update(engine=Engine(measurement), statistics=LocustStatistics(environment, measurement))
    here["statistics"].attach()


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # the same
def _report(**_: object) -> None:
    here["statistics"].flush()
    row = here["statistics"].total.total
    by_second = here["statistics"].total.by_second()
    percents = [50, 90, 99, 99.9, 100]
    reported = {
        "planned": row.planned,
        "done": row.done,
        "begun_in_time": sum(one.started for second, one in by_second.items() if second < SECONDS),
        "failed": row.failed,
        "not_started": row.not_started,
        "errors": [repr(error) for error in here["engine"].errors],
        "percents": percents,
        "from_plan_ms": [seconds * 1e3 for seconds in row.from_plan.percentiles(percents)],
        "from_send_ms": [seconds * 1e3 for seconds in row.from_send.percentiles(percents)],
        "start_lag_ms": [seconds * 1e3 for seconds in row.start_lag.percentiles(percents)],
    }
    sys.stdout.write(f"measured {json.dumps(reported)}\n")
    sys.stdout.flush()


class Ours(User):
    """Parks its greenlet while its connection works in the loop."""

    wait_time = constant(0)

    @task
    def go(self) -> None:
        """Work until Locust ends this user, or the plan its run."""
        if not RATE:
            ClosedTraffic(here["engine"], begin_iteration, origin=origin).run()
            return
        measurement = here["engine"].measurement
        begin = perf_counter() + LEAD_SECONDS
        measurement.epoch, measurement.zero = time.time() + LEAD_SECONDS, begin
        here["statistics"].total.epoch = measurement.epoch  # the seconds of both begin with the plan
        plan = constant_plan(RATE, SECONDS)
        OpenTraffic(
            here["engine"],
            begin_iteration,
            plan.instants(),
            begin=begin,
            origin=origin,
            connections=CONNECTIONS,
        ).run()
        self.environment.runner.quit()
