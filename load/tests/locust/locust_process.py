"""What the tests of LocustStatistics run in a process of its own, for Locust replaces sockets and threads on import.

Prints one line of JSON. No tests belong here.
"""

from __future__ import annotations

import json
import sys
import time
from time import perf_counter
from typing import Any

import locust.stats  # first of all: what follows has to live with what Locust replaces
from locust.env import Environment
from msgspec import structs

from fixtures.reference import Config
from fixtures.reference.serve.in_process import serve_in_process
from load.locust.statistics import KEY, LocustStatistics, firing
from load.measuring.measurement import Measurement
from load.tests.driving import call_to, take
from load.traffic.http.head import Head
from load.traffic.http.origin import Origin, origin_of
from load.traffic.iteration import Call, Reply
from load.traffic.virtual_user import Policy

HEAD = Head(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")


def fire(hook: Any, **event: object) -> None:
    """Fire one of Locust's hooks, which are not typed."""
    hook.fire(**event)


def measured() -> Measurement:
    """Three good calls of 0.4, 1.5 and 12.34 ms, and two failed ones."""
    zero = perf_counter()
    measurement = Measurement(time.time(), zero)
    for seconds in (0.0004, 0.0015, 0.01234):
        measurement.begins_at_once("token", zero)
        measurement.ends("token", zero, zero, zero + seconds)
    for _ in range(2):
        measurement.begins_at_once("introspect", zero)
        measurement.ends("introspect", zero, zero, zero + 0.02)
        measurement.fails(
            "introspect", "status", "503 for an introspection", planned=zero, sent=zero, done=zero + 0.02
        )
    return measurement


def reported(environment: Environment) -> dict[str, Any]:
    """What Locust's own statistics say."""
    stats = environment.stats
    return {
        "requests": stats.total.num_requests,
        "failures": stats.total.num_failures,
        "entries": {name: entry.num_requests for (name, _), entry in stats.entries.items()},
        "token_times": sorted(stats.entries["token", "POST"].response_times),
        "lowest": stats.total.min_response_time,
        "errors": {str(error.error): error.occurrences for error in stats.errors.values()},
    }


def exported() -> dict[str, Any]:
    """One process hands over, twice."""
    environment = Environment()
    measurement = measured()
    statistics = LocustStatistics(environment, measurement)
    statistics.attach()
    statistics.flush()
    first = reported(environment)
    measurement.merge(measured())
    fire(environment.events.test_stop, environment=environment)
    statistics.detach()
    return {"first": first, "second": reported(environment), "planned": statistics.total.total.planned}


def distributed() -> dict[str, Any]:
    """Two workers report to a master, one of them twice, as Locust's runners let them."""
    master = Environment()
    locust.stats.setup_distributed_stats_event_listeners(master.events, master.stats)
    at_master = LocustStatistics(master, Measurement(time.time(), perf_counter()))
    at_master.attach()
    keys = []
    for times in (1, 2):
        worker = Environment()
        locust.stats.setup_distributed_stats_event_listeners(worker.events, worker.stats)
        measurement = Measurement(time.time(), perf_counter())
        statistics = LocustStatistics(worker, measurement)
        statistics.attach()
        for _ in range(times):
            measurement.merge(measured())
            data: dict[str, Any] = {}
            fire(worker.events.report_to_master, client_id="a", data=data)
            keys.append(KEY in data)
            sent = json.loads(json.dumps({KEY: data[KEY]})) | {
                name: data[name] for name in data if name != KEY
            }
            fire(master.events.worker_report, client_id="a", data=sent)
        statistics.detach()
    total = at_master.total.total
    at_master.detach()
    return {
        "keys": keys,
        "planned": total.planned,
        "done": total.done,
        "failed": total.failed,
        **reported(master),
    }


def fired() -> dict[str, Any]:
    """Every call is told to Locust's listeners, and to nobody twice."""
    environment = Environment()
    environment.create_local_runner()
    heard: list[dict[str, Any]] = []
    hook: Any = environment.events.request
    hook.add_listener(lambda **event: heard.append(event))
    listener = firing(environment)
    call = Call("token", b"", Origin("127.0.0.1", 80))
    good, bad = Reply(200, HEAD, b"{}", 10.0, 10.0015), Reply(503, HEAD, b"{}", 10.0, 10.5)
    bad.fails("status", "503 for a token")
    listener(call, good, 10.0)
    listener(call, bad, 9.5)
    return {
        "times": [round(event["response_time"], 3) for event in heard],
        "exceptions": [str(event["exception"]) for event in heard],
        **reported(environment),
    }


def over_tls() -> dict[str, Any]:
    """The engine beside what Locust has replaced, against the embedded server."""
    found: dict[str, Any] = {}
    with serve_in_process(Config(tls=True)) as server:
        for trusted in (server.ca_file, None):
            origin = origin_of(server.issuer, ca_file=trusted)
            request = b"GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: %b\r\n\r\n"
            call = structs.replace(call_to(origin), request=request % origin.authority.encode("ascii"))
            found["trusted" if trusted else "unknown"] = [
                take([call] * 2, policy=policy, iterations=2).outcome_names for policy in Policy
            ]
    return found


if __name__ == "__main__":
    what = {"exported": exported, "distributed": distributed, "fired": fired, "over_tls": over_tls}[
        sys.argv[1]
    ]
    sys.stdout.write(json.dumps(what()) + "\n")
