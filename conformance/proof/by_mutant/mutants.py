"""What a mutant is: one small change of the source of the embedded server. Pure; nothing is run or imported here.

Only the bodies of functions are changed. What stands beside them - constants, defaults of a class - is the server's
configuration, and its checks are chosen by it.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVER = Path(__file__).parents[3] / "fixtures" / "reference"
MODULES = (
    *("app", "authorization", "client_authentication", "endpoint", "errors", "form_endpoint", "html"),
    *(
        "introspection",
        "issuing",
        "jose",
        "messages",
        "metadata",
        "pages",
        "registration",
        "resource",
        "revocation",
    ),
    *("records", "state", "store", "token_endpoint"),
)
"""The modules that decide what the server answers. How it is started, seeded and measured is not judged."""
PROTOCOL_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_\-./:+]*\Z")
"""A string that a client may depend on; sentences for people are not changed."""
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
Functions = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change. module and function say where; number tells it from equal changes of the same function.

    lines: first and last line of the statement, or of the head of the statement, that holds it now: who runs none of
    them cannot notice it. before, after: the changed piece of source.
    """

    module: str
    function: str
    before: str
    after: str
    number: int
    lines: tuple[int, int]

    @property
    def name(self) -> str:
        """What names it in the list of survivors: it stays the same while other functions change."""
        number = f" #{self.number}" if self.number > 1 else ""
        return f"{self.module}.{self.function}: {self.before} -> {self.after}{number}"


@dataclass(frozen=True)
class _Place:
    """One node that can be changed: how to reach it in its function, what it becomes, and the lines it stands in."""

    path: tuple[tuple[str, int | None], ...]
    node: ast.AST
    changed: ast.AST
    lines: tuple[int, int]


def mutants_of(source: str, module: str) -> list[tuple[Mutant, ast.Module]]:
    """Every mutant of a module, each with the tree of the whole module as changed.

    The trees keep the line numbers of the source.
    """
    tree = ast.parse(source)
    found: list[tuple[Mutant, ast.Module]] = []
    for steps, function, name in _functions(tree):
        seen: dict[tuple[str, str], int] = {}
        for place in _places(function):
            before, after = _shown(place.node), _shown(place.changed)
            if before == after:
                continue
            seen[before, after] = number = seen.get((before, after), 0) + 1
            mutant = Mutant(
                module=module,
                function=name,
                before=before,
                after=after,
                number=number,
                lines=place.lines,
            )
            found.append((mutant, _changed(tree, (*steps, *place.path), place.changed)))
    return found


def _shown(node: ast.AST) -> str:
    """A node as a name shows it. One kind of quotes: from 3.12 on Python writes others around a string in a string."""
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}:".replace('"', "'")
    text = " ".join(ast.unparse(node).split()).replace('"', "'")
    return text if len(text) <= 100 else text[:97] + "..."


def _functions(tree: ast.Module) -> Iterator[tuple[tuple[tuple[str, int | None], ...], Functions, str]]:
    """Top-level functions and methods; what is nested in them belongs to them."""
    for index, node in enumerate(tree.body):
        if isinstance(node, Functions):
            yield (("body", index),), node, node.name
        elif isinstance(node, ast.ClassDef):
            for inner, member in enumerate(node.body):
                if isinstance(member, Functions):
                    yield (("body", index), ("body", inner)), member, f"{node.name}.{member.name}"


def _places(function: Functions) -> Iterator[_Place]:
    """Every place of a function's body that can be changed, in the order of the source."""
    for index, statement in enumerate(function.body):
        is_docstring = (
            index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        )
        if not is_docstring:
            yield from _within(statement, (("body", index),), _lines(statement))


def _lines(node: ast.AST) -> tuple[int, int]:
    """The lines of a statement, or of a clause, that are run when it is reached: all of it but the blocks inside."""
    match node:
        case ast.match_case():
            last = node.guard or node.pattern
            return node.pattern.lineno, last.end_lineno or last.lineno
        case ast.stmt(lineno=first) | ast.ExceptHandler(lineno=first):
            blocks = [child.lineno for child in getattr(node, "body", ()) if isinstance(child, ast.stmt)]
            cases = [case.pattern.lineno for case in getattr(node, "cases", ())]
            if blocks or cases:
                return first, max(first, min(blocks + cases) - 1)
            return first, getattr(node, "end_lineno", None) or first
    raise TypeError(f"{node!r} is no statement")


def _within(
    node: ast.AST, path: tuple[tuple[str, int | None], ...], lines: tuple[int, int]
) -> Iterator[_Place]:
    if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        lines = _lines(node)
    for changed in _changes(node):
        yield _Place(path, node, changed, lines)
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_comment", "decorator_list", "ctx"}:
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if isinstance(child, ast.AST) and not isinstance(child, ast.FormattedValue):
                step = (field, index if isinstance(value, list) else None)
                if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
                    yield from _within(child, (*path, step), lines)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    yield from _changed_conditions(node)
    yield from _changed_values(node)
    yield from _changed_statements(node)


def _changed_conditions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OPPOSITE:
            yield ast.Compare(node.left, [OPPOSITE[type(operator)]()], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for left_out in range(len(node.values)):
                rest = [value for index, value in enumerate(node.values) if index != left_out]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.If() | ast.IfExp() if not isinstance(node.test, ast.Constant):
            for value in (True, False):
                changed = copy.copy(node)
                changed.test = ast.Constant(value)
                yield changed
        case ast.comprehension(ifs=[_, *_]):
            changed_loop = copy.copy(node)
            changed_loop.ifs = []
            yield changed_loop


def _changed_values(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()) if not _is_text(node):
            yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            other = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
            yield ast.BinOp(node.left, other, node.right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str(value)) if PROTOCOL_WORD.match(value):
            yield ast.Constant(f"{value}x")


def _changed_statements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()


def _is_text(node: ast.BinOp) -> bool:
    """Whether a sum is of strings as far as the source shows: there is no difference of strings."""
    sides = (node.left, node.right)
    return any(isinstance(side, ast.JoinedStr) or _is_string(side) for side in sides) or any(
        isinstance(side, ast.BinOp) and _is_text(side) for side in sides
    )


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _changed(tree: ast.Module, path: tuple[tuple[str, int | None], ...], replacement: ast.AST) -> ast.Module:
    """A copy of the tree with one node replaced; what the path does not touch is shared."""
    top = copy.copy(tree)
    parent: ast.AST = top
    for position, (field, index) in enumerate(path):
        is_last = position == len(path) - 1
        value = getattr(parent, field)
        child = value[index] if index is not None else value
        made = replacement if is_last else copy.copy(child)
        if is_last:
            ast.copy_location(made, child)
            ast.fix_missing_locations(made)
        if index is None:
            setattr(parent, field, made)
        else:
            setattr(parent, field, [*value[:index], made, *value[index + 1 :]])
        parent = made
    return top
