"""What counts as a refusal of the token endpoint, and what does not."""

from __future__ import annotations

import pytest

from conformance.checks.support.expectations import expect_refusal
from fixtures.http.exchange import Answer

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
