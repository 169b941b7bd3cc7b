"""Prebuilt calls: byte for byte what the endpoints of the checks would send, with the one value that varies."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.endpoints import RevocationEndpoint, TokenEndpoint
from fixtures.http.exchange import Send
from fixtures.target import Client
from load.scenarios.requests import GAP, Splice, as_bytes, composed
from load.traffic.http.origin import Origin, origin_of

WEB = Client(name="web", id="web", secret="s3cret", auth="client_secret_post", scope="read")


@pytest.fixture(scope="module")
def origin() -> Origin:
    """A place on this machine; nothing is sent to it."""
    return origin_of("http://127.0.0.1:9000/token")


def _token(send: Send) -> TokenEndpoint:
    return TokenEndpoint(url="http://127.0.0.1:9000/token?tenant=4", send=send)


def _splice(origin: Origin) -> Splice:
    def ask(send: Send) -> object:
        return RevocationEndpoint(url="http://127.0.0.1:9000/revoke", send=send).revoke(GAP, as_=WEB)

    return Splice("revocation", as_bytes(composed(ask), origin, {}), origin)


def test_a_call_is_what_the_endpoint_would_send(origin: Origin) -> None:
    request = composed(lambda send: _token(send).client_credentials(as_=WEB, scope="read"))

    head, body = as_bytes(request, origin, {"x-version": "4"}).split(b"\r\n\r\n")

    assert head.split(b"\r\n") == [
        b"POST /token?tenant=4 HTTP/1.1",
        b"Host: 127.0.0.1:9000",
        b"x-version: 4",
        b"Accept: application/json",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Length: %d" % len(body),
    ]
    assert body == b"grant_type=client_credentials&scope=read&client_id=web&client_secret=s3cret"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_whatever_is_put_into_the_gap_arrives_as_it_is(value: str) -> None:
    call = _splice(origin_of("http://127.0.0.1:9000/"))(value)

    head, body = call.request.split(b"\r\n\r\n", 1)
    fields = parse_qs(body.decode("ascii"), keep_blank_values=True)
    assert b"Content-Length: %d" % len(body) in head
    assert fields == {"token": [value], "client_id": ["web"], "client_secret": ["s3cret"]}
