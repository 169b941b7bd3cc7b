"""Locust's own users, as their users write them, with the same checks. For the benchmark alone.

Read from the environment: BENCHMARK_URL, BENCHMARK_KIND (fast, http or throughput) and for throughput BENCHMARK_RATE
and BENCHMARK_CONNECTIONS, over which the rate is divided. At the end one line of JSON tells what Locust measured.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from locust import FastHttpUser, HttpUser, constant, constant_throughput, events, task
from locust.env import Environment

from load.benchmark.iterations import AUTHORIZATION, BODY

URL = os.environ["BENCHMARK_URL"]
KIND = os.environ["BENCHMARK_KIND"]
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": AUTHORIZATION.decode("ascii"),
    "Accept": "application/json",
}


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # Locust's hooks are not typed
def _report(environment: Environment, **_: object) -> None:
    total = environment.stats.total
    percents = [50, 90, 99, 99.9, 100]
    reported = {
        "done": total.num_requests - total.num_failures,
        "failed": total.num_failures,
        "percents": percents,
        "from_plan_ms": [total.get_response_time_percentile(percent / 100) for percent in percents],
    }
    sys.stdout.write(f"measured {json.dumps(reported)}\n")
    sys.stdout.flush()


def ask(client: Any) -> None:
    """One token request, its answer checked as ours is."""
    with client.post("/token", data=BODY, headers=HEADERS, catch_response=True) as response:
        try:
            answer = response.json()
            life = answer.get("expires_in")
            good = response.status_code == 200 and bool(answer["access_token"])
            good = good and answer["token_type"].lower() == "bearer" and (life is None or life > 0)
        except (ValueError, KeyError, AttributeError, TypeError):
            good = False
        if not good:
            response.failure("not a good token answer")


if KIND == "http":

    class HttpPeer(HttpUser):
        """Locust's user over requests."""

        host = URL
        wait_time = constant(0)

        @task
        def token(self) -> None:
            """Ask for a token."""
            ask(self.client)

else:

    class FastPeer(FastHttpUser):
        """Locust's user over geventhttpclient."""

        host = URL
        wait_time = (
            constant_throughput(
                float(os.environ["BENCHMARK_RATE"]) / float(os.environ["BENCHMARK_CONNECTIONS"])
            )
            if KIND == "throughput"
            else constant(0)
        )

        @task
        def token(self) -> None:
            """Ask for a token."""
            ask(self.client)
