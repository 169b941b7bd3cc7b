"""Extensions of OAuth under load, from proofs of possession to exchanges: each promise is seen broken by a fault.

And by none where there is none: what the RFCs leave to a server breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.errors import NotOffered
from load.judging.promise_counts import TEXTS, PromiseCounts
from load.scenarios import device, exchange, proof, pushed, resource
from load.scenarios.setup import Setup
from load.tests.plain_client import PlainClient, setup_at
from load.traffic.iteration import Iterations

Prepare = Callable[[Setup], Iterations]
EDITION = "reference-2026"

BREAKS: list[tuple[str, str, Prepare]] = [
    ("proof-once", "under-load-proof-taken-twice", proof.bound_tokens),
    ("request-uri-once", "under-load-request-uri-given-twice", pushed.then_code),
    ("request-uri-once", "under-load-request-uri-opened-twice", pushed.then_code),
    ("code-once", "", pushed.then_code),
    ("device-code-once", "under-load-device-code-taken-twice", device.polling),
    ("audience-kept", "under-load-audience-crosses", resource.in_turn),
    ("audience-kept", "under-load-exchange-crosses", exchange.for_each_resource),
]
ALL: list[Prepare] = [
    proof.bound_tokens,
    pushed.then_code,
    device.polling,
    resource.in_turn,
    exchange.for_each_resource,
]


COUNTS: dict[Prepare, int] = {device.polling: 140}
"""How many iterations are told; 60 of those that are not here."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """One iteration after another makes as many devices wait as there are iterations: none of them needs to."""
    monkeypatch.setattr(device, "MOST_DEVICES", 200)


def _counts(prepare: Prepare, *faults: str, count: int = 0) -> tuple[PromiseCounts, PlainClient, list[str]]:
    count = count or COUNTS.get(prepare, 60)
    with setup_at(*faults, count=count, edition=EDITION) as setup:
        client = PlainClient()
        client.run(prepare(setup), count)
        client.close()
        return setup.promises.counts, client, setup.notes


@pytest.mark.parametrize(("promise", "fault", "prepare"), [each for each in BREAKS if each[1]])
def test_a_fault_that_shows_under_load_breaks_its_promise(promise: str, fault: str, prepare: Prepare) -> None:
    counts, _, _ = _counts(prepare, fault)

    assert counts.broken[promise] > 0, counts.checked
    assert counts.breaches[0].promise == promise
    assert counts.breaches[0].exchanges
    assert {name for name, times in counts.broken.items() if times} == {promise}


@pytest.mark.parametrize("prepare", ALL)
def test_without_a_fault_every_promise_is_kept_and_nothing_fails(prepare: Prepare) -> None:
    counts, client, _ = _counts(prepare)

    assert {name: times for name, times in counts.broken.items() if times} == {}
    assert client.failures == []
    assert any(counts.checked[promise] for promise, _, which in BREAKS if which is prepare)


@pytest.mark.parametrize(
    ("fault", "prepare", "note"),
    [
        ("legal-dpop-proof-used-twice", proof.bound_tokens, "takes a proof again"),
        ("par-request-uri-for-ever", pushed.then_code, "A request_uri is taken again"),
    ],
)
def test_what_the_rfc_leaves_to_the_server_is_told_and_breaks_nothing(
    fault: str, prepare: Prepare, note: str
) -> None:
    counts, _, notes = _counts(prepare, fault, count=30)

    assert not any(counts.broken.values())
    assert any(note in each for each in notes)


def test_what_signing_takes_is_told_apart() -> None:
    _, _, notes = _counts(proof.bound_tokens, count=10)

    assert any("10 proofs were signed before the run" in note for note in notes)


@pytest.mark.parametrize("prepare", ALL)
def test_a_server_that_does_not_offer_it_is_told_what_is_missing(prepare: Prepare) -> None:
    with setup_at(count=5) as setup, pytest.raises(NotOffered):
        prepare(setup)


def test_every_promise_of_these_is_one_that_reports_know() -> None:
    assert {promise for promise, _, _ in BREAKS} <= TEXTS.keys()
