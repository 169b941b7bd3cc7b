"""How a search goes: what is found is small, sent once more, repeated by its seed, and tried first the next time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.draws import Draws, Profile
from fixtures.errors import CannotTest, Unreachable
from fixtures.http.exchange import Answer, Exchange, Request
from fixtures.http.recorder import Recorder

ORDINARY = Draft(
    what="a request",
    method="POST",
    url="https://server.example/token",
    parts=(written("grant_type", "client_credentials"), written("scope", "read")),
)
WAYS = defects.spoilt([ORDINARY], defects.PARAMETERS, defects.ENCODINGS)


class Server:
    """Answers by a rule, and counts what it was asked."""

    def __init__(self, status: Callable[[Request], int]) -> None:
        self.status, self.asked, self.recorder = status, 0, Recorder()

    def send(self, request: Request) -> Answer:
        """Answer, and have it recorded."""
        self.asked += 1
        answer = Answer(status=self.status(request))
        self.recorder.record(Exchange(request=request, answer=answer))
        return answer

    def searches(self, seed: int, database: Path | None = None) -> str:
        """What a search for an answer above 499 tells; empty when it finds none."""
        profile = Profile(examples=120, seconds=60.0, steps=1)
        draws = Draws(name="ci", profile=profile, seed=seed, target="a target", database=database)
        search = Search(check="a check", draws=draws, recorder=self.recorder, send=self.send)

        def judge(draft: Draft) -> None:
            assert self.send(draft.request).status < 500

        try:
            search(ORDINARY, judge, WAYS)
        except AssertionError as found:
            return str(found)
        return ""


def _at_nul(request: Request) -> int:
    return 500 if b"%00" in request.body else 200


def test_what_is_found_is_wrong_in_one_way_only() -> None:
    told = Server(_at_nul).searches(1)

    assert re.match(r"Sent: a request; [a-z_ ]+ holds NUL\. The smallest", told)
    assert "--fuzz ci --fuzz-seed 1" in told


def test_one_exchange_is_the_evidence() -> None:
    server = Server(_at_nul)
    server.searches(1)

    assert [exchange.answer and exchange.answer.status for exchange in server.recorder.exchanges] == [500]
    assert server.asked > 10


def test_a_search_that_finds_nothing_keeps_the_ordinary_exchange() -> None:
    server = Server(lambda _: 400)

    assert server.searches(1) == ""
    assert [exchange.request for exchange in server.recorder.exchanges] == [ORDINARY.request]


def test_the_seed_repeats_what_is_drawn() -> None:
    assert _bodies(5) == _bodies(5) != _bodies(6)


def _bodies(seed: int, database: Path | None = None) -> list[bytes]:
    """What a server that nothing upsets is sent by a search."""
    bodies: list[bytes] = []

    def note(request: Request) -> int:
        bodies.append(request.body)
        return 200

    Server(note).searches(seed, database)
    return bodies


def test_what_failed_is_tried_first_the_next_time(tmp_path: Path) -> None:
    Server(_at_nul).searches(1, tmp_path)

    bodies = _bodies(2, tmp_path)

    assert b"%00" in bodies[1]


def test_a_kept_failure_names_the_run_that_drew_it(tmp_path: Path) -> None:
    told = [Server(_at_nul).searches(seed, tmp_path) for seed in (1, 2)]
    Server(lambda _: 200).searches(3, tmp_path)
    told.append(Server(_at_nul).searches(4, tmp_path))

    assert [text.partition("--fuzz-seed ")[2][0] for text in told] == ["1", "1", "4"]


def test_a_failure_that_does_not_come_back_is_inconclusive() -> None:
    failed: list[Request] = []

    def once(request: Request) -> int:
        fails = b"%00" in request.body and not failed
        failed.extend([request] * fails)
        return 500 if fails else 200

    with pytest.raises(CannotTest, match="failed once and not when the request was repeated"):
        Server(once).searches(1)


def test_a_server_that_stops_answering_is_inconclusive() -> None:
    dead: list[Request] = []

    def dies(request: Request) -> int:
        dead.extend([request] * (b"%00" in request.body))
        if dead:
            raise Unreachable("The connection was refused.")
        return 200

    with pytest.raises(CannotTest, match="stopped answering after this request"):
        Server(dies).searches(1)


def test_a_connection_that_is_closed_on_a_bad_request_is_no_finding() -> None:
    def closes(request: Request) -> int:
        if b"%00" in request.body:
            raise Unreachable("The connection was closed without an answer.")
        return 200

    assert Server(closes).searches(1) == ""


def test_a_search_that_learns_nothing_at_all_is_inconclusive() -> None:
    def only_the_ordinary(request: Request) -> int:
        if request != ORDINARY.request:
            raise Unreachable("The connection was closed without an answer.")
        return 200

    with pytest.raises(Unreachable):
        Server(only_the_ordinary).searches(1)


def test_a_draft_shows_no_secret() -> None:
    assert "client_credentials" not in repr(ORDINARY)
