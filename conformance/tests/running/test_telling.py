"""What goes with a finding: Facts of several cases, the ledger's fix and dispute, the clients that notice."""

from __future__ import annotations

import tomllib

from conformance.checks.support.facts import all_of, answered_alike, equals, fact, no_exceptions, within
from conformance.ledger.clients import OBSERVED, noticed
from conformance.ledger.requirement import ledger, level_of, places
from conformance.proof.words import FindingWords, misplaced
from conformance.tests.house.source import ROOT, checks
from fixtures.http.exchange import Answer

TOKEN = Answer(status=200, body=b'{"access_token": "x", "token_type": "Bearer", "scope": "read"}')
REFUSAL = Answer(status=400, body=b'{"error": "invalid_grant"}')


def test_of_several_cases_the_failing_ones_are_told_and_the_passing_ones_too() -> None:
    cases = {"a used code": ~TOKEN.grants_a_token, "an unknown code": ~REFUSAL.grants_a_token}

    told = all_of(cases)

    assert not told
    assert told.missed == "in each case a refusal, without an access token"
    assert str(told.seen) == "a used code: 200 with an access token. As expected: an unknown code"
    assert told.answer is TOKEN


def test_a_fact_says_which_statement_it_is_about_and_what_a_fix_looks_like() -> None:
    told = (~TOKEN.grants_a_token).of("6749-5.2-S06").mended_by("Store the code.")

    assert (told.requirement, told.fix) == ("6749-5.2-S06", "Store the code.")
    assert all_of({"a used code": told}).requirement == "6749-5.2-S06"


def test_the_answers_of_the_cases_that_fail_are_kept_for_how_to_repeat() -> None:
    by_facts = all_of({"a used code": ~TOKEN.grants_a_token, "an unknown code": ~REFUSAL.grants_a_token})
    by_names = no_exceptions({"no jti": TOKEN}, "no token", of=["no jti", "no iat"])
    by_words = no_exceptions({"no jti": "odd"}, of={"no jti": TOKEN, "no iat": REFUSAL})

    assert by_facts.cases == {"a used code: 200 with an access token": TOKEN}
    assert by_names.cases == {"no jti: 200 with an access token": TOKEN}
    assert by_words.cases == {"no jti: odd": TOKEN}
    assert TOKEN.grants_a_token.shown_by({"with it": REFUSAL}).cases == {
        "with it: 400 with error invalid_grant": REFUSAL
    }


def test_an_answer_says_itself() -> None:
    redirect = Answer(status=302, headers=[("Location", "https://c.example/cb?error=invalid_scope&code=x")])

    assert str(TOKEN) == "200 with an access token"
    assert str(REFUSAL) == "400 with error invalid_grant"
    assert str(redirect) == "302 to https://c.example/cb with error=invalid_scope, code"
    assert str(REFUSAL.has_status(401).missed) == "status 401"
    assert TOKEN.holds("scope", "read")
    assert not TOKEN.holds("scope", "write")
    assert not Answer(status=200, body=b'{"active": 1}').holds("active", True)


def test_facts_of_values_tell_both_sides() -> None:
    assert no_exceptions([]) and not no_exceptions(["x"])  # noqa: PT018 - two sides of one thing
    assert equals("iss", "a", "b").missed == "iss: b"
    assert str(within({"read", "admin"}, {"read"}).seen) == "scope: admin, read"
    assert not answered_alike(REFUSAL, TOKEN)
    assert answered_alike(REFUSAL, REFUSAL)


def test_a_disputed_row_is_judged_as_advice_at_most() -> None:
    rows = ledger()
    disputed = [row for row in rows.values() if row.disputed]

    assert disputed
    assert {level_of([row, rows["6749-5.1-01"]]) for row in disputed} == {"should"}
    assert level_of([rows["6749-5.1-01"]]) == "must"


def test_every_statement_that_a_check_cites_says_what_a_fix_looks_like() -> None:
    rows, cited = ledger(), {name for check in checks() for name, _ in check.cites}
    demands = [rows[name] for name in sorted(cited)]

    assert [row.id for row in demands if not row.fix] == []


def test_places_are_named_once_a_document() -> None:
    rows = ledger()

    assert places([rows["6749-5.1-01"], rows["6749-A.12-S01"]]) == "RFC 6749 section 5.1, appendix A.12"


def test_what_clients_notice_belongs_to_rows_that_exist() -> None:
    assert noticed().keys() <= ledger().keys()
    assert any("Spring Security 7.1.2" in each["told"] for each in noticed()["6749-5.1-02"])


def test_each_client_is_asked_again_by_a_command_that_pins_its_version() -> None:
    clients = tomllib.loads(OBSERVED.read_text(encoding="utf-8"))["client"]

    assert [
        client["name"]
        for client in clients
        if client["version"] not in (ROOT / client["again"]).read_text(encoding="utf-8")
    ] == []


def test_a_finding_is_told_as_a_breach_of_the_statement_that_its_fault_breaks() -> None:
    def told(fault: str, requirement: str, *own: str) -> dict[tuple[str, str], FindingWords]:
        kept = FindingWords(
            check="c",
            demand="d",
            expected="a token",
            actual="200",
            reason="",
            fault=fault,
            by_facts=True,
            requirement=requirement,
            own=own,
            assertion="7",
        )
        return {(f"c[{fault}]", fault): kept}

    assert misplaced(told("one", "a", "a") | told("two", "a", "b")) == []  # one assertion shows both
    assert misplaced(told("two", "a", "b")) == [
        'c with two: the finding is told as a breach of a, and the fault breaks b. Let the Fact say so: .of("b")'
    ]


def test_a_finding_that_speaks_python_is_no_finding() -> None:
    def told(actual: str, *, by_facts: bool = True) -> str | None:
        return FindingWords(
            check="c", fault="f", demand="d", expected="a token", actual=actual, reason="", by_facts=by_facts
        ).trouble

    assert told("200 with an access token") is None
    assert told("<object at 0x7f>") is not None
    assert told("answer.get('error') == 'x'") is not None
    assert told("200 with an access token", by_facts=False) is not None
    assert told("") is not None
    assert fact(holds=False, expected="", seen="x").missed == ""
