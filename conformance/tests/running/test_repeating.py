"""The command that a report tells: it works on another machine, and chooses and draws what the run did."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.checks.support.browsing import BrowsersSeen
from conformance.checks.support.waiting import LONGEST_WAIT
from conformance.running.arguments import CHECKS, DEFAULT_PROFILE
from conformance.running.environment import ROOT
from conformance.running.repeating import command, selection


def asked(args: tuple[str, ...] = (str(CHECKS),), **options: Any) -> pytest.Config:
    """The configuration of a run that was asked for with those options."""
    usual: dict[str, Any] = {
        "target": "reference",
        "requirement": [],
        "profile": DEFAULT_PROFILE,
        "keyword": "",
        "markexpr": "",
        "lf": False,
        "advice_counts": False,
        "fuzz": "quick",
        "fuzz_seed": 7,
        "parallel": 0,
        "max_expiry_wait": LONGEST_WAIT,
        "no_browser": False,
    }
    return cast("pytest.Config", SimpleNamespace(args=list(args), option=SimpleNamespace(**usual | options)))


def test_a_run_of_everything_is_told_by_what_it_drew() -> None:
    assert command(asked()) == "python3 -m conformance --fuzz-seed 7"
    assert selection(asked()) == ""


def test_no_place_of_this_machine_is_told(tmp_path: Path) -> None:
    file = tmp_path / "staging.toml"
    file.write_text("", encoding="utf-8")
    own = ROOT / "fixtures" / "targets" / "example.toml"

    assert command(asked(target=str(file))) == "python3 -m conformance --target staging.toml --fuzz-seed 7"
    assert "--target fixtures/targets/example.toml" in command(asked(target=str(own)))
    assert "--target https://as.example/ap4" in command(asked(target="https://as.example/ap4"))


def test_what_was_chosen_is_told_as_it_is_typed() -> None:
    folder, single = str(CHECKS / "revocation"), f"{CHECKS / 'token' / 'test_scope.py'}::test_x"
    chosen = asked((folder, single), requirement=["7009"], keyword="not late", no_browser=True)

    assert selection(chosen) == (
        "revocation token/test_scope.py::test_x --requirement 7009 -k 'not late' --no-browser"
    )
    assert command(asked(profile="security-bcp", advice_counts=True, max_expiry_wait=60.0, parallel=4)) == (
        "python3 -m conformance --profile security-bcp --strict --max-expiry-wait 60s --parallel 4 --fuzz-seed 7"
    )


def test_a_run_that_was_to_go_one_after_another_is_repeated_so() -> None:
    assert command(asked(parallel=1)) == "python3 -m conformance --parallel 1 --fuzz-seed 7"


def test_a_browser_is_told_without_its_folder_and_once() -> None:
    seen = BrowsersSeen()
    seen.note("/usr/bin/chromium-headless-shell 156.0.8078.73")
    seen.note("")
    seen.hear(["chromium-headless-shell 156.0.8078.73"])

    assert seen.tell() == ["chromium-headless-shell 156.0.8078.73"]
