"""How an owner is put at the run's browser, which one that was, and how a page with a finding is kept as a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.checks.support.run_folder import evidence_folder
from fixtures.errors import CannotTest
from fixtures.http.connection import Connection
from fixtures.http.recorder import Recorder
from fixtures.target import Owner, Target

if TYPE_CHECKING:
    from fixtures.owner.browser import BrowsingOwner

Browsing = Callable[[Owner], "BrowsingOwner"]
"""Puts an owner at a real browser."""


class BrowsersSeen:
    """The browsers that pages were judged in, each with its version, in whichever process that was."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def note(self, name: str) -> None:
        """Keep a browser's name, without the folder that its program lies in; empty where none was started."""
        self.hear([re.split(r"[/\\]", name)[-1]] if name else [])

    def tell(self) -> list[str]:
        """What this process saw."""
        return self.names

    def hear(self, told: list[str]) -> None:
        """Add what another process saw."""
        self.names = sorted({*self.names, *told})


BROWSERS = pytest.StashKey[BrowsersSeen]()
"""Set where a run is recorded."""
AT_BROWSERS = pytest.StashKey[list["BrowsingOwner"]]()


def browsing_in(
    request: pytest.FixtureRequest, target: Target, recorder: Recorder, connection: Connection
) -> Browsing:
    """Puts owners at the browser of this run, the fixture `browser`, which is started when it is first needed."""
    config = request.config

    def put(owner: Owner) -> BrowsingOwner:
        from fixtures.owner.browser import BrowsingOwner, Window  # noqa: PLC0415 - most runs need no browser

        window = Window(
            pages=target.pages,
            record=recorder.record,
            ca_file=target.ca_file,
            headers=target.headers,
            turn=connection.wait_for_turn if target.requests_per_second else None,
            trace=recorder.trace if target.traceparent else None,
            evidence=evidence_folder(config),
        )
        made = BrowsingOwner(owner, request.getfixturevalue("browser"), window)
        config.stash.setdefault(AT_BROWSERS, []).append(made)
        return made

    return put


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of the page on which a check found something."""
    used = [each for each in item.config.stash.get(AT_BROWSERS, []) if each.last_opened >= call.start]
    if used and call.when == "call" and call.excinfo and isinstance(call.excinfo.value, AssertionError):
        with suppress(CannotTest):
            max(used, key=lambda each: each.last_opened).photographs()
    return (yield)
