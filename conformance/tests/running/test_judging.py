"""From how a check ended to its verdict: one test for each row of the table of verdicts."""

from __future__ import annotations

import pytest

from conformance.running.judging import Context, facts_in, judge
from conformance.running.selection import matches
from conformance.running.signers import NOBODY, signer_in
from conformance.running.telling import places_of
from fixtures.assertion import new_key, sign, unsigned
from fixtures.errors import CannotTest, NotOffered, Unreachable
from fixtures.http.exchange import Answer, Exchange, Request
from fixtures.http.fact import Fact, all_of, as_json, fact, shown
from fixtures.http.failing import FailedAnswer
from fixtures.http.recorder import Recorder
from fixtures.target import Client


@pytest.mark.parametrize(
    ("problem", "in_body", "level", "verdict"),
    [
        (None, True, "must", "conforms"),
        (AssertionError("assert 1 == 2"), True, "must", "violates"),
        (AssertionError("assert 1 == 2"), True, "structure", "violates"),
        (AssertionError("assert 1 == 2"), True, "should", "advises"),
        (AssertionError("in a fixture"), False, "must", "harness-error"),
        (CannotTest("no token", "Look at the secret."), True, "must", "inconclusive"),
        (CannotTest("no token"), False, "must", "inconclusive"),
        (Unreachable("down"), False, "should", "inconclusive"),
        (NotOffered("No introspection.", "[endpoints]"), False, "must", "not-applicable"),
        (KeyError("x"), True, "must", "harness-error"),
        (ZeroDivisionError(), False, "should", "harness-error"),
    ],
)
def test_a_verdict_names_who_acts(problem: Exception | None, in_body: bool, level: str, verdict: str) -> None:  # noqa: FBT001 - a column of the table
    assert judge(problem, Context(level=level), in_body=in_body).verdict == verdict


def test_an_assertion_tells_what_was_expected_and_what_came() -> None:
    refused = Answer(status=400, body=b'{"error": "invalid_grant"}').has_error("invalid_request")
    context = Context(level="must", sentence="RFC 6749 section 5.2", facts=[refused])

    outcome = judge(AssertionError("assert <shown by pytest>"), context, in_body=True)

    assert outcome.expected == "the error invalid_request (RFC 6749 section 5.2)"
    assert (outcome.actual, outcome.reason) == ("400 with error invalid_grant", "")


def test_the_contrary_of_what_holds_was_expected() -> None:
    granted = Answer(status=200, body=b'{"access_token": "secret"}').grants_a_token

    outcome = judge(AssertionError("assert not <..>"), Context(level="must", facts=[granted]), in_body=True)

    assert outcome.expected == "a refusal, without an access token"
    assert outcome.actual == "200 with an access token"


def test_an_assertion_of_any_other_kind_is_told_by_the_demand_and_the_last_answer() -> None:
    context = Context(level="must", demand="A code works once.", came="200 with an access token")

    outcome = judge(AssertionError("assert 1 == 2\n + where 1 = <object at 0x1>"), context, in_body=True)

    assert (outcome.expected, outcome.actual) == ("A code works once", "200 with an access token")
    assert outcome.reason == ""


ONCE, STEADY = (
    FailedAnswer(
        status=500, told="POST /token with grant_type=authorization_code", is_steady=steady
    ).grants_a_token
    for steady in (False, True)
)
REFUSED = Answer(status=400, body=b'{"error": "invalid_grant"}').grants_a_token


@pytest.mark.parametrize(
    ("missed", "verdict"),
    [
        pytest.param([ONCE], "inconclusive", id="failed once and refused then"),
        pytest.param([all_of({"a": ONCE, "b": ONCE})], "inconclusive", id="so in each case"),
        pytest.param(
            [all_of({"a": ONCE, "b": REFUSED})],
            "violates",
            id="so in one case and plainly refused in another",
        ),
        pytest.param([STEADY], "violates", id="failed each time"),
        pytest.param([REFUSED], "violates", id="refused"),
    ],
)
def test_what_failed_once_and_was_refused_then_is_no_refusal(missed: list[Fact], verdict: str) -> None:
    outcome = judge(AssertionError("assert <..>"), Context(level="must", facts=missed), in_body=True)

    assert outcome.verdict == verdict
    if verdict == "inconclusive":
        assert outcome.reason.startswith(
            "POST /token with grant_type=authorization_code was answered 500, and refused"
        )


def test_the_facts_of_an_assertion_are_found_in_the_order_in_which_it_looked() -> None:
    first, second, named = (fact(holds=False, expected=word, seen="") for word in ("a", "b", "c"))
    values = {"@py_assert10": second, "@py_assert2": first, "@py_assert3": None, "other": first, "it": named}

    assert facts_in("assert not it or call()", values) == [first, second, named]


def test_what_came_tells_which_answer_it_came_with() -> None:
    recorder = Recorder()
    for realm in ("of-clients-and-so-on", "another"):
        told = [("WWW-Authenticate", f'Basic realm="{realm}"')]
        asked = Request(method="GET", url="https://as.example/")
        recorder.record(Exchange(request=asked, answer=Answer(status=401, headers=told)))

    assert places_of(recorder, [fact(False, "none", 'Basic realm="of-clients-and-so-on"')]) == {0: ""}
    assert places_of(recorder, [fact(False, "none", "nothing that any answer holds")]) == {1: ""}


def test_quotation_marks_of_a_server_are_told_from_ours() -> None:
    assert shown('"invalid_request"') == '"invalid_request" (the quotation marks came with it)'
    assert shown([shown(as_json("a text of JSON"))]) == shown(as_json("a text of JSON")) == '"a text of JSON"'
    assert shown(['Basic realm="a", realm="b"']) == 'Basic realm="a", realm="b"'
    assert shown(["a, b", "c"]) == "a, b; c"


def test_a_sentence_beside_an_assertion_is_its_reason() -> None:
    outcome = judge(
        AssertionError("the scope grew\nassert 1 == 2"), Context(level="must", came="200"), in_body=True
    )

    assert (outcome.reason, outcome.actual) == ("the scope grew", "200")


def test_what_turns_a_check_on_is_said() -> None:
    outcome = judge(NotOffered("No resource.", '[resource] url = ".."'), Context(level="must"), in_body=False)

    assert outcome.reason == 'No resource. To turn this on: [resource] url = ".."'


@pytest.mark.parametrize(
    ("prefix", "selected"),
    [
        ("6749", True),
        ("6749-5.2", True),
        ("6749-5.2-S06", True),
        ("6749-5", True),
        ("6749-5.", True),
        ("674", False),
    ],
)
def test_a_prefix_selects_whole_parts_of_an_id(prefix: str, selected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches("6749-5.2-S06", prefix) is selected


def test_a_section_does_not_select_its_longer_namesake() -> None:
    assert not matches("6749-10.1-01", "6749-1")


def test_who_signed_a_jwt_is_told_where_the_target_file_has_the_key() -> None:
    key = new_key()
    client = Client(name="jwt", id="jwt", key=key, auth="private_key_jwt")
    tell = signer_in({"jwt": client})

    assert tell(sign({"iss": "jwt"}, key)) == "signed with the key of client jwt in the target file"
    assert tell(f"{sign({'iss': 'jwt'}, key)}!") == tell(sign({"iss": "jwt"}, key))
    assert tell(sign({"iss": "jwt"}, new_key())) == NOBODY
    assert tell("no JWT") == tell(unsigned({"iss": "jwt"})) == ""
