"""The project's own source, read as a tree: its checks with their marks, and who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def checks() -> list[CheckSource]:
    """Every function under conformance/ that bears @requirement, or @at (conformance/checks/client_authentication)."""
    found: list[CheckSource] = []
    for path in python_files("conformance"):
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        functions = (node for node in tree if isinstance(node, ast.FunctionDef))
        found += [check for node in functions if (check := _check(path, node))]
    return found


def _check(path: Path, node: ast.FunctionDef) -> CheckSource | None:
    cites: list[tuple[str, str]] = []
    legal: list[str] = []
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Name):
            continue
        words = [word.value for word in decorator.args if isinstance(word, ast.Constant)]
        if decorator.func.id == "requirement":
            named = {word.arg: word.value for word in decorator.keywords}
            fault = named.get("broken_by")
            cites.append((str(words[0]), str(fault.value) if isinstance(fault, ast.Constant) else ""))
        elif decorator.func.id == "at":
            for place in decorator.keywords:
                cites += ast.literal_eval(place.value).items()
        elif decorator.func.id == "at_every_place":
            row, fault_name = (str(word) for word in words)
            cites += [(row, f"{prefix}-{fault_name}") for prefix in ("client", "revoke", "introspect")]
        elif decorator.func.id == "tolerates":
            legal += [str(word) for word in words]
    cites += _of_parameters(node)
    if not cites:
        return None
    return CheckSource(
        file=str(path.relative_to(ROOT)),
        line=node.lineno,
        name=node.name,
        docstring=ast.get_docstring(node) or "",
        cites=cites,
        tolerates=legal,
    )


def _of_parameters(node: ast.FunctionDef) -> list[tuple[str, str]]:
    """What single parameters of a check cite: pytest.mark.requirement(id, broken_by=fault) among the decorators."""
    found = []
    for decorator in node.decorator_list:
        for call in ast.walk(decorator):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr == "requirement":
                found.append((ast.literal_eval(call.args[0]), ast.literal_eval(call.keywords[0].value)))
    return found


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and dotted name of every import in a file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found
