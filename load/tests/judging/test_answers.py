"""What an answer says is the same whichever way it is read, and what says nothing is no end of the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from load.judging.answers import Introspected, TokenAnswer, introspected, members_of, token_answer

TOKEN = {"access_token": "t", "token_type": "Bearer"}
NOT_UTF_8 = b'{"access_token":"t","token_type":"Bearer","more":"\xff"}'


def _body(**members: Any) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


@pytest.mark.parametrize("more", [{}, {"more": {"name": "Zoë", "list": [1, None]}}])
def test_a_token_answer_is_read_with_members_that_nobody_asks_for(more: dict[str, Any]) -> None:
    body = _body(**TOKEN, expires_in=3600, scope="a b", refresh_token="r", **more)

    assert token_answer(body) == TokenAnswer("t", "Bearer", 3600.0, "a b", "r")


@pytest.mark.parametrize("life", ["3600", None, [3600], {}])
def test_a_life_that_is_no_number_is_unsaid_and_the_token_is_read_all_the_same(life: object) -> None:
    assert token_answer(_body(**TOKEN, expires_in=life, scope=1)) == TokenAnswer("t", "Bearer")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"access_token":"t"}',
        b'{"access_token":1,"token_type":"Bearer"}',
        b'{"access_token":"t","token_type":null}',
        NOT_UTF_8,
    ],
)
def test_what_is_no_token_answer_says_nothing(body: bytes) -> None:
    assert token_answer(body) is None


def test_an_introspection_answer_is_read_whatever_the_types_of_what_may_be_left_out() -> None:
    assert introspected(
        _body(active=True, exp=2, iat=1.5, sub="s", client_id="c", scope="a")
    ) == Introspected(active=True, client_id="c", scope="a", sub="s", exp=2.0, iat=1.5)
    assert introspected(_body(active=True, exp="2", sub=1, client_id=7)) == Introspected(
        active=True, client_id=7
    )


@pytest.mark.parametrize(
    "body", [b"{}", b'{"active":"true"}', b'{"active":1}', b'{"active":true,"sub":"\xff"}']
)
def test_without_a_boolean_active_an_introspection_answer_says_nothing(body: bytes) -> None:
    assert introspected(body) is None


def test_a_body_that_is_not_utf_8_has_no_members() -> None:
    assert members_of(NOT_UTF_8) == {}
