"""Hand-made load runs: one as a reader meets one, with what a question needs changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from reports.tests.runs import HOSTILE


def latency(values: Sequence[float]) -> dict[str, Any]:
    """Percentiles and histogram of times in microseconds, none of them rounded."""
    ranked = sorted(values) or [0]
    at = {name: ranked[min(len(ranked) - 1, int(share * len(ranked)))] for name, share in PERCENTILES.items()}
    return {**at, "max": ranked[-1], "histogram": [list(pair) for pair in sorted(Counter(values).items())]}


PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


def record(
    *,
    slow: float = 1.0,
    failing: float = 0.0,
    seconds: int = 20,
    rate: int = 100,
    seed: int = 1,
    slow_at: Callable[[int], float] = lambda _: 1.0,
    **changes: Any,
) -> dict[str, Any]:
    """A load.json of a token and introspection mix. slow: how many times as long answers take; failing: a share.

    slow_at: the same for each second. Two seeds are two runs of one thing.
    """
    random = Random(seed)  # noqa: S311 - made-up times, no secret
    rows: dict[str, list[float]] = {"token": [], "introspection": []}
    failed: dict[str, Counter[str]] = {name: Counter() for name in rows}
    by_second = []
    for second in range(seconds):
        times: list[float] = []
        lost: Counter[str] = Counter()
        for name, typical in (("token", 9.0), ("introspection", 8.0)):
            for _ in range(rate // 2):
                if random.random() < failing:
                    failed[name]["timeout"] += 1
                    lost["timeout"] += 1
                    continue
                taken = round(random.lognormvariate(typical, 0.35) * slow * slow_at(second) / 50) * 50 + 0.125
                rows[name].append(taken)
                times.append(taken)
        told = latency(times)
        short = {name: told[name] for name in ("p50", "p90", "p99")}
        by_second.append(
            {
                "second": second,
                "planned": rate // 2 * 2,
                "started": rate // 2 * 2,
                "done": len(times),
                "failed": dict(lost),
                "in_flight": round(told["p50"] * rate / 1_000_000) + second % 3,
                "from_plan": short,
                "from_send": {name: max(0, value - 80) for name, value in short.items()},
                "start_lag_p99": 70 + second,
            }
        )
    made: dict[str, Any] = {
        "schema": 2,
        "complete": True,
        "name": f"20261124T101500Z-{seed:04x}",
        "target": {"name": "Staging", "issuer": "https://as.example/ap4"},
        "scenario": "mixed",
        "arrivals": {"kind": "constant", "rate": rate},
        "started": "2026-11-24T10:15:00+00:00",
        "finished": "2026-11-24T10:15:21+00:00",
        "seconds": seconds,
        "environment": {"python": "3.11.7", "platform": "Linux", "cores": "2"},
        "verdict": {"exit_code": 0, "sentence": "Every promise and all 2 budgets kept.", "reasons": []},
        "budgets": [
            {
                "row": "token",
                "measure": "p99",
                "limit": 500_000,
                "measured": latency(rows["token"])["p99"],
                "unit": "us",
                "kept": True,
            },
            {
                "row": "introspection",
                "measure": "failures",
                "limit": 0.001,
                "measured": 0.0,
                "unit": "share",
                "kept": True,
            },
        ],
        "promises": [
            {
                "name": "no-token-twice",
                "text": "No token is issued twice.",
                "requirement": "6749-10.10",
                "checked": len(rows["token"]),
                "broken": 0,
                "evidence": [],
            },
            {
                "name": "revoked-stays-dead",
                "text": "A revoked token is inactive within the declared time and never active again.",
                "requirement": "7009-2.1",
                "checked": 40,
                "broken": 0,
                "evidence": [],
                "delay": latency([1_000 * at for at in range(1, 41)]),
            },
        ],
        "validity": [
            {"what": "delivered", "limit": "99 % of the plan", "measured": "100 %", "kept": True},
            {"what": "start lag p99", "limit": "10 ms", "measured": "0.09 ms", "kept": True},
        ],
        "rows": [_row(name, times, failed[name]) for name, times in rows.items()],
        "seconds_by_second": by_second,
        "steps": [],
        "held": None,
        "knee": None,
        "notes": ["Ten tokens were minted beforehand."],
        "issued": {"tokens": len(rows["token"]), "revoked": len(rows["token"])},
        "locust": {"version": "2.47.0", "workers": 1},
    }
    return made | changes


def _row(name: str, times: Sequence[float], failed: Mapping[str, int]) -> dict[str, Any]:
    planned = len(times) + sum(failed.values())
    return {
        "name": name,
        "planned": planned,
        "started": planned,
        "done": len(times),
        "failed": dict(failed),
        "not_started": 0,
        "from_plan": latency(times),
        "from_send": latency([max(0, taken - 80) for taken in times]),
        "start_lag": latency([80] * len(times)),
    }


def broken() -> dict[str, Any]:
    """A load run with a ramp, a broken promise, a missed budget and failures of several kinds."""
    made = record(failing=0.02, seconds=30, slow_at=lambda second: 1.0 if second < 20 else 3.0 + second / 5)
    made["verdict"] = {
        "exit_code": 1,
        "sentence": "The server breaks 1 promise under load.",
        "reasons": [
            "Broken promise: No token is issued twice. (no-token-twice, 2 times)",
            "Missed budget: token p99 is 1.2 s, the budget is 500 ms.",
        ],
    }
    made["arrivals"] = {"kind": "steps", "rate": 100}
    made["budgets"][0] |= {"measured": 1_200_000, "kept": False}
    made["budgets"].append(
        {
            "row": "revocation",
            "measure": "p99",
            "limit": 250_000,
            "measured": None,
            "unit": "us",
            "kept": False,
        }
    )
    made["promises"][0] |= {
        "broken": 2,
        "evidence": [
            {
                "at": 12.5,
                "what": "<access_token 7> was issued twice.",
                "exchanges": [
                    "POST /token HTTP/1.1\n\ngrant_type=client_credentials",
                    "HTTP/1.1 200 OK\n\n{}",
                ],
            }
        ],
    }
    made["rows"][1]["failed"] = {"timeout": 12, "reset": 3, "status": 8, "oauth-error": 2}
    made["rows"][1]["not_started"] = 5
    made["rows"][1]["planned"] = made["rows"][1]["done"] + 30
    made["steps"] = [
        {"rate": 25.0, "reached": 25.0, "p99": 31_000, "kept": True},
        {"rate": 50.0, "reached": 50.0, "p99": 39_000, "kept": True},
        {"rate": 75.0, "reached": 74.8, "p99": 95_000, "kept": True},
        {"rate": 100.0, "reached": 81.0, "p99": 1_200_000, "kept": False},
    ]
    made["held"] = 75.0
    made["knee"] = 50.0
    return made


def hostile() -> dict[str, Any]:
    """A load run in which a hostile server and target file wrote HOSTILE wherever they can."""
    made = broken()
    made |= {"name": HOSTILE, "scenario": HOSTILE, "notes": [HOSTILE], "environment": {HOSTILE: HOSTILE}}
    made["target"] = {"name": HOSTILE, "issuer": HOSTILE}
    made["verdict"] |= {"sentence": HOSTILE, "reasons": [HOSTILE]}
    made["promises"][0] |= {"name": HOSTILE, "text": HOSTILE, "requirement": HOSTILE}
    made["promises"][0]["evidence"] = [{"at": 1.0, "what": HOSTILE, "exchanges": [HOSTILE * 2_000]}]
    made["validity"][0] |= {"what": HOSTILE, "limit": HOSTILE, "measured": HOSTILE}
    made["rows"][0]["name"] = HOSTILE
    made["budgets"][0]["row"] = HOSTILE
    made["locust"] = {HOSTILE: HOSTILE}
    return made


def keep_load(made: Mapping[str, Any], folder: Path) -> Path:
    """Write a load.json into folder, as a load run does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "load.json").write_text(json.dumps(made), encoding="utf-8")
    return folder
