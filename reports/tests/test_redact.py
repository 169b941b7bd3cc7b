"""No secret leaves the redactor, in no place and no spelling; what is harmless stays readable."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from urllib.parse import quote, quote_plus

import pytest

from fixtures.http.exchange import Answer, Exchange, Request
from reports.redact import MOST_BODY, Redactor
from reports.tests.runs import exchange

SECRET = "s3cr/et+of the=web&client\"%'~"
TOKEN = "2YotnFZFEjr1zCsicMWpAA/+="


def spellings(value: str) -> list[str]:
    """Each way in which a value may be written that a reader could turn back."""
    data = value.encode()
    pieces = [base64.b64encode(b"web"[:shift] + data + b"\n").decode() for shift in range(3)]
    return [
        value,
        quote(value, safe=""),
        re.sub("%..", lambda match: match[0].lower(), quote(value, safe="")),
        quote_plus(value),
        quote(quote(value, safe=""), safe=""),
        json.dumps(value)[1:-1],
        html.escape(value),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        *pieces,
    ]


@pytest.mark.parametrize("spelling", spellings(SECRET))
def test_a_known_secret_is_replaced_in_every_spelling(spelling: str) -> None:
    redactor = Redactor({"WEB_SECRET": SECRET})

    assert redactor.text(f"before ({spelling}) after") == "before (<WEB_SECRET>) after"


def places(value: str) -> list[Exchange]:
    """One exchange for each place in which a secret may stand."""
    coded, basic = quote_plus(value), base64.b64encode(f"web:{quote_plus(value)}".encode()).decode()
    members = json.dumps(
        {"access_token": value, "deep": [{"refresh_token": value}], "error_description": value}
    )
    url = f"https://as.example/cb?code={coded}&state=1#access_token={coded}"
    page = (
        f'<form action="/x?session_code={html.escape(coded)}">'
        f'<input type=hidden name="csrf" value="{html.escape(value)}">'
    )
    part = f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{value}\r\n--b--'

    def sent(body: str = "", url: str = "https://as.example/token", **headers: str) -> Exchange:
        named = [(name.replace("_", "-"), text) for name, text in headers.items()]
        return Exchange(
            request=Request(method="POST", url=url, headers=named, body=body.encode()), answer=None
        )

    def answered(body: str = "", **headers: str) -> Exchange:
        named = [(name.replace("_", "-"), text) for name, text in headers.items()]
        answer = Answer(status=200, headers=named, body=body.encode(), url=url)
        return Exchange(
            request=Request(method="GET", url="https://as.example/"), answer=answer, failure=value
        )

    return [
        sent(Authorization=f"Basic {basic}"),
        sent(Authorization=f"Bearer {value}"),
        sent(Authorization=value),
        sent(Cookie=f"a=1; sid={quote(value, safe='')}"),
        sent(X_CSRF_Token=value),
        sent(Referer=url),
        sent(url=url),
        sent(url=f"https://as.example/login?next={quote(url, safe='')}"),
        sent(url=f"https://web:{quote(value, safe='')}@as.example/"),
        *(
            sent(f"a=b&{name}={coded}", Content_Type="application/x-www-form-urlencoded")
            for name in FORM_MEMBERS
        ),
        sent(members, Content_Type="application/json"),
        sent(part, Content_Type="multipart/form-data; boundary=b"),
        sent("\x00\udcff".encode("utf-8", "surrogateescape").decode("latin-1") + f"password={coded}"),
        answered(members),
        answered(json.dumps(members)),
        answered(page),
        answered(Location=url),
        answered(Set_Cookie=f"sid={quote(value, safe='')}; Path=/; HttpOnly"),
        answered(f'{{"access_token":"{value}", broken'),
    ]


FORM_MEMBERS = (
    "client_secret",
    "password",
    "code",
    "token",
    "refresh_token",
    "access_token",
    "client_assertion",
    "code_verifier",
    "csrf_token",
    "assertion",
    "registration_access_token",
    "client%5Fsecret",
)


@pytest.mark.parametrize("number", range(len(places("x"))))
@pytest.mark.parametrize("value", [TOKEN, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "0123456789abcdef0123"])
def test_an_unknown_value_in_a_secret_place_is_labelled(number: int, value: str) -> None:
    redactor = Redactor()
    shown = json.dumps(redactor.exchange(places(value)[number]), ensure_ascii=False)

    assert not [spelling for spelling in spellings(value) if spelling in shown]
    assert " 1>" in shown


def test_what_a_server_issued_is_known_from_then_on() -> None:
    redactor = Redactor()
    redactor.exchange(exchange(answer=json.dumps({"access_token": TOKEN}).encode()))

    assert redactor.text(f"seen {TOKEN} in a log") == "seen <access_token 1> in a log"


def test_the_same_value_has_the_same_label_in_two_exchanges() -> None:
    redactor = Redactor()
    first = redactor.exchange(exchange(answer=json.dumps({"access_token": TOKEN}).encode()))
    second = redactor.exchange(
        exchange(body=f"token={quote_plus(TOKEN)}&token_type_hint=access_token".encode())
    )

    assert first["answer"]["body"]["text"] == '{"access_token": "<access_token 1>"}'
    assert second["request"]["body"]["text"] == "token=<access_token 1>&token_type_hint=access_token"
    assert second["labels"] == ["<access_token 1>"]


def test_harmless_garbage_stays_readable_and_a_learnt_secret_does_not() -> None:
    redactor = Redactor()
    redactor.harmless("no-such-token-12345")
    redactor.harmless(TOKEN)
    redactor.learn(TOKEN, "access_token")
    shown = redactor.exchange(exchange(body=f"token=no-such-token-12345&x={quote_plus(TOKEN)}".encode()))

    assert shown["request"]["body"]["text"] == "token=no-such-token-12345&x=<access_token 1>"


def test_a_value_seen_before_it_was_declared_harmless_is_readable_afterwards() -> None:
    redactor = Redactor()
    redactor.text("token=Invented0Token1")
    redactor.harmless("Invented0Token1")

    assert redactor.text("token=Invented0Token1") == "token=Invented0Token1"


def test_a_short_value_is_replaced_in_its_place_only() -> None:
    redactor = Redactor()
    shown = redactor.exchange(exchange(body=b"client_secret=abc&state=abc"))

    assert shown["request"]["body"]["text"] == "client_secret=<client_secret 1>&state=abc"


def test_words_of_the_protocol_are_no_secrets() -> None:
    text = "token=access_token&error_description=The+client_secret+is+wrong"

    assert Redactor(["client_secret"]).text(text) == text


def test_an_error_code_in_a_json_member_named_code_stays_readable() -> None:
    shown = Redactor().exchange(exchange(answer=b'{"code":"invalid_grant_type","status":400}'))

    assert shown["answer"]["body"]["text"] == '{"code":"invalid_grant_type","status":400}'


def test_basic_credentials_show_the_client_and_how_its_secret_was_spelt() -> None:
    redactor = Redactor({"WEB_SECRET": "a+b/c d-e"})

    def header(pair: str) -> str:
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return str(redactor.exchange(exchange(headers=headers))["request"]["headers"][1][1])

    assert header("web:a+b/c d-e") == "Basic base64(web:<WEB_SECRET>)"
    assert header("web:a%2Bb%2Fc+d-e") == "Basic base64(web:<WEB_SECRET form-encoded>)"


def test_a_private_key_is_replaced_as_a_whole() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----"

    assert Redactor({"JWT_KEY": key}).text(f"failed: {key!r}") == "failed: '<JWT_KEY>'"
    assert Redactor().text(f"failed: {key}") == "failed: <private_key 1>"


def test_assertion_texts_lose_what_stands_in_secret_places() -> None:
    told = Redactor().text(
        "Tokens(access_token='Ab1Cd2Ef3Gh4', scope='read') {'refresh_token': 'Zy9Xw8Vu7Ts6'} Cookie: sid=ghi"
    )
    first = "Tokens(access_token='<access_token 1>', scope='read') {'refresh_token': '<refresh_token 1>'} "

    assert told == first + "Cookie: sid=<cookie 1>"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('where \'{"access_token":"2YotnFZFEjr1zCs...', 'where \'{"access_token":"<secret 1>...'),
        ("...jr1zCsicMWpAA/+=\"}'>", "...<secret 1>=\"}'>"),
        ("...EjR1...tnFZFEjr1zC...", "...EjR1...<secret 1>..."),
        ("nothing to see here...", "nothing to see here..."),
        ("nothing_to_see_here...", "nothing_to_see_here..."),
    ],
)
def test_what_a_cut_leaves_of_a_secret_is_replaced(text: str, told: str) -> None:
    assert Redactor([TOKEN]).text(text) == told


def test_no_half_token_stands_in_the_text_of_a_failed_assertion() -> None:
    token, jwt = (
        secrets.token_urlsafe(60),
        f"eyJ{secrets.token_urlsafe(300)}.{secrets.token_urlsafe(300)}.e30",
    )
    body = json.dumps({"access_token": token, "id_token": jwt, "scope": "read"}).encode()
    redactor = Redactor()
    redactor.exchange(exchange(answer=body))

    shown = repr(exchange(answer=body).answer)
    told = redactor.text(f"where {shown[:117]}...{shown[-117:]}.status")  # as pytest cuts it

    whole = token + jwt
    assert "..." in told
    assert not any(whole[at : at + 12] in told for at in range(len(whole) - 12))


def test_a_long_body_is_cut_with_its_size_and_no_half_secret() -> None:
    redactor = Redactor([TOKEN])
    body = b"x" * (MOST_BODY - 10) + TOKEN.encode() + b"y" * 2_000_000
    kept = redactor.exchange(exchange(answer=body))["answer"]["body"]

    assert (kept["size"], kept["cut"]) == (len(body), True)
    assert len(kept["text"]) == MOST_BODY
    assert TOKEN[:6] not in kept["text"]


def test_a_body_beyond_utf_8_is_kept_as_base64_without_its_secrets() -> None:
    kept = Redactor([TOKEN]).exchange(exchange(answer=b"\xff\xfe" + TOKEN.encode()))["answer"]["body"]

    assert kept["encoding"] == "base64"
    assert base64.b64decode(kept["text"]) == b"\xff\xfe<secret 1>"


def test_our_own_placeholders_in_a_servers_text_are_only_text() -> None:
    redactor = Redactor([TOKEN])

    assert redactor.text("\ue0000\ue001 \ue00099\ue001") == "\ufffd0\ufffd \ufffd99\ufffd"


def test_headers_without_end_are_cut() -> None:
    answer = Answer(status=200, headers=[("X", "y" * 10_000)] * 500)
    kept = Redactor().exchange(
        Exchange(request=Request(method="GET", url="https://as.example/"), answer=answer)
    )

    assert len(kept["answer"]["headers"]) == 101
    assert kept["answer"]["headers"][0][1].endswith("[cut: 10000 characters in all]")


def test_what_a_later_exchange_makes_secret_is_secret_in_the_earlier_ones() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    first = Exchange(
        request=Request(method="GET", url=f"https://as.example/a?code_challenge={verifier}"), answer=None
    )
    second = exchange(body=f"grant_type=authorization_code&code_verifier={verifier}".encode())
    kept = Redactor().exchanges([first, second])

    assert kept[0]["request"]["url"] == "https://as.example/a?code_challenge=<code_verifier 1>"
    assert (
        kept[1]["request"]["body"]["text"] == "grant_type=authorization_code&code_verifier=<code_verifier 1>"
    )


def test_what_a_check_invents_stays_readable_where_tokens_stand() -> None:
    told = Redactor().text("token=no-such-token&access_token=Ab1Cd2Ef3Gh4")

    assert told == "token=no-such-token&access_token=<access_token 1>"
