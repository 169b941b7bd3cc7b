"""The model of lifecycles, without a server: what a step ends, what it may end, and what is learnt from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.checks.lifecycle.events import EFFECTS, Choices, Effect, Event, effect
from conformance.checks.lifecycle.grants import Claim, Grant, Token
from conformance.checks.lifecycle.history import Disagreement, History
from conformance.checks.lifecycle.kinds import Kind, Relation
from conformance.checks.lifecycle.model import Law, Model, exchange_finding, scope_finding


def _grant(model: Model, client: str = "web", owner: str | None = "alice") -> tuple[Token, Token]:
    """A grant with an access token and a refresh token."""
    grant = Grant(client=client, owner=owner)
    model.grants.append(grant)
    access = model.add(grant, Kind.ACCESS, f"a{len(model.tokens)}")
    return access, model.add(grant, Kind.REFRESH, f"r{len(model.tokens)}")


def test_every_event_has_its_effects() -> None:
    assert set(EFFECTS) == set(Event)


def test_no_event_touches_what_is_unrelated() -> None:
    assert {effect(event, Relation.UNRELATED, kind) for event in Event for kind in Kind} == {Effect.NONE}


@pytest.mark.parametrize("alive", [True, False])
def test_what_was_exchanged_may_end_with_its_source_and_need_not(*, alive: bool) -> None:
    model = Model()
    access, _ = _grant(model)
    exchanged = model.add(access.grant, Kind.EXCHANGED, "e")
    exchanged.source = access

    touched = model.happened(Event.REVOKED, access, step="step 3")

    assert exchanged in touched
    assert model.seen(exchanged, alive=alive, step="step 4") is None


def test_more_scope_than_the_subject_token_has_is_a_finding() -> None:
    model = Model()
    access, _ = _grant(model)
    exchanged = model.add(access.grant, Kind.EXCHANGED, "e")
    access.scope, exchanged.scope = frozenset({"read"}), frozenset({"read", "write"})

    finding = exchange_finding(access, exchanged)

    assert finding is not None
    assert finding.law is Law.MORE_BY_EXCHANGE
    assert "write beyond read" in finding.sentence


def test_a_revoked_token_that_works_is_a_finding_that_names_the_step() -> None:
    model = Model()
    access, _ = _grant(model)

    model.happened(Event.REVOKED, access, step="step 3")
    finding = model.seen(access, alive=True, step="step 4")

    assert finding is not None
    assert finding.law is Law.ACCESS_ENDED
    assert "step 3" in finding.sentence


def test_a_revoked_token_that_is_dead_is_as_it_is_to_be() -> None:
    model = Model()
    access, _ = _grant(model)

    model.happened(Event.REVOKED, access, step="step 3")

    assert model.seen(access, alive=False, step="step 4") is None


def test_what_another_owner_allowed_is_to_survive_a_revocation() -> None:
    model = Model()
    access, _ = _grant(model)
    neighbour, _ = _grant(model, owner="bob")

    touched = model.happened(Event.REVOKED, access, step="step 3")
    finding = model.seen(neighbour, alive=False, step="step 4")

    assert neighbour not in touched
    assert finding is not None
    assert finding.law is Law.TOKEN_ALIVE


def test_what_a_client_holds_on_its_own_behalf_is_unrelated_to_what_owners_allowed() -> None:
    model = Model()
    access, _ = _grant(model)
    own, _ = _grant(model, owner=None)

    assert own not in model.happened(Event.TAKEN_BACK, access, step="step 3")


def test_a_choice_is_learnt_once_and_expected_from_then_on() -> None:
    choices = Choices()
    first, second = Model(choices=choices), Model(choices=choices)
    access, refresh = _grant(first)
    first.happened(Event.REVOKED, refresh, step="step 3", sentence="web revokes refresh token 1: 200.")

    assert first.expects(access) is None
    assert first.seen(access, alive=False, step="step 3") is None

    other, revoked = _grant(second)
    second.happened(Event.REVOKED, revoked, step="step 8")
    assert second.expects(other) is False
    finding = second.seen(other, alive=True, step="step 9")
    assert finding is not None
    assert finding.law is Law.CHOICE
    assert "web revokes refresh token 1: 200." in finding.sentence


@pytest.mark.parametrize("event", [Event.REVOKED, Event.REPLAYED])
def test_two_grants_of_one_owner_may_be_one_or_not(event: Event) -> None:
    choices = Choices()
    for alive in (False, True):
        model = Model(choices=choices)
        older, _ = _grant(model)
        access, refresh = _grant(model)
        about = refresh if event is Event.REVOKED else model.add(access.grant, Kind.CODE, "c")
        model.happened(event, about, step="step 3")

        assert model.seen(older, alive=alive, step="step 3") is None


def test_clients_are_free_to_be_served_differently() -> None:
    choices = Choices()
    first, second = Model(choices=choices), Model(choices=choices)
    access, refresh = _grant(first)
    first.happened(Event.REVOKED, refresh, step="step 3")
    first.seen(access, alive=False, step="step 3")

    other, revoked = _grant(second, client="app")
    second.happened(Event.REVOKED, revoked, step="step 3")

    assert second.seen(other, alive=True, step="step 3") is None


def test_nothing_is_learnt_where_two_events_may_have_ended_a_token() -> None:
    model = Model()
    access, refresh = _grant(model)
    model.happened(Event.REFRESHED, refresh, step="step 3")
    model.happened(Event.REVOKED, refresh, step="step 4")

    assert model.seen(access, alive=False, step="step 5") is None
    assert model.choices.made == {}


def test_a_replaced_refresh_token_may_work_until_it_was_refused() -> None:
    model = Model()
    _, refresh = _grant(model)
    refresh.spent, refresh.claim = True, Claim.OPEN

    assert model.seen(refresh, alive=True, step="step 3") is None
    assert model.seen(refresh, alive=False, step="step 4") is None
    finding = model.seen(refresh, alive=True, step="step 5")
    assert finding is not None
    assert finding.law is Law.REFRESH_ENDED


def test_a_finding_is_told_once_for_the_model_believes_its_eyes() -> None:
    model = Model()
    access, _ = _grant(model)

    assert model.seen(access, alive=False, step="step 3") is not None
    assert model.seen(access, alive=False, step="step 4") is None


def test_a_lifetime_ends_with_the_declared_leeway() -> None:
    model = Model(leeway=5.0)
    access, _ = _grant(model)
    access.ends = 100.0

    model.at(98.0)
    assert model.expects(access) is True
    model.at(104.0)
    assert model.expects(access) is None
    model.at(106.5)
    assert model.expects(access) is False


def test_a_token_whose_lifetime_ended_before_the_answer_came_is_no_finding() -> None:
    clock = SimpleNamespace(now=lambda: 98.0)
    participants = SimpleNamespace(
        memory=SimpleNamespace(choices=Choices()), leeway=5.0, liveness=SimpleNamespace(server_time=clock)
    )
    history = History(cast("Any", participants), wanted=lambda _: True)
    access, refresh = _grant(history.model)
    access.ends = refresh.ends = 100.0
    history.model.at(history.now)

    with pytest.raises(Disagreement):
        history.sees(refresh, alive=False)
    clock.now = lambda: 99.5
    history.sees(access, alive=False)


def test_an_undeclared_leeway_leaves_the_end_open() -> None:
    model = Model(leeway=None)
    access, _ = _grant(model)
    access.ends = 100.0

    model.at(10_000.0)

    assert model.expects(access) is None


def test_the_scope_of_a_refresh_is_that_of_the_grant() -> None:
    grant = Grant(client="web", owner="alice", scope=frozenset({"read", "write"}))

    assert scope_finding(grant, frozenset({"read", "write"}), narrowed=False) is None
    assert scope_finding(grant, frozenset({"read"}), narrowed=True) is None
    assert scope_finding(grant, frozenset({"read"}), narrowed=False) is not None
    assert scope_finding(grant, frozenset({"read", "write", "admin"}), narrowed=True) is not None


def test_less_scope_is_no_finding_once_the_owner_allowed_something_else() -> None:
    grant = Grant(client="web", owner="alice", scope=frozenset({"read", "write"}), disturbed=True)

    assert scope_finding(grant, frozenset({"read"}), narrowed=False) is None


def test_what_the_replay_of_a_code_ends_is_a_choice_of_its_own() -> None:
    choices = Choices()
    first, second = Model(choices=choices), Model(choices=choices)
    for model, alive in ((first, False), (second, True)):
        access, _ = _grant(model)
        code = model.add(access.grant, Kind.CODE, "c")
        model.happened(Event.REPLAYED, code, step="step 3")
        finding = model.seen(access, alive=alive, step="step 3")

    assert finding is not None
    assert finding.law is Law.CHOICE_OF_REPLAY
