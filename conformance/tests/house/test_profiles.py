"""Profiles: each set names checks that exist and that cite a statement of it, in an order in which a change shows."""

from __future__ import annotations

import re

import pytest

from conformance.ledger.profiles import FOLDER, NEXT, PROFILES, profiles
from conformance.ledger.requirement import ledger, levels_of
from conformance.tests.house.source import checks

CITED = {
    f"{check.file.removeprefix('conformance/checks/')}::{check.name}": [
        ledger()[identifier] for identifier, _ in check.cites
    ]
    for check in checks()
}


def test_every_file_is_a_profile_and_every_profile_has_a_file() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.toml")) == sorted(PROFILES)


def test_every_document_belongs_to_a_profile() -> None:
    assert {row.profile for row in ledger().values()} <= set(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_a_set_holds_checks_that_exist_and_cite_a_statement_of_it(name: str) -> None:
    wrong = [
        check
        for check in profiles()[name].checks
        if not any(row.profile == name for row in CITED.get(check, ()))
    ]

    assert not wrong, (
        f"a check that was renamed or left is renamed or taken out in {name}.toml as well: {wrong}"
    )


@pytest.mark.parametrize("name", PROFILES)
def test_a_set_is_in_order(name: str) -> None:
    listed = re.findall(r'^    "(.+)",$', (FOLDER / f"{name}.toml").read_text(encoding="utf-8"), re.MULTILINE)

    assert listed == sorted(set(listed))
    assert set(listed) == profiles()[name].checks


def test_a_check_has_its_own_level_in_each_set() -> None:
    key = next(iter(profiles()["core"].checks & profiles()["security-bcp"].checks))
    advice, demand = (
        next(row for row in ledger().values() if row.profile == name and row.level == level)
        for name, level in (("core", "should"), ("security-bcp", "must"))
    )

    assert levels_of(key, [advice, demand]) == {"core": "should", "security-bcp": "must"}


def test_a_check_that_is_newer_than_a_set_is_not_in_it() -> None:
    row = next(row for row in ledger().values() if row.profile == "core")

    assert levels_of("token/test_answer.py::test_written_tomorrow", [row]) == {NEXT: row.level}
