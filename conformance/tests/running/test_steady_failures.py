"""A server that fails each time at one kind of request: one finding, which counts what it hindered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.tests.running.run import harness
from fixtures.reference import Config, serve_in_thread

pytestmark = [pytest.mark.takes(250), pytest.mark.apart]

CHOSEN = "unknown_client or invented_code or each_time"


def _run(folder: Path, *faults: str, parallel: str = "1") -> tuple[list[dict[str, str]], int]:
    with serve_in_thread(Config(), faults=faults) as server:
        file = folder / "target.toml"
        text = Path("fixtures/targets/reference.toml").read_text(encoding="utf-8")
        file.write_text(text.replace("http://127.0.0.1:9000", server.issuer), encoding="utf-8")
        ran = harness(
            *("--target", str(file), "-k", CHOSEN, "--parallel", parallel),
            out=folder / "out",
            environ={**os.environ, **server.secrets},
        )
    return [dict(each) for each in ran.results], ran.code


def _findings(results: list[dict[str, str]]) -> list[dict[str, str]]:
    return [each for each in results if each["verdict"] in {"violates", "advises", "harness-error"}]


def test_it_is_one_finding_and_the_rest_is_judged_where_it_can_be(tmp_path: Path) -> None:
    for parallel in ("1", "3"):
        folder = tmp_path / parallel
        folder.mkdir()
        results, code = _run(folder, "client-unknown-crashes", parallel=parallel)
        verdicts = {each["check"].rpartition("::")[2]: each["verdict"] for each in results}

        assert code == 1
        assert [each["check"].rpartition("::")[2] for each in _findings(results)] == [
            "test_the_token_endpoint_fails_at_no_request_each_time"
        ]
        hindered = [name for name, verdict in verdicts.items() if verdict == "inconclusive"]
        assert f"{len(hindered)} checks could not be judged for it" in _findings(results)[0]["actual"]
        assert any(f"(shown with {name})" in _findings(results)[0]["actual"] for name in hindered)
        assert verdicts["test_an_unknown_client_by_basic_is_invalid_client[token]"] == "inconclusive"
        assert verdicts["test_an_unknown_client_is_refused[token]"] == "conforms"


def test_nothing_is_said_of_a_server_that_answers(tmp_path: Path) -> None:
    results, code = _run(tmp_path)

    assert code == 0
    assert _findings(results) == []
    assert any(each["check"].endswith("each_time") and each["verdict"] == "conforms" for each in results)
