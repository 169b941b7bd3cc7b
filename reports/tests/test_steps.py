"""How a finding is repeated: the fewest requests, in order, numbered, with what to compare; and its group."""

from __future__ import annotations

from typing import Any

from fixtures.http.recorder import CLOCK
from reports.curl import curl
from reports.deeds import told
from reports.grouping import CRASHES, group_of
from reports.journal import LedgerRow
from reports.steps import NOTHING_SENT, done, fewest, numbered
from reports.variables import named

NAMES = {"https://as.example/token": "token", "https://as.example/introspect": "introspection"}


def _post(url: str, body: str, answer: str, location: str = "") -> dict[str, Any]:
    headers = [["Content-Type", "application/x-www-form-urlencoded"]]
    return {
        "request": {
            "method": "POST",
            "url": url,
            "headers": headers,
            "body": {"text": body, "encoding": "utf8", "cut": False, "size": len(body)},
        },
        "answer": {
            "status": 200,
            "headers": [["location", location]] if location else [],
            "body": {"text": answer, "encoding": "utf8", "cut": False, "size": len(answer)},
        },
        "labels": [],
    }


CONSENT = _post("https://as.example/consent", "csrf=<csrf 1>", "", "https://c.example/cb?code=<code 1>")
OTHER = _post("https://as.example/consent", "csrf=<csrf 1>", "", "https://c.example/cb?code=<code 2>")
REDEEM = _post("https://as.example/token", "grant_type=authorization_code&code=<code 1>", "<access_token 1>")
ASKED = _post("https://as.example/introspect", "token=<access_token 1>", "true")
RUN = [OTHER, CONSENT, REDEEM, ASKED, REDEEM, ASKED]


def test_what_brings_a_value_and_what_uses_it_up_is_needed_and_nothing_else() -> None:
    assert fewest(RUN, {5: ""}, NAMES) == [CONSENT, *[{**REDEEM, "deciding": True}] * 2, ASKED]


def test_what_is_deleted_in_between_is_among_the_steps() -> None:
    registered = _post("https://as.example/register", "name=probe", "<secret 1> <registration token 1>")
    got = _post("https://as.example/token", "client_secret=<secret 1>", "<access_token 1>")
    deleted = _post("https://as.example/register/1", "token=<registration token 1>", "")
    deleted["request"] = {**deleted["request"], "method": "DELETE"}
    another = _post("https://as.example/register/2", "token=<registration token 2>", "")
    another["request"] = {**another["request"], "method": "DELETE"}

    run = [registered, got, another, deleted, ASKED]

    assert fewest(run, {4: ""}, NAMES) == [
        registered,
        *({**each, "deciding": True} for each in (got, deleted)),
        ASKED,
    ]
    assert done(fewest(run, {4: ""}, NAMES), NAMES) == (
        "POST to the token endpoint with client_secret (answered 200); then "
        'DELETE to /register/1 with token="<registration token 1>" (answered 200); '
        "then POST to the introspection endpoint with token (an access token), no client credentials"
    )


def _get(path: str, answer: str = "", location: str = "") -> dict[str, Any]:
    step = _post(f"https://as.example{path}", "", answer, location)
    return {
        **step,
        "request": {"method": "GET", "url": f"https://as.example{path}", "headers": [], "body": None},
    }


PAGES = [
    _get("/authorize?scope=read&state=one-of-the-client", location="/page?i=hidden-in-the-1st"),
    _get("/page?i=hidden-in-the-1st", "<csrf 1>"),
    _get("/authorize?prompt=none&state=two-of-the-client", location="/page?i=hidden-in-the-2nd"),
    _get("/page?i=hidden-in-the-2nd"),
    _post("https://as.example/page", "i=hidden-in-the-2nd&csrf=<csrf 1>", "", "https://c.example/cb"),
]
WITH_PAGES = {**NAMES, "https://as.example/authorize": "authorization"}


def test_a_form_is_led_back_to_the_request_whose_page_it_stood_on() -> None:
    needed = fewest(PAGES, {4: ""}, WITH_PAGES)

    assert [step["request"]["url"].rpartition("/")[2].partition("&")[0] for step in needed] == [
        *("authorize?scope=read", "page?i=hidden-in-the-1st"),  # they brought the token of the form
        *("authorize?prompt=none", "page"),
    ]
    assert done(needed, WITH_PAGES) == (
        "GET to the authorization endpoint with prompt=none, state=two-of-the-client; "
        "then through the pages of the server up to POST to /page with i, csrf"
    )


def test_what_was_done_at_an_endpoint_is_told_as_it_is() -> None:
    assert done(fewest(RUN, {2: ""}, NAMES), NAMES).startswith("POST to the token endpoint with grant_type=")
    assert done([], NAMES) == ""


