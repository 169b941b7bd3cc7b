"""What the judge has to know of a check that ended: its demand, the Facts of what failed, what the server said last."""

from __future__ import annotations

import ast
import functools
import linecache
import textwrap
from collections.abc import Sequence

import pytest

from conformance.ledger.requirement import ledger, places
from conformance.running import selection
from conformance.running.judging import Context, facts_in
from conformance.running.shared_exchanges import shared_with
from fixtures.http.exchange import Answer
from fixtures.http.fact import Fact, is_of_metadata
from fixtures.http.recorder import Recorder
from fixtures.owner.landing import Landing
from reports.journal import OF_METADATA

SHORTEST = 12
"""Characters from which on what came tells which answer it came with."""
RECORDED = pytest.StashKey[Recorder]()
"""Who keeps the exchanges of the check that is running."""


def context_of(item: pytest.Item, call: pytest.CallInfo[None]) -> Context:
    """The context of one ending of a check."""
    info = selection.describe(item)
    failed = call.excinfo.traceback[-1] if call.excinfo else None
    facts = (
        facts_in(statement_at(str(failed.path), failed.lineno + 1), failed.frame.f_locals) if failed else []
    )
    recorder = item.config.stash[RECORDED]
    if facts:
        of_metadata = info.requirements[0].startswith(OF_METADATA) or any(
            is_of_metadata(str(each.seen)) for each in facts
        )
        recorder.precede(shared_with(item, of_all=of_metadata))
    about = next((each.requirement for each in facts if each.requirement), "")
    once_more = item.get_closest_marker("again_of")
    otherwise = [ledger()[name] for name in once_more.args] if once_more else []
    sentence = places([ledger()[about]]) if about and not otherwise else info.sentence
    return Context(
        level=info.level,
        demand=info.title,
        sentence=f"{sentence}, for what {places(otherwise)} says" if otherwise else sentence,
        fix=next((row.fix for row in otherwise), ""),
        facts=facts,
        came=_last(recorder),
        decoded=item.get_closest_marker("decoded") is not None,
        judged=places_of(recorder, facts),
        before=_before(recorder, facts),
        requirement="" if otherwise else about,
    )


def statement_at(file: str, line: int) -> str:
    """The source of the innermost statement around a line, counted from 1; empty where there is no source."""
    around = [place for place in _statements(file) if place[0] <= line <= place[1]]
    if not around:
        return ""
    first, last = min(around, key=lambda place: place[1] - place[0])
    return textwrap.dedent("".join(linecache.getlines(file)[first - 1 : last]))


@functools.cache
def _statements(file: str) -> Sequence[tuple[int, int]]:
    """The first and the last line of each statement of a file, which is understood once: many a check fails in it."""
    try:
        parsed = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ()
    statements = [node for node in ast.walk(parsed) if isinstance(node, ast.stmt)]
    return [(node.lineno, node.end_lineno or node.lineno) for node in statements]


def places_of(recorder: Recorder, facts: Sequence[Fact]) -> dict[int, str]:
    """Where among the exchanges the answers stand that the Facts are about; else the last, if any.

    Each with the words for its case, where a Fact is about several.
    """
    cases = {words: answer for each in facts for words, answer in each.cases.items()}
    found = {at: words for words, answer in cases.items() if (at := _place(recorder, [answer])) is not None}
    if found:
        return found if len(cases) > 1 else dict.fromkeys(found, "")
    at = _place(recorder, [each.answer if each.answer is not None else each.seen for each in facts])
    if at is None:
        held = (_holding(recorder, str(each.seen)) for each in facts)
        at = next((place for place in held if place is not None), None)
    last = len(recorder.exchanges) - 1
    return {last if at is None else at: ""} if recorder.exchanges else {}


def _before(recorder: Recorder, facts: Sequence[Fact]) -> list[int]:
    """Where the answers stand that decide the Facts, and those of all Facts where an assertion holds several."""
    answers = [answer for each in facts for answer in each.before]
    answers += [each.answer for each in facts if each.answer is not None]
    return [at for answer in answers if (at := _place(recorder, [answer])) is not None]


def _place(recorder: Recorder, answers: Sequence[object]) -> int | None:
    """Where the last exchange stands that brought one of these answers, or None."""
    ends = [hop for each in answers for hop in (each.hops if isinstance(each, Landing) else [each])]
    for number, exchange in reversed(list(enumerate(recorder.exchanges))):
        if exchange.answer is not None and any(exchange.answer is end for end in ends):
            return number
    return None


def _holding(recorder: Recorder, text: str) -> int | None:
    """Where the last exchange stands whose answer holds a text as it was told, or None: a header's value, mostly."""
    if len(text) < SHORTEST:
        return None
    for number, exchange in reversed(list(enumerate(recorder.exchanges))):
        answer = exchange.answer
        if answer is not None and (text in answer.text or any(text in value for _, value in answer.headers)):
            return number
    return None


def _last(recorder: Recorder) -> str:
    """What the server answered last, in words; empty where nothing was sent."""
    if not recorder.exchanges:
        return ""
    last = recorder.exchanges[-1]
    return str(last.answer) if isinstance(last.answer, Answer) else f"no answer: {last.failure}"
