"""What a run tells Prometheus while it goes on: the text is read as its format demands, and agrees with the record."""

from __future__ import annotations

import re
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from load.judging.promise_counts import PromiseCounts
from load.measuring.measurement import Measurement
from load.plan.arrivals import constant
from load.plan.windows import Window
from load.running.collected import Collected
from load.running.messages import Report
from load.running.metrics import rendered
from load.tests.starting import LONGEST, run, underway

pytestmark = [pytest.mark.takes(120), pytest.mark.apart]

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (-?[0-9.e+-]+|\+Inf|NaN)")

Labels = frozenset[tuple[str, str]]


def read(text: str) -> dict[tuple[str, Labels], float]:
    """The samples of a text in Prometheus' format 0.0.4; an AssertionError where it is not one."""
    found: dict[tuple[str, Labels], float] = {}
    kinds: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, f"{name} has two types"
            assert kind in {"counter", "gauge", "histogram"}
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match is not None, line
            name, labels = (
                match[1],
                frozenset((each[0], each[1]) for each in re.findall(LABEL, match[2] or "")),
            )
            family = re.sub(r"_(bucket|sum|count)\Z", "", name)
            assert kinds.get(name) in {"counter", "gauge"} or kinds.get(family) == "histogram", line
            assert (name, labels) not in found, f"{line} stands twice"
            found[name, labels] = float(match[5])
    for (name, labels), value in found.items():
        if name.endswith("_count"):
            bucket = name.replace("_count", "_bucket")
            assert found[bucket, labels | {("le", "+Inf")}] == value
    return found


def total(found: dict[tuple[str, Labels], float], name: str) -> float:
    return sum(value for (each, _), value in found.items() if each == name)


def _collected() -> Collected:
    measurement = Measurement(1_000.0, 0.0)
    for number, took in enumerate((0.0004, 0.004, 0.04, 20.0)):
        measurement.begins_at_once("token", float(number))
        measurement.ends("token", float(number), float(number), number + took)
    measurement.fails("token", "status", "503", planned=3.0, sent=3.0, done=23.0)
    counts = PromiseCounts()
    counts.checked["no-store"], counts.broken["no-store"] = 3, 1
    collected = Collected(totals={})
    collected.begins(Window(index=0, plan=constant(1, 24)), 1_000.0)
    collected.take(Report(share=0, window=0, last=True, measurement=measurement, counts=counts))
    return collected


def test_what_was_collected_is_told_in_the_format_of_prometheus() -> None:
    found = read(rendered(_collected(), ['http://a"b\\c\nd']))
    row = frozenset({("target", 'http://a\\"b\\\\c\\nd'), ("row", "token")})
    buckets = {
        dict(labels)["le"]: value
        for (name, labels), value in found.items()
        if name == "oauth_load_response_seconds_bucket"
    }

    assert found["oauth_load_requests_done_total", row] == 3
    assert found["oauth_load_requests_failed_total", row | {("kind", "status")}] == 1
    assert found["oauth_load_requests_in_flight", row] == 0
    assert (buckets["0.001"], buckets["0.005"], buckets["0.05"], buckets["10"], buckets["+Inf"]) == (
        1,
        2,
        3,
        3,
        3,
    )
    assert list(buckets.values()) == sorted(buckets.values())
    assert total(found, "oauth_load_promise_breaches_total") == 1


def test_a_run_tells_how_it_goes_on_this_machine_only(tmp_path: Path) -> None:
    with underway(
        tmp_path,
        *("--metrics", "0", "--scenario", "token", "--rate", "20", "--for", "6s", "--most-lag", "1m"),
    ) as started:
        started.wait_until_answered()
        (url,) = re.findall(r"^Metrics: (\S+)$", started.output, re.MULTILINE)
        with urllib.request.urlopen(url, timeout=LONGEST) as answer:  # noqa: S310 - our own server's http
            kind, text = answer.headers["Content-Type"], answer.read().decode("utf-8")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.replace("/metrics", "/"), timeout=LONGEST)  # noqa: S310 - the same
        ended = started.ended()

    found = read(text)
    assert kind.startswith("text/plain; version=0.0.4")
    assert url.startswith("http://127.0.0.1:")
    assert 0 < total(found, "oauth_load_requests_done_total") <= ended.row()["done"]
    assert total(found, "oauth_load_promise_breaches_total") == 0
    assert ended.exit_code == 0, ended.output


def test_a_port_that_is_taken_ends_with_4(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run(tmp_path, "--metrics", str(port), "--scenario", "token", "--for", "1s")

    assert refused.exit_code == 4
    assert (
        f"--metrics {port}: Address already in use. Name another port; 0 takes one that is free."
        in refused.output
    )
