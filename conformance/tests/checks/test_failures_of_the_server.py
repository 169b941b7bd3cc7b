"""A failure of the server shows nothing of OAuth, whether it has a status or is told to the client."""

from __future__ import annotations

import pytest

from conformance.checks.support.controls import require_no_failure
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer
from fixtures.owner.landing import Landing

CLIENT = "https://client.example/cb"


def _page(status: int) -> Landing:
    return Landing(
        uri="https://as.example/oops", answer=Answer(status=status, headers=(), body=b"", url="", seconds=0.0)
    )


@pytest.mark.parametrize(
    "landing",
    [
        _page(503),
        Landing(uri=f"{CLIENT}?error=server_error"),
        Landing(uri=f"{CLIENT}#error=temporarily_unavailable"),
        Landing(uri=CLIENT, form={"error": "server_error"}),
    ],
)
def test_a_failure_is_no_refusal(landing: Landing) -> None:
    with pytest.raises(CannotTest, match="says nothing about OAuth"):
        require_no_failure(landing)


@pytest.mark.parametrize(
    "landing",
    [
        _page(400),
        Landing(uri=f"{CLIENT}?error=invalid_scope"),
        Landing(uri=f"{CLIENT}?code=server_error"),
        Landing(uri="https://as.example/page?error=server_error", answer=_page(200).answer),
    ],
)
def test_what_is_given_on_purpose_is_judged(landing: Landing) -> None:
    require_no_failure(landing)
