"""Shows one open plan shared by two hosts: two network namespaces of this machine, with a slow wire between them.

Each direction of the wire takes 30 ms, and the clock of the far host is two seconds ahead. The server stands beside the
master and notes when each host's requests arrive: that tells, by one clock, whether both began at the same instant.
It needs root and Linux, so no test runs it: `python3 -m load.benchmark.two_hosts --out two-hosts.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from load.benchmark.wire import FAR, FAR_ADDRESS, NEAR, NEAR_ADDRESS, Wire, wired

ROOT = Path(__file__).parents[2]
WIRE_SECONDS = 0.03
AHEAD_SECONDS = 2.0
RATE, SECONDS = 100, 8
PORT, MASTER_PORT = 9100, 5557
BEFORE_SECONDS = 0.3
MOST_APART = 0.01
"""Seconds that the begins of both hosts may differ by."""

TARGET = f"""
issuer = "http://{NEAR_ADDRESS}:{PORT}"
[endpoints]
token = "/token"
[clients.web]
id = "web"
secret = {{ env = "TWO_HOSTS_SECRET" }}
grants = ["client_credentials"]
scope = "read"
[load]
allowed_hosts = ["{NEAR_ADDRESS}"]
"""
SHIFTED = f"import time\n_real = time.time\ntime.time = lambda: _real() + {AHEAD_SECONDS}\n"
"""Read by Python at its start (sitecustomize): what asks the far host for the time gets another one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both shows and write what was seen. Returns 0 where all of it is as it is to be, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python3 -m load.benchmark.two_hosts",
        description="Shows one open plan shared by two hosts, over a slow wire, one of them with another clock.",
        epilog="example: sudo python3 -m load.benchmark.two_hosts --out two-hosts.json",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where what was seen goes, as JSON")
    parser.add_argument("--serve", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve)
        return 0
    seen: dict[str, Any] = {}
    for show in ("together", "lost"):
        with wired(WIRE_SECONDS) as wire, tempfile.TemporaryDirectory(prefix="two-hosts-") as name:
            seen[show] = one_run(Path(name), wire if show == "lost" else None)
    wrong = judged(seen)
    seen["wrong"] = wrong
    text = json.dumps(seen, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 1 if wrong else 0


def one_run(folder: Path, to_cut: Wire | None) -> dict[str, Any]:
    """One run of a master and two workers. to_cut: the wire, where it is cut in the middle of the run."""
    (folder / "sitecustomize.py").write_text(SHIFTED, encoding="utf-8")
    target, arrivals, out = folder / "target.toml", folder / "arrivals.json", folder / "out"
    target.write_text(TARGET, encoding="utf-8")
    load = (sys.executable, "-m", "load", "--target", str(target), "--allow-host", NEAR_ADDRESS)
    leading = ("--scenario", "token", "--shape", "constant", "--rate", str(RATE), "--for", f"{SECONDS}s")
    # the begin is what is shown here, on whatever machine: how late a busy one is is told, and no reason to fail
    late = ("--most-lag", "5s")
    joining = ("--worker-of", f"{NEAR_ADDRESS}:{MASTER_PORT}")
    with contextlib.ExitStack() as stack:
        serving = (sys.executable, "-m", "load.benchmark.two_hosts", "--serve", str(arrivals))
        server = stack.enter_context(on(NEAR, *serving))
        master = stack.enter_context(
            on(NEAR, *load, *leading, *late, "--expect-workers", "2", "--out", str(out))
        )
        stack.enter_context(on(NEAR, *load, *joining))
        far = stack.enter_context(on(FAR, *load, *joining, PYTHONPATH=str(folder)))
        if to_cut is not None:
            _wait_for_arrivals(arrivals)
            time.sleep(SECONDS / 3)
            to_cut.cut()
        code = master.wait(120)
        far.wait(30)
        server.send_signal(signal.SIGTERM)
        server.wait(10)
    record = json.loads((out / "latest" / "load.json").read_text(encoding="utf-8"))
    came = json.loads(arrivals.read_text(encoding="utf-8"))
    begun = min(came[FAR_ADDRESS]) - BEFORE_SECONDS  # the survey's requests came before
    came[NEAR_ADDRESS] = [each for each in came[NEAR_ADDRESS] if each >= begun]
    row = next(row for row in record["rows"] if row["name"] == "all")
    return {
        "exit_code": code,
        "reasons": record["verdict"]["reasons"],
        "notes": record["notes"],
        "clocks": record["locust"]["hosts"],
        "served": {address: len(times) for address, times in came.items()},
        "begins_apart_ms": _apart(came) * 1e3,
        "planned": row["planned"],
        "done": row["done"],
        "failed": row["failed"],
        "not_started": row["not_started"],
        "in_histogram": sum(count for _, count in row["from_plan"]["histogram"]),
    }


def _apart(came: dict[str, list[float]]) -> float:
    """Seconds by which the far host began later, by the server's clock, less what the wire takes.

    Their arrivals alternate: the n-th of the near one is due 1/RATE before the n-th of the far one, or after it.
    """
    near, far = came[NEAR_ADDRESS], came[FAR_ADDRESS]
    both = min(len(near), len(far))
    apart = statistics.median(far[number] - near[number] for number in range(both)) - WIRE_SECONDS
    return min(apart - 1 / RATE, apart + 1 / RATE, key=abs)


def judged(seen: dict[str, Any]) -> list[str]:
    """What is not as it is to be."""
    together, lost = seen["together"], seen["lost"]
    clocks = sorted(each["clock_ahead"] for each in together["clocks"])
    accounted = [
        run["planned"] == run["done"] + sum(run["failed"].values()) + run["not_started"] == RATE * SECONDS
        for run in (together, lost)
    ]
    conditions = {
        "a run of both hosts is valid": together["exit_code"] == 0,
        "all planned requests were done": together["done"] == RATE * SECONDS,
        "the server served as many as were done": sum(together["served"].values()) == together["done"],
        "the merged histogram holds each of them": together["in_histogram"] == together["done"],
        "the far clock is told as two seconds ahead": abs(clocks[1] - AHEAD_SECONDS) < MOST_APART,
        "the near clock is told as right": abs(clocks[0]) < MOST_APART,
        "both hosts began together": abs(together["begins_apart_ms"]) < MOST_APART * 1e3,
        "a lost host makes the run invalid": lost["exit_code"] == 6,
        "a lost host is named": any("went away" in reason for reason in lost["reasons"]),
        "every arrival is accounted for": all(accounted),
    }
    return [what for what, holds in conditions.items() if not holds]


@contextlib.contextmanager
def on(host: str, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process on a host, which is ended with the block."""
    own = {**os.environ, "TWO_HOSTS_SECRET": "secret", **environment}
    process = subprocess.Popen(  # noqa: S603 - our own modules
        ("ip", "netns", "exec", host, *command),  # noqa: S607 - wherever the system has it
        cwd=ROOT,
        env=own,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait_for_arrivals(file: Path) -> None:
    ends = time.monotonic() + 60
    while not file.exists():
        if time.monotonic() > ends:
            raise RuntimeError("nothing arrived at the server")
        time.sleep(0.1)


def serve(file: Path) -> None:
    """Grant tokens until SIGTERM, then write when each was asked for; the file is there from the far one's first on."""
    came: dict[str, list[float]] = {NEAR_ADDRESS: [], FAR_ADDRESS: []}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Grant a token."""
            arrived = time.monotonic()
            self.rfile.read(int(self.headers["Content-Length"]))
            address = self.client_address[0]
            came[address].append(arrived)
            number = len(came[address])
            answer = {"access_token": f"{address}-{number}", "token_type": "Bearer", "expires_in": 3600}
            body = json.dumps({**answer, "scope": "read"}).encode("ascii")
            self.send_response(200)
            for name, value in (
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
                ("Content-Length", str(len(body))),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            if (
                address == FAR_ADDRESS and not file.exists()
            ):  # the survey, which comes before, is the near one's
                file.touch()

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    server = Server((NEAR_ADDRESS, PORT), Handler)
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    server.serve_forever(0.1)
    file.write_text(json.dumps(came), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
