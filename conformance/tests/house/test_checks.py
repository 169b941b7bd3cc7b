"""How checks are written: one sentence each, in the present tense, at one level, with a fault beside every citation."""

from __future__ import annotations

import ast
import re
from collections import Counter

from conformance.ledger.requirement import ledger, unknown_id
from conformance.tests.house.source import ROOT, checks, python_files
from fixtures.reference import FAULTS

FORBIDDEN = re.compile(r"\bshould\b|\btests? that\b|\bmust\b|\bverif(y|ies)\b", re.IGNORECASE)


def test_every_check_cites_statements_that_exist() -> None:
    rows = ledger()
    wrong = [
        f"{check.where}: {unknown_id(identifier, list(rows))}"
        for check in checks()
        for identifier, _ in check.cites
        if identifier not in rows
    ]

    assert not wrong, "\n".join(wrong)


def test_every_citation_names_a_fault_that_exists() -> None:
    wrong = [
        f"{check.where}: no fault {fault!r}"
        for check in checks()
        for _, fault in check.cites
        if fault not in FAULTS
    ]

    assert not wrong, "\n".join(wrong)


def test_what_a_check_tolerates_exists_and_is_legal() -> None:
    """A fault that only disputed statements forbid is legal to who reads them otherwise."""
    rows = ledger()
    broken: dict[str, list[bool]] = {}
    for check in checks():
        for identifier, fault in check.cites:
            broken.setdefault(fault, []).append(bool(rows[identifier].disputed))
    disputed = {fault for fault, found in broken.items() if all(found)}
    wrong = [
        f"{check.where}: {name!r}"
        for check in checks()
        for name in check.tolerates
        if name not in FAULTS or not (name.startswith("legal-") or name in disputed)
    ]

    assert not wrong, "\n".join(wrong)


def test_a_check_says_in_the_present_tense_what_a_good_server_does() -> None:
    wrong = [
        f"{check.where}: {check.docstring!r}"
        for check in checks()
        if not check.docstring or FORBIDDEN.search(check.docstring) or not check.docstring.endswith(".")
    ]

    assert not wrong, "\n".join(wrong)


def test_no_two_checks_bear_the_same_sentence() -> None:
    sentences = Counter(check.docstring for check in checks())

    assert not [sentence for sentence, count in sentences.items() if count > 1]


def test_advice_and_demand_are_never_judged_by_one_check_of_a_profile() -> None:
    rows = ledger()
    wrong = []
    for check in checks():
        levels: dict[str, set[bool]] = {}
        for identifier, _ in check.cites:
            if row := rows.get(identifier):
                levels.setdefault(row.profile, set()).add(row.level == "should")
        wrong += [f"{check.where} in {profile}" for profile, found in levels.items() if len(found) > 1]

    assert not wrong, f"split these, or a missed advice is reported as a violation: {wrong}"


BUILTINS = frozenset(
    {"all", "any", "bool", "isinstance", "issubclass", "len", "max", "min", "set", "sorted", "str", "sum"}
)


def _bare(test: ast.expr) -> bool:
    """Whether a condition compares Python values, or is a value of Python's own: it cannot say itself."""
    if isinstance(test, ast.BoolOp):
        return any(map(_bare, test.values))
    if isinstance(test, ast.UnaryOp):
        return _bare(test.operand)
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id in BUILTINS
    return not isinstance(test, ast.Name | ast.Attribute)


def test_what_a_check_asserts_can_say_itself() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: assert {ast.unparse(node.test)}"
        for path in python_files("conformance/checks")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert) and _bare(node.test)
    ]

    assert not wrong, "assert a Fact (conformance/checks/support/facts.py):\n" + "\n".join(wrong)
