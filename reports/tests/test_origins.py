"""What a value is that no answer brought: never described as the right one, always by what sets it apart."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from fixtures.http.exchange import Answer, Exchange, Request
from reports.deeds import told
from reports.redact import Redactor
from reports.redact.origins import difference, origin
from reports.steps import fewest, numbered
from reports.variables import named

NAMES = {"https://as.example/token": "token", "https://as.example/authorize": "authorization"}
VERIFIER = "a-Verifier-0f-43-characters-or-more-of-a-pair"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
FORM = [("Content-Type", "application/x-www-form-urlencoded")]
TOKEN = "2YotnFZFEjr1zCsicMWpAA"


def _post(body: str, answer: str = "") -> Exchange:
    request = Request(method="POST", url="https://as.example/token", headers=FORM, body=body.encode())
    return Exchange(request=request, answer=Answer(status=200, body=answer.encode()))


def _authorize(challenge: str) -> Exchange:
    url = f"https://as.example/authorize?response_type=code&code_challenge={challenge}"
    code = [("Location", "https://client.example/cb?code=Sp1xl0BeZQQYbYS6WxSbIA")]
    return Exchange(request=Request(method="GET", url=url), answer=Answer(status=302, headers=code))


def _redeem(verifier: str) -> Exchange:
    return _post(f"grant_type=authorization_code&code=Sp1xl0BeZQQYbYS6WxSbIA&code_verifier={verifier}")


def _repeated(*exchanges: Exchange) -> tuple[str, str]:
    """How the last exchange is repeated, and what it did."""
    redactor = Redactor({"WEB_SECRET": "the-Secret-0f-the-client"})
    steps = named(fewest(redactor.with_origins(redactor.exchanges(exchanges)), {}, NAMES))
    return numbered(steps, NAMES, "", ""), told(steps[-1], NAMES, steps[:-1])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (TOKEN[:-3], "with 3 characters less at its end"),
        (f"{TOKEN}=", "with '=' more at its end"),
        (f"{TOKEN[:9]} {TOKEN[9:]}", "with a blank more after its first 9"),
        (f"{TOKEN[:-1]}B", "with one character changed at its end"),
        (f"x{TOKEN[1:]}", "with one character changed at its beginning"),
        (TOKEN.lower(), "with other letters in capitals"),
        (TOKEN, ""),
        ("SlAV32hkKG8xGyvMz5Tf9w", ""),
    ],
)
def test_a_value_is_told_by_how_it_differs_from_the_one_it_resembles(value: str, words: str) -> None:
    assert difference(value, TOKEN) == words


def test_a_jwt_with_the_claims_of_another_has_another_signature() -> None:
    assert difference("e30.eyJhIjoxfQ.abcdefgh", "e30.eyJhIjoxfQ.zyxwvuts") == "with another signature"


def test_a_pair_is_printed_together_and_can_be_made_anew() -> None:
    lines, deed = _repeated(_authorize(CHALLENGE), _redeem(VERIFIER))

    assert (
        "# $CODE_VERIFIER_1: the code_verifier of $CODE_CHALLENGE_1 in step 1; a pair of your own: " in lines
    )
    assert "CODE_CHALLENGE_1=$(printf %s" in lines
    assert "&code_challenge=$CODE_CHALLENGE_1" in lines
    assert deed.endswith("code, code_verifier")


def test_a_verifier_of_no_challenge_is_not_called_the_right_one() -> None:
    lines, deed = _repeated(_authorize(CHALLENGE), _redeem("some-0ther-Verifier-of-forty-three-characters"))

    assert "# $CODE_VERIFIER_1: a code_verifier that belongs to no code_challenge sent here" in lines
    assert deed.endswith("code_verifier (that belongs to no code_challenge)")


def test_a_verifier_of_another_request_is_called_that() -> None:
    request = _authorize(base64.urlsafe_b64encode(hashlib.sha256(b"another").digest()).decode().rstrip("="))
    lines, deed = _repeated(_authorize(CHALLENGE), request, _redeem(VERIFIER))

    assert "the code_verifier of" in lines
    assert "code_verifier" in deed


def test_a_challenge_in_a_form_of_its_own_is_told_as_it_was_sent() -> None:
    hexadecimal = hashlib.sha256(VERIFIER.encode()).hexdigest()
    found = origin(VERIFIER, "code_verifier", {}, [hexadecimal])

    assert found.whole == "a code_verifier whose SHA-256 hash in hexadecimal is the code_challenge"


def test_a_token_that_was_cut_names_the_one_that_came_and_needs_its_step() -> None:
    brought = _post("grant_type=client_credentials", json.dumps({"access_token": TOKEN}))
    lines, deed = _repeated(brought, _post(f"token={TOKEN[:-3]}"))

    assert "# from the answers: $ACCESS_TOKEN_1 of step 1" in lines
    assert "like $ACCESS_TOKEN_1, with 3 characters less at its end" in lines
    assert "like $ACCESS_TOKEN_1, with 3 characters less at its end" in deed


def test_a_token_of_no_kept_answer_is_not_called_made_up() -> None:
    found = origin(TOKEN, "access_token", {}, [])

    assert found.short == "made up, or issued before"
    assert found.whole == "of no answer that was kept: made up for the request, or issued before"


def test_a_jwt_says_whose_key_signed_it_and_a_certificate_whose_it_is() -> None:
    jwt = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqd3QifQ.c2lnbmF0dXJl"
    sent = _post(f"client_id=jwt&client_assertion={jwt}")
    redactor = Redactor()
    kept = redactor.with_origins(redactor.exchanges([sent]), lambda value: f"signed by {value[-4:]}")
    kept[0]["request"]["certificate"] = ["tls.pem", "tls.key", "a certificate with the subject CN=web"]
    lines = numbered(named(kept), NAMES, "", "")

    assert (
        "a JWT that the check made for the client (RFC 7523 section 3), signed by dXJl: alg ES256; iss jwt"
        in lines
    )
    assert "# tls.pem, tls.key: a certificate with the subject CN=web, and its private key" in lines


def test_a_made_up_secret_is_not_called_one_of_the_target_file() -> None:
    wrong = base64.b64encode(b"web:n0t-The-right-0ne").decode()
    request = Request(
        method="POST",
        url="https://as.example/token",
        headers=[*FORM, ("Authorization", f"Basic {wrong}")],
        body=b"grant_type=client_credentials",
    )
    lines, deed = _repeated(Exchange(request=request, answer=Answer(status=200)))

    assert "# $CLIENT_SECRET_1: made up for the request: no answer brought it" in lines
    assert deed.endswith("wrong credentials (made up) of client web by HTTP Basic")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no-jwt-at-all", "no JWT: 13 characters, with no dot where a JWT has two"),
        ("e30.!!!.sig", "no JWT: its claims cannot be read as JSON"),
        ("e30.W10.sig", "a JWT whose claims are no JSON object but a list"),
        ("W10.e30.sig", "a JWT whose header is no JSON object but a list"),
        ("e30.bnVsbA.sig", "a JWT whose claims are no JSON object but null"),
    ],
)
def test_an_assertion_that_is_no_jwt_says_why_it_is_none(value: str, words: str) -> None:
    assert origin(value, "client_assertion", {}, []).short == words


def test_an_assertion_with_a_header_and_claims_is_made_up() -> None:
    assert origin("e30.e30.sig", "client_assertion", {}, []).short == "made up"
