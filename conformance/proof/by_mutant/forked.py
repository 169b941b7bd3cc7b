"""A mutant at work: a child of the mutation run, its two ends, and how a function gets changed code in it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from conformance.proof.by_mutant.mutants import SERVER, Mutant
from fixtures.errors import CannotTest, NotOffered

LONGEST_SECONDS = 300
LEARNING_SECONDS = 1800
FIXTURE = "fixture "
"""Begins the name of a fixture among those that run a line: it is made once, for all checks that ask for it."""


class Child:
    """The side of the fork that runs checks. watches: whether it learns which lines of the server each check runs."""

    def __init__(self, pipe: int, *, watches: bool) -> None:
        self.check = ""
        self.passed = 0
        self.findings: list[str] = []
        self.watches = watches
        self._trouble: list[str] = []
        self._pipe = pipe
        self._reaches: dict[tuple[str, int], set[str]] = {}
        self._took: dict[str, float] = {}
        self._since = time.monotonic()
        if watches:
            threading.settrace(self._sees)
            sys.settrace(self._sees)

    def begins(self, check: str) -> None:
        """Say which check runs from now on."""
        now = time.monotonic()
        self._took[self.check] = self._took.get(self.check, 0.0) + now - self._since
        self.check, self._since = check, now

    def _sees(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        return self._sees_line if frame.f_code.co_filename.startswith(str(SERVER)) else None

    def _sees_line(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            self._reaches.setdefault(place, set()).add(self.check)
        return self._sees_line

    def note(self, item: pytest.Item, when: str, problem: BaseException) -> None:
        """Keep what one check says: an assertion of its body is a finding, anything else hinders the run."""
        told = f"{item.nodeid}\n{type(problem).__name__}: {str(problem)[:500]}"
        if when == "call" and isinstance(problem, AssertionError):
            self.findings.append(told)
        elif isinstance(problem, CannotTest) or not isinstance(problem, NotOffered):
            self._trouble.append(told)

    def ends(self, **more: Any) -> None:
        """Hand over what was seen, and leave without the ceremonies of an ordinary end."""
        self.begins("")
        reached, self._reaches = self._reaches, {}  # threads of the server may still be traced
        reaches = {
            f"{Path(file).stem}:{line}": sorted(checks) for (file, line), checks in list(reached.items())
        }
        told = {
            "passed": self.passed,
            "findings": self.findings,
            "trouble": self._trouble[:5],
            "reaches": reaches,
            "took": self._took,
            **more,
        }
        with os.fdopen(self._pipe, "w", encoding="utf-8") as pipe:
            json.dump(told, pipe)
        os._exit(0)


class Running:
    """A child, as its parent sees it."""

    def __init__(self, pid: int, pipe: int, mutant: Mutant | None) -> None:
        self.mutant = mutant
        self.pipe = pipe
        self.text = b""
        self._pid = pid
        self._ends = time.monotonic() + (LONGEST_SECONDS if mutant else LEARNING_SECONDS)
        self.is_stuck = False

    def is_over(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, all that it told being read."""
        while select.select([self.pipe], [], [], seconds)[0]:
            piece = os.read(self.pipe, 1 << 16)
            self.text += piece
            if not piece:
                os.close(self.pipe)
                os.waitpid(self._pid, 0)
                return True
        if time.monotonic() > self._ends and not self.is_stuck:
            self.is_stuck = True
            os.kill(self._pid, signal.SIGKILL)
        return False

    def stop(self) -> None:
        """End it, and what it started: it leads a group of its own from its first moment on."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)
            os.killpg(self._pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


@contextlib.contextmanager
def stops_when_interrupted(running: Sequence[Running]) -> Iterator[None]:
    """End the children that are at work when a signal ends the mutation run."""
    try:
        yield
    except KeyboardInterrupt:
        for each in running:
            each.stop()
        raise


def wait(running: Sequence[Running]) -> None:
    """Wait until one of them tells something, for a second at most."""
    if running:
        select.select([each.pipe for each in running], [], [], 1.0)


def outcome_of(ended: Running) -> dict[str, Any]:
    """What a child told; empty when it died without a word."""
    while ended.mutant is None and not ended.is_over(1.0):
        pass
    if ended.is_stuck:
        return {"stuck": True}
    try:
        told: dict[str, Any] = json.loads(ended.text)
    except ValueError:
        return {}
    return told


def changes_code(mutant: Mutant, code: CodeType) -> bool:
    """Give a function of the server the mutant's code. False when it cannot take it."""
    try:
        _function(mutant).__code__ = _code_of(code, mutant.function.split("."))
    except (AttributeError, LookupError, ValueError, TypeError):
        return False
    return True


def _function(mutant: Mutant) -> FunctionType:
    found: Any = import_module(f"fixtures.reference.{mutant.module}")
    for name in mutant.function.split("."):
        found = vars(found)[name]
    for inside in ("fget", "__func__", "func"):  # a property, a class method, a cached property
        found = getattr(found, inside, found)
    function = unwrap(found)
    if not isinstance(function, FunctionType):
        raise TypeError(f"{mutant.function} is no plain function")
    return function


def _code_of(code: CodeType, names: Sequence[str]) -> CodeType:
    for name in names:
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)
    return code
