"""Each promise is seen broken by a fault of the embedded server, with evidence, and by no fault where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from load.judging.promise_counts import TEXTS, PromiseCounts
from load.scenarios import code, introspection, mixed, refresh, revocation, token
from load.scenarios.setup import Setup
from load.tests.plain_client import PlainClient, setup_at
from load.traffic.iteration import Iterations

Prepare = Callable[[Setup], Iterations]


def _reported(prepare: Prepare, *faults: str, count: int = 40, propagation: float = 0.0) -> PromiseCounts:
    with setup_at(*faults, count=count, propagation=propagation) as setup:
        client_under_test = PlainClient()
        client_under_test.run(prepare(setup), count)
        client_under_test.close()
        return setup.promises.counts


@pytest.fixture(autouse=True)
def _few_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few tokens to ask about are as good as many, and made sooner."""
    monkeypatch.setattr(introspection, "ACTIVE", 12)
    monkeypatch.setattr(introspection, "EACH_OTHER", 4)


OF_EXTENSIONS = {"audience-kept", "device-code-once", "proof-once", "request-uri-once"}
"""Promises of what the embedded server plays only when it is asked to: scenarios/test_extensions.py breaks these."""

COUNTS: dict[Prepare, int] = {revocation.then_introspection: 4, introspection.mix: 300}
"""How many iterations are told; 40 of those that are not here."""

BREAKS: list[tuple[str, str, Prepare]] = [
    ("issued-once", "under-load-token-issued-twice", token.by_basic),
    ("code-once", "code-usable-twice", code.exchange),
    ("code-once", "code-race", code.exchange),
    ("refresh-once", "refresh-usable-twice", refresh.chains),
    ("refresh-once", "refresh-race", refresh.chains),
    ("live-is-active", "under-load-live-token-inactive", introspection.after_issue),
    ("live-is-active", "introspect-wrong-scope", introspection.after_issue),
    ("live-is-active", "introspect-exp-lies", introspection.after_issue),
    ("live-is-active", "token-expires-in-in-milliseconds", introspection.after_issue),
    ("dead-is-inactive", "introspect-ignores-expiry", introspection.mix),
    ("dead-is-inactive", "introspect-unknown-says-active", introspection.mix),
    ("revoked-stays-inactive", "revoke-is-a-no-op", revocation.then_introspection),
    ("revoked-stays-inactive", "revoke-delayed", revocation.then_introspection),
    ("revoked-stays-inactive", "introspect-ignores-revocation", revocation.then_introspection),
    ("revoked-stays-inactive", "under-load-revoked-token-rises", revocation.then_introspection),
    ("own-answer", "introspect-wrong-client-id", introspection.after_issue),
    ("own-answer", "under-load-answers-change-places", introspection.mix),
    ("answer-shape", "token-error-as-200", token.refusals),
    ("answer-shape", "token-error-as-403", token.refusals),
    ("answer-shape", "token-error-without-code", token.refusals),
    ("answer-shape", "under-load-error-as-page", token.refusals),
    ("answer-shape", "introspect-active-as-string", introspection.after_issue),
    ("answer-shape", "token-without-access-token", token.by_basic),
    ("no-store", "token-cacheable", token.by_basic),
    ("no-store", "under-load-token-cacheable", token.by_basic),
    ("overload", "under-load-overload-as-500", token.by_basic),
    ("overload", "under-load-overload-as-gateway-error", introspection.after_issue),
]


@pytest.mark.parametrize(("promise", "fault", "prepare"), BREAKS, ids=[f"{p}-{f}" for p, f, _ in BREAKS])
def test_a_fault_breaks_the_promise_with_evidence(promise: str, fault: str, prepare: Prepare) -> None:
    counts = _reported(prepare, fault, count=COUNTS.get(prepare, 40))

    assert counts.broken[promise] > 0
    assert {breach.promise for breach in counts.breaches} >= {promise}
    assert all(breach.exchanges and "HTTP/1.1" in breach.exchanges[0] for breach in counts.breaches)


def test_every_promise_has_a_fault_that_breaks_it() -> None:
    assert {promise for promise, _, _ in BREAKS} == set(TEXTS) - OF_EXTENSIONS


@pytest.mark.parametrize("count", [120])
def test_a_clean_server_breaks_no_promise_and_every_promise_is_checked(count: int) -> None:
    runs = [
        _reported(prepare, count=count if prepare is not revocation.then_introspection else 4)
        for prepare in (mixed.usual, refresh.chains, code.exchange, revocation.then_introspection)
    ]
    checked = {name for counts in runs for name, times in counts.checked.items() if times}

    assert [counts.breaches for counts in runs] == [[], [], [], []]
    assert checked == set(TEXTS) - OF_EXTENSIONS - {
        "overload"
    }  # a server that keeps up has nothing to say of it


def test_a_revocation_that_takes_its_declared_time_is_kept_and_its_delay_is_counted() -> None:
    counts = _reported(revocation.then_introspection, count=3, propagation=0.5)

    assert counts.broken["revoked-stays-inactive"] == 0
    assert counts.delay.total == 3


def test_evidence_holds_no_token_and_no_credentials() -> None:
    with setup_at("token-cacheable") as setup:
        client_under_test = PlainClient()
        client_under_test.run(token.by_body(setup), 20)
        client_under_test.close()
        secret = setup.requester("client_secret_post").secret
        counts = setup.promises.counts

    text = counts.breaches[0].exchanges[0]
    assert "client_secret=[masked]" in text
    assert secret is not None
    assert secret not in text
    assert '"access_token":"[access_token ' in text


def test_the_counts_of_two_workers_is_their_sum() -> None:
    one, other = PromiseCounts(), PromiseCounts()
    one.checked["no-store"], other.checked["no-store"] = 3, 4
    other.broken["no-store"] = 1
    other.delay.add(0.25)

    one.merge(other)

    assert (one.checked["no-store"], one.broken["no-store"], one.delay.total) == (7, 1, 1)
