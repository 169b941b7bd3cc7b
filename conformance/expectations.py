"""What checks of several endpoints expect of an answer. A function here is an assertion of the check that calls it."""

from __future__ import annotations

from fixtures.wire import Answer


def expect_token_answer(answer: Answer) -> None:
    """A successful answer of the token endpoint, as RFC 6749 section 5.1 lays it down."""
    __tracebackhide__ = True
    assert answer.status == 200
    assert answer.media_type == "application/json"
    assert answer.access_token, "there is no access_token, or it is no string"
    assert isinstance(answer.members.get("token_type"), str)
    assert answer.is_uncacheable, "Cache-Control has no no-store"


def expect_refusal(answer: Answer, *errors: str) -> None:
    """An answer of the token endpoint that gives nothing and says why, by one of these codes of section 5.2."""
    __tracebackhide__ = True
    assert not answer.grants_a_token
    assert answer.error in errors
