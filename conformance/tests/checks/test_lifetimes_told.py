"""expires_in counts from the answer on, however old the token is that an answer hands out again."""

from __future__ import annotations

from conformance.checks.token.test_answer import ends_as_told

NOW = 1_800_000_000.0


def test_a_token_that_is_handed_out_again_has_what_is_left_of_its_life() -> None:
    issued = NOW - 900
    assert ends_as_told(2700, issued + 3600, NOW)


def test_a_lifetime_that_is_told_in_full_of_an_old_token_is_a_finding() -> None:
    issued = NOW - 900

    assert not ends_as_told(3600, issued + 3600, NOW)


def test_rounding_is_none() -> None:
    assert ends_as_told(3600, NOW + 3601, NOW)
    assert not ends_as_told(3_600_000, NOW + 3600, NOW)
