"""The project's own source: its checks with their marks, its files, and who imports whom."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("conformance", "fixtures", "load", "reports")


@dataclass(frozen=True, kw_only=True)
class CheckSource:
    """One check as it stands in its file. cites: pairs of requirement id and fault."""

    file: str
    line: int
    name: str
    docstring: str
    cites: Sequence[tuple[str, str]]
    tolerates: Sequence[str]

    @property
    def where(self) -> str:
        """file:line, for messages."""
        return f"{self.file}:{self.line}"


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file below the folders, in order; none of what was installed or built."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if not any(part.startswith(".") or part in {"out", "node_modules"} for part in parts):
                yield path


@cache
def checks() -> Sequence[CheckSource]:
    """Every check of conformance/checks with its marks, whatever decorator gave it them."""
    found: list[CheckSource] = []
    for path in python_files("conformance/checks"):
        if not path.name.startswith("test_"):
            continue
        place = path.relative_to(ROOT)
        for name, value in vars(import_module(".".join(place.with_suffix("").parts))).items():
            if name.startswith("test_") and isinstance(value, FunctionType):
                found.append(_check(str(place), name, value))
    return found


def _check(file: str, name: str, function: FunctionType) -> CheckSource:
    marks: Sequence[pytest.Mark] = getattr(function, "pytestmark", [])
    parameters = [each for mark in marks if mark.name == "parametrize" for each in mark.args[1]]
    of_parameters = [mark for each in parameters for mark in getattr(each, "marks", ())]
    return CheckSource(
        file=file,
        line=function.__code__.co_firstlineno,
        name=name,
        docstring=inspect.getdoc(function) or "",
        cites=[
            (mark.args[0], mark.kwargs["broken_by"])
            for mark in [*marks, *of_parameters]
            if mark.name == "requirement"
        ],
        tolerates=[legal for mark in marks if mark.name == "tolerates" for legal in mark.args],
    )


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and dotted name of every import in a file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found
