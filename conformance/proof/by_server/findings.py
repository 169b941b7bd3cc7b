"""What is listed of a real server, what a run found there, and where the two differ. Nothing is run here.

A deviation by which somebody could get past a security check of a product is withheld: the list holds a digest of the
check's name in place of the name and of a reason, and the two are compared without a word about it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.errors import BadTarget

NAME = "findings.toml"
"""The list of a server, in its folder."""
VERDICTS = ("violates", "advises", "inconclusive")
"""What may be listed. That the harness fails is a defect of ours, and never listed."""
FINDINGS = ("harness-error", *VERDICTS)
NOT_RUN = "not run"
_KEYS = {"because", "verdict", "checks", "may_pass"}
_WITHHELD_KEYS = {"verdict", "digests", "may_pass"}
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one check of a run came to. message: what it said of that, in one line."""

    check: str
    verdict: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Where a list and a run differ. new: findings that are not listed, or not with this verdict.

    gone: entries whose check did not find that, each with the verdict that came instead. agreed: all other entries.
    """

    new: Sequence[Found]
    gone: Sequence[tuple[Listed, str]]
    agreed: Sequence[Listed]

    @property
    def agrees(self) -> bool:
        """Whether list and run say the same."""
        return not self.new and not self.gone


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One check that is known to find something at a server.

    because: why, given by reading. may_pass: whether a run may find nothing there, for the reason that is told.
    withheld: whether check is the digest of the check's name, and because is empty.
    """

    check: str
    verdict: str
    because: str = ""
    may_pass: bool = False
    withheld: bool = False


def compare(listed: Sequence[Listed], results: Sequence[Found]) -> Comparison:
    """Hold what a run found against what is listed of its server. results: of every check that was run."""
    expected = {entry.check: entry.verdict for entry in listed}
    came = {result.check: result.verdict for result in results}
    came |= {digest(check): verdict for check, verdict in came.items()}
    gone = [(entry, came.get(entry.check, NOT_RUN)) for entry in listed if not _is_met(entry, came)]
    return Comparison(
        new=[
            result
            for result in results
            if result.verdict in FINDINGS
            and result.verdict not in {expected.get(result.check), expected.get(digest(result.check))}
        ],
        gone=gone,
        agreed=[entry for entry in listed if _is_met(entry, came)],
    )


def digest(check: str) -> str:
    """What stands for the name of a check whose finding is withheld: SHA-256 of it, in hexadecimal digits."""
    return hashlib.sha256(check.encode("utf-8")).hexdigest()


def _is_met(entry: Listed, came: Mapping[str, str]) -> bool:
    verdict = came.get(entry.check, NOT_RUN)
    return verdict == entry.verdict or (entry.may_pass and verdict not in {*FINDINGS, NOT_RUN})


def read(file: Path) -> list[Listed]:
    """The list of a server; empty where there is no such file yet. BadTarget, with every problem, when it is wrong."""
    if not file.is_file():
        return []
    where = f"{file.parent.name}/{file.name}"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as problem:
        raise BadTarget([f"{where}: {problem}."]) from None
    entries, withheld = document.get("finding", []), document.get("withheld", [])
    problems = [f"unknown key {key!r}" for key in document if key not in {"finding", "withheld"}]
    for tables in (entries, withheld):
        if not isinstance(tables, list) or not all(isinstance(entry, dict) for entry in tables):
            raise BadTarget([f"{where}: it has to hold tables [[finding]] and [[withheld]]."])
    for number, entry in enumerate(entries, start=1):
        problems += [f"[[finding]] number {number}: {problem}" for problem in _problems(entry)]
    for number, entry in enumerate(withheld, start=1):
        problems += [f"[[withheld]] number {number}: {problem}" for problem in _withheld_problems(entry)]
    if problems:
        raise BadTarget([f"{where}: {problem}." for problem in problems])
    listed = [_listed(entry, check) for entry in entries for check in entry["checks"]]
    listed += [
        Listed(check=found, verdict=entry["verdict"], may_pass=entry.get("may_pass", False), withheld=True)
        for entry in withheld
        for found in entry["digests"]
    ]
    names = [entry.check for entry in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadTarget([f"{where}: {name} stands there twice." for name in twice])
    return listed


def _listed(entry: Mapping[str, Any], check: str) -> Listed:
    return Listed(
        check=check,
        verdict=entry["verdict"],
        because=entry["because"],
        may_pass=entry.get("may_pass", False),
    )


def _problems(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with one table, each as a part of a sentence."""
    problems = _common_problems(entry, _KEYS)
    because, checks = entry.get("because"), entry.get("checks")
    if not isinstance(because, str) or not because.strip():
        problems.append("because has to say why, by the RFC")
    if not isinstance(checks, list) or not checks or not all(isinstance(name, str) for name in checks):
        problems.append("checks has to be a list of checks, as report.json names them")
    return problems


def _withheld_problems(entry: Mapping[str, Any]) -> list[str]:
    """The same of a table whose checks are not named."""
    problems = _common_problems(entry, _WITHHELD_KEYS)
    found = entry.get("digests")
    if (
        not isinstance(found, list)
        or not found
        or not all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in found)
    ):
        problems.append("digests has to be a list of digests, as --withhold prints them")
    return problems


def _common_problems(entry: Mapping[str, Any], keys: Collection[str]) -> list[str]:
    problems = [f"unknown key {key!r}" for key in entry if key not in keys]
    if entry.get("verdict") not in VERDICTS:
        problems.append(f"verdict has to be one of {', '.join(VERDICTS)}")
    if not isinstance(entry.get("may_pass", False), bool):
        problems.append("may_pass has to be true or false")
    return problems


def stanzas(new: Sequence[Found]) -> str:
    """Tables for new findings, one a verdict, ready to be pasted; empty when none may be listed.

    Their reason is empty, which the list is not read with: whoever read the finding writes it.
    """
    written = []
    for verdict in VERDICTS:
        if names := sorted(found.check for found in new if found.verdict == verdict):
            checks = "".join(f"  {json.dumps(name, ensure_ascii=False)},\n" for name in names)
            written.append(f'[[finding]]\nbecause = ""\nverdict = "{verdict}"\nchecks = [\n{checks}]\n')
    return "\n".join(written)
