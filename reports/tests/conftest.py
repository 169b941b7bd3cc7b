"""What all tests of reports share: none of them writes to the page of the CI job that runs it."""

from __future__ import annotations

import pytest

from reports.forms.step_summary import VARIABLE


@pytest.fixture(autouse=True)
def _no_page_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
