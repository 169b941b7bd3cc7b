"""Who may import whom: between folders imports run one way, and the judged shares no code with the judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.house.source import PACKAGES, ROOT, imports_of, python_files

ALLOWED: dict[str, tuple[str, ...]] = {
    "fixtures/reference": (),
    "fixtures/servers": ("fixtures/errors", "fixtures/reference/certificates", "fixtures/reference/tls"),
    "fixtures/delaying": (),
    "fixtures/errors": (),
    "fixtures/command_line": (),
    "fixtures/browser_programs": (),
    "fixtures/server_time": ("fixtures/errors",),
    "fixtures/http": ("fixtures/errors",),
    "fixtures/target": ("fixtures/errors", "fixtures/server_time", "fixtures/http"),
    "fixtures/assertion": ("fixtures/errors", "fixtures/target"),
    "fixtures/endpoints": ("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/assertion"),
    "fixtures/discovery": ("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/endpoints"),
    "fixtures/owner": ("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/browser_programs"),
    "fixtures/survey": (
        *("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/endpoints", "fixtures/owner"),
    ),
    "fixtures/doctor": (
        *("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/endpoints", "fixtures/discovery"),
        *("fixtures/owner", "fixtures/survey", "fixtures/assertion"),
    ),
    "fixtures/making_targets": (
        *("fixtures/errors", "fixtures/http", "fixtures/target", "fixtures/endpoints", "fixtures/discovery"),
        *("fixtures/owner", "fixtures/survey", "fixtures/doctor", "fixtures/reference"),
    ),
    "conformance/ledger": (),
    "conformance/checks/support": ("conformance/ledger", "fixtures"),
    "conformance/checks": ("conformance/checks/support", "conformance/ledger", "fixtures"),
    "conformance/running": (
        "conformance/checks/support",
        "conformance/ledger",
        "fixtures",
        "reports/journal",
    ),
    "conformance/proof": (
        *("conformance/running", "conformance/checks/support", "conformance/ledger", "fixtures"),
        *("reports/finding", "reports/folder", "reports/journal", "reports/plain", "reports/redact"),
    ),
    "load/plan": ("fixtures/target",),
    "load/measuring": (),
    "load/traffic": ("load/measuring", "fixtures/errors"),
    "load/judging": ("load/measuring", "load/traffic", "fixtures"),
    "load/scenarios": ("load/judging", "load/measuring", "load/traffic", "fixtures"),
    "load/running": (
        "load/plan",
        *("load/measuring", "load/traffic", "load/judging", "load/scenarios", "fixtures"),
    ),
    "load/locust": (
        *("load/plan", "load/measuring", "load/traffic", "load/judging", "load/scenarios", "load/running"),
        "fixtures",
    ),
    "load": ("load", "fixtures"),
    "reports": ("reports", "fixtures/http", "fixtures/target"),
}
"""Each folder or loose file, and what it may import of ours beside itself. The longest name that fits holds.

Tests may import what they test and what stands below it: the row of their package, all of it. conftest.py at the top
and the __main__ modules join the worlds; nobody else does. `load` stands for its locustfile and its benchmark.
"""
TABLE = "\n".join(f"    {name} -> {', '.join(may) or 'nothing of ours'}" for name, may in ALLOWED.items())
OF_TESTS = {
    "conformance": ("conformance", "fixtures", "reports/folder", "reports/journal", "reports/plain"),
    "fixtures": ("fixtures",),
    "load": ("load", "fixtures"),
    "reports": (
        "reports",
        "fixtures/http",
        "fixtures/target",
        "fixtures/browser_programs",
        *("fixtures/tests/forked", "fixtures/tests/pace"),
    ),
}


def _may_import(path: Path) -> tuple[str, ...]:
    """What the file at path may import: prefixes of paths."""
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    package = name.split("/")[0]
    if name.startswith("fixtures/reference/"):
        return ("fixtures/reference",)
    if "tests" in path.parts:
        return OF_TESTS[package]
    row = max((row for row in ALLOWED if _within(name, row)), key=len, default=package)
    return (row, *ALLOWED.get(row, OF_TESTS[package]))


def _within(name: str, row: str) -> bool:
    return name == row or name.startswith(f"{row}/")


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    wrong = []
    for path in python_files(package):
        if path.name == "__main__.py":
            continue
        allowed = _may_import(path)
        for line, name in imports_of(path):
            ours = name.split(".")[0] in PACKAGES
            if ours and not any(_within(name.replace(".", "/"), row) for row in allowed):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")

    assert not wrong, "\n".join([*wrong, "Who may import whom:", TABLE])


def test_the_table_of_imports_names_what_is_there() -> None:
    missing = [
        row for row in ALLOWED if not (ROOT / row).is_dir() and not (ROOT / row).with_suffix(".py").is_file()
    ]

    assert not missing


def test_gevent_is_never_imported_under_pytest() -> None:
    files = [path for package in ("conformance", "fixtures", "reports") for path in python_files(package)]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line, name in imports_of(path)
        if name.split(".")[0] in {"gevent", "locust"}
    ]

    assert not found
