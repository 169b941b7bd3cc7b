"""The tools that are measured beside ours: where they are, and how each is told to do the same work.

Running them, and what comes of it, does not belong here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from load.benchmark.iterations import AUTHORIZATION, BODY

HERE = Path(__file__).parent
FORM = "application/x-www-form-urlencoded"

PEERS = ("wrk", "wrk2", "hey", "k6", "k9")
"""Programs that are looked for on the PATH, or named by an option; Locust is always there."""

WRK_SCRIPT = f"""
wrk.method = "POST"
wrk.body = "{BODY.decode()}"
wrk.headers["Content-Type"] = "{FORM}"
wrk.headers["Authorization"] = "{AUTHORIZATION.decode()}"
wrk.headers["Accept"] = "application/json"
"""

K6_SCRIPT = f"""
import http from 'k6/http';
import {{ check }} from 'k6';
const rate = Number(__ENV.RATE || 0), connections = Number(__ENV.CONNECTIONS), duration = __ENV.SECONDS + 's';
const trend = {{ summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'] }};
export const options = rate
  ? {{ ...trend, scenarios: {{ open: {{ executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration,
      preAllocatedVUs: connections, maxVUs: connections }} }} }}
  : {{ ...trend, vus: connections, duration }};
const headers = {{ 'Content-Type': '{FORM}', Accept: 'application/json', Authorization: '{AUTHORIZATION.decode()}' }};
export default function () {{
  const answer = http.post(__ENV.URL + '/token', '{BODY.decode()}', {{ headers }});
  check(answer, {{
    'status': (r) => r.status === 200,
    'token': (r) => {{
      const j = r.json();
      return typeof j.access_token === 'string' && j.token_type === 'Bearer' && j.expires_in > 0;
    }},
  }});
}}
"""


K9_PLAN = f"""
options: {{ vus: CONNECTIONS, duration: SECONDSs }}
flows:
  default:
    - request:
        method: POST
        url: "URL/token"
        body: "{BODY.decode()}"
        headers:
          Content-Type: "{FORM}"
          Accept: application/json
          Authorization: "{AUTHORIZATION.decode()}"
        checks:
          status is 200: {{ status: 200 }}
          holds a token: {{ bodyContains: '"access_token":"' }}
          is a bearer token: {{ bodyContains: '"token_type":"Bearer"' }}
"""
"""Its plans run in its own engine, without Python: the way that costs it least."""

TARGET = """
issuer = "URL"
[endpoints]
token = "/token"
[clients.client]
id = "client"
secret = { env = "BENCHMARK_SECRET" }
grants = ["client_credentials"]
scope = "read"
[load]
requests = 10_000_000
"""


@dataclass(frozen=True)
class Command:
    """A command line, and what its environment holds beside ours."""

    line: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """What a tool is to do. rate: 0 for as fast as it can; metrics: the port on which ours tells how it goes, if any.

    ca_file: whom to trust, where the server speaks TLS.
    """

    url: str
    connections: int
    seconds: int
    rate: int = 0
    metrics: int = 0
    ca_file: str = ""


def find(named: Mapping[str, str]) -> dict[str, str]:
    """Where each peer is, those named first; a peer that is nowhere is left out."""
    found = {name: named.get(name) or shutil.which(name) for name in PEERS}
    return {name: path for name, path in found.items() if path}


def command(tool: str, paths: Mapping[str, str], work: Work, folder: Path) -> Command:
    """How a tool is told to do the work. folder: for the scripts that some need."""
    seconds, connections = str(work.seconds), str(work.connections)
    if tool == "bare":
        return Command((sys.executable, str(HERE / "bare_loop.py"), work.url, connections, seconds), _OURS)
    if tool.startswith("plan"):
        return _plan(work, folder)
    if tool == "k9":
        plan = folder / "token.yaml"
        text = (
            K9_PLAN.replace("URL", work.url).replace("CONNECTIONS", connections).replace("SECONDS", seconds)
        )
        plan.write_text(text, encoding="utf-8")
        return Command((paths[tool], "run", "--http-version", "1.1", str(plan)))
    if tool in {"wrk", "wrk2", "wrk tls"}:
        script = folder / "token.lua"
        script.write_text(WRK_SCRIPT, encoding="utf-8")
        paced: tuple[str, ...] = ("-R", str(work.rate), "-L") if tool == "wrk2" else ()
        common = ("-t1", f"-c{connections}", f"-d{seconds}s", *paced, "-s", str(script), f"{work.url}/token")
        return Command((paths[tool.split(maxsplit=1)[0]], *common))
    if tool == "hey":
        paced = ("-q", str(work.rate / work.connections)) if work.rate else ()
        asked = (
            "-m",
            "POST",
            "-T",
            FORM,
            "-H",
            f"Authorization: {AUTHORIZATION.decode()}",
            "-d",
            BODY.decode(),
        )
        common = ("-cpus", "1", "-c", connections, "-z", f"{seconds}s", *paced, *asked)
        return Command((paths[tool], *common, f"{work.url}/token"))
    if tool == "k6":
        script = folder / "token.js"
        script.write_text(K6_SCRIPT, encoding="utf-8")
        environment = {
            "URL": work.url,
            "CONNECTIONS": connections,
            "SECONDS": seconds,
            "RATE": str(work.rate),
        }
        quiet = ("run", "-q", "--no-usage-report", "--address", "127.0.0.1:0")
        return Command((paths[tool], *quiet, str(script)), {**environment, "GOMAXPROCS": "1"})
    return _locust(tool, work)


def _plan(work: Work, folder: Path) -> Command:
    """A whole run of ours, at a rate: what is told to Prometheus meanwhile is part of it."""
    target = folder / "target.toml"
    target.write_text(TARGET.replace("URL", work.url), encoding="utf-8")
    told = ("--metrics", str(work.metrics)) if work.metrics else ()
    line = (
        *(
            sys.executable,
            "-m",
            "load",
            "--target",
            str(target),
            "--scenario",
            "token",
            "--shape",
            "constant",
        ),
        *("--rate", str(work.rate), "--for", f"{work.seconds}s", "--connections", str(work.connections)),
        *("--most-lag", "10s", "--quiet", "--out", str(folder / "out"), *told),
    )
    return Command(line, {"BENCHMARK_SECRET": "secret", **_OURS})


_OURS = {"PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])}


def _locust(tool: str, work: Work) -> Command:
    """Ours and Locust's own users. tool: ours (pair, traced, tls, N processes), fast, http, throughput."""
    ours = tool.startswith("ours")
    users = 1 if ours and work.rate else work.connections
    environment = {
        "BENCHMARK_URL": work.url,
        "BENCHMARK_RATE": str(work.rate),
        "BENCHMARK_SECONDS": str(work.seconds),
        "BENCHMARK_CONNECTIONS": str(work.connections),
        "BENCHMARK_ITERATION": {"ours pair": "pair", "ours traced": "traced"}.get(tool, "token"),
        "BENCHMARK_KIND": tool,
        "BENCHMARK_CA": work.ca_file,
        **_OURS,
    }
    # open traffic ends its run itself, when the last arrival is answered
    seconds = work.seconds + 30 if ours and work.rate else work.seconds
    processes = ("--processes", tool.split()[1]) if tool.endswith("processes") else ()
    file = HERE / ("locustfile.py" if ours else "locust_peers.py")
    line = (sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary", *processes)
    return Command((*line, "-u", str(users), "-r", "100000", "-t", f"{seconds}s"), environment)
