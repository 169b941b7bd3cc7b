"""What counts as a refusal of the token endpoint, and what does not."""

from __future__ import annotations

import pytest

from conformance.checks.support.expectations import (
    expect_no_token,
    expect_refusal,
    expect_told_refusal,
    of_the_code,
)
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.http.failing import FailedAnswer
from fixtures.owner.landing import Landing

JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    "answer",
    [Answer(status=400, headers=JSON, body=b'{"error":"invalid_client"}'), Answer(status=401)],
)
def test_a_client_that_is_not_known_is_refused_by_a_code_or_by_a_bare_401(answer: Answer) -> None:
    expect_refusal(answer, "invalid_grant", "invalid_client")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=400),
        Answer(status=403),
        Answer(status=401, headers=JSON, body=b'{"error":"access_denied"}'),
        Answer(status=200, headers=JSON, body=b'{"access_token":"t","token_type":"Bearer"}'),
    ],
)
def test_no_other_answer_without_a_fitting_code_is_a_refusal(answer: Answer) -> None:
    with pytest.raises(AssertionError):
        expect_refusal(answer, "invalid_grant", "invalid_client")


def test_a_bare_401_refuses_no_grant() -> None:
    with pytest.raises(AssertionError):
        expect_refusal(Answer(status=401), "invalid_grant")


def test_a_failure_that_comes_each_time_gives_no_token_and_is_no_refusal() -> None:
    failed = FailedAnswer(status=500, told="POST /token")
    expect_no_token(failed, "invalid_grant")

    with pytest.raises(CannotTest):
        expect_refusal(failed, "invalid_grant")


@pytest.mark.parametrize("error", ["invalid_client", "invalid_scope", "unsupported_grant_type"])
def test_a_refusal_that_speaks_of_another_thing_says_nothing_of_a_code(error: str) -> None:
    with pytest.raises(CannotTest, match="other than the code"):
        of_the_code(Answer(status=400, headers=JSON, body=f'{{"error":"{error}"}}'.encode()))


def test_a_page_is_no_refusal_by_its_name() -> None:
    page = Landing(uri="https://as.example/error", answer=Answer(status=400))
    with pytest.raises(NotOffered, match="on a page"):
        expect_told_refusal(page, "invalid_request")

    expect_told_refusal(Landing(uri="https://client.example/cb?error=invalid_request"), "invalid_request")


OF_THE_CLIENT = Answer(status=400, headers=JSON, body=b'{"error":"invalid_client"}')


def test_a_refusal_that_speaks_of_the_client_is_held_against_nothing_else() -> None:
    with pytest.raises(CannotTest, match="other than what is wrong"):
        expect_refusal(OF_THE_CLIENT, "invalid_grant")


def test_it_is_held_against_the_server_where_the_client_is_served_the_next_moment() -> None:
    with pytest.raises(AssertionError):
        expect_refusal(OF_THE_CLIENT, "invalid_grant", control=lambda: None)


def test_it_is_not_where_the_client_is_not_served_any_more() -> None:
    def control() -> None:
        raise CannotTest("the client is locked out")

    with pytest.raises(CannotTest, match="locked out"):
        expect_no_token(OF_THE_CLIENT, "invalid_request", control=control)


def test_a_refusal_that_fits_asks_for_no_control() -> None:
    def control() -> None:
        raise CannotTest("asked")

    fits = Answer(status=400, headers=JSON, body=b'{"error":"invalid_grant"}')
    expect_refusal(fits, "invalid_grant", control=control)
    expect_refusal(OF_THE_CLIENT, "invalid_client", control=control)
