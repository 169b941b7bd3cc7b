"""What a mutant of the embedded server is, and that the mutation run tells the noticed from the survivors."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from conformance.proof.by_mutant.forked import Running
from conformance.proof.by_mutant.mutants import MODULES, SERVER, mutants_of
from conformance.proof.by_mutant.mutation import Caught, Mutation, Wanted, as_json, from_json
from conformance.running.environment import ROOT
from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(40), pytest.mark.apart]

SOURCE = '''
LIMIT = 3

class Endpoint:
    """Text."""

    def check(self, token, client):
        """Text."""
        if token.client_id != client.client_id and not token.dead:
            raise ValueError("a sentence for people", "invalid_grant")
        self.count += 1
        return [each for each in token.scope if each in client.scope]
'''


def _changes(source: str) -> set[tuple[str, str]]:
    return {(mutant.before, mutant.after) for mutant, _ in mutants_of(source, "endpoint")}


@pytest.mark.parametrize(
    "change",
    [
        ("token.client_id != client.client_id", "token.client_id == client.client_id"),
        ("token.client_id != client.client_id and (not token.dead)", "not token.dead"),
        ("not token.dead", "token.dead"),
        ("'invalid_grant'", "'invalid_grantx'"),
        ("self.count += 1", "pass"),
        ("1", "2"),
        ("each in client.scope", "each not in client.scope"),
        ("for each in token.scope if each in client.scope", "for each in token.scope"),
    ],
)
def test_a_function_is_changed_in_one_place(change: tuple[str, str]) -> None:
    told = {(before.strip(), after.strip()) for before, after in _changes(SOURCE)}

    assert change in told


def test_sentences_docstrings_and_constants_beside_functions_stay() -> None:
    before = {before for before, _ in _changes(SOURCE)}

    assert not {"'a sentence for people'", "3", "'Text.'"} & before


def test_every_mutant_differs_from_the_source_in_one_line_or_more_and_keeps_its_lines() -> None:
    original = ast.unparse(ast.parse(SOURCE))

    for mutant, tree in mutants_of(SOURCE, "endpoint"):
        assert ast.unparse(tree) != original, mutant.name
        compile(tree, "endpoint.py", "exec")


def test_a_mutant_tells_the_lines_of_its_statement_without_the_blocks_inside() -> None:
    source = """
def check(self, form):
    if (
        form.dead
        or self.dead
    ):
        raise ValueError(
            "gone"
        )
    try:
        self.use(form)
    except (KeyError, *self.more(1)):
        pass
"""
    told = {(mutant.before, mutant.lines) for mutant, _ in mutants_of(source, "endpoint")}

    assert {
        ("form.dead or self.dead", (3, 6)),
        ("'gone'", (7, 9)),
        ("self.use(form)", (11, 11)),
        ("1", (12, 12)),
    } <= told


@pytest.mark.parametrize("module", MODULES)
def test_the_mutants_of_a_module_have_names_of_their_own(module: str) -> None:
    source = (SERVER / f"{module}.py").read_text(encoding="utf-8")
    names = [mutant.name for mutant, _ in mutants_of(source, module)]

    assert names
    assert len(names) == len(set(names))


def test_every_excused_survivor_is_a_mutant_and_has_a_reason() -> None:
    document = tomllib.loads(
        (ROOT / "conformance/proof/by_mutant/survivors.toml").read_text(encoding="utf-8")
    )
    names = {
        mutant.name
        for module in MODULES
        for mutant, _ in mutants_of((SERVER / f"{module}.py").read_text(encoding="utf-8"), module)
    }

    listed = [name for entry in document["reason"] for name in entry["mutants"]]
    assert not set(listed) - names
    assert len(listed) == len(set(listed))
    assert all(len(entry["because"]) > 20 for entry in document["reason"])


def test_a_mutation_run_can_be_taken_up_again_from_its_file() -> None:
    caught = [Caught(mutant, "found", "a check", "why") for mutant, _ in mutants_of(SOURCE, "endpoint")]

    assert from_json(json.loads(json.dumps(as_json(caught)))) == caught


@pytest.mark.parametrize(
    ("told", "how"),
    [
        ({"passed": 0, "findings": ["a check\nwhy"], "trouble": []}, "found"),
        ({"passed": 3, "findings": [], "trouble": ["a check\nno token"]}, "hindered"),
        ({"passed": 3, "findings": [], "trouble": []}, "survived"),
        ({"passed": 0, "findings": [], "trouble": []}, "survived"),  # nothing was applicable any more
        ({}, "hindered"),  # it died
    ],
)
def test_a_mutant_of_which_nobody_said_a_word_survived(told: dict[str, object], how: str) -> None:
    run = Mutation(Wanted(), io.StringIO(), lambda _caught: None)
    mutant, _ = mutants_of(SOURCE, "endpoint")[0]
    ended = Running(0, -1, mutant)
    ended.text = json.dumps(told).encode()

    run.keep(ended)

    assert [each.how for each in run.caught] == [how]


def test_of_a_mutant_whose_checks_were_stopped_nothing_is_said() -> None:
    run = Mutation(Wanted(), io.StringIO(), lambda _caught: None)
    mutant, _ = mutants_of(SOURCE, "endpoint")[0]
    ended = Running(0, -1, mutant)
    ended.text = json.dumps({"passed": 1, "findings": [], "trouble": [], "stopped": True}).encode()

    with pytest.raises(KeyboardInterrupt):
        run.keep(ended)

    assert run.caught == []


def test_the_mutation_run_tells_the_noticed_from_the_survivors(tmp_path: Path) -> None:
    """Of one function, with the checks of one folder: a server that revokes nothing is found, a hint is not missed."""
    out = tmp_path / "caught.json"
    ended = subprocess.run(  # noqa: S603 - our own module
        [
            *(sys.executable, "-m", "conformance", "mutate", "--jobs", "1", "--out", str(out)),
            *("--module", "revocation", "--only", "RevocationEndpoint.handle: self"),
            *("--", "-k", "test_effect or test_live_tokens"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=limit(120),
        check=False,
    )

    assert out.exists(), ended.stdout + ended.stderr
    told = {each["mutant"]["before"]: each["how"] for each in json.loads(out.read_text(encoding="utf-8"))}
    assert told["self.revoke(token)"] == "found"
    assert told["self.check_hint(form.get('token_type_hint'))"] == "survived"