PUSHED = {**WITH_PAGES, "https://as.example/par": "pushed_authorization_request"}
URI = "urn:example:a-reference"
USED = _get(f"/authorize?request_uri={URI}", location="/page?i=hidden-in-the-1st")
AGAIN = _get(f"/authorize?request_uri={URI}", location="/page?i=hidden-in-the-2nd")


def _allowed(hidden: str) -> dict[str, Any]:
    return _post("https://as.example/page", f"i={hidden}&decision=allow", "", "https://c.example/cb?code=x")


def test_a_reference_that_was_used_before_is_used_before_in_the_steps_under_one_name() -> None:
    pushed = _post("https://as.example/par", "client_id=web", f'{{"request_uri": "{URI}"}}')
    run = [pushed, USED, _allowed("hidden-in-the-1st"), AGAIN, _allowed("hidden-in-the-2nd")]
    steps = named(fewest(run, {4: ""}, PUSHED))
    lines = numbered(steps, PUSHED, "", "")

    assert len(steps) == len(run)
    assert lines.count("request_uri=$REQUEST_URI_1") == 2
    assert "$REQUEST_URI_1 of step 1" in lines
    assert done(steps, PUSHED).startswith(
        "POST to the pushed authorization request endpoint with client_id=web (answered 200); then "
        "GET to the authorization endpoint with request_uri (sent before); then"
    )


def test_a_form_without_the_cookie_of_its_page_is_the_deed() -> None:
    page = _get("/page?i=hidden-in-the-1st", "<csrf 1>")
    page["answer"]["headers"] = [["Set-Cookie", "s=<cookie 1>"]]
    sent = _post("https://as.example/page", "csrf=<csrf 1>", "", "")
    steps = [_get("/authorize?scope=read"), page, sent, _get("/authorize?scope=write")]

    assert done(steps, WITH_PAGES) == (
        "POST to /page with csrf, but without the cookie of the browser that got the form; "
        "then GET to the authorization endpoint with scope=write"
    )


def test_steps_that_only_sign_in_are_marked_as_preparation_once() -> None:
    login = _post("https://as.example/page", "csrf=<csrf 1>&password=<A_PASSWORD>", "<cookie 1>")
    asked = _get("/authorize?scope=write")
    asked["request"]["headers"] = [["Cookie", "s=<cookie 1>"]]
    steps = [_get("/authorize?scope=read"), _get("/page", "<csrf 1>"), login, asked]

    assert "# preparation: steps 1 to 3 sign the owner in, and may grant a first request" in numbered(
        steps, WITH_PAGES, "", ""
    )


def test_what_decides_a_finding_is_among_the_steps_where_its_check_says_so() -> None:
    other = _post("https://as.example/introspect", "token=<refresh_token 9>", "true")
    steps = fewest([CONSENT, REDEEM, other, ASKED], {3: ""}, NAMES, [2])

    assert steps == [CONSENT, *({**each, "deciding": True} for each in (REDEEM, other)), ASKED]
    assert "; then POST to the introspection endpoint with token (a refresh token)" in done(steps, NAMES)


def test_how_long_a_step_came_after_the_one_before_is_told_where_it_may_matter() -> None:
    moved = {"extra": {CLOCK: "30 s"}}
    later = fewest([CONSENT, REDEEM, {**ASKED, **moved}], {2: ""}, NAMES)
    slow = fewest([CONSENT, {**REDEEM, "started": 0.0}, {**ASKED, "started": 4.0}], {2: ""}, NAMES)

    assert "(answered 200); then 30 s later: POST to the introspection endpoint" in done(later, NAMES)
    assert "# 3. 30 s later: POST to the introspection endpoint" in numbered(later, NAMES, "", "")
    assert "later" not in done(slow, NAMES)


def test_what_was_sent_at_once_is_told_and_repeated_so() -> None:
    race = {"extra": {"race": "3 of 3 requests in flight at once"}}
    refused = {**REDEEM, "answer": None}
    steps = fewest(
        [CONSENT, *({**each, **race} for each in (REDEEM, REDEEM, refused)), ASKED], {4: ""}, NAMES
    )
    raced = "3 at once: POST to the token endpoint with grant_type=authorization_code, code"

    assert len(steps) == 5
    assert done(steps[:4], NAMES) == raced
    assert numbered(steps, NAMES, "", "").splitlines()[4:7] == [
        f"# 2 to 4. {raced} (2 answered 200, 1 not answered)",
        f"for each in $(seq 3); do {curl(REDEEM)} & done",
        "wait",
    ]


def test_what_came_after_the_judged_answer_is_not_needed() -> None:
    assert fewest(RUN, {2: ""}, NAMES) == [CONSENT, REDEEM]


