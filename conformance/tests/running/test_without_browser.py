"""A machine without a browser: the checks that need one are not run, aloud, and the run does not end well."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.running.run import harness

pytestmark = [pytest.mark.takes(200), pytest.mark.apart]

NO_DRIVER = "Playwright's driver did not start"


def test_checks_of_pages_are_inconclusive_where_no_browser_starts(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no-browser")
    ran = harness(
        "--requirement", "6749-10.12-04", out=tmp_path / "out", environ={"OAUTH_HARNESS_BROWSER": nowhere}
    )

    assert ran.code == 6, ran.output
    assert set(ran.verdicts) == {"inconclusive"}
    assert all(nowhere in each["reason"] or NO_DRIVER in each["reason"] for each in ran.results)
    assert all("playwright install --only-shell chromium" in result["reason"] for result in ran.results)
    assert "No browser could be started" in ran.output or NO_DRIVER in ran.output


def test_a_browser_that_is_left_out_by_choice_leaves_the_exit_code_as_it_is(tmp_path: Path) -> None:
    ran = harness(
        "--requirement",
        "6749-10.12-04",
        "--requirement",
        "7009-2.2-S04",
        "--no-browser",
        out=tmp_path / "out",
    )

    assert ran.code == 0, ran.output
    assert set(ran.verdicts) == {"not-applicable", "conforms"}
    assert any(
        "This run does without a browser. To turn this on: run without --no-browser" in each["reason"]
        for each in ran.results
    )
