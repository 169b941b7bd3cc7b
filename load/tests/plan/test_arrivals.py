"""Plan: how many arrivals, where they lie, and that the workers' shares are the plan."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.plan.arrivals import Plan, constant, poisson, ramp, spike, steps

PLANS = {
    "constant": constant(1000, 8),
    "poisson": poisson(500, 4, seed=7),
    "ramp": ramp(0, 200, 10),
    "falling ramp": ramp(200, 0, 10),
    "steps": steps([10, 50, 20], 3),
    "spike": spike(10, 300, before=2, during=1, after=2),
    "a rate that divides nothing": constant(333.3, 3.7),
}
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))


@each_plan
def test_arrivals_ascend_within_the_plan(plan: Plan) -> None:
    instants = list(plan.instants())

    assert instants == sorted(instants)
    assert 0 <= instants[0] <= instants[-1] <= plan.seconds


@each_plan
@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_the_shares_of_all_workers_are_the_plan(plan: Plan, workers: int) -> None:
    shares = [instant for share in range(workers) for instant in plan.instants(share, workers)]

    assert sorted(shares) == list(plan.instants())


@each_plan
def test_there_are_as_many_as_the_rate_sums_up_to(plan: Plan) -> None:
    expected = plan.expected
    slack = 5 * math.sqrt(expected) if plan.seed is not None else 1

    assert abs(len(list(plan.instants())) - expected) <= slack
    assert sum(plan.by_second()) == len(list(plan.instants()))


@given(st.floats(0.5, 2000), st.floats(0.1, 5))
def test_a_constant_plan_puts_the_kth_arrival_at_k_over_the_rate(rate: float, seconds: float) -> None:
    for index, instant in enumerate(constant(rate, seconds).instants()):
        assert math.isclose(instant, index / rate, rel_tol=1e-9, abs_tol=1e-9)


def test_no_delay_adds_up() -> None:
    *_, last = constant(20_000, 50).instants()

    assert math.isclose(last, 999_999 / 20_000, rel_tol=1e-12)


def test_a_share_of_an_even_plan_is_even_and_out_of_phase() -> None:
    first, second = (list(constant(100, 1).instants(share, 2)) for share in (0, 1))

    assert (first[0], second[0]) == (0.0, 0.01)
    assert all(math.isclose(later - earlier, 0.02) for earlier, later in pairwise(first))


def test_a_ramp_has_at_each_instant_what_its_rate_has_summed_up_to() -> None:
    plan = ramp(100, 300, 10)
    instants = list(plan.instants())

    assert len(instants) == 2000
    assert all(
        math.isclose(100 * at + 10 * at * at, index, abs_tol=1e-6) for index, at in enumerate(instants)
    )


def test_steps_and_spikes_have_each_rate_in_its_time() -> None:
    assert steps([10, 50, 20], 1).by_second() == [10, 50, 20]
    assert spike(10, 300, before=2, during=1, after=2).by_second() == [10, 10, 300, 10, 10]


def test_the_same_seed_gives_the_same_instants_and_another_gives_others() -> None:
    assert list(poisson(50, 2, seed=1).instants()) == list(poisson(50, 2, seed=1).instants())
    assert list(poisson(50, 2, seed=1).instants()) != list(poisson(50, 2, seed=2).instants())


def test_random_arrivals_have_the_gaps_of_a_poisson_process() -> None:
    instants = list(poisson(1000, 20, seed=3).instants())
    gaps = [later - earlier for earlier, later in pairwise(instants)]
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))

    assert math.isclose(mean, 0.001, rel_tol=0.05)
    assert math.isclose(deviation, mean, rel_tol=0.05)  # of an exponential distribution they are equal


def test_rate_at_follows_the_plan() -> None:
    plan = ramp(0, 100, 10)

    assert (plan.rate_at(-1), plan.rate_at(5), plan.rate_at(10)) == (0.0, 50.0, 0.0)
    assert plan.highest_rate == 100


@pytest.mark.parametrize(("rate", "seconds"), [(-1, 1), (1, 0), (math.inf, 1), (math.nan, 1)])
def test_a_plan_that_cannot_be_followed_is_refused(rate: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot be followed"):
        constant(rate, seconds)