def test_of_several_cases_each_that_fails_is_repeated_with_what_came() -> None:
    words = {2: "the code: 200 with an access token", 3: "the token: 200"}
    needed = fewest(RUN[:4], words, NAMES)

    assert [step.get("case") for step in needed] == [None, words[2], words[3]]
    assert numbered(needed, NAMES, "a refusal", "").splitlines()[-2:] == [
        f"#    case {words[3]}",
        "# compare: expected a refusal",
    ]
    assert done(needed, NAMES).endswith("; and 1 more case")
    assert "case" not in fewest(RUN, {2: ""}, NAMES)[-1]


def test_what_a_client_chooses_by_itself_is_not_said_to_come_of_an_answer() -> None:
    named = _post("https://as.example/token", "grant_type=authorization_code", "authorization_code")

    assert fewest([named, OTHER, named], {2: ""}, NAMES) == [named]


def test_where_nothing_was_sent_the_finding_says_so() -> None:
    assert numbered([], NAMES, "an https URL", "http://as.example") == NOTHING_SENT
    assert numbered([], NAMES, "", "") == ""


def test_a_request_is_told_in_words() -> None:
    assert told(REDEEM, NAMES, [CONSENT, REDEEM]) == (
        "POST to the token endpoint with grant_type=authorization_code, code (sent before)"
    )


def test_steps_are_numbered_and_end_in_what_to_compare() -> None:
    lines = numbered(fewest(RUN, {4: ""}, NAMES), NAMES, "a refusal", "200 with an access token").splitlines()

    assert next(line for line in lines if line.startswith("# 1")) == (
        "# 1. POST to /consent with csrf (answered 200)"
    )
    assert lines[-2:] == ["# compare: expected a refusal", "#          came 200 with an access token"]


def test_what_a_server_says_of_its_error_stands_with_what_came() -> None:
    body = _post(
        "https://as.example/token", "", '{"error": "invalid_request", "error_description": "no hint"}'
    )
    redirect = _get("/authorize", location="https://c.example/cb?error=x&error_description=no+scope")

    assert numbered([body], NAMES, "", "400").endswith("#          the server's words: no hint")
    assert numbered([redirect], NAMES, "", "302").endswith("#          the server's words: no scope")


def test_above_the_steps_stands_what_their_variables_are_and_who_the_clients_are() -> None:
    basic = ["Authorization", "Basic base64(web:<WEB_SECRET>)"]
    redeem = {**REDEEM, "labels": ["<WEB_SECRET>", "<code 1>"]}
    redeem["request"] = {**REDEEM["request"], "headers": [*REDEEM["request"]["headers"], basic]}
    lines = numbered([CONSENT, redeem], NAMES, "", "", {"web": "web: confidential", "app": "app: public"})

    assert lines.splitlines()[:4] == [
        "# client web: confidential",
        "# $WEB_SECRET: of the target file",
        "# from the answers: $CODE_1 of step 1",
        "# $CSRF_1: brought before these steps",
    ]
    assert told(redeem, NAMES).endswith("code, the credentials of client web by HTTP Basic")
    assert "# new each time, from the page or redirection before: i" in numbered(PAGES, NAMES, "", "")


def test_what_differs_from_an_ordinary_request_is_told_with_its_value() -> None:
    asked = "https://as.example/token"
    decided = _post(
        asked, "i=R4nd0mR4nd0mR4nd0m&password=<A_PASSWORD>&decision=deny&scope=read&scope=write&state=a+b", ""
    )
    registered = _post(asked, '{"client_name": "x", "redirect_uris": ["javascript:alert(1)"]}', "")
    registered["request"]["headers"] = [["Content-Type", "application/json"]]

    assert told(decided, NAMES) == (
        "POST to the token endpoint with i, password, decision=deny, scope=read, "
        'scope=write (the same parameter a second time), state="a b"'
    )
    assert told(registered, NAMES) == (
        'POST to the token endpoint with a JSON body of client_name, redirect_uris ["javascript:alert(1)"]'
    )


def test_findings_of_one_habit_belong_together() -> None:
    row: dict[str, Any] = {
        "document": "rfc6749",
        "section": "3",
        "level": "must",
        "profile": "core",
        "endpoints": [],
    }
    rows = {
        "a": LedgerRow(id="a", text="Once.", habit="Repeated parameters are taken.", **row),
        "b": LedgerRow(id="b", text="Alone.", **row),
    }

    assert group_of(["a", "b"], rows, actual="200 with an access token") == "Repeated parameters are taken."
    assert group_of(["b"], rows, actual="200 with an access token") == "b is not met: Alone."
    assert group_of(["b"], rows, actual="500 with text/html") == CRASHES
