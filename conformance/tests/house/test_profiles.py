"""Profiles: each set names checks that exist and that cite a statement of it, in an order in which a change shows."""

from __future__ import annotations

import hashlib
import re

import pytest

from conformance.ledger.profiles import DEFAULT, FOLDER, NEXT, PROFILES, profiles
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
    profile = profiles()[name]
    wrong = [
        check
        for check in profile.checks
        if not any(row.profile in profile.names for row in CITED.get(check, ()))
    ]

    assert not wrong, (
        f"a check that was renamed or left is renamed or taken out in {name}.toml as well: {wrong}"
    )


@pytest.mark.parametrize("name", PROFILES)
def test_a_set_is_in_order(name: str) -> None:
    listed = re.findall(r'^    "(.+)",$', (FOLDER / f"{name}.toml").read_text(encoding="utf-8"), re.MULTILINE)

    inherited = {check for older in profiles()[name].extends for check in profiles()[older].checks}
    assert listed == sorted(set(listed))
    assert set(listed) == profiles()[name].checks - inherited


@pytest.mark.parametrize("name", PROFILES)
def test_what_was_withdrawn_says_when_and_why_and_is_gone(name: str) -> None:
    profile = profiles()[name]

    assert not profile.withdrawn.keys() & (CITED.keys() | profile.checks)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d: .{20,}", why) for why in profile.withdrawn.values())


def test_core_is_what_it_was_when_it_was_frozen() -> None:
    core = profiles()["core"]
    held = "\n".join(sorted({*core.checks, *core.withdrawn}))

    assert (core.date, len(held.splitlines())) == ("2026-11-29", 662)
    assert (
        hashlib.sha256(held.encode()).hexdigest()
        == "fe213419071b8e3c80b5b64b0c3317b5fea9f65fdadffc980bfd1ecb84831f68"
    ), "later checks join a later set; who renames a check of this one renews the digest"


def test_the_verdict_of_a_run_that_names_no_set_counts_all_of_core_and_what_extends_it() -> None:
    default = profiles()[DEFAULT]

    assert default.extends == ("core",)
    assert default.checks > profiles()["core"].checks


def test_a_check_has_its_own_level_in_each_set() -> None:
    key = next(iter(profiles()["core"].checks & profiles()["security-bcp"].checks))
    advice, demand = (
        next(row for row in ledger().values() if row.profile == name and row.level == level)
        for name, level in (("core", "should"), ("security-bcp", "must"))
    )

    assert levels_of(key, [advice, demand]) == {
        DEFAULT: "should",
        "core": "should",
        "security-bcp": "must",
    }


def test_a_check_that_is_newer_than_a_set_is_not_in_it() -> None:
    row = next(row for row in ledger().values() if row.profile == "core")

    assert levels_of("token/test_answer.py::test_written_tomorrow", [row]) == {NEXT: row.level}
