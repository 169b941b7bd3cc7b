"""Metrics of a run while it goes on, as Prometheus reads them (text format 0.0.4), on loopback only. Imports gevent.

What is told was collected anyway: requests cost nothing for it. What came of the run is in its record and not here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gevent.pywsgi import WSGIServer

from fixtures.errors import BadTarget
from load.measuring.histogram import Histogram, middle
from load.measuring.row import Row
from load.running.collected import Collected

TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds: those that Prometheus' own libraries use, and two below."""

Samples = Iterable[tuple[Mapping[str, str], int]]


def rendered(collected: Collected, issuers: Sequence[str]) -> str:
    """Everything that was collected so far, from its totals: quickly, for a generator may wait. issuers: in order."""
    rows: list[tuple[Mapping[str, str], Row]] = []
    for target, issuer in enumerate(issuers):
        totals: Mapping[str, Row] = (collected.totals or {}).get(target, {})
        rows += [({"target": issuer, "row": name}, row) for name, row in totals.items()]
    by_target = [({"target": issuer}, collected.counts(target)) for target, issuer in enumerate(issuers)]
    parts = [
        _family(
            "oauth_load_requests_planned_total",
            "counter",
            "Requests that were to be made.",
            [(labels, row.planned) for labels, row in rows],
        ),
        _family(
            "oauth_load_requests_done_total",
            "counter",
            "Requests that were answered well.",
            [(labels, row.done) for labels, row in rows],
        ),
        _family(
            "oauth_load_requests_failed_total",
            "counter",
            "Requests that failed, by kind.",
            [({**labels, "kind": kind}, count) for labels, row in rows for kind, count in row.failed.items()],
        ),
        _family(
            "oauth_load_requests_not_started_total",
            "counter",
            "Arrivals for which no connection became free.",
            [(labels, row.not_started) for labels, row in rows],
        ),
        _family(
            "oauth_load_requests_in_flight",
            "gauge",
            "Requests that were begun and have not ended.",
            [(labels, max(0, row.in_flight)) for labels, row in rows],
        ),
        _histogram(
            "oauth_load_response_seconds",
            "From the planned instant to the whole answer, of what was answered well.",
            [(labels, row.from_plan) for labels, row in rows],
        ),
        _family(
            "oauth_load_promise_checks_total",
            "counter",
            "How often a promise was checked.",
            [
                ({**labels, "promise": name}, count)
                for labels, counts in by_target
                for name, count in counts.checked.items()
            ],
        ),
        _family(
            "oauth_load_promise_breaches_total",
            "counter",
            "How often a promise was broken.",
            [
                ({**labels, "promise": name}, count)
                for labels, counts in by_target
                for name, count in counts.broken.items()
            ],
        ),
        _family("oauth_load_generators", "gauge", "Generators of the run.", [({}, collected.generators)]),
    ]
    return "".join(parts)


def serve(port: int, text: Callable[[], str]) -> tuple[WSGIServer, str]:
    """Answer GET /metrics on this machine; the server, to be stopped, and its URL. port: 0 for any that is free.

    BadTarget where the port cannot be had.
    """

    def answer(environment: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        if environment["PATH_INFO"] != "/metrics" or environment["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Only GET /metrics is here.\n"]
        start("200 OK", [("Content-Type", TYPE), ("Cache-Control", "no-store")])
        return [text().encode("utf-8")]

    server = WSGIServer(("127.0.0.1", port), answer, log=None, error_log=None)
    try:
        server.start()
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno else str(problem)
        raise BadTarget(
            [f"--metrics {port}: {reason}. Name another port; 0 takes one that is free."]
        ) from None
    return server, f"http://127.0.0.1:{server.server_port}/metrics"


def _family(name: str, kind: str, text: str, samples: Samples) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_labels(labels)} {value:d}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _histogram(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], Histogram]]) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} histogram"]
    for labels, histogram in samples:
        pairs = sorted(histogram.counts.items())
        passed, waiting = 0, iter(pairs)
        following = next(waiting, None)
        for bound in BOUNDS:
            while following is not None and middle(following[0]) <= bound:
                passed += following[1]
                following = next(waiting, None)
            lines.append(f"{name}_bucket{_labels({**labels, 'le': f'{bound:g}'})} {passed}")
        total = histogram.total
        seconds = sum(middle(edge) * count for edge, count in pairs)
        lines.append(f"{name}_bucket{_labels({**labels, 'le': '+Inf'})} {total}")
        lines += [f"{name}_sum{_labels(labels)} {seconds:.9f}", f"{name}_count{_labels(labels)} {total}"]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
