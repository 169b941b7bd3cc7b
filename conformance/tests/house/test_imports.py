"""Who may import whom: the judged shares no code with the judge, and reports stand on their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.house.source import PACKAGES, ROOT, imports_of, python_files

TABLE = """
    fixtures/reference  ->  nothing of ours
    fixtures            ->  fixtures
    conformance         ->  conformance, fixtures
    load                ->  load, fixtures
    reports             ->  reports; fixtures.http.exchange and fixtures.target for their types
    conftest.py and the __main__ modules join the worlds; nobody else does
"""
ALLOWED = {
    "fixtures/reference": ("fixtures.reference",),
    "fixtures": ("fixtures",),
    "conformance": ("conformance", "fixtures"),
    "load": ("load", "fixtures"),
    "reports": ("reports", "fixtures.http.exchange", "fixtures.target"),
}


def _folder(path: Path) -> str:
    name = str(path.relative_to(ROOT))
    return next(folder for folder in ALLOWED if name.startswith(f"{folder}/"))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    wrong = []
    for path in python_files(package):
        if path.name == "__main__.py":
            continue
        allowed = ALLOWED[_folder(path)]
        for line, name in imports_of(path):
            ours = name.split(".")[0] in PACKAGES
            if ours and not any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")

    assert not wrong, "\n".join([*wrong, "Who may import whom:", TABLE])


def test_gevent_is_never_imported_under_pytest() -> None:
    files = [path for package in ("conformance", "fixtures", "reports") for path in python_files(package)]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line, name in imports_of(path)
        if name.split(".")[0] in {"gevent", "locust"}
    ]

    assert not found
