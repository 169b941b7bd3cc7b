"""report.pdf: the page of a run as it prints, and one sentence where nothing can print."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports import commands
from reports.tests.runs import rich_run
from reports.tests.test_folder import keep


def test_the_page_of_the_run_is_what_is_printed(tmp_path: Path) -> None:
    keep(rich_run(), tmp_path)
    pages = []

    def printed(page: Path) -> bytes:
        pages.append(page.read_text(encoding="utf-8"))
        return b"%PDF-1.7"

    assert commands.main(["pdf", str(tmp_path)], printed) == 0
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF-1.7"
    assert "Staging" in pages[0]


def test_without_a_browser_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(rich_run(), tmp_path)

    def printed(page: Path) -> bytes:
        raise commands.CannotPrint(f"No browser for {page.name}.")

    assert commands.main(["pdf", str(tmp_path)], printed) == 4
    assert capsys.readouterr().err == "No browser for report.html.\n"
