"""Where load may go, and how much of it: loopback, or what is named twice; within the caps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from fixtures.target import Target
from fixtures.target.load_terms import LoadTerms
from load.plan.safety import Refused, check


def _resolve(host: str) -> Sequence[str]:
    known = {"localhost": ["127.0.0.1", "::1"], "both.example": ["127.0.0.1", "203.0.113.7"]}
    return known.get(host, [host] if host[:1].isdigit() or ":" in host else ["203.0.113.7"])


def _target(issuer: str, *named: str, token: str | None = None, **terms: float) -> Target:
    return Target(
        name="T",
        issuer=issuer,
        source="staging.toml",
        endpoints={"token": token or f"{issuer}/token", "introspection": None},
        load=LoadTerms(allowed_hosts=named, **terms),  # type: ignore[arg-type]  # a table of numbers
    )


def _refusals(target: Target, *allowed: str, rate: float = 10, seconds: float = 10) -> str:
    try:
        check(target, allowed=allowed, rate=rate, seconds=seconds, resolve=_resolve)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:9000", "http://127.8.8.8", "http://[::1]:9", "http://localhost"]
)
def test_load_goes_to_this_machine(issuer: str) -> None:
    assert _refusals(_target(issuer)) == ""


def test_load_goes_to_a_host_that_the_file_names_and_the_command_line_repeats() -> None:
    assert _refusals(_target("https://as.example", "as.example"), "as.example") == ""


@pytest.mark.parametrize(
    ("named", "allowed", "todo"),
    [
        ((), (), ["allowed_hosts", "--allow-host as.example"]),
        (("as.example",), (), ["--allow-host as.example"]),
        ((), ("as.example",), ["allowed_hosts"]),
        (("other.example",), ("other.example",), ["allowed_hosts", "--allow-host as.example"]),
    ],
)
def test_anything_less_is_refused_with_what_is_missing(
    named: tuple[str, ...], allowed: tuple[str, ...], todo: list[str]
) -> None:
    reported = _refusals(_target("https://as.example", *named), *allowed)

    assert "No load is sent to as.example" in reported
    assert [word for word in ("allowed_hosts", "--allow-host as.example") if word in reported] == todo


def test_who_names_a_url_is_told_where_a_target_file_comes_from() -> None:
    target = dataclasses.replace(_target("https://as.example"), source="https://as.example")

    assert "in a target file, as python3 -m conformance init writes" in _refusals(target)


def test_an_endpoint_elsewhere_is_refused_though_the_issuer_is_here() -> None:
    assert "api.example" in _refusals(_target("http://127.0.0.1", token="https://api.example/token"))


def test_a_name_that_is_here_and_elsewhere_is_elsewhere() -> None:
    assert "both.example" in _refusals(_target("http://both.example"))


@pytest.mark.parametrize(
    ("rate", "seconds", "terms", "expected"),
    [
        (51, 1, {"most_rate": 50}, "more than [load] rate = 50 allows"),
        (1, 61, {"most_seconds": 60}, 'longer than [load] time = "60s" allows'),
        (40, 30, {"most_requests": 1_000}, "more than [load] requests = 1000 allows"),
        (50, 60, {"most_rate": 50, "most_seconds": 60, "most_requests": 3_000}, ""),
    ],
)
def test_a_run_stays_within_the_caps_of_its_target(
    rate: float, seconds: float, terms: dict[str, float], expected: str
) -> None:
    refused = _refusals(_target("http://127.0.0.1", token=None, **terms), rate=rate, seconds=seconds)

    assert expected in refused if expected else not refused
