"""For how long a connection is kept, over plain connections and over TLS, where sessions are resumed."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from fixtures.reference import Config
from fixtures.reference.serve.in_thread import serve_in_thread
from fixtures.reference.tls import make_certificate
from load.tests.awkward import Answer, Awkward, Step
from load.tests.driving import call_to, take
from load.traffic.http.origin import origin_of
from load.traffic.virtual_user import Policy

GOOD: Answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",)
CHUNKED: Answer = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n" + b"a" * 0x8000,
    b"\r\n0\r\n\r\n",
)
Start = Callable[..., Awkward]
each_policy = pytest.mark.parametrize(
    ("policy", "connections"), [(Policy.KEPT, 1), (Policy.PER_ITERATION, 3), (Policy.PER_REQUEST, 6)]
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What a TLS server needs, and the authority that its clients are to trust."""
    made = make_certificate(tmp_path_factory.mktemp("tls"), int(time.time()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate_file, made.key_file)
    return context, made.ca_file


@each_policy
def test_connections_are_kept_as_long_as_the_policy_says(
    awkward: Start, policy: Policy, connections: int
) -> None:
    server = awkward(GOOD)
    call = call_to(origin_of(server.url))
    taken = take([call, call], policy=policy, iterations=3)

    assert taken.outcome_names == ["200"] * 6
    assert server.connections == connections


@each_policy
def test_the_same_holds_over_tls(
    awkward: Start, certificate: tuple[ssl.SSLContext, Path], policy: Policy, connections: int
) -> None:
    context, ca_file = certificate
    server = awkward(GOOD, context=context)
    call = call_to(origin_of(server.url, ca_file=ca_file))
    taken = take([call, call], policy=policy, iterations=3)

    assert taken.outcome_names == ["200"] * 6
    assert server.connections == connections


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_where_that_is_wanted(
    awkward: Start,
    tmp_path: Path,
    version: ssl.TLSVersion,
    resume: bool,  # noqa: FBT001 - a row of a table
) -> None:
    made = make_certificate(tmp_path, int(time.time()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate_file, made.key_file)
    context.maximum_version = version
    server = awkward(GOOD, context=context)
    call = call_to(origin_of(server.url, ca_file=made.ca_file, resume=resume))
    taken = take([call] * 4, policy=Policy.PER_REQUEST)

    assert taken.outcome_names == ["200"] * 4
    assert context.session_stats()["hits"] == (3 if resume else 0)


def test_an_answer_of_several_tls_records_is_put_together(
    awkward: Start, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    context, ca_file = certificate
    server = awkward(CHUNKED, context=context)
    call = call_to(origin_of(server.url, ca_file=ca_file))
    taken = take([call] * 3)

    assert [len(outcome.body) for outcome in taken.outcomes] == [0x8000] * 3
    assert server.connections == 1


def test_a_large_request_goes_out_over_tls(awkward: Start, certificate: tuple[ssl.SSLContext, Path]) -> None:
    context, ca_file = certificate
    server = awkward(GOOD, context=context)
    call = call_to(origin_of(server.url, ca_file=ca_file), body=bytes(range(256)) * 20_000)

    assert take([call, call]).outcome_names == ["200", "200"]
    assert server.requests == [call.request] * 2


def test_an_answer_by_close_over_tls_needs_a_proper_end(
    awkward: Start, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    context, ca_file = certificate
    server = awkward((b"HTTP/1.1 200 OK\r\n\r\n{}", Step.CLOSE), context=context)
    taken = take([call_to(origin_of(server.url, ca_file=ca_file))])

    assert taken.outcome_names == [
        "reset"
    ]  # the server sends no close_notify: the answer may have been cut (RFC 8446 6.1)


def test_a_certificate_of_an_unknown_authority_is_a_tls_failure(
    awkward: Start, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    server = awkward(GOOD, context=certificate[0])
    taken = take([call_to(origin_of(server.url))])

    assert taken.outcome_names == ["tls"]
    assert "the certificate does not verify" in next(iter(taken.measurement.details))[2]


def test_a_server_that_does_not_speak_tls_is_a_tls_failure(awkward: Start) -> None:
    server = awkward((b"HTTP/1.1 400 Bad\r\n\r\n", Step.CLOSE), greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n")
    taken = take([call_to(origin_of(server.url.replace("http:", "https:")))])

    assert taken.outcome_names == ["tls"]


def test_the_embedded_server_is_reached_over_tls_with_its_own_authority() -> None:
    with serve_in_thread(Config(tls=True)) as server:
        origin = origin_of(server.issuer, ca_file=server.ca_file)
        request = b"GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: %s\r\n\r\n"
        call = structs.replace(call_to(origin), request=request % origin.authority.encode())
        taken = take([call] * 3)

    assert taken.outcome_names == ["200"] * 3
    assert server.issuer.encode() in taken.outcomes[0].body
