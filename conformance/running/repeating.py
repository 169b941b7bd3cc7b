"""The command by which a run is repeated, on this machine or another: no place of this machine stands in it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from conformance.checks.support import draws
from conformance.checks.support.waiting import LONGEST_WAIT
from conformance.running.arguments import CHECKS, DEFAULT_PROFILE
from conformance.running.environment import ROOT

_PLAIN = "reference"


def command(config: pytest.Config) -> str:
    """The whole command, to be typed in a checkout, beside a copy of the target file where there is one.

    It draws what this run drew. Options that went to pytest itself are not told.
    """
    option = config.option
    target = [] if option.target == _PLAIN else ["--target", _elsewhere(option.target)]
    drawn = ["--fuzz", option.fuzz] if option.fuzz != next(iter(draws.PROFILES)) else []
    words = [*target, *_chosen(config), *_changed(config), *drawn, "--fuzz-seed", str(option.fuzz_seed)]
    return shlex.join(["python3", "-m", "conformance", *words])


def selection(config: pytest.Config) -> str:
    """Which checks were chosen, in the words that chose them; empty where none was left out."""
    return shlex.join([*_chosen(config), *(["--no-browser"] if config.option.no_browser else [])])


def _chosen(config: pytest.Config) -> list[str]:
    option = config.option
    named = [_check(argument) for argument in config.args]
    words = [name for name in named if name != "."] if "." not in named else []
    words += [word for prefix in option.requirement for word in ("--requirement", prefix)]
    words += ["-k", option.keyword] if option.keyword else []
    words += ["-m", option.markexpr] if option.markexpr else []
    return [*words, "--lf"] if getattr(option, "lf", False) else words  # pytest may run without its cache


def _changed(config: pytest.Config) -> list[str]:
    """What else was asked for, and changes what a run finds."""
    option = config.option
    words = ["--profile", option.profile] if option.profile != DEFAULT_PROFILE else []
    words += ["--strict"] if option.advice_counts else []
    if option.max_expiry_wait != LONGEST_WAIT:
        words += ["--max-expiry-wait", f"{option.max_expiry_wait:g}s"]
    words += ["--parallel", str(option.parallel)] if option.parallel else []
    return [*words, "--no-browser"] if option.no_browser else words


def _check(argument: str) -> str:
    """A folder, a file or a check as it is typed: from the folder of the checks on."""
    path, colons, name = argument.partition("::")
    whole = (ROOT / path).resolve()
    if whole in {ROOT, CHECKS, CHECKS.parent}:
        return "."
    return f"{whole.relative_to(CHECKS) if whole.is_relative_to(CHECKS) else path}{colons}{name}"


def _elsewhere(target: str) -> str:
    """A target as it is named on another machine: a file by its name alone, unless it is one of the checkout."""
    path = Path(target)
    if "://" in target or not path.is_file():
        return target
    whole = path.resolve()
    return str(whole.relative_to(ROOT)) if whole.is_relative_to(ROOT) else path.name
