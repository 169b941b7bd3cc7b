"""Any resistance that shows is resistance; none is a finding only where the operator promised some."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from conformance.checks.support.brute_force import Guesses, Guessing, guesses_for
from fixtures.errors import CannotTest, NotOffered, Unreachable
from fixtures.target import Owner, Target

CAROL = Owner(name="carol", username="carol", password="right", expendable=True)
TARGET = Target(
    name="a server", issuer="https://as.example", source="a.toml", owners={"carol": CAROL}, intrusive=True
)
PROMISED = Guesses(owner=CAROL, count=5, stated=True)


def _unhindered(_: str) -> int:
    return 401


def _open() -> bool:
    return True


def test_nothing_that_shows_is_told_where_resistance_was_promised() -> None:
    assert not PROMISED.resistance(Guessing(guess=_unhindered, lets_in=_open))


def test_nothing_that_shows_is_not_judged_where_nothing_was_promised() -> None:
    with pytest.raises(CannotTest, match="may raise alerts"):
        replace(PROMISED, stated=False).resistance(Guessing(guess=_unhindered, lets_in=_open))


def test_a_lock_out_is_resistance() -> None:
    opens = iter([True, False])

    told = PROMISED.resistance(Guessing(guess=_unhindered, lets_in=lambda: next(opens)))

    assert told == "the right password is refused"


def test_an_answer_that_changes_is_resistance() -> None:
    answers = itertools.chain([401, 401], itertools.repeat(403))

    told = PROMISED.resistance(Guessing(guess=lambda _: next(answers), lets_in=_open))

    assert told == "the answer changed after 3 guesses"


def test_being_throttled_is_resistance() -> None:
    def guess(_: str) -> int:
        raise CannotTest("The server is throttling.")

    told = PROMISED.resistance(Guessing(guess=guess, lets_in=_open))

    assert told == "after 1 guesses: The server is throttling."


def test_a_server_that_is_gone_has_not_resisted() -> None:
    def guess(_: str) -> int:
        raise Unreachable("It is gone.")

    with pytest.raises(Unreachable):
        PROMISED.resistance(Guessing(guess=guess, lets_in=_open))


def test_a_right_password_that_does_not_work_teaches_nothing() -> None:
    with pytest.raises(CannotTest, match="does not work"):
        PROMISED.resistance(Guessing(guess=_unhindered, lets_in=lambda: False))


def test_nobody_is_guessed_at_unless_the_target_file_says_so() -> None:
    with pytest.raises(NotOffered, match="intrusive = true"):
        guesses_for(replace(TARGET, intrusive=False))
    with pytest.raises(NotOffered, match="expendable = true"):
        guesses_for(replace(TARGET, owners={"alice": replace(CAROL, expendable=False)}))


def test_how_often_is_the_operators_word_or_else_the_usual_bound() -> None:
    assert guesses_for(replace(TARGET, guesses=20)) == Guesses(owner=CAROL, count=20, stated=True)
    assert guesses_for(TARGET) == Guesses(owner=CAROL, count=100, stated=False)
