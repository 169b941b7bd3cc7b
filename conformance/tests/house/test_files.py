"""How files hang together: none is too long, no two import each other, and none speaks of one that is gone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from conformance.tests.house.source import PACKAGES, ROOT, imports_of, python_files

MOST_LINES = 400
"""What one thought takes at most. Ledgers, locks, schemas and lists of known survivors are no Python: any length."""

NAMED = re.compile(r"(?<![\w*{<.-])((?:\w+/)*\w+\.py)\b")
ELSEWHERE = {"conftest.py", "__main__.py", "setup.py", "sitecustomize.py"}
"""Names that stand for a kind of file, of which there are several or none."""


@cache
def _files() -> list[Path]:
    return [*sorted(ROOT.glob("*.py")), *python_files(*PACKAGES)]


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_too_long() -> None:
    lengths = {_shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _files()}
    long = [f"{name} has {count} lines" for name, count in lengths.items() if count > MOST_LINES]

    assert not long, "\n".join(
        [*long, f"More than {MOST_LINES} lines: divide it by what each part is about."]
    )


def test_no_two_files_import_each_other() -> None:
    """An import for type checkers alone counts too: whoever reads one file has to read the other."""
    imported = {path: _imported_files(path) for path in _files()}
    pairs = [
        f"{_shown(one)} and {_shown(other)}"
        for one, others in imported.items()
        for other in others
        if _shown(one) < _shown(other) and one in imported[other]
    ]

    assert not pairs, "\n".join(
        [*pairs, "These import each other: what both need belongs to a third, below them."]
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_that_is_named_exists(package: str) -> None:
    known = {f"/{_shown(path)}" for path in _files()}
    gone = [
        f"{_shown(path)}:{line} names {name}"
        for path in python_files(package)
        for line, text in _prose(path)
        for name in NAMED.findall(text)
        if name not in ELSEWHERE and not any(each.endswith(f"/{name}") for each in known)
    ]

    assert not gone, "\n".join(gone)


def _imported_files(path: Path) -> set[Path]:
    found: set[Path] = set()
    for _, name in imports_of(path):
        if name.split(".")[0] in PACKAGES:
            found.update(_file_of(name))
    return found - {path}


def _file_of(dotted: str) -> Iterator[Path]:
    """The file of a dotted name, which is a module or something in one."""
    for name in (dotted, dotted.rpartition(".")[0]):
        place = ROOT.joinpath(*name.split("."))
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                yield file
                return


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and docstrings of a file, each with its line."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.lineno, node.value.value
