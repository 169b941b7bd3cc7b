"""`python3 -m conformance doctor`: a target examined line by line, and what each line came to. No check is made.

What is looked at, and how, is in fixtures.doctor.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from conformance.running.commands import NOT_SET_UP, why_unwritable
from fixtures.command_line import BAD_USAGE
from fixtures.doctor import Diagnosis, State
from fixtures.errors import BadTarget
from fixtures.making_targets.typed import Chosen, choose
from fixtures.survey import lines
from fixtures.target import Target

Clean = Callable[[str], str]
"""Makes one line of text fit to be shown."""

_WITHOUT_WHICH = ("connection", "token endpoint")
"""Where one of these is wrong, what the server seems to be like is a consequence of that."""


def look(
    name: str | None, folder: Path, screen: TextIO, clean_of: Callable[[Mapping[str, str]], Clean]
) -> int:
    """Examine the target that was named, and write a line for each thing looked at. Returns the exit code.

    name: as after --target, None for the embedded server; folder: for screenshots; clean_of: given the target's
    secrets, what makes a text fit to be shown.
    """
    try:
        chosen = choose(name or "reference")
    except BadTarget as problem:
        screen.write("".join(f"{clean_of({})(line)}\n" for line in problem.problems))
        return BAD_USAGE
    if unwritable := why_unwritable(folder):
        screen.write(f"{unwritable} Name another folder: --out FOLDER\n")
        return BAD_USAGE
    states: Counter[State] = Counter()
    stuck = lost = False
    with chosen.opened() as target:
        clean = clean_of(target.secrets)
        named = target.issuer if target.name == target.issuer else f"{target.name}, {target.issuer}"
        screen.write(f"{clean(named)}\n\n")
        for diagnosis in chosen.examine(target, folder):
            states[diagnosis.state] += 1
            lost = lost or (diagnosis.subject in _WITHOUT_WHICH and diagnosis.state is State.WRONG)
            stuck = stuck or (diagnosis.subject.startswith("[owners.") and diagnosis.state is not State.FINE)
            screen.write("".join(f"{line}\n" for line in _lines(diagnosis, clean)))
            screen.flush()
        if not states[State.UNREACHABLE] and not lost:
            screen.write(_what_it_is_like(chosen, target, clean, owners=not stuck))
    code = exit_code(states)
    told = ", ".join(f"{states[state]} {state.value}" for state in State if states[state])
    screen.write(f"\n{told}. Exit code {code}. {_next(code, name)}\n")
    return code


def _what_it_is_like(chosen: Chosen, target: Target, clean: Clean, *, owners: bool) -> str:
    """The survey of the target, which a run goes by. owners: whether one may sign in: no wrong password twice."""
    told = chosen.survey(target, owners=owners)
    shown = "".join(f"  {clean(subject)}: {clean(what)}\n" for subject, what in lines(told))
    return f"\nWhat the server is like:\n{shown}"


def exit_code(states: Iterable[State]) -> int:
    """The exit code of what the lines came to: 4 over 6 over 0 (the project's list of exit codes)."""
    found = set(states)
    if State.WRONG in found:
        return BAD_USAGE
    return NOT_SET_UP if found & {State.UNREACHABLE, State.DOUBTFUL} else 0


def _lines(diagnosis: Diagnosis, clean: Clean) -> list[str]:
    first = f"{diagnosis.state.value:<12} {clean(diagnosis.subject)}: {clean(diagnosis.what)}"
    if not diagnosis.key or diagnosis.state is State.FINE:
        return [first]
    verb = {State.LEFT_OUT: "to add it", State.WRONG: "change"}.get(diagnosis.state, "look at")
    return [first, f"{'':<12} {verb}: {clean(diagnosis.key)}"]


def _next(code: int, name: str | None) -> str:
    run = f"python3 -m conformance run --target {shlex.quote(name)}" if name else "python3 -m conformance run"
    return {
        0: f"Everything is as the target file says; next: {run}",
        BAD_USAGE: "Change the keys that are named, then look again.",
    }.get(code, "See to what is named, then look again.")
