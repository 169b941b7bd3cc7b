"""What a server may do with several tokens of one client breaks no promise, and is named: no RFC forbids it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.errors import CannotTest
from fixtures.reference.records import Client, Code
from fixtures.reference.store import Store
from fixtures.reference.token_endpoint import TokenEndpoint
from load.judging.promise_counts import PromiseCounts
from load.scenarios import introspection, mixed, refresh, revocation, token
from load.scenarios.code import exchange
from load.scenarios.setup import Setup
from load.tests.plain_client import PlainClient, setup_at
from load.traffic.iteration import Iterations

Prepare = Callable[[Setup], Iterations]
Members = dict[str, Any]


@pytest.fixture(autouse=True)
def _few_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "ACTIVE", 6)
    monkeypatch.setattr(introspection, "EACH_OTHER", 3)


def _run(prepare: Prepare, count: int, *faults: str) -> tuple[PromiseCounts, list[str]]:
    with setup_at(*faults, count=count) as setup:
        client_under_test = PlainClient()
        client_under_test.run(prepare(setup), count)
        client_under_test.close()
        assert client_under_test.failures == []
        return setup.promises.counts, setup.notes


def _end_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = TokenEndpoint.issue_for_client

    def issue_for_client(self: TokenEndpoint, client: Client, scope: list[str]) -> Members:
        with self.store:
            self.store.execute(
                "UPDATE tokens SET revoked_at = ? WHERE client_id = ? AND owner_id IS NULL AND revoked_at IS NULL",
                (self.clock.now(), client.client_id),
            )
            return issue(self, client, scope)

    monkeypatch.setattr(TokenEndpoint, "issue_for_client", issue_for_client)


def _give_the_same_again(monkeypatch: pytest.MonkeyPatch, *, to_all: bool = False) -> None:
    issue = TokenEndpoint.issue_for_client
    kept: dict[str, Members] = {}

    def issue_for_client(self: TokenEndpoint, client: Client, scope: list[str]) -> Members:
        key = "" if to_all else f"{client.client_id} {sorted(scope)}"
        if key not in kept:
            kept[key] = issue(self, client, scope)
        return dict(kept[key])

    monkeypatch.setattr(TokenEndpoint, "issue_for_client", issue_for_client)


@pytest.mark.parametrize(
    ("prepare", "count"),
    [
        (mixed.usual, 80),
        (introspection.mix, 60),
        (introspection.after_issue, 15),
        (revocation.then_introspection, 3),
        (token.by_basic, 15),
    ],
)
def test_a_token_that_ends_the_one_before_breaks_no_promise(
    prepare: Prepare, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _end_the_one_before(monkeypatch)
    counts, notes = _run(prepare, count)

    assert counts.breaches == []
    if prepare is not token.by_basic:  # which has nothing introspected, so that it need not know
        assert any("ends the one before it" in note for note in notes)
        assert counts.checked["live-is-active"] > 0 or prepare is revocation.then_introspection


@pytest.mark.parametrize(
    ("prepare", "count"),
    [(token.by_basic, 15), (mixed.usual, 80), (introspection.after_issue, 15), (introspection.mix, 40)],
)
def test_the_same_token_again_for_the_same_client_and_scope_is_counted_and_no_breach(
    prepare: Prepare, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _give_the_same_again(monkeypatch)
    monkeypatch.setattr(introspection, "_revoked", introspection._garbage)  # noqa: SLF001 - they would end the one that all share
    counts, _ = _run(prepare, count)

    assert counts.breaches == []
    assert counts.again > 0 or prepare is introspection.mix


def test_the_same_token_for_two_clients_is_a_breach(monkeypatch: pytest.MonkeyPatch) -> None:
    _give_the_same_again(monkeypatch, to_all=True)
    with setup_at(count=15) as setup:
        client_under_test = PlainClient()
        client_under_test.run(token.by_basic(setup), 15)
        client_under_test.close()

        assert setup.promises.counts.broken["issued-once"] > 0


def test_a_caller_that_is_not_shown_a_clients_tokens_leaves_the_question_to_that_client() -> None:
    with setup_at(count=10) as setup:
        other = setup.second(setup.requester())
        assert other is not None
        client_under_test = PlainClient()
        client_under_test.run(introspection.after_issue(setup.with_caller(other)), 10)
        client_under_test.close()

        assert setup.promises.counts.breaches == []
        assert setup.promises.counts.checked["live-is-active"] == 10
        assert any("is not shown the tokens of" in note for note in setup.notes)


def test_a_grant_that_ends_the_one_before_leaves_one_chain_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = TokenEndpoint.issue_for_code

    def issue_for_code(self: TokenEndpoint, code: Code, client: Client) -> Members:
        self.store.execute(
            "UPDATE tokens SET revoked_at = ? WHERE client_id = ? AND owner_id = ? AND revoked_at IS NULL",
            (self.clock.now(), client.client_id, code.owner_id),
        )
        return issue(self, code, client)

    monkeypatch.setattr(TokenEndpoint, "issue_for_code", issue_for_code)
    counts, notes = _run(refresh.chains, 30)

    assert counts.breaches == []
    assert any("there is one chain for each of" in note for note in notes)


def test_codes_that_end_the_one_before_cannot_be_minted_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Store.put_code

    def put_code(self: Store, code: Code) -> None:
        self.execute("UPDATE codes SET consumed_at = 1 WHERE client_id = ?", (code.client_id,))
        put(self, code)

    monkeypatch.setattr(Store, "put_code", put_code)
    with pytest.raises(CannotTest, match="codes cannot be minted before the run"):
        _run(exchange, 5)

    counts, _ = _run(refresh.chains, 10)
    assert counts.breaches == []
