"""Answers of a run that conform, and are known to break clients: told to an operator, and no finding.

Which answers those are stands in the run's header, from what was observed of client libraries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.journal import Result, Run


@dataclass(frozen=True, kw_only=True)
class Breaking:
    """One such answer. told: who breaks, a sentence each; seen: how many exchanges; first: the result that has one."""

    answer: str
    told: tuple[str, ...]
    seen: int
    first: Result


def breaking(run: Run) -> list[Breaking]:
    """The answers of a run that conform and break a client that is known, each once."""
    places = {str(url): str(name) for name, url in (run.header.target.get("endpoints") or {}).items()}
    found = []
    for known in run.header.conforming:
        seen = [
            result
            for result in run.results
            for exchange in result.exchanges
            if places.get(exchange["request"]["url"].partition("?")[0]) == known["endpoint"]
            and _fits(exchange.get("answer"), known)
        ]
        if seen:
            told = tuple(known["told"])
            found.append(Breaking(answer=known["answer"], told=told, seen=len(seen), first=seen[0]))
    return found


def _fits(answer: Mapping[str, Any] | None, known: Mapping[str, Any]) -> bool:
    if not answer or answer["status"] != known["status"]:
        return False
    body = (answer.get("body") or {}).get("text", "")
    if known.get("empty"):
        return not body
    if header := known.get("header"):
        return any(name.lower() == header for name, _ in answer["headers"])
    members = _members(body)
    return "access_token" in members and known["lacks"] not in members


def _members(body: str) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
