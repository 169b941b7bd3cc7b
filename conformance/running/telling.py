"""What the judge has to know of a check that ended: its demand, the Facts of what failed, what the server said last."""

from __future__ import annotations

import pytest

from conformance.running import selection
from conformance.running.judging import Context, facts_in
from fixtures.http.exchange import Answer
from fixtures.http.recorder import Recorder

RECORDED = pytest.StashKey[Recorder]()
"""Who keeps the exchanges of the check that is running."""


def context_of(item: pytest.Item, call: pytest.CallInfo[None]) -> Context:
    """The context of one ending of a check."""
    info = selection.describe(item)
    failed = call.excinfo.traceback[-1] if call.excinfo else None
    return Context(
        level=info.level,
        demand=info.title,
        sentence=info.sentence,
        facts=facts_in(str(failed.statement), failed.frame.f_locals) if failed else (),
        came=_last(item.config.stash[RECORDED]),
    )


def _last(recorder: Recorder) -> str:
    """What the server answered last, in words; empty where nothing was sent."""
    if not recorder.exchanges:
        return ""
    last = recorder.exchanges[-1]
    return str(last.answer) if isinstance(last.answer, Answer) else f"no answer: {last.failure}"
