"""A server that offers an extension by half, or in a form that the harness cannot make or read: told, and no crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.running.run import Ran, harness
from fixtures.reference import Config, Running, serve_in_thread
from fixtures.reference.errors import OAuthError
from fixtures.reference.messages import Response
from fixtures.reference.metadata import Metadata
from fixtures.reference.request_objects import RequestObjects
from fixtures.reference.signed_introspection import SignedIntrospectionEndpoint
from fixtures.reference.signing import KeySet
from fixtures.target import TARGETS

pytestmark = [pytest.mark.takes(100), pytest.mark.apart]

EXTENSIONS = (
    *("device", "authorization/pushed", "authorization/signed", "signed_introspection", "token_exchange"),
    *("proof_of_possession", "resource_indicators", "resource_metadata", "mutual_tls", "jwt_access_tokens"),
)
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ALGORITHMS = ["ML-DSA-44", "ES256K", "EdDSA"]
ODD_KEYS: list[Any] = [
    {"kty": "OKP", "crv": "X448", "x": "AA"},
    {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
    {"kty": ["RSA"], "kid": [1]},
    {},
    7,
]
ENCRYPTED = "eyJhbGciOiJFQ0RILUVTIn0.a.b.c.d"

Start = Callable[[Config], Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts embedded servers, and ends them."""
    running: list[Running] = []

    def serve(config: Config) -> Running:
        running.append(serve_in_thread(config))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


def _judge(server: Running, folder: Path, *chosen: str) -> Ran:
    """A run of some folders of checks, with clients that have every grant."""
    text = (TARGETS / "reference.toml").read_text(encoding="utf-8")
    text = text.replace('"http://127.0.0.1:9000"', f'"{server.issuer}"')
    text = text.replace('"client_credentials"]', f'"client_credentials", "{DEVICE}", "{EXCHANGE}"]')
    file = folder / "half.toml"
    file.write_text(text, encoding="utf-8")
    first, *more = (f"conformance/checks/{each}" for each in chosen)
    ran = harness(
        *more, "--target", str(file), checks=first, out=folder / "out", environ=dict(server.secrets)
    )
    assert ran.folder is not None, ran.output
    assert not ran.verdicts["harness-error"], ran.output
    return ran


def _announces(monkeypatch: pytest.MonkeyPatch, told: Callable[[str], Mapping[str, Any]]) -> None:
    """Let the metadata say more. told: the members to add, by the issuer."""
    usual = Metadata.members
    monkeypatch.setattr(Metadata, "members", lambda self: {**usual(self), **told(self.issuer)})


def _reasons(ran: Ran, folder: str, verdict: str) -> set[str]:
    return {
        result["reason"].partition(". ")[0]
        for result in ran.results
        if f"checks/{folder}/" in result["check"] and result["verdict"] == verdict
    }


def _nowhere(issuer: str) -> Mapping[str, Any]:
    """Members that announce every extension, at places where nothing is."""
    return {
        "device_authorization_endpoint": f"{issuer}/nowhere/device",
        "pushed_authorization_request_endpoint": f"{issuer}/nowhere/par",
        "jwks_uri": f"{issuer}/nowhere/jwks",
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "request_object_signing_alg_values_supported": ALGORITHMS,
        "introspection_signing_alg_values_supported": ALGORITHMS,
        "tls_client_certificate_bound_access_tokens": True,
        "mtls_endpoint_aliases": {"token_endpoint": f"{issuer}/nowhere/token", "unknown": {"x": [1]}},
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "tls_client_auth", "attest_jwt"],
        "grant_types_supported": [
            "authorization_code",
            DEVICE,
            EXCHANGE,
            "urn:openid:params:grant-type:ciba",
        ],
        "protected_resources": [f"{issuer}/nowhere/resource"],
        "userinfo_endpoint": "http://[",
        "of_tomorrow": {"deep": [{"a": None}]},
    }


def test_what_is_announced_and_not_there_is_told_by_its_place(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _announces(monkeypatch, _nowhere)

    ran = _judge(start(Config()), tmp_path, *EXTENSIONS)

    found = {result["check"] for result in ran.results if result["verdict"] == "violates"}
    assert all(
        "test_who_asks_for_a_jwt_gets_one" in each for each in found
    )  # announced, and answered in JSON
    assert "web got no device code: the server answered 404" in _reasons(ran, "device", "inconclusive")
    assert any(
        "the server answered 404" in each for each in _reasons(ran, "authorization/pushed", "inconclusive")
    )
    assert any("ES256K" in each for each in _reasons(ran, "proof_of_possession", "not-applicable"))
    assert "web exchanges no access token" in _reasons(ran, "token_exchange", "inconclusive")


def test_keys_and_algorithms_of_tomorrow_hide_none_of_today(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = Metadata.members

    def more(self: Metadata) -> dict[str, Any]:
        told = usual(self)
        return {
            name: [*ALGORITHMS, *value] if name.endswith("alg_values_supported") else value
            for name, value in told.items()
        }

    own = KeySet.keys
    monkeypatch.setattr(Metadata, "members", more)
    monkeypatch.setattr(KeySet, "keys", lambda self: [*ODD_KEYS, *own(self)])

    ran = _judge(
        start(Config(jwt=True, jwt_introspection=True, dpop=True, request_objects=True)),
        tmp_path,
        *("jwt_access_tokens", "signed_introspection", "proof_of_possession/test_bound_tokens.py"),
    )

    assert set(ran.verdicts) <= {"conforms", "not-applicable"}, ran.output
    assert ran.verdicts["conforms"] > 60


def test_an_answer_that_is_encrypted_is_named_and_not_read(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def encrypted(*_: object) -> Response:
        return Response(200, [(b"content-type", b"application/token-introspection+jwt")], ENCRYPTED.encode())

    monkeypatch.setattr(SignedIntrospectionEndpoint, "signed_answer", encrypted)

    ran = _judge(start(Config(jwt_introspection=True)), tmp_path, "signed_introspection")

    assert "violates" not in ran.verdicts
    assert any(
        "encrypts its answers" in each for each in _reasons(ran, "signed_introspection", "not-applicable")
    )


def test_that_requests_have_to_be_encrypted_is_told_as_the_cause(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuses(*_: object) -> dict[str, Any]:
        raise OAuthError("invalid_request_object", "the request object is not encrypted")

    monkeypatch.setattr(RequestObjects, "read_object", refuses)
    _announces(monkeypatch, lambda _: {"request_object_encryption_alg_values_supported": ["ECDH-ES"]})

    ran = _judge(start(Config(request_objects=True)), tmp_path, "authorization/signed")

    told = [result["reason"] for result in ran.results if result["verdict"] == "inconclusive"]
    assert "violates" not in ran.verdicts
    assert any("request_object_encryption_alg" in each for each in told)
