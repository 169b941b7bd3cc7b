"""What tells an endpoint of OAuth from another page before a client that nobody registered is sent there."""

from __future__ import annotations

import pytest

from conformance.checks.client_authentication.unregistered import require_an_endpoint
from fixtures.endpoints import Endpoint
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer, Request
from fixtures.target import Client

CALLER = Client(name="web", id="web", secret="web-secret", auth="client_secret_post")
FORBIDDEN = Answer(status=403, headers=(("Content-Type", "text/html"),), body=b"<h1>Forbidden</h1>")
INACTIVE = Answer(status=200, headers=(("Content-Type", "application/json"),), body=b'{"active": false}')


def _endpoint(to_caller: Answer) -> Endpoint:
    """One that has nothing but a page for whom it does not know."""

    def send(request: Request) -> Answer:
        return to_caller if b"web-secret" in (request.body or b"") else FORBIDDEN

    return Endpoint(url="http://127.0.0.1:9/introspect", send=send)


def test_a_page_for_whoever_asks_is_no_endpoint() -> None:
    with pytest.raises(CannotTest, match="An empty form is not refused"):
        require_an_endpoint(_endpoint(FORBIDDEN), CALLER)


def test_an_endpoint_that_refuses_nobody_by_a_page_is_known_by_what_it_tells_its_caller() -> None:
    require_an_endpoint(_endpoint(INACTIVE), CALLER)

    with pytest.raises(CannotTest):
        require_an_endpoint(_endpoint(INACTIVE))
