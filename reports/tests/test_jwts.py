"""What JWTs say that were made for a request: all of it, and what sets one apart from an ordinary one."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from fixtures.http.exchange import Answer, Exchange, Request
from reports.deeds import told
from reports.jwts import said
from reports.redact import Redactor
from reports.steps import numbered

NOW = 1_800_000_000.0
URL = "https://as.example/token"
NAMES = {URL: "token"}


def _jwt(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"signature"))


def _proof(**changes: Any) -> Request:
    claims = {"jti": "x1", "htm": "POST", "htu": URL, "iat": int(NOW), **changes}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256"}}
    jwt = _jwt(header, {name: value for name, value in claims.items() if value is not None})
    return Request(method="POST", url=URL, headers=[("DPoP", jwt)])


def _assertion(**changes: Any) -> Request:
    claims = {
        "iss": "web",
        "sub": "web",
        "aud": URL,
        "exp": int(NOW) + 60,
        "iat": int(NOW),
        "jti": "x",
        **changes,
    }
    body = f"client_assertion={_jwt({'alg': 'ES256'}, claims)}".encode()
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    return Request(method="POST", url=URL, headers=form, body=body)


def _telling(request: Request) -> str:
    (found,) = said(request, NOW)
    return found.telling


def test_a_proof_says_what_sets_it_apart() -> None:
    assert _telling(_proof()) == ""
    assert _telling(_proof(htm="GET")) == "htm GET"
    assert _telling(_proof(jti=None, iat=int(NOW) - 600)) == "no jti; iat 600 s ago"


def test_an_assertion_says_for_whom_it_is_and_what_sets_it_apart() -> None:
    assert _telling(_assertion()) == f"aud {URL}"
    plain = _assertion()
    strayed = Request(
        method="POST", url=URL, headers=plain.headers, body=plain.body[:-3] + b"!" + plain.body[-3:]
    )
    assert _telling(strayed) == f"aud {URL}; '!' within the signature"
    assert _telling(_assertion(exp=int(NOW) - 60, sub="app")) == f"exp 60 s ago; iss web; sub app; aud {URL}"


@pytest.mark.parametrize(
    "odd", [10**400, -(10**400), float("inf"), float("nan"), True, None, [], "soon", 1e308]
)
def test_a_time_that_is_none_is_told_as_it_stands(odd: object) -> None:
    for request in (_proof(iat=odd), _assertion(exp=odd, nbf=odd)):
        (found,) = said(request, NOW)

        assert " ahead" not in found.telling.replace("s ahead; aud", "")


def test_what_is_no_jwt_says_nothing() -> None:
    odd = [("DPoP", value) for value in ("proof", "a.b.c", f"{'W10'}.W10.x")]

    assert list(said(Request(method="GET", url=URL, headers=odd), NOW)) == []


def test_a_finding_tells_it_beside_the_label_and_not_the_value() -> None:
    request = _proof(htm="GET")
    kept = Redactor().exchange(Exchange(request=request, answer=Answer(status=400), started=NOW))

    assert told(kept, NAMES) == "POST to the token endpoint with a DPoP proof (htm GET)"
    lines = numbered([kept], NAMES, "", "")
    assert (
        "# $DPOP_1: a DPoP proof that the check signed (RFC 9449 section 4.2): typ dpop+jwt; alg ES256; jwk EC P-256; "
        f"jti; htm GET; htu {URL}; iat 0 s ahead"
    ) in lines
    assert request.headers[0][1] not in json.dumps(kept)
