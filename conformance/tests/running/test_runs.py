"""Whole runs, as a user starts them: what they exit with, what they keep, and that nothing secret is in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests.running.run import Ran, harness
from fixtures.reference import serve_in_thread
from fixtures.target import TARGETS

pytestmark = [pytest.mark.takes(100), pytest.mark.apart]

ONE = "7009-2.2-S02"
METADATA = "conformance/checks/metadata"
MENDED = """
[[known]]
requirement = "{requirement}"
because = "https://tracker.example/1"
{until}
"""


class Embedded:
    """An embedded server, the target file that describes it, and runs against it."""

    def __init__(self, folder: Path, *faults: str) -> None:
        self.running = serve_in_thread(faults=faults)
        self.folder = folder
        self.file = folder / "embedded.toml"
        self.more = ""

    def run(
        self,
        *arguments: str,
        environ: dict[str, str] | None = None,
        checks: str = "conformance/checks/revocation",
    ) -> Ran:
        """Run some checks of the harness against the server."""
        text = (TARGETS / "reference.toml").read_text(encoding="utf-8")
        text = text.replace('"http://127.0.0.1:9000"', f'"{self.running.issuer}"') + self.more
        self.file.write_text(text, encoding="utf-8")
        secrets = dict(self.running.secrets)
        return harness(
            "--target",
            str(self.file),
            *arguments,
            out=self.folder / "out",
            checks=checks,
            environ={**secrets, **(environ or {})},
        )


@pytest.fixture
def clean(tmp_path: Path) -> Iterator[Embedded]:
    server = Embedded(tmp_path)
    yield server
    server.running.stop()


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Embedded]:
    server = Embedded(tmp_path, "revoke-unknown-is-an-error")
    yield server
    server.running.stop()


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Embedded]:
    server = Embedded(tmp_path, "metadata-scopes-missing", "metadata-pkce-missing")
    yield server
    server.running.stop()


def test_a_clean_server_has_no_finding(clean: Embedded) -> None:
    ran = clean.run("--requirement", "7009-2.2")

    assert ran.code == 0, ran.output
    assert set(ran.verdicts) <= {"conforms", "not-applicable"}
    assert ran.folder is not None
    assert {"journal.jsonl", "report.html", "report.json", "junit.xml", "summary.md"} <= {
        path.name for path in ran.folder.iterdir()
    }
    assert (ran.folder.parent / "latest").exists()


def test_a_finding_shows_all_that_a_reader_needs(faulty: Embedded) -> None:
    ran = faulty.run("--requirement", ONE)
    finding = next(result for result in ran.results if result["verdict"] == "violates")

    assert ran.code == 1
    assert ONE in finding["requirements"]
    assert "200" in finding["expected"]
    assert "400" in finding["actual"]
    assert finding["exchanges"]
    assert finding["reproduce"].startswith("# client ")
    assert "\ncurl " in finding["reproduce"]
    assert ran.folder is not None
    page = (ran.folder / "report.html").read_text(encoding="utf-8")
    assert ONE in page
    assert "curl " in page


def test_advice_counts_only_where_it_is_asked_to(careless: Embedded) -> None:
    assert careless.run("--requirement", "8414-2-09", checks=METADATA).code == 0
    assert careless.run("--requirement", "8414-2-09", "--advice-counts", checks=METADATA).code == 1


def test_findings_of_another_profile_do_not_fail_a_core_run(careless: Embedded) -> None:
    chosen = ["--requirement", "9700-2.1.1-11", "--requirement", "8414-2-01", "--advice-counts"]

    assert careless.run(*chosen, checks=METADATA).code == 0
    assert careless.run(*chosen, "--profile", "security-bcp", checks=METADATA).code == 1


def test_nothing_judged_is_not_a_pass(clean: Embedded) -> None:
    assert clean.run("--requirement", "8414-2.1-02", checks=METADATA).code == 5


def test_a_known_violation_does_not_fail_the_run(faulty: Embedded) -> None:
    faulty.more = MENDED.format(requirement=ONE, until="")
    ran = faulty.run("--requirement", ONE)

    assert ran.code == 0
    assert {result["known"]["because"] for result in ran.results if result["known"]} == {
        "https://tracker.example/1"
    }


def test_a_known_violation_past_its_day_fails_the_run(faulty: Embedded) -> None:
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    faulty.more = MENDED.format(requirement=ONE, until=f"until = {yesterday}")

    assert faulty.run("--requirement", ONE).code == 1


def test_a_known_violation_that_is_mended_fails_the_run(clean: Embedded) -> None:
    clean.more = MENDED.format(requirement=ONE, until="")

    assert clean.run("--requirement", ONE).code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--requirement", "7009-2.2-S99"],
            'no requirement "7009-2.2-S99" in the ledger. Nearest: 7009-2.2-S0',
        ),
        (["--target", "refrence"], "Did you mean 'reference'?"),
        (["--target", "nowhere.toml"], "nowhere.toml: no such target file."),
        (["--profile", "cor"], "invalid choice: 'cor'"),
    ],
)
def test_bad_usage_is_told_in_a_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    ran = harness(*arguments, out=tmp_path)

    assert ran.code == 4
    assert told in ran.output
    assert "Traceback" not in ran.output


def test_an_unknown_id_among_known_violations_is_told(clean: Embedded) -> None:
    clean.more = MENDED.format(requirement="7009-2.2-S98", until="")
    ran = clean.run("--requirement", ONE)

    assert ran.code == 4
    assert (
        '[[known]] requirement: no requirement "7009-2.2-S98" in the ledger. Nearest: 7009-2.2-S0'
        in ran.output
    )


def test_no_secret_of_a_run_is_in_its_files(clean: Embedded, tmp_path: Path) -> None:
    file = tmp_path / "canary.txt"
    ran = clean.run(
        "--requirement",
        "7009",
        "--requirement",
        "6749-4.1.3",
        "--requirement",
        "7591-3.2.1",
        "--requirement",
        "6749-10.12",
        "-p",
        "conformance.tests.running.canary",
        checks="conformance",
        environ={"CANARY_FILE": str(file)},
    )
    secrets = {*file.read_text(encoding="utf-8").split("\n"), *clean.running.secrets.values()} - {""}
    assert ran.folder is not None, ran.output
    kept = [path for path in ran.folder.rglob("*") if path.is_file()]
    leaks = [
        (path.name, secret[:6])
        for path in kept
        for text in [path.read_text(encoding="utf-8", errors="replace")]
        for secret in secrets
        if secret in text
    ]

    assert len(secrets) > 50
    assert len(kept) > 5
    assert leaks == []


def test_a_finding_on_a_page_is_shown_in_a_picture(tmp_path: Path) -> None:
    """What the browser showed when the check failed is kept as evidence, and stands in the report."""
    server = Embedded(tmp_path, "ui-consent-framable")
    try:
        ran = server.run(checks="conformance/checks/pages/test_framing.py")
    finally:
        server.running.stop()

    found = [result for result in ran.results if result["verdict"] == "violates"]
    if ran.verdicts["inconclusive"] and "No browser could be started" in ran.output:
        pytest.skip("no browser is there")
    assert found
    assert all(name.endswith(".png") for result in found for name in result["kept"])
    assert all(result["kept"] for result in found)
    assert ran.folder is not None
    assert all((ran.folder / name).is_file() for result in found for name in result["kept"])
    assert "data:image/png;base64," in (ran.folder / "report.html").read_text(encoding="utf-8")
