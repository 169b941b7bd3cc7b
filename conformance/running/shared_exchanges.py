"""What was exchanged for a fixture that several checks share: told with the finding of each check that has it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from fixtures.http.exchange import Exchange
from fixtures.http.recorder import Recorder

MOST = 40
"""Exchanges of one fixture up to which they are told again."""
SHARED = pytest.StashKey[dict[int, Sequence[Exchange]]]()
_OF_ALL = "conformance/checks"
"""Where the fixtures of every check are defined."""


def noted(
    fixture: pytest.FixtureDef[object], config: pytest.Config, recorder: Recorder
) -> Generator[None, object, object]:
    """Keep what is exchanged while a fixture is made that outlives one check. For a wrapper of pytest_fixture_setup."""
    sent = recorder.sent
    made = yield
    count = recorder.sent - sent
    if fixture.scope != "function" and 0 < count <= MOST:
        config.stash.setdefault(SHARED, {})[id(fixture)] = recorder.latest(count)
    return made


def shared_with(item: pytest.Item, *, of_all: bool) -> list[Exchange]:
    """What was exchanged for the fixtures of a check that others share, those that are gone left out.

    of_all: whether those of every check count as well: by which the target was reached, and its metadata read.
    """
    kept = item.config.stash.get(SHARED, {})
    known: dict[str, Sequence[pytest.FixtureDef[object]]] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined] # noqa: SLF001 - pytest tells it nowhere else
    fixtures = [defined[-1] for name, defined in known.items() if name in item.fixturenames]  # type: ignore[attr-defined]
    return [
        exchange
        for fixture in fixtures
        if fixture.cached_result is not None and (of_all or fixture.baseid != _OF_ALL)
        for exchange in kept.get(id(fixture), ())
    ]
